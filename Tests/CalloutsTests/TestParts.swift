import Callouts
import GatewayTypes
import NIOCore
import Synchronization

/// A service that answers as it is told, and keeps what it was sent.
final class ScriptedService: HTTPFetcher {
    enum Answer: Sendable {
        case reply(Int, String)
        case fail(FailureReason)
    }

    private let answers: Mutex<[Answer]>
    private let sent = Mutex<[UpstreamRequest]>([])

    /// The last answer is given again and again.
    init(_ answers: [Answer]) { self.answers = Mutex(answers) }

    var requests: [UpstreamRequest] { sent.withLock { $0 } }

    func fetch(_ request: UpstreamRequest) async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer) {
        sent.withLock { $0.append(request) }
        switch answers.withLock({ $0.count > 1 ? $0.removeFirst() : $0[0] }) {
        case .reply(let status, let text): return (UpstreamHead(status: status, fields: []), ByteBuffer(string: text))
        case .fail(let reason): throw Failure(reason, "scripted")
        }
    }
}

/// Time that only a test moves.
final class HandClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000_000)
    var now: Moment { Moment(nanoseconds: nanoseconds.load(ordering: .relaxed)) }
    func wait(_ seconds: UInt64) { nanoseconds.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }
}

/// A callout before a scripted service, and what is seen of it.
struct CalloutHouse {
    let service: ScriptedService
    let clock = HandClock()
    let callout: WebhookCallout
    private let seen = Seen()
    private let exchange: Exchange

    final class Seen: Sendable {
        let results = Mutex<[CalloutResult]>([])
    }

    init(
        _ answers: [ScriptedService.Answer], hop: Hop = .authentication, body: String = #"{"model":"smart"}"#,
        _ change: (inout CalloutSettings) -> Void = { _ in }
    ) {
        service = ScriptedService(answers)
        var names = NameTable()
        let endpoint = Endpoint(
            id: 0, method: .post, url: "http://127.0.0.1:1/", serverAddress: "127.0.0.1", serverPort: 1, fields: [],
            timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
        var settings = CalloutSettings(name: names.declare("policy"), hop: hop, endpoint: endpoint)
        change(&settings)
        callout = WebhookCallout(
            settings, fetcher: service, courier: CalloutCourier(),
            observe: { [seen] record in seen.results.withLock { $0.append(record.result) } })
        var ids = IDSource()
        let head = "authorizationBearer sk-secretx-tenantgold"
        var exchange = Exchange(
            id: ids.exchangeID(at: WallTime(nanoseconds: 1)),
            trace: TraceContext(
                traceHigh: 1, traceLow: 2, spanID: 3, parentSpanID: nil, flags: 1, state: nil),
            arrived: clock.now, arrivedAt: WallTime(nanoseconds: 1), deadline: clock.now.advanced(bySeconds: 100),
            head: RequestHead(
                bytes: ByteBuffer(string: head), method: .post, path: "/v1/chat/completions", query: "key=sk-secret",
                fields: [
                    RequestHead.Field(nameStart: 0, nameLength: 13, valueStart: 13, valueLength: 16),
                    RequestHead.Field(nameStart: 29, nameLength: 8, valueStart: 37, valueLength: 4),
                ], clientAddress: "10.0.0.9"),
            surface: .openAIChat,
            request: .model(
                ModelRequest(
                    surface: .openAIChat, askedModel: "smart", stream: false, body: ByteBuffer(string: body),
                    facts: RequestFacts())))
        exchange.caller = Caller(name: names.declare("alice"), team: names.declare("search"), keyAlias: "k1")
        self.exchange = exchange
    }

    var results: [CalloutResult] { seen.results.withLock { $0 } }

    func ask() async -> CalloutAnswer {
        let answer = await callout.ask(
            CalloutQuestion(exchange: exchange, spanID: 9, now: { [clock] in clock.now }))
        callout.conclude(answer.record)
        return answer
    }

    /// The body of the last question.
    var said: String { service.requests.last.map { String(buffer: $0.body) } ?? "" }

    func field(_ name: String) -> String? { service.requests.last?.fields.first { $0.name == name }?.value }
}
