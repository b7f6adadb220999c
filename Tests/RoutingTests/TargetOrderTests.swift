import GatewayTypes
import NIOCore
import TestSupport
import Testing

@testable import Routing

/// What a budget's decision makes of the order of targets.
@Suite struct TargetOrderTests {
    private let smart: Route
    private let fast: Route
    private let override: (Override.Action) -> Override

    init() {
        var names = NameTable()
        func target(_ index: Int, _ model: String, lacks: Set<Abilities.Need> = []) -> Target {
            let endpoint = Endpoint(
                id: 0, method: .post, url: "http://127.0.0.1:1/", serverAddress: "", serverPort: 1, fields: [],
                timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
            let way = Way(dialect: NoDialect(), isTranslated: false, endpoint: endpoint, streamEndpoint: endpoint)
            var abilities = Abilities()
            abilities.lacks = lacks
            return Target(
                index: index, provider: names.declare("sim"), providerKind: "sim", servedModel: names.declare(model),
                weight: 1, ways: [way], keyAlias: "", injectsStreamUsage: false,
                abilities: abilities)
        }
        smart = Route(name: names.declare("smart"), strategy: .ordered, targets: [target(0, "large")])
        fast = Route(
            name: names.declare("fast"), strategy: .ordered,
            targets: [target(1, "small", lacks: [.tools]), target(2, "medium", lacks: [.images])])
        let budget = names.declare("search")
        let rule = names.declare("save")
        override = { Override(budget: budget, rule: rule, action: $0) }
    }

    private func entered(_ action: Override.Action?, tools: Int = 0, images: Int = 0) async throws -> Exchange {
        var facts = RequestFacts()
        facts.toolCount = tools
        facts.imageCount = images
        var exchange = Exchange.sample(facts: facts)
        exchange.route = smart
        let stage = TargetOrder(
            overrides: FixedOverrides(decided: action.map(override)), routes: ["smart": smart, "fast": fast])
        _ = try await stage.enter(&exchange)
        return exchange
    }

    private var move: Override.Action { .reroute(from: smart.name, to: fast.name) }

    private func models(_ exchange: Exchange) -> [String] { exchange.targets.map(\.servedModel.text) }

    @Test func `Without a decision the asked route's targets are tried`() async throws {
        let exchange = try await entered(nil)
        #expect(models(exchange) == ["large"])
        #expect(exchange.override == nil)
    }

    @Test func `A reroute leads to the other route's targets, and the asked route stays known`() async throws {
        let exchange = try await entered(move)
        #expect(models(exchange) == ["small", "medium"])
        #expect(exchange.route === smart)
        #expect(exchange.override?.action == move)
        #expect(exchange.notes.map(\.text) == ["budget search, rule save: rerouted to fast"])
    }

    @Test func `A reroute passes over targets that lack what the request needs`() async throws {
        #expect(models(try await entered(move, tools: 1)) == ["medium"])
        #expect(models(try await entered(move, images: 1)) == ["small"])
    }

    @Test func `Where every target lacks something, the exchange is served as asked and the note says why`()
        async throws
    {
        let exchange = try await entered(move, tools: 1, images: 1)
        #expect(models(exchange) == ["large"])
        #expect(exchange.override == nil)
        #expect(exchange.notes.map(\.text) == ["budget search could not reroute to fast: it lacks tools"])
    }

    @Test func `A clamp keeps the targets and goes along with the exchange`() async throws {
        let exchange = try await entered(.clamp(outputTokensMax: 100))
        #expect(models(exchange) == ["large"])
        #expect(exchange.override?.action == .clamp(outputTokensMax: 100))
    }
}

private struct FixedOverrides: Overrides {
    let decided: Override?
    func override(for exchange: borrowing Exchange) -> Override? { decided }
}

private struct NoDialect: ProviderDialect {
    func path(for surface: Surface, model: String, stream: Bool) -> String? { nil }
    func path(translating operation: Operation, model: String, stream: Bool) -> String? { nil }
    func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest { EncodedRequest(body: ByteBuffer()) }
    func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader { NoReader() }
    var forwardedFields: [HeaderName] { [] }
    var returnedFields: [HeaderName] { [] }
    var requestIDField: HeaderName { "x" }
    func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer { ByteBuffer() }
    func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder { NoDecoder() }
    func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure { Failure(.upstreamError, "") }
}

private struct NoDecoder: ReplyDecoder {
    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer { bytes }
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer { ByteBuffer() }
}

private struct NoReader: ReplyReader {
    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {}
    mutating func end(into events: inout [ModelEvent]) {}
}
