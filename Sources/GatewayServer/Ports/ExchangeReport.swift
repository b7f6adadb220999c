import GatewayTypes
import Storage

/// One exchange of the ledger, for programs and for people.
struct ExchangeReport {
    private let row: LedgerRow

    init(_ row: LedgerRow) { self.row = row }

    private var traceID: String { Hex.text(row.traceHigh) + Hex.text(row.traceLow) }

    // MARK: For programs

    var json: JSONObject {
        var members: [(String, JSONObject.Value?)] = [
            ("exchange", .string(row.id.description)), ("trace_id", .string(traceID)),
            ("arrived_at_ns", .number(row.arrivedAt.nanoseconds)), ("duration_ns", .number(row.durationNanoseconds)),
            ("operation", .string(row.operation)), ("surface", .string(row.surface)), ("route", .string(row.route)),
            ("team", .string(row.team)), ("caller", .string(row.caller)), ("asked_model", .string(row.askedModel)),
            ("provider", .string(row.provider)), ("served_model", .string(row.servedModel)),
            ("response_model", row.responseModel.map { .string($0) }),
            ("provider_request_id", row.providerRequestID.map { .string($0) }), ("outcome", .string(row.outcome)),
            ("status", .number(Int64(row.status))), ("moved", .string(row.moved)),
            ("budget", row.budget.map { .string($0) }), ("rule", row.rule.map { .string($0) }),
            ("rerouted_to", row.reroutedTo.map { .string($0) }),
            ("demand_usd", row.demand.map { .decimal($0.description) }), ("stream", .boolean(row.stream)),
            ("attempts", .number(Int64(row.attempts))), ("ttft_ns", row.firstTokenNanoseconds.map { .number($0) }),
            ("usage_source", .string(row.usage.source.rawValue)),
        ]
        members += TokenType.allCases.map { type in
            ("\(type.rawValue)_tokens", row.usage[type].map { .number($0) })
        }
        members += [
            ("cost_status", .string(row.cost.status.rawValue)), ("cost_usd", .decimal(row.cost.total.description)),
            ("purpose", .string(row.purpose)), ("abort_billing", row.abortBilling.map { .string($0) }),
            ("tier", .string(row.cost.tier)), ("catalog_hash", .string(row.cost.catalogHash)),
            ("cost_lines", .list(row.cost.lines.map(Self.line))),
        ]
        return JSONObject(members)
    }

    private static func line(_ line: CostLine) -> JSONObject {
        JSONObject([
            ("component", .string(line.component.rawValue)), ("units", .number(line.units)),
            ("usd_per_million", .decimal(line.price.usdPerMillion)), ("amount_usd", .decimal(line.amount.description)),
        ])
    }

    // MARK: For people

    var story: String {
        var lines = [
            "exchange \(row.id)",
            "trace    \(traceID)",
            "",
            "\(row.caller) of team \(row.team) asked for \(row.askedModel) (\(row.operation)\(row.stream ? ", streamed" : "")).",
            "Route \(row.route) led to \(row.provider)/\(row.servedModel)\(attemptsText).",
            "It ended as \(row.outcome) with status \(row.status) after \(Self.milliseconds(row.durationNanoseconds)) ms\(firstTokenText).",
            "",
        ]
        lines += costLines
        return lines.joined(separator: "\n")
    }

    private var attemptsText: String {
        if let budget = row.budget, let rule = row.rule, let to = row.reroutedTo {
            return ": rule \(rule) of budget \(budget) had moved it to \(to)"
        }
        let count = row.attempts == 1 ? "at the first attempt" : "after \(row.attempts) attempts"
        return row.moved == Moved.no.rawValue ? ", \(count)" : ", moved by \(row.moved), \(count)"
    }

    private var firstTokenText: String {
        row.firstTokenNanoseconds.map { "; its first token came after \(Self.milliseconds($0)) ms" } ?? ""
    }

    private var costLines: [String] {
        switch row.cost.status {
        case .nothing: return ["Nothing was consumed, so it cost nothing."]
        case .unpriced:
            return [
                "\(row.usage.totalTokens) tokens were used, but no price is known for \(row.provider)/\(row.servedModel).",
                "Set one under prices.overrides; until then its cost counts as unpriced, not as 0.",
            ]
        case .priced: break
        }
        let counted = row.usage.source == .provider ? "as the provider counted them" : "as Weir estimated them"
        var lines = ["What it cost (tokens \(counted); prices \(row.cost.catalogHash), tier \(row.cost.tier)):"]
        for line in row.cost.lines {
            lines.append(
                "  " + Self.padded(line.component.rawValue, 16) + Self.padded("\(line.units)", 10, left: true)
                    + " × " + Self.padded(line.price.usdPerMillion, 10, left: true) + " USD/million = "
                    + line.amount.description + " USD")
        }
        lines.append("  " + Self.padded("total", 16) + String(repeating: " ", count: 36) + " = \(row.cost.total) USD")
        return lines
    }

    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let tenths = nanoseconds / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - text.count))
        return left ? spaces + text : text + spaces
    }
}
