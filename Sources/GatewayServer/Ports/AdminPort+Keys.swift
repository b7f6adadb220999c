import GatewayTypes
import Storage
import Telemetry

/// Stored keys: one plain function for each operation.
extension AdminPort {
    // MARK: Operations

    func listKeys(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        listKeys(of: await reloader.inForce.configuration.keys)
    }

    func showKey(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let id = request.name("id")
        guard let key = house.keys.key(id) else {
            guard let written = await fileKey(id) else { throw AdminProblem(Self.noKey(id)) }
            let networks = try await networks(of: Identities.subjectPrefix + Identities.alias(of: written))
            return .json(200, report.object(written, seen: networks).text)
        }
        return reply(200, key, seen: try await networks(of: KeyRegistry.subject(of: key.id)))
    }

    private func networks(of subject: String) async throws(AdminProblem) -> [StoredKeyNetwork] {
        try await reading { storage throws(StorageError) in try storage.ledger.keyNetworks(of: subject) }
    }

    /// One of the configuration's, by its name here or its alias.
    private func fileKey(_ id: String) async -> Configuration.Key? {
        await reloader.inForce.configuration.keys.first { key in
            let alias = Identities.alias(of: key)
            return id == alias || id == Identities.subjectPrefix + alias
        }
    }

    /// The stored key that is to be changed.
    private func changeable(_ id: String) async throws(Failure) -> StoredKey {
        if let key = house.keys.key(id) { return key }
        guard await fileKey(id) != nil else { throw Self.noKey(id) }
        var failure = Failure(
            .badRequest, "The key \(Words.quoted(id)) is declared in \(reloader.path): change it there.", param: "id")
        failure.rejectedStatus = 409
        throw failure
    }

    private var report: KeyReport { KeyReport(registry: house.keys, callers: house.blueprint.callers) }

    func createKey(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        try await answer { () async throws(Failure) in try await createKey(KeyFields(request.body), Asker(request)) }
    }

    func changeKey(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let meant = try request.condition()
        return try await answer { () async throws(Failure) in
            try await changeKey(request.name("id"), KeyFields(request.body), meant, Asker(request))
        }
    }

    func rotateKey(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let meant = try request.condition()
        return try await answer { () async throws(Failure) in
            try await rotateKey(request.name("id"), KeyFields(request.body), meant, Asker(request))
        }
    }

    func revokeKey(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let meant = try request.condition()
        return try await answer { () async throws(Failure) in
            try await revokeKey(request.name("id"), meant, Asker(request))
        }
    }

    func deleteKey(_ request: AdminRequest) async throws(AdminProblem) -> Reply {
        let meant = try request.condition()
        return try await answer { () async throws(Failure) in
            try await deleteKey(request.name("id"), meant, Asker(request))
        }
    }

    func answer(_ work: () async throws(Failure) -> Reply) async throws(AdminProblem) -> Reply {
        do throws(Failure) {
            return try await work()
        } catch {
            throw AdminProblem(error)
        }
    }

    /// Who asks, for the audit log.
    struct Asker {
        let actor: String
        let address: String
        let traceID: String?

        init(_ request: AdminRequest) {
            actor = request.actor.name
            address = request.head.clientAddress
            traceID = request.traceID
        }
    }

    // MARK: Reads

    /// Those of the file first, in its order.
    private func listKeys(of file: [Configuration.Key]) -> Reply {
        let report = report
        let keys = house.keys.all.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        return .json(
            200, JSONObject([("keys", .list(file.map { report.object($0) } + keys.map { report.object($0) }))]).text)
    }

    // MARK: Changes

    /// The key itself stands in this reply and nowhere else.
    func createKey(_ fields: KeyFields, _ asker: Asker) async throws(Failure) -> Reply {
        let order = try fields.order(callers: house.blueprint.callers, now: .now())
        do throws(KeyKeeper.Problem) {
            let (key, text) = try await keeper.create(order, by: asker.actor)
            await record(.keyCreate, key, asker, after: KeyReport.summary(key))
            return reply(201, key, text: text)
        } catch {
            throw failure(error, order.name ?? "")
        }
    }

