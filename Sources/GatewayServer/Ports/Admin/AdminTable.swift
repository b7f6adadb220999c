import GatewayTypes

/// Everything that the admin API serves. Areas declare their operations in files of their own; this is their one list.
enum AdminTable {
    static let operations: [AdminOperation] =
        document + exchanges + records + budgets + keys + guardrails + routing + cache + configuration
        + ResourceKind.allCases.flatMap(resources)
        + Steering.Kind.allCases.flatMap(steering)

    private static let document: [AdminOperation] = [
        AdminOperation(
            id: "getOpenAPI", method: .get, path: "/api/v1/openapi.json", tag: "document",
            summary: "This API as an OpenAPI 3.1 document", role: .viewer,
            replies: [.json(200, "The document", Schema.object([("openapi", Schema.text)], open: true))],
            respond: AdminPort.openAPI)
    ]

    private static let exchanges: [AdminOperation] = [
        AdminOperation(
            id: "listExchanges", method: .get, path: "/api/v1/exchanges", tag: "exchanges",
            summary: "The latest exchanges, the last one first", role: .viewer,
            query: [.limit(1...1000, standard: 20)],
            replies: [.json(200, "Rows of the ledger", Schema.list(Schema.exchange))],
            respond: AdminPort.recent),
        AdminOperation(
            id: "getExchange", method: .get, path: "/api/v1/exchanges/{id}", tag: "exchanges",
            summary: "One exchange, by its identifier, the first eight or more digits of it, or `last`", role: .viewer,
            replies: [.json(200, "The exchange, and how it went on the way if it ended lately", Schema.exchange)],
            respond: AdminPort.exchange),
        AdminOperation(
            id: "getExchangeStory", method: .get, path: "/api/v1/exchanges/{id}/story", tag: "exchanges",
            summary: "One exchange told for people", role: .viewer,
            replies: [AdminReply(status: 200, doc: "The story", content: [("text/plain", Schema.text)])],
            respond: AdminPort.story),
    ]

    private static let records: [AdminOperation] = [
        AdminOperation(
            id: "listAudit", method: .get, path: "/api/v1/audit", tag: "audit",
            summary: "Entries of the audit log in the order of its chain; without `since` and `after` the last ones",
            role: .viewer,
            query: [
                .limit(1...1000, standard: 100),
                AdminParameter(
                    "after", .integer(0...9_007_199_254_740_991, standard: nil), "Entries behind this sequence."),
                AdminParameter("since", .text, "Entries of this time (RFC 3339, or Unix seconds) or later."),
            ],
            replies: [
                .json(
                    200, "The entries; `next` is there when there may be more: ask again with it as `after`",
                    Schema.object(
                        [("entries", Schema.list(Schema.ref("auditEntry"))), ("next", Schema.integer)],
                        required: ["entries"]))
            ],
            respond: AdminPort.listAudit)
    ]

    private static let budgets: [AdminOperation] = [
        AdminOperation(
            id: "listBudgets", method: .get, path: "/api/v1/budgets", tag: "budgets",
            summary: "What each budget has spent and has left, and the states of its rules", role: .viewer,
            replies: [.json(200, "The budgets", Schema.list(Schema.ref("budgetReading")))],
            respond: AdminPort.listBudgets),
        AdminOperation(
            id: "testNotify", method: .post, path: "/api/v1/budgets/test-notify", tag: "budgets",
            summary: "Sends a test through every channel of `notify`", role: .operator,
            replies: [.json(200, "What each channel answered", Schema.list(Schema.ref("channelTest")))],
            respond: AdminPort.testNotify),
    ]
}

extension AdminParameter {
    static func limit(_ range: ClosedRange<Int>, standard: Int) -> AdminParameter {
        AdminParameter("limit", .integer(range, standard: standard), "The most that are listed.")
    }
}
