import GatewayTypes

/// What guardrails did since the process began, as the admin API shows it.
struct GuardrailReport {
    let meters: GuardrailMeters

    var json: String { "[" + meters.rows.map { Self.object($0).text }.joined(separator: ",\n") + "]" }

    private static func object(_ row: GuardrailMeters.Row) -> JSONObject {
        func count(_ verdict: GuardrailVerdict) -> JSONObject.Value { .number(Int64(row.verdicts[verdict] ?? 0)) }
        return JSONObject([
            ("guardrail", .string(row.key.guardrail)), ("phase", .string(row.key.phase.rawValue)),
            ("looked", .number(Int64(row.looked))), ("in_shadow", .number(Int64(row.inShadow))),
            ("block", count(.block)), ("mask", count(.mask)), ("error", count(.error)),
            (
                "reasons",
                .list(
                    row.reasons.map {
                        JSONObject([("reason", .string($0.reason)), ("count", .number(Int64($0.count)))])
                    })
            ),
            ("mean_ms", .milliseconds(Int64(row.meanSeconds * 1e9))),
            ("max_ms", .milliseconds(Int64(row.maxSeconds * 1e9))),
            ("wasted_usd", .decimal(row.wasted.description)),
        ])
    }
}

extension AdminPort {
    func reportGuardrails(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        .json(200, GuardrailReport(meters: house.guardrails.meters).json)
    }
}
