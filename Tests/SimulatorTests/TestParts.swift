import Foundation
import GatewayTypes
import NIOCore
import Simulator
import Synchronization

/// A clock that moves only when somebody sleeps on it.
final class TestClock: Sendable {
    private let nanoseconds = Mutex<UInt64>(1_000_000_000)

    var now: Moment { Moment(nanoseconds: nanoseconds.withLock { $0 }) }
    func advance(_ delta: UInt64) { nanoseconds.withLock { $0 += delta } }

    var tool: ToolClock {
        ToolClock(
            now: { self.now }, wallNow: { WallTime(nanoseconds: 1_800_000_000_000_000_000) },
            sleep: { self.advance($0) })
    }
}

/// A client that sends nothing but its request.
private final class NoSource: ByteSource {
    func read() async -> ByteBuffer? { nil }
}

/// Keeps what was written, and when.
final class RecordingWriter: ReplyWriter {
    struct State {
        var head: ReplyHead?
        var writes: [(at: Moment, bytes: ByteBuffer)] = []
        var ended = false
        var aborted = false
    }

    private let state = Mutex(State())
    private let clock: TestClock
    /// After how many writes the client leaves.
    private let leavesAfter: Int?

    init(_ clock: TestClock, leavesAfter: Int? = nil) {
        self.clock = clock
        self.leavesAfter = leavesAfter
    }

    var isGone: Bool { leavesAfter.map { most in state.withLock { $0.writes.count >= most } } ?? false }
    func whenGone(_ action: @escaping () -> Void) {}
    func start(_ head: ReplyHead) { state.withLock { $0.head = head } }
    func write(_ bytes: ByteBuffer) async { state.withLock { $0.writes.append((clock.now, bytes)) } }
    func end() { state.withLock { $0.ended = true } }
    func abort() { state.withLock { $0.aborted = true } }
    func upgrade(_ head: ReplyHead) -> any ByteSource { NoSource() }

    var head: ReplyHead? { state.withLock { $0.head } }
    var writes: [(at: Moment, bytes: ByteBuffer)] { state.withLock { $0.writes } }
    var ended: Bool { state.withLock { $0.ended } }
    var aborted: Bool { state.withLock { $0.aborted } }

    var body: ByteBuffer {
        writes.reduce(into: ByteBuffer()) { whole, write in whole.writeImmutableBuffer(write.bytes) }
    }
    var text: String { String(buffer: body) }
    var json: JSON { JSON(text) }

    /// The `data` of every event, `[DONE]` among them.
    var events: [String] {
        text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    }
    /// The chunks as JSON, without `[DONE]`.
    var chunks: [JSON] { events.filter { $0 != "[DONE]" }.map { JSON($0) } }
    /// The deltas of all choices, in order.
    var deltas: [JSON] { chunks.filter { !$0["choices"].list.isEmpty }.map { $0["choices"][0]["delta"] } }
}

/// A look into parsed JSON; what is not there is `null`.
struct JSON {
    let value: Any?

    init(_ text: String) {
        value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }
    private init(value: Any?) { self.value = value is NSNull ? nil : value }

    subscript(key: String) -> JSON { JSON(value: (value as? [String: Any])?[key]) }
    subscript(index: Int) -> JSON { JSON(value: list.indices.contains(index) ? list[index].value : nil) }
    var list: [JSON] { (value as? [Any])?.map { JSON(value: $0) } ?? [] }
    var string: String? { value as? String }
    var int: Int? { value as? Int }
    var doubles: [Double] { (value as? [Double]) ?? [] }
    var keys: Set<String> { Set((value as? [String: Any])?.keys.map { $0 } ?? []) }
    func has(_ key: String) -> Bool { keys.contains(key) }
}

/// A request as a listener would hand it on.
func inbound(_ method: GatewayTypes.Method, _ path: String, _ fields: [(String, String)] = [], body: String = "")
    -> InboundRequest
{
    var bytes = ByteBuffer()
    var places: [RequestHead.Field] = []
    for (name, value) in fields {
        let start = bytes.writerIndex
        bytes.writeString("\(name): \(value)\r\n")
        places.append(
            .init(
                nameStart: start, nameLength: name.utf8.count, valueStart: start + name.utf8.count + 2,
                valueLength: value.utf8.count))
    }
    let head = RequestHead(
        bytes: bytes, method: method, path: path, query: nil, fields: places, clientAddress: "127.0.0.1")
    return InboundRequest(head: head, body: ByteBuffer(string: body), firstByte: .zero, lastByte: .zero)
}

/// One simulator under a clock of its own.
struct Bench {
    let clock = TestClock()
    let provider: SimulatedProvider

    init(_ settings: SimulatorSettings = .init()) {
        provider = SimulatedProvider(settings: settings, clock: clock.tool)
    }

    func ask(_ request: InboundRequest, leavesAfter: Int? = nil) async -> RecordingWriter {
        let writer = RecordingWriter(clock, leavesAfter: leavesAfter)
        await provider.handle(request, on: 0, writer: writer)
        return writer
    }

    func chat(
        _ model: String, stream: Bool = false, more: String = "", fields: [(String, String)] = [],
        leavesAfter: Int? = nil
    ) async -> RecordingWriter {
        let body =
            "{\"model\":\"\(model)\",\"stream\":\(stream),\"messages\":[{\"role\":\"user\",\"content\":\"How high is the water?\"}]\(more)}"
        return await ask(inbound(.post, "/v1/chat/completions", fields, body: body), leavesAfter: leavesAfter)
    }
}
