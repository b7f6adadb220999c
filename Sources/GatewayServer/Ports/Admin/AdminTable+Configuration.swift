import GatewayTypes

extension AdminTable {
    static let configuration: [AdminOperation] = [
        AdminOperation(
            id: "getConfiguration", method: .get, path: "/api/v1/config", tag: "config",
            summary: "Which configuration is in force, how the last reload went, and what waits for a restart",
            role: .viewer, replies: [.json(200, "How it stands", Schema.ref("configurationStatus"))],
            respond: AdminPort.configurationStatus),
        AdminOperation(
            id: "exportConfiguration", method: .get, path: "/api/v1/config/export", tag: "config",
            summary: "The file with everything that the API declares, secrets as `env:` and `file:`", role: .operator,
            query: [AdminParameter("format", .choice(["json", "yaml"]), "`json` when left out.")],
            replies: [
                AdminReply(
                    status: 200, doc: "The whole configuration",
                    content: [
                        ("application/json", Schema.object([], open: true)),
                        ("application/yaml", Schema.object([], open: true)),
                    ])
            ], respond: AdminPort.exportConfiguration),
        AdminOperation(
            id: "reloadConfiguration", method: .post, path: "/api/v1/config/reload", tag: "config",
            summary: "Reads the file again and puts it in force, wholly or not at all", role: .operator,
            isChecking: true,
            replies: [.json(200, "What has changed, and what only a restart takes over", Schema.ref("reloadReport"))],
            respond: AdminPort.reloadConfiguration),
        AdminOperation(
            id: "validateConfiguration", method: .post, path: "/api/v1/config/validate", tag: "config",
            summary: "What a text, or the file as it is now, would change; changes nothing and reads no secret",
            role: .operator,
            body: AdminBody(
                Schema.object([("yaml", Schema.text("The text of a configuration file."))], required: []),
                isRequired: false), isChecking: true,
            replies: [.json(200, "It is sound; what it would change", Schema.ref("reloadReport"))],
            respond: AdminPort.validateConfiguration),
        AdminOperation(
            id: "listConfigurationHistory", method: .get, path: "/api/v1/config/history", tag: "config",
            summary: "Reloads and changes of what is declared, the last ones, from the audit log", role: .viewer,
            query: [.limit(1...1000, standard: 50)],
            replies: [
                .json(200, "The entries", Schema.object([("entries", Schema.list(Schema.ref("auditEntry")))]))
            ], respond: AdminPort.configurationHistory),
    ]

    /// Operations on one kind of what may be declared beside the file.
    static func resources(_ kind: ResourceKind) -> [AdminOperation] {
        let spec = kind.shape.map(Schema.section) ?? (kind == .notify ? Schema.channel : Schema.models)
        let resource = Schema.object(
            [
                ("name", Schema.text), ("origin", Schema.words(["file", "api"])),
                ("spec", Schema.object([], open: true)),
                ("version", Schema.integer), ("changed_at", Schema.text), ("changed_by", Schema.text),
            ], required: ["name", "origin", "spec"])
        var operations: [AdminOperation] = []
        // The list of budgets tells what they have spent.
        if kind != .budgets {
            operations.append(
                AdminOperation(
                    id: "list" + kind.title + "s", method: .get, path: AdminPath("/api/v1/\(kind.rawValue)"),
                    tag: kind.rawValue, summary: "All \(kind.rawValue), those of the file and those of the API",
                    role: .viewer, replies: [.json(200, "They", Schema.list(resource))],
                    respond: { port in
                        { request async throws(AdminProblem) -> Reply in try await port.list(kind, request) }
                    }))
        }
        let path = AdminPath("/api/v1/\(kind.rawValue)/{name}")
        return operations + [
            AdminOperation(
                id: "get" + kind.title, method: .get, path: path, tag: kind.rawValue,
                summary: "One \(kind.noun), as it is written", role: .viewer,
                replies: [.json(200, "It; `ETag` is there where the API declares it", resource)],
                respond: { port in { request async throws(AdminProblem) -> Reply in try await port.get(kind, request) }
                }),
            AdminOperation(
                id: "put" + kind.title, method: .put, path: path, tag: kind.rawValue,
                summary: "Declares a \(kind.noun), or changes one that the API declares (`If-Match`)", role: .admin,
                body: AdminBody(spec), condition: .required,
                replies: [
                    .json(200, "Changed, and in force", resource, isVersioned: true),
                    .json(201, "Declared, and in force", resource, isVersioned: true),
                ],
                respond: { port in { request async throws(AdminProblem) -> Reply in try await port.put(kind, request) }
                }),
            AdminOperation(
                id: "delete" + kind.title, method: .delete, path: path, tag: kind.rawValue,
                summary: "Deletes a \(kind.noun) that the API declares (`If-Match`)", role: .admin,
                condition: .required,
                replies: [AdminReply(status: 204, doc: "Deleted")],
                respond: { port in
                    { request async throws(AdminProblem) -> Reply in try await port.delete(kind, request) }
                }),
        ]
    }

