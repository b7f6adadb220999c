import GatewayTypes
import NIOCore
import Storage

extension AdminPort {
    func configurationStatus(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let status = reloader.status
        let inForce = await reloader.inForce
        return .json(
            200,
            JSONObject([
                ("path", .string(reloader.path)), ("watched", .boolean(inForce.configuration.config.watch)),
                ("version", .number(status.version)), ("hash", .string(status.fingerprint.hash)),
                ("loaded_at", .string(Timestamp.text(status.lastSuccess))),
                ("last_reload_successful", .boolean(status.lastSucceeded)),
                ("problems", .list(status.problems.map(Self.object))),
                ("restart_needed", .strings(status.restartNeeded)),
                ("declared", .number(Int64(status.resources.values.reduce(0, +)))),
            ]).text)
    }

    func exportConfiguration(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let tree = await reloader.inForce.tree
        guard request.query["format"] == "yaml" else { return .json(200, tree.json) }
        return Reply(
            status: 200, fields: [ReplyField("content-type", "application/yaml")],
            body: ByteBuffer(string: tree.yaml))
    }

    func reloadConfiguration(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let result = await reloader.reload(by: request.actor.name)
        await audit.drain()
        return try Self.reply(result)
    }

    func validateConfiguration(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let tree = try request.tree()
        switch tree.content {
        case .map, .empty: break
        case .text, .list: throw AdminProblem(.invalid, "Write an object: { \"yaml\": … }.", field: "body")
        }
        for entry in tree.entries where entry.key != "yaml" {
            throw AdminProblem(
                .invalid, "There is no member \(Words.quoted(entry.key)) here; write yaml.", field: "body")
        }
        if let yaml = tree["yaml"] {
            guard case .text(let text, quoted: true) = yaml.content else {
                throw AdminProblem(.invalid, "yaml must be a text.", field: "yaml")
            }
            return try Self.reply(await reloader.rehearse(text))
        }
        return try Self.reply(await reloader.rehearse(nil))
    }

    func configurationHistory(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let limit = request.number("limit", default: 50)
        let entries = try await reading { storage throws(StorageError) in
            try storage.ledger.audit(AuditQuery(actions: [.start, .reload, .reloadFailed, .change], limit: limit))
        }
        return .json(200, JSONObject([("entries", .list(entries.map(Self.object)))]).text)
    }

    private static func reply(
        _ result: Result<Reloader.Report, ConfigurationProblems>
    ) throws(AdminProblem) -> Reply {
        switch result {
        case .success(let report):
            return .json(
                200,
                JSONObject([
                    ("hash", .string(report.hash)), ("changes", .list(report.changes.map(\.json))),
                    ("restart_needed", .strings(report.restartNeeded)),
                    ("warnings", .list(report.warnings.map(object))),
                ]).text)
        case .failure(let problems):
            var problem = AdminProblem(.invalid, problems.description)
            problem.errors = problems.errors.map { AdminProblem.Detail(field: $0.path, message: $0.description) }
            throw problem
        }
    }

    private static func object(_ problem: ConfigurationProblem) -> JSONObject {
        JSONObject([("field", .string(problem.path)), ("message", .string(problem.description))])
    }

    // MARK: Resources

    func list(_ kind: ResourceKind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let all = await reloader.resources(kind)
        return .json(200, "[" + all.map { Self.object($0).text }.joined(separator: ",\n") + "]")
    }

    func get(_ kind: ResourceKind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let resource = try await reloader.resource(kind, request.name())
        return .versioned(200, Self.object(resource), resource.stored)
    }

    func put(_ kind: ResourceKind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let (resource, isNew) = try await reloader.put(kind, request.name(), try request.tree(), try request.change())
        await audit.drain()
        let whole = Reloader.Resource(name: resource.name, spec: resource.tree, stored: resource)
        return .versioned(isNew ? 201 : 200, Self.object(whole), resource)
    }

    func delete(_ kind: ResourceKind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        try await reloader.delete(kind, request.name(), try request.change())
        await audit.drain()
        return .nothing
    }

    private static func object(_ resource: Reloader.Resource) -> JSONObject {
        let stored = resource.stored
        return JSONObject([
            ("name", .string(resource.name)), ("origin", .string(stored == nil ? "file" : "api")),
            ("spec", .raw(resource.spec.objectJSON)), ("version", stored.map { .number($0.version) }),
            ("changed_at", stored.map { .string(Timestamp.text($0.changedAt)) }),
            ("changed_by", stored.map { .string($0.changedBy) }),
        ])
    }

    // MARK: Overrides and drains

    func list(_ kind: Steering.Kind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        .json(200, "[" + steering.entries(kind).map { Self.object($0).text }.joined(separator: ",\n") + "]")
    }

    func get(_ kind: Steering.Kind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        guard let entry = steering.entries(kind).first(where: { $0.name == request.name() }) else {
            throw AdminProblem(.notFound, "There is no \(kind.noun) \(Words.quoted(request.name())).", field: "name")
        }
        return .versioned(200, Self.object(entry), entry)
    }

    func put(_ kind: Steering.Kind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let tree = try request.tree()
        guard case .map = tree.content else {
            throw AdminProblem(.invalid, "Write an object.", field: "body")
        }
        let (entry, isNew) = try await steering.put(kind, request.name(), tree, try request.change())
        await audit.drain()
        return .versioned(isNew ? 201 : 200, Self.object(entry), entry)
    }

    func delete(_ kind: Steering.Kind, _ request: AdminRequest) async throws(AdminProblem) -> Reply {
        try await steering.delete(kind, request.name(), try request.change())
        await audit.drain()
        return .nothing
    }

    private static func object(_ entry: StoredResource) -> JSONObject {
        JSONObject([
            ("name", .string(entry.name)), ("spec", .raw(entry.spec)), ("version", .number(entry.version)),
            ("changed_at", .string(Timestamp.text(entry.changedAt))), ("changed_by", .string(entry.changedBy)),
            ("expires_at", entry.expiresAt.map { .string(Timestamp.text($0)) }),
        ])
    }
}

extension Reply {
    /// A thing with its version; nil: it has none.
    fileprivate static func versioned(_ status: Int, _ object: JSONObject, _ stored: StoredResource?) -> Reply {
        var reply = Reply.json(status, object.text)
        if let stored { reply.fields.append(ReplyField("etag", stored.tag)) }
        return reply
    }

    fileprivate static var nothing: Reply { Reply(status: 204, fields: [], body: ByteBuffer()) }
}

extension SettingTree {
    /// As JSON, where nothing is an object without members.
    fileprivate var objectJSON: String { if case .empty = content { "{}" } else { json } }
}
