import GatewayTypes
import NIOCore
import Synchronization

/// Plays a script: each attempt takes the next list of steps.
final class ScriptedUpstream: Upstream {
    enum Step {
        case head(Int)
        case body(String)
        case end
        case fail(FailureReason, retryable: Bool)
        case act(() -> Void)
    }

    var scripts: [[Step]]
    private(set) var requests: [UpstreamRequest] = []

    init(_ scripts: [[Step]]) { self.scripts = scripts }

    func start(_ request: UpstreamRequest) -> any UpstreamExchange {
        requests.append(request)
        return ScriptedExchange(scripts.isEmpty ? [.fail(.upstreamConnect, retryable: true)] : scripts.removeFirst())
    }
}

final class ScriptedExchange: UpstreamExchange {
    private var steps: [ScriptedUpstream.Step]
    var phases = AttemptPhases()

    init(_ steps: [ScriptedUpstream.Step]) { self.steps = steps }

    func next() async throws(Failure) -> UpstreamEvent {
        while !steps.isEmpty {
            switch steps.removeFirst() {
            case .head(let status): return .head(UpstreamHead(status: status, fields: []))
            case .body(let text): return .body(ByteBuffer(string: text))
            case .end: return .end
            case .fail(let reason, let retryable): throw Failure(reason, "scripted", retryable: retryable)
            case .act(let action): action()
            }
        }
        return .end
    }

    func limit(to deadline: Moment) {}
    func cancel() { steps = [] }
}

/// A client that writes down what it gets, and may leave.
final class RecordingWriter: ReplyWriter, @unchecked Sendable {
    // Sound: used by one test's task only.
    private(set) var head: ReplyHead?
    private(set) var text = ""
    private(set) var ended = false
    private(set) var aborted = false
    private(set) var isGone = false
    private var action: (() -> Void)?
    var onWrite: ((String) -> Void)?

    func whenGone(_ action: @escaping () -> Void) { self.action = action }
    func start(_ head: ReplyHead) { self.head = head }
    func write(_ bytes: ByteBuffer) async {
        onWrite?(String(buffer: bytes))
        text += String(buffer: bytes)
    }
    func end() { ended = true }
    func abort() { aborted = true }

    func leave() {
        isGone = true
        action?()
    }

    func field(_ name: String) -> String? { head?.fields.first { $0.name == name }?.value }
}

/// Keeps outcomes, and says how many places are taken.
final class RecordingJournal: Journal {
    private struct State {
        var open: Set<Int> = []
        var next = 0
        var outcomes: [Outcome] = []
    }
    private let state = Mutex(State())
    private let refuses: Bool

    init(refuses: Bool = false) { self.refuses = refuses }

    func open(_ entry: JournalEntry, worker: Int) throws(Failure) -> JournalSlot? {
        if refuses { throw Failure(.storageFull, "full") }
        return state.withLock { state in
            state.next += 1
            state.open.insert(state.next)
            return JournalSlot(index: state.next)
        }
    }

    func close(_ slot: JournalSlot, _ outcome: borrowing Outcome) {
        let copy = copy outcome
        state.withLock { state in
            state.open.remove(slot.index)
            state.outcomes.append(copy)
        }
    }

    var openCount: Int { state.withLock { $0.open.count } }
    var outcomes: [Outcome] { state.withLock { $0.outcomes } }
}

/// One microdollar a token.
struct FlatPricer: Pricer {
    func cost(of use: MeteredUse, target: Target) -> Cost {
        let usage = use.usage
        let price = UnitPrice(picodollarsPerMillion: 1_000_000_000_000)
        let lines = TokenType.allCases.compactMap { type in
            usage[type].map { CostLine(component: type.isOutput ? .output : .input, units: $0, price: price) }
        }
        return Cost(status: .priced, lines: lines, tier: use.tier ?? "default", catalogHash: "test")
    }
    func estimateTokens(textBytes: Int, target: Target, output: Bool) -> Int64 { Int64((textBytes + 3) / 4) }
    func observe(textBytes: Int, tokens: Int64, target: Target, output: Bool) {}
}

/// A wire of words: `t…;` is text, `r<n>;` reasoning (`role;` is neither), `u<in>,<out>;` usage, `e;` an error, `done;` the end.
struct WordDialect: ClientDialect, ProviderDialect {
    var name: DialectName { .openAI }
    func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        let words = String(buffer: body).split(separator: " ")
        guard let model = words.first else { throw Failure(.badRequest, "no model", param: "model") }
        var facts = RequestFacts()
        facts.textBytes = body.readableBytes
        return ModelRequest(
            surface: call.surface, askedModel: String(model), stream: words.last == "stream", body: body, facts: facts)
    }
    func render(_ failure: Failure) -> Reply {
        Reply(status: failure.reason.status, fields: [], body: ByteBuffer(string: failure.reason.rawValue))
    }
    func renderInStream(_ failure: Failure) -> ByteBuffer { ByteBuffer(string: "!\(failure.reason.rawValue)") }

    func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest { .chat(ChatRequest()) }
    func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        WordRenderer()
    }
    func fieldName(_ field: ChatField) -> String { field.rawValue }

    func path(for surface: Surface, model: String, stream: Bool) -> String? { "/" }
    func path(translating operation: Operation, model: String, stream: Bool) -> String? { "/" }
    func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest { EncodedRequest(body: ByteBuffer(string: "neutral")) }
    func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader { WordReader() }
    var forwardedFields: [HeaderName] { ["x-forwarded"] }
    var returnedFields: [HeaderName] { ["x-returned"] }
    var requestIDField: HeaderName { "x-request-id" }
    func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        guard let outputTokensMax else { return request.body }
        return ByteBuffer(string: String(buffer: request.body) + " max=\(outputTokensMax)")
    }
    func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder { WordDecoder() }
    func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        Failure(status == 400 ? .upstreamRejected : .upstreamError, "status \(status)", retryable: status >= 500)
    }
}

struct WordReader: ReplyReader {
    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        events.append(.text(String(buffer: bytes), choice: 0))
    }
    mutating func end(into events: inout [ModelEvent]) { events.append(.ended) }
}

struct WordRenderer: ReplyRenderer {
    var contentType: String { "text/words" }
    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {
        if case .text(let text, _) = event { bytes.writeString("<\(text)>") }
    }
    mutating func end(into bytes: inout ByteBuffer) { bytes.writeString(".") }
}

struct WordDecoder: ReplyDecoder {
    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        for word in String(buffer: bytes).split(separator: ";") {
            switch word.first {
            case "t":
                facts.tokenSeen = true
                facts.visibleTokenSeen = true
                facts.outputTextBytes += word.utf8.count
            case "r" where word != "role":
                facts.tokenSeen = true
                facts.outputTextBytes += word.utf8.count
            case "u":
                let counts = word.dropFirst().split(separator: ",").compactMap { Int64($0) }
                facts.usage = Usage(source: .provider)
                facts.usage[.input] = counts.first
                facts.usage[.output] = counts.last
            case "e": facts.failure = Failure(.upstreamError, "in band", retryable: !facts.tokenSeen)
            case "d": facts.terminated = true
            case _: break
            }
        }
        return bytes
    }
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer { ByteBuffer() }
}
