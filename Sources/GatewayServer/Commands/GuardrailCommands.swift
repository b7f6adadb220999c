import GatewayTypes

extension Commands {
    // MARK: guardrails

    /// What the guardrails of a running gateway found, as a table or as the admin API's JSON.
    public static func reportGuardrails(json: Bool) async throws(Refusal) -> String {
        let text = try await AdminClient.reply(.get, "/api/v1/reports/guardrails")
        if json { return text }
        let rows: [GuardrailRow] = try decoded(text)
        guard !rows.isEmpty else { return "There are no guardrails." }
        return TextTable.render([GuardrailRow.head] + rows.map(\.cells))
    }
}

/// A guardrail and phase in the admin API's report.
private struct GuardrailRow: Decodable {
    struct Reason: Decodable {
        let reason: String
        let count: Int
    }

    let guardrail: String
    let phase: String
    let looked: Int
    let in_shadow: Int
    let block: Int
    let mask: Int
    let error: Int
    let reasons: [Reason]
    let mean_ms: Double
    let max_ms: Double
    let wasted_usd: String

    static let head = [
        "guardrail", "phase", "looked at", "in shadow", "block", "mask", "error", "reasons", "mean ms", "max ms",
        "wasted USD",
    ]

    var cells: [String] {
        [
            guardrail, phase, "\(looked)", "\(in_shadow)", "\(block)", "\(mask)", "\(error)",
            reasons.map { "\($0.reason)=\($0.count)" }.joined(separator: " "), "\(mean_ms)", "\(max_ms)", wasted_usd,
        ]
    }
}