    /// Operations on what operators do by hand.
    static func steering(_ kind: Steering.Kind) -> [AdminOperation] {
        let spec: SectionShape =
            switch kind {
            case .overrides: Configuration.OverrideSpec.section.shape
            case .drains: Configuration.DrainSpec.section.shape
            }
        let entry = Schema.object(
            [
                ("name", Schema.text), ("spec", Schema.object([], open: true)), ("version", Schema.integer),
                ("changed_at", Schema.text), ("changed_by", Schema.text), ("expires_at", Schema.text),
            ], required: ["name", "spec", "version", "changed_at", "changed_by"])
        let path = AdminPath("/api/v1/\(kind.rawValue)/{name}")
        let named = kind == .drains ? " (`openai`, or `openai%2Fgpt-5` for one model)" : ""
        return [
            AdminOperation(
                id: "list" + kind.title + "s", method: .get, path: AdminPath("/api/v1/\(kind.rawValue)"),
                tag: kind.rawValue, summary: "All \(kind.rawValue) in force", role: .viewer,
                replies: [.json(200, "They", Schema.list(entry))],
                respond: { port in { request async throws(AdminProblem) -> Reply in try await port.list(kind, request) }
                }),
            AdminOperation(
                id: "get" + kind.title, method: .get, path: path, tag: kind.rawValue,
                summary: "One \(kind.noun)\(named)", role: .viewer,
                replies: [.json(200, "It", entry, isVersioned: true)],
                respond: { port in { request async throws(AdminProblem) -> Reply in try await port.get(kind, request) }
                }),
            AdminOperation(
                id: "put" + kind.title, method: .put, path: path, tag: kind.rawValue,
                summary: "Puts a \(kind.noun) in force, or changes it (`If-Match`)\(named)", role: .operator,
                body: AdminBody(Schema.section(spec)), condition: .required,
                replies: [
                    .json(200, "Changed", entry, isVersioned: true), .json(201, "In force", entry, isVersioned: true),
                ],
                respond: { port in { request async throws(AdminProblem) -> Reply in try await port.put(kind, request) }
                }),
            AdminOperation(
                id: "delete" + kind.title, method: .delete, path: path, tag: kind.rawValue,
                summary: "Ends a \(kind.noun) (`If-Match`)\(named)", role: .operator, condition: .required,
                replies: [AdminReply(status: 204, doc: "Ended")],
                respond: { port in
                    { request async throws(AdminProblem) -> Reply in try await port.delete(kind, request) }
                }),
        ]
    }
}

extension ResourceKind {
    /// `Team`, for names of operations.
    fileprivate var title: String { noun.prefix(1).uppercased() + noun.dropFirst() }
}

extension Steering.Kind {
    fileprivate var title: String { noun.prefix(1).uppercased() + noun.dropFirst() }
}

extension Schema {
    /// A reroute: which model stands in for which.
    fileprivate static let models = JSONText.object([
        ("type", .string("object")), ("additionalProperties", text),
        ("examples", .array([.object([("smart", .string("fast"))])])),
    ])

    /// A channel: `alertmanager` has one `url` or several, `webhook` one and `headers`.
    fileprivate static let channel = object(
        [("url", JSONText.object([])), ("headers", object([], open: true))], required: [], open: true)
}
