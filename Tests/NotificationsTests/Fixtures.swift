import GatewayTypes
import NIOCore
import Synchronization

@testable import Notifications

/// Answers by the receiver's port with what its script says, one answer per request, the last one for ever.
final class ScriptedReceivers: HTTPFetcher {
    enum Answer: Sendable {
        case status(Int, fields: [ReplyField] = [], body: String = "")
        case unreachable
    }

    private let state: Mutex<(scripts: [Int: [Answer]], requests: [UpstreamRequest])>

    init(_ scripts: [Int: [Answer]]) { state = Mutex((scripts, [])) }

    var requests: [UpstreamRequest] { state.withLock { $0.requests } }
    var bodies: [String] { requests.map { String(buffer: $0.body) } }
    func count(_ port: Int) -> Int { requests.filter { $0.endpoint.serverPort == port }.count }

    func fetch(_ request: UpstreamRequest) async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer) {
        let answer = state.withLock { state -> Answer in
            state.requests.append(request)
            let script = state.scripts[request.endpoint.serverPort] ?? []
            if script.count > 1 { state.scripts[request.endpoint.serverPort]?.removeFirst() }
            return script.first ?? .unreachable
        }
        switch answer {
        case .unreachable: throw Failure(.upstreamConnect, "connection refused")
        case .status(let status, let fields, let body):
            return (UpstreamHead(status: status, fields: fields), ByteBuffer(string: body))
        }
    }

    static func endpoint(_ port: Int, _ path: String = AlertmanagerChannel.path) -> Endpoint {
        Endpoint(
            id: port, method: .post, url: "http://127.0.0.1:\(port)\(path)", serverAddress: "127.0.0.1",
            serverPort: port, fields: [], timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
    }
}

/// Time that passes only where somebody sleeps.
final class FakeTime: Sendable {
    private let passed = Mutex(0.0)

    /// 2026-11-22T18:00:00Z and what passed since.
    var wallNow: WallTime { Sample.begin.advanced(bySeconds: passed.withLock { $0 }) }
    func pass(_ seconds: Double) { passed.withLock { $0 += seconds } }

    var clock: ServiceClock {
        ServiceClock(
            now: { Moment(nanoseconds: 1).advanced(bySeconds: self.passed.withLock { $0 }) }, wallNow: { self.wallNow },
            sleep: { seconds in
                try Task.checkCancellation()
                self.pass(seconds)
                await Task.yield()
            }, chance: { 1 })
    }
}

/// Keeps the bytes in memory; may be told to fail.
final class MemoryStore: AlertStore {
    private let state: Mutex<(bytes: [UInt8]?, works: Bool)>

    init(_ bytes: [UInt8]? = nil) { state = Mutex((bytes, true)) }

    func works(_ works: Bool) { state.withLock { $0.works = works } }
    func load() -> [UInt8]? { state.withLock { $0.bytes } }
    func save(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            if state.works { state.bytes = bytes }
            return state.works
        }
    }
}

enum Sample {
    /// 2026-11-22T18:00:00Z.
    static let begin = WallTime(nanoseconds: 1_795_370_400_000_000_000)

    static func alert(
        _ state: Alert.State, budget: String = "search", startsAt: WallTime = begin, endsAt: WallTime? = nil
    ) -> Alert {
        BudgetRuleAlert(
            budget: budget, rule: "too-fast", owner: "search-oncall", team: "search", severity: "page",
            description: "Spends 6 times too fast: \"smart\" goes to fast.\n"
        ).alert(state, startsAt: startsAt, endsAt: endsAt)
    }

    static func notice(_ state: Alert.State, budget: String = "search", to channels: String...) -> AlertNotice {
        AlertNotice(alert(state, budget: budget), channels: channels)
    }
}

extension WallTime {
    static func + (time: WallTime, seconds: Double) -> WallTime { time.advanced(bySeconds: seconds) }
}
