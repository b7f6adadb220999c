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
        /// Says nothing until somebody waits for it without a limit; who waits until a moment is told then.
        case slow
        /// Says nothing ever.
        case never
    }

    /// Moves on to the moments that somebody waits for.
    var clock: HandClock?
    var scripts: [[Step]]
    private(set) var requests: [UpstreamRequest] = []
    private(set) var exchanges: [ScriptedExchange] = []

    init(_ scripts: [[Step]]) { self.scripts = scripts }

    func start(_ request: UpstreamRequest) -> any UpstreamExchange {
        requests.append(request)
        let exchange = ScriptedExchange(
            scripts.isEmpty ? [.fail(.upstreamConnect, retryable: true)] : scripts.removeFirst(), clock: clock)
        exchanges.append(exchange)
        return exchange
    }

    func connect(_ request: UpstreamRequest) -> any UpstreamTunnel { ScriptedTunnel(start(request)) }
}

/// A WebSocket over a scripted exchange.
final class ScriptedTunnel: UpstreamTunnel {
    private let exchange: any UpstreamExchange
    var phases: AttemptPhases { exchange.phases }

    init(_ exchange: any UpstreamExchange) { self.exchange = exchange }

    func head() async throws(Failure) -> UpstreamHead {
        guard case .head(let head) = try await exchange.next() else { throw Failure(.upstreamProtocol, "no head") }
        return head
    }
    func read() async throws(Failure) -> ByteBuffer? {
        guard case .body(let bytes) = try await exchange.next() else { return nil }
        return bytes
    }
    func write(_ bytes: ByteBuffer) async throws(Failure) {}
    func limit(to deadline: Moment) {}
    func cancel() { exchange.cancel() }
}

/// A client that sends nothing more, and stays until it is told to leave.
final class SilentSource: ByteSource {
    private let stream: AsyncStream<Void>

    init(_ stream: AsyncStream<Void>) { self.stream = stream }

    func read() async -> ByteBuffer? {
        for await _ in stream {}
        return nil
    }
}

final class ScriptedExchange: UpstreamExchange {
    private var steps: [ScriptedUpstream.Step]
    var phases = AttemptPhases()
    /// What was said of the first token: whether it is waited for.
    private(set) var tokenWaits: [Bool] = []

    private(set) var isCancelled = false
    private let clock: HandClock?
    private var failure: Failure?
    /// Who waits for one that never says anything.
    private var waiting: (() -> Void)?

    init(_ steps: [ScriptedUpstream.Step], clock: HandClock? = nil) {
        self.steps = steps
        self.clock = clock
    }

    func next() async throws(Failure) -> UpstreamEvent {
        while true {
            if let event = try poll() { return event }
            if case .never = steps.removeFirst() { throw Failure(.upstreamTimeout, "scripted", retryable: true) }
        }
    }

    func poll() throws(Failure) -> UpstreamEvent? {
        if let failure { throw failure }
        while let step = steps.first {
            switch step {
            case .slow, .never: return nil
            case .head, .body, .end, .fail, .act: steps.removeFirst()
            }
            switch step {
            case .head(let status): return .head(UpstreamHead(status: status, fields: []))
            case .body(let text): return .body(ByteBuffer(string: text))
            case .end: return .end
            case .fail(let reason, let retryable):
                let failure = Failure(reason, "scripted", retryable: retryable)
                self.failure = failure
                throw failure
            case .act(let action): action()
            case .slow, .never: return nil
            }
        }
        return .end
    }

    func whenReady(by moment: Moment?, _ action: @escaping () -> Void) {
        if let moment {
            clock?.set(moment)
        } else if case .slow = steps.first {
            steps.removeFirst()
        } else if case .never = steps.first {
            waiting = action
            return
        }
        action()
    }

    func limit(to deadline: Moment) {}
    func expectToken(by moment: Moment?) { tokenWaits.append(moment != nil) }
    func cancel() {
        steps = []
        isCancelled = true
        waiting?()
    }
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
    private let presence = AsyncStream<Void>.makeStream()

