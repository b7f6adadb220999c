import Cache
import Crypto
import Dialects
import GatewayTypes
import NIOCore
import Synchronization
import TestSupport

/// A cache stage with two teams and one route, whose clock the test moves.
final class CacheBench: Sendable {
    let book: CacheBook
    let embedder = Embedder()
    let route: Route
    let otherRoute: Route
    let names: Names
    let stage: CacheStage

    struct Names: Sendable {
        var teams: [ConfiguredName] = []
        var callers: [ConfiguredName] = []
    }

    init(bytesMax: Int = 1 << 20, archive: (any ReplyArchive)? = nil, _ change: (inout CachePolicy) -> Void = { _ in })
    {
        var (teams, callers, others) = (NameTable(), NameTable(), NameTable())
        var names = Names()
        for number in 0..<4 {
            names.teams.append(teams.declare("team-\(number)"))
            names.callers.append(callers.declare("caller-\(number)"))
        }
        self.names = names
        let endpoint = Endpoint(
            id: 0, method: .post, url: "http://127.0.0.1", serverAddress: "127.0.0.1", serverPort: 1, fields: [],
            timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
        let way = Way(dialect: OpenAIProvider(), isTranslated: false, endpoint: endpoint, streamEndpoint: endpoint)
        let target = Target(
            index: 0, provider: others.declare("openai"), providerKind: "openai", servedModel: others.declare("gpt"),
            weight: 1, ways: [way], keyAlias: "", injectsStreamUsage: true)
        var routes = NameTable()
        route = Route(name: routes.declare("smart"), strategy: .ordered, targets: [target])
        otherRoute = Route(name: routes.declare("fast"), strategy: .ordered, targets: [target])
        book = CacheBook(bytesMax: bytesMax, archive: archive)
        var policy = CachePolicy()
        change(&policy)
        stage = CacheStage(
            book: book, policies: [route.name: policy, otherRoute.name: policy],
            normalizer: DialectRequestNormalizer(), reader: DialectPromptReader(), caller: embedder,
            sha256: { SHA256.digest($0) })
    }

    /// Who asks what, and when.
    struct Ask {
        var team = 0
        var caller = 0
        var key = "k1"
        var endUser: String?
        var wish: String?
        var second: Int64 = 0
        var onOtherRoute = false
        var facts = RequestFacts()
        var stream = false
        var body = ""

        init(_ question: String, system: String = "Be brief.", more: String = "") {
            body =
                #"{"model":"smart"\#(more),"messages":[{"role":"system","content":"\#(system)"},"#
                + #"{"role":"user","content":"\#(question)"}]}"#
        }

        init(body: String) { self.body = body }
    }

    func exchange(_ ask: Ask) -> Exchange {
        var fields: [(name: String, value: String)] = []
        if let user = ask.endUser { fields.append(("x-weir-end-user", user)) }
        if let wish = ask.wish { fields.append(("x-weir-cache", wish)) }
        var exchange = Exchange.sample(
            id: UInt64(ask.second), arrivedAt: WallTime(nanoseconds: ask.second * 1_000_000_000),
            head: .sample(fields), stream: ask.stream, body: ByteBuffer(string: ask.body), facts: ask.facts)
        exchange.caller = Caller(name: names.callers[ask.caller], team: names.teams[ask.team], keyAlias: ask.key)
        exchange.route = ask.onOtherRoute ? otherRoute : route
        return exchange
    }

    // MARK: What happens

    /// What a passage comes to: the text of the stored reply, or that the provider is asked.
    enum Told: Equatable {
        case replayed(String)
        case asked
        case passed
    }

    /// Enters; where the provider is asked, it says `reply`; nil: it fails.
    func ask(_ ask: Ask, reply: String? = "a reply", _ change: (inout Outcome) -> Void = { _ in }) async throws
        -> (Told, CacheUse?)
    {
        var exchange = exchange(ask)
        switch try await stage.enter(&exchange) {
        case .replay(let replay): return (.replayed(String(buffer: replay.reply.body)), exchange.cache)
        case .keep(let keeper):
            settle(keeper, exchange, reply, change)
            return (.asked, exchange.cache)
        case .pass, .follow, .answer: return (.passed, exchange.cache)
        }
    }

    func settle(
        _ keeper: any ReplyKeeper, _ exchange: Exchange, _ reply: String?,
        _ change: (inout Outcome) -> Void = { _ in }
    ) {
        var outcome = Outcome(
            id: exchange.id, trace: exchange.trace, arrived: .zero, arrivedAt: exchange.arrivedAt, method: .post,
            httpRoute: "/v1/chat/completions", clientAddress: "", userAgent: nil, surface: .openAIChat)
        outcome.status = 200
        outcome.reply.finishReasons = ["stop"]
        change(&outcome)
        keeper.settle(reply.map { Self.stored($0, at: exchange.arrivedAt, by: exchange.id) }, outcome)
    }

    static func stored(_ text: String, at time: WallTime, by origin: ExchangeID) -> StoredReply {
        StoredReply(
            origin: origin, originSpan: TraceLink(traceHigh: 1, traceLow: 2, spanID: 3), storedAt: time,
            source: StoredReply.Source(
                provider: "openai", servedModel: "gpt", surface: .openAIChat, isTranslated: false, stream: false,
                framing: .events, contentType: "application/json"),
            body: ByteBuffer(string: text), pieces: [StoredReply.Piece(end: text.utf8.count, milliseconds: 0)],
            price: StoredReply.Price(cost: Money(picodollars: 5), tokens: 7, nanoseconds: 9))
    }
}

/// Makes vectors of words: texts of the same words are the same, however they are put.
final class Embedder: ModelCaller {
    private let state = Mutex((asked: 0, isSilent: false))

    var asked: Int { state.withLock(\.asked) }
    func fallSilent() { state.withLock { $0.isSilent = true } }

    func ask(_ question: ModelQuestion, for asker: Asker) async throws(Failure) -> ModelAnswer {
        let isSilent = state.withLock { state in
            state.asked += 1
            return state.isSilent
        }
        guard !isSilent, case .embeddings(let texts) = question.content else {
            throw Failure(.upstreamTimeout, "It did not answer in time.")
        }
        return ModelAnswer(
            vectors: texts.map(Self.vector), exchange: ExchangeID(high: 0, low: 9), cost: .nothing)
    }

    static func vector(of text: String) -> [Float] {
        var vector = [Float](repeating: 0.001, count: 48)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let hash = word.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            for index in vector.indices { vector[index] += hash >> UInt64(index) & 1 == 0 ? 1 : -1 }
        }
        return vector
    }
}
