import GatewayTypes
import Storage

/// One exchange for programs and for people: as the ledger has it, and, if it ended lately, how it went on the way.
struct ExchangeReport {
    let exchange: LedgerRow
    let story: ExchangeStory?
    /// Of how many exchanges the way is kept.
    let kept: Int

    init(_ story: ExchangeStory) {
        exchange = story.row
        self.story = story
        kept = 0
    }

    /// Of an exchange of which only the ledger's row is left.
    init(_ row: LedgerRow, kept: Int) {
        exchange = row
        story = nil
        self.kept = kept
    }

    private var traceID: String { Hex.text(exchange.traceHigh) + Hex.text(exchange.traceLow) }

    // MARK: For programs

    var json: JSONObject {
        guard let story else { return JSONObject(members + [("source", .string("ledger"))]) }
        return JSONObject(members + [("source", .string("recent"))] + ExchangeTimeline(story).members)
    }

    /// The ledger's row alone.
    var row: JSONObject { JSONObject(members) }

    private var members: [(String, JSONObject.Value?)] {
        var members: [(String, JSONObject.Value?)] = [
            ("exchange", .string(exchange.id.description)), ("trace_id", .string(traceID)),
            ("arrived_at_ns", .number(exchange.arrivedAt.nanoseconds)),
            ("duration_ns", .number(exchange.durationNanoseconds)),
            ("operation", .string(exchange.operation)), ("surface", .string(exchange.surface)),
            ("route", .string(exchange.route)),
            ("team", .string(exchange.team)), ("caller", .string(exchange.caller)),
            ("asked_model", .string(exchange.askedModel)),
            ("provider", .string(exchange.provider)), ("served_model", .string(exchange.servedModel)),
            ("response_model", exchange.responseModel.map { .string($0) }),
            ("provider_request_id", exchange.providerRequestID.map { .string($0) }),
            ("outcome", .string(exchange.outcome)),
            ("status", .number(Int64(exchange.status))), ("moved", .string(exchange.moved)),
            ("budget", exchange.budget.map { .string($0) }), ("rule", exchange.rule.map { .string($0) }),
            ("rerouted_to", exchange.reroutedTo.map { .string($0) }),
            ("demand_usd", exchange.demand.map { .decimal($0.description) }), ("stream", .boolean(exchange.stream)),
            ("attempts", .number(Int64(exchange.attempts))),
            ("ttft_ns", exchange.firstTokenNanoseconds.map { .number($0) }),
            ("usage_source", .string(exchange.usage.source.rawValue)),
        ]
        members += TokenType.allCases.map { type in
            ("\(type.rawValue)_tokens", exchange.usage[type].map { .number($0) })
        }
        members += [
            ("cost_status", .string(exchange.cost.status.rawValue)),
            ("cost_usd", .decimal(exchange.cost.total.description)),
            ("purpose", .string(exchange.purpose)), ("abort_billing", exchange.abortBilling.map { .string($0) }),
            ("tier", .string(exchange.cost.tier)), ("catalog_hash", .string(exchange.cost.catalogHash)),
            ("cost_lines", .list(exchange.cost.lines.map(Self.line))),
        ]
        return members
    }

    static func line(_ line: CostLine) -> JSONObject {
        JSONObject([
            ("component", .string(line.component.rawValue)), ("units", .number(line.units)),
            ("usd_per_million", .decimal(line.price.usdPerMillion)), ("amount_usd", .decimal(line.amount.description)),
        ])
    }
}
