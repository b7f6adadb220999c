import GatewayTypes
import NIOCore

/// A route of made-up targets, and exchanges and attempts at them, at moments that the test names.
struct Bench {
    let route: Route

    init(
        _ strategy: Route.Strategy, weights: [Int] = [1, 1, 1], affinity: Route.Affinity = .session,
        latency: Route.LatencyMeasure = .firstToken, conditions: [Int: RequestCondition] = [:],
        classifier: (any RequestClassifier)? = nil, costMax: Money? = nil,
        hedge: HedgeRule? = nil, canary: (share: Double, halt: Canary.Halt)? = nil,
        shadowed: Bool = false
    ) {
        var names = NameTable()
        let provider = names.declare("sim")
        let targets = weights.enumerated().map { index, weight in
            Target(
                index: index, provider: provider, providerKind: "sim", servedModel: names.declare("m\(index)"),
                weight: weight, ways: [], keyAlias: "", injectsStreamUsage: false, condition: conditions[index])
        }
        route = Route(
            name: names.declare("smart"), strategy: strategy, targets: targets, affinity: affinity, latency: latency,
            classifier: classifier, costMax: costMax,
            hedge: hedge,
            canary: canary.map { canary in
                Canary(
                    target: Target(
                        index: weights.count, provider: provider, providerKind: "sim",
                        servedModel: names.declare("canary"), weight: 1, ways: [], keyAlias: "",
                        injectsStreamUsage: false),
                    share: canary.share, halt: canary.halt)
            },
            shadow: shadowed ? Shadow(target: targets[0], share: 1, inFlightMax: 2) : nil)
    }

    var targets: [Target] { route.targets }

    func exchange(
        _ number: UInt64 = 1, session: String? = nil, caller: ConfiguredName = .other, body: String = "",
        outputTokensMax: Int64? = nil, textBytes: Int = 4000, tools: Int = 0, isAsked: Bool = false
    ) -> Exchange {
        var bytes = ByteBuffer()
        var fields: [RequestHead.Field] = []
        if let session {
            let name = "X-Weir-Session"
            bytes.writeString(name + session)
            fields = [
                RequestHead.Field(
                    nameStart: 0, nameLength: name.utf8.count, valueStart: name.utf8.count,
                    valueLength: session.utf8.count)
            ]
        }
        var facts = RequestFacts()
        facts.textBytes = textBytes
        facts.toolCount = tools
        facts.outputTokensMax = outputTokensMax
        // As ids are made: the lower 62 bits are random.
        var ids = IDSource(seed: number)
        var exchange = Exchange(
            id: ExchangeID(high: 0, low: 0x8000_0000_0000_0000 | ids.next() >> 2),
            trace: TraceContext(traceHigh: 1, traceLow: 1, spanID: 1, parentSpanID: nil, flags: 0, state: nil),
            arrived: .zero, arrivedAt: WallTime(nanoseconds: 0), deadline: .distantFuture,
            head: RequestHead(
                bytes: bytes, method: .post, path: "/", query: nil, fields: fields, clientAddress: ""),
            surface: .openAIChat,
            request: .model(
                ModelRequest(
                    surface: .openAIChat, askedModel: "smart", stream: true, body: ByteBuffer(string: body),
                    facts: facts)), isAsked: isAsked)
        exchange.route = route
        exchange.caller = Caller(name: caller, team: .other, keyAlias: "")
        return exchange
    }
}

extension Moment {
    /// So many seconds after the clock's beginning.
    static func at(_ seconds: Double) -> Moment { Moment(nanoseconds: 1_000_000_000).advanced(bySeconds: seconds) }
}

/// An attempt that began and ended at these seconds.
func attempt(
    at target: Target, from began: Double, to ended: Double, firstToken: Double? = nil, tokens: Int64 = 100,
    failure: Failure? = nil, status: Int = 200
) -> AttemptOutcome {
    var outcome = AttemptOutcome(target: target, spanID: 1, began: .at(began))
    outcome.ended = .at(ended)
    outcome.firstToken = firstToken.map { Moment.at(began + $0) }
    outcome.failure = failure
    outcome.status = status
    outcome.usage = Usage(source: .provider)
    outcome.usage[.output] = tokens
    return outcome
}

/// Prices by target, in picodollars a token.
struct TestPrices: Pricer {
    let prices: [Int64?]

    func cost(of use: MeteredUse, target: Target) -> Cost {
        guard let price = prices[target.index] else { return .unknown }
        let unit = UnitPrice(picodollarsPerMillion: Int128(price) * 1_000_000)
        return Cost(
            status: .priced,
            lines: [
                CostLine(component: .input, units: use.usage.inputTokens ?? 0, price: unit),
                CostLine(component: .output, units: use.usage.outputTokens ?? 0, price: unit),
            ], tier: "", catalogHash: "")
    }
    func estimateTokens(textBytes: Int, target: Target, output: Bool) -> Int64 { Int64(textBytes / 4) }
    func observe(textBytes: Int, tokens: Int64, target: Target, output: Bool) {}
}
