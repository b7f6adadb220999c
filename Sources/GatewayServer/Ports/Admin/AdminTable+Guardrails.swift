import GatewayTypes

extension AdminTable {
    static let guardrails: [AdminOperation] = [
        AdminOperation(
            id: "reportGuardrails", method: .get, path: "/api/v1/reports/guardrails", tag: "guardrails",
            summary: "What each guardrail found since the process began, those in shadow too", role: .viewer,
            replies: [
                .json(
                    200, "A row for each guardrail and phase",
                    Schema.list(
                        Schema.object([
                            ("guardrail", Schema.text), ("phase", Schema.words(["input", "output"])),
                            ("looked", Schema.integer), ("in_shadow", Schema.integer), ("block", Schema.integer),
                            ("mask", Schema.integer), ("error", Schema.integer),
                            (
                                "reasons",
                                Schema.list(Schema.object([("reason", Schema.text), ("count", Schema.integer)]))
                            ),
                            ("mean_ms", Schema.number), ("max_ms", Schema.number), ("wasted_usd", Schema.decimal),
                        ])))
            ],
            respond: AdminPort.reportGuardrails)
    ]
}