    func changeKey(
        _ id: String, _ fields: KeyFields, _ meant: VersionCondition, _ asker: Asker
    ) async throws(Failure) -> Reply {
        let key = try await changeable(id)
        let change = try fields.change(of: key, callers: house.blueprint.callers, now: .now())
        do throws(KeyKeeper.Problem) {
            let (old, new) = try await keeper.change(key.id, meant: meant, change)
            if old != new {
                await record(
                    .keyChange, new, asker, before: KeyReport.summary(old), after: KeyReport.summary(new))
            }
            return reply(200, new)
        } catch {
            throw failure(error, id)
        }
    }

    func rotateKey(
        _ id: String, _ fields: KeyFields, _ meant: VersionCondition, _ asker: Asker
    ) async throws(Failure) -> Reply {
        let key = try await changeable(id)
        let overlap = try fields.overlapSeconds()
        do throws(KeyKeeper.Problem) {
            let (new, text) = try await keeper.rotate(key.id, meant: meant, overlapSeconds: overlap)
            await record(
                .keyRotate, new, asker, before: key.secrets.last?.prefix, after: new.secrets.last?.prefix,
                reason: "overlap \(DurationText.text(seconds: overlap))")
            return reply(200, new, text: text)
        } catch {
            throw failure(error, id)
        }
    }

    /// From the reply on no request passes with the key; revoking it again changes nothing.
    func revokeKey(_ id: String, _ meant: VersionCondition, _ asker: Asker) async throws(Failure) -> Reply {
        let key = try await changeable(id)
        let now = WallTime.now()
        do throws(KeyKeeper.Problem) {
            let (old, new) = try await keeper.change(key.id, meant: meant) { key in
                key.revokedAt = key.revokedAt ?? now
            }
            if old != new { await record(.keyRevoke, new, asker) }
            return reply(200, new)
        } catch {
            throw failure(error, id)
        }
    }

    func deleteKey(_ id: String, _ meant: VersionCondition, _ asker: Asker) async throws(Failure) -> Reply {
        let key = try await changeable(id)
        do throws(KeyKeeper.Problem) {
            let old = try await keeper.delete(key.id, meant: meant)
            await record(.keyDelete, old, asker, before: KeyReport.summary(old))
            return reply(200, old)
        } catch {
            throw failure(error, id)
        }
    }

    // MARK: Parts

    /// On the disk before the reply leaves.
    private func record(
        _ action: AuditAction, _ key: StoredKey, _ asker: Asker, before: String? = nil, after: String? = nil,
        reason: String? = nil
    ) async {
        audit.record(
            AuditEvent(
                actor: asker.actor, action: action, subject: KeyRegistry.subject(of: key.id), before: before,
                after: after,
                reason: ["asked from \(asker.address)", reason].compactMap { $0 }.joined(separator: "; "),
                traceID: asker.traceID))
        await audit.drain()
    }

    private func reply(
        _ status: Int, _ key: StoredKey, text: String? = nil, seen: [StoredKeyNetwork]? = nil
    ) -> Reply {
        var reply = Reply.json(status, report.object(key, text: text, seen: seen).text)
        reply.fields.append(ReplyField("etag", key.tag))
        // No cache may keep a key that is shown once.
        if text != nil { reply.fields.append(ReplyField("cache-control", "no-store")) }
        return reply
    }

    private static func noKey(_ id: String) -> Failure {
        Failure(.notFound, "There is no key \"\(id.prefix(100))\"; list them with GET /api/v1/keys.")
    }

    private func failure(_ problem: KeyKeeper.Problem, _ id: String) -> Failure {
        switch problem {
        case .notFound: return Self.noKey(id)
        case .conflict(let message):
            var failure = Failure(.badRequest, message)
            failure.rejectedStatus = 409
            return failure
        case .outdated(let message):
            var failure = Failure(.badRequest, message, param: "if-match")
            failure.rejectedStatus = 412
            return failure
        case .storage(let error): return Failure(.internalError, "The key cannot be written down: \(error)")
        }
    }
}