    func whenGone(_ action: @escaping () -> Void) { self.action = action }
    func start(_ head: ReplyHead) { self.head = head }
    func write(_ bytes: ByteBuffer) async {
        onWrite?(String(buffer: bytes))
        text += String(buffer: bytes)
    }
    func end() {
        ended = true
        presence.continuation.finish()
    }
    func abort() { aborted = true }
    func upgrade(_ head: ReplyHead) -> any ByteSource {
        self.head = head
        return SilentSource(presence.stream)
    }

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
        guard !usage.isEmpty else { return .nothing }
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
        facts.opensWebSocket = call.surface == .openAIRealtime
        return ModelRequest(
            surface: call.surface, askedModel: String(model), stream: words.last == "stream", body: body, facts: facts)
    }
    func render(_ failure: Failure) -> Reply {
        Reply(status: failure.reason.status, fields: [], body: ByteBuffer(string: failure.reason.rawValue))
    }
    func renderInStream(_ failure: Failure) -> ByteBuffer { ByteBuffer(string: "!\(failure.reason.rawValue)") }

    func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        let words = String(buffer: request.body).split(separator: " ")
        var chat = ChatRequest()
        chat.messages = [ChatMessage(.user, [.text(String(buffer: request.body))])]
        chat.seed = words.contains("seed") ? 1 : nil
        chat.others = words.contains("odd") ? ["odd"] : []
        return .chat(chat)
    }
    /// The model is the first word; instructions go behind it, members that are set at the end.
    func edited(_ body: ByteBuffer, of surface: Surface, by edit: RequestEdit) throws(Failure) -> ByteBuffer {
        var words = String(buffer: body).split(separator: " ").map(String.init)
        if let model = edit.model { words[0] = model }
        words.insert(contentsOf: edit.systemBefore + edit.opening.map(\.text), at: 1)
        for member in edit.members {
            guard let json = member.json else { continue }
            if json == "bad" { throw Failure(.badRequest, "bad") }
            words.append(json)
        }
        return ByteBuffer(string: words.joined(separator: " "))
    }
    func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        WordRenderer()
    }
    func fieldName(_ field: ChatField) -> String { field.rawValue }

    func path(for surface: Surface, model: String, stream: Bool) -> String? { "/" }
    func path(translating operation: Operation, model: String, stream: Bool) -> String? { "/" }
    func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        guard case .chat(let chat) = request else { throw Failure(.badRequest, "no chat") }
        return EncodedRequest(body: ByteBuffer(string: "neutral"), unsupported: chat.seed == nil ? [] : [.seed])
    }
    var defaultFields: [ReplyField] { [ReplyField("x-version", "1"), ReplyField("x-forwarded", "default")] }
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
        switch status {
        case 401: return Failure(.upstreamUnauthenticated, "status 401", retryable: true)
        case 429: return Failure(.upstreamRateLimited, "status 429", retryable: true)
        case _: break
        }
        return Failure(status == 400 ? .upstreamRejected : .upstreamError, "status \(status)", retryable: status >= 500)
    }
}

/// Finds the model in the path.
struct PathDialect: ClientDialect {
    private let words = WordDialect()
    var name: DialectName { words.name }
    func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        guard let model = call.model else { throw Failure(.badRequest, "no model in the path") }
        return ModelRequest(
            surface: call.surface, askedModel: model, stream: false, body: body, facts: RequestFacts())
    }
    func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest { try words.neutral(request) }
    func edited(_ body: ByteBuffer, of surface: Surface, by edit: RequestEdit) throws(Failure) -> ByteBuffer {
        try words.edited(body, of: surface, by: edit)
    }
    func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        WordRenderer()
    }
    func fieldName(_ field: ChatField) -> String { field.rawValue }
    func render(_ failure: Failure) -> Reply { words.render(failure) }
    func renderInStream(_ failure: Failure) -> ByteBuffer { words.renderInStream(failure) }
}

struct WordReader: ReplyReader {
    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        for word in String(buffer: bytes).split(separator: ";") {
            switch word.first {
            case "e": events.append(.failed(Failure(.upstreamError, "in band", retryable: true)))
            case "d": events.append(.ended)
            case _: events.append(.text(String(word), choice: 0))
            }
        }
    }
    mutating func end(into events: inout [ModelEvent]) {}
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
            case "e" where word == "e": facts.failure = Failure(.upstreamError, "in band", retryable: !facts.tokenSeen)
            case "d": facts.terminated = true
            case _: break
            }
        }
        return bytes
    }
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer { ByteBuffer() }
}
