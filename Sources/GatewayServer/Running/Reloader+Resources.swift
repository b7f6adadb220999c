import Logging
import GatewayTypes
import Storage

/// What the admin API declares: checked with the file by the same checks, kept in the ledger, and only then in force.
extension Reloader {
    private static let resourcesMax = 1000
    static let specBytesMax = 64 << 10

    /// Who changes something, and from where.
    struct Change: Sendable {
        let actor: String
        let origin: String
        let traceID: String?
        let condition: VersionCondition
    }

    /// One that the file or the admin API declares.
    struct Resource: Sendable {
        let name: String
        let spec: SettingTree
        /// Nil: the file declares it.
        let stored: StoredResource?
    }

    /// In the order of the file, then those of the admin API.
    func resources(_ kind: ResourceKind) -> [Resource] {
        let ours = (stored ?? []).filter { $0.kind == kind.rawValue }
        return kind.all(in: inForce.file).map { Resource(name: $0.name, spec: $0.spec, stored: nil) }
            + ours.map { Resource(name: $0.name, spec: $0.tree, stored: $0) }
    }

    func resource(_ kind: ResourceKind, _ name: String) throws(AdminProblem) -> Resource {
        let all = resources(kind)
        guard let found = all.first(where: { $0.name == name }) else {
            throw AdminProblem(
                .notFound,
                "There is no \(kind.noun) \(Words.quoted(name))" + Words.suggestion(for: name, among: all.map(\.name))
                    + ".", field: "name")
        }
        return found
    }

    /// Makes it or changes it. The result: what is kept now, and whether it is new.
    func put(
        _ kind: ResourceKind, _ name: String, _ spec: SettingTree, _ change: Change
    ) throws(AdminProblem) -> (resource: StoredResource, isNew: Bool) {
        let (resources, existing) = try changeable(kind, name)
        try change.condition.check(existing)
        guard case .map = spec.content else {
            throw AdminProblem(.invalid, "A \(kind.noun) is written as an object.", field: "body")
        }
        if kind.isList, let written = spec["name"], written.text != name {
            throw AdminProblem(
                .invalid, "name must be \(Words.quoted(name)), as in the path, or left out.", field: "name")
        }
        if kind.sendsHeaders { try Self.checkHeaders(of: spec) }
        let new = StoredResource.next(
            after: existing, kind: kind.rawValue, name: name, spec: spec, by: change.actor)
        guard new.spec.utf8.count <= Self.specBytesMax else {
            throw AdminProblem(.payloadTooLarge, "A \(kind.noun) is at most \(ByteSize.text(Self.specBytesMax)) long.")
        }
        guard existing != nil || resources.count < Self.resourcesMax else {
            throw AdminProblem(.conflict, "\(Self.resourcesMax) things are declared already; delete some first.")
        }
        // Keeps its place, so that changing one does not reorder the others.
        var after = resources
        if let position = after.firstIndex(where: { $0.kind == kind.rawValue && $0.name == name }) {
            after[position] = new
        } else {
            after.append(new)
        }
        try swap(after, from: resources, (existing, new), refusal: .invalid, change)
        return (new, existing == nil)
    }

    /// In the file a header may stand in clear; what the API keeps can be read back.
    private static func checkHeaders(of spec: SettingTree) throws(AdminProblem) {
        for header in spec["headers"]?.entries ?? [] {
            let text = header.value.text ?? ""
            guard !text.hasPrefix("env:"), !text.hasPrefix("file:") else { continue }
            // The text is never repeated: it may be a secret.
            throw AdminProblem(
                .invalid,
                "The value of a header must be env:NAME or file:PATH here: what is declared can be read back.",
                field: "headers." + header.key)
        }
    }

    func delete(_ kind: ResourceKind, _ name: String, _ change: Change) throws(AdminProblem) {
        let (resources, existing) = try changeable(kind, name)
        guard let existing else {
            throw AdminProblem(.notFound, "There is no \(kind.noun) \(Words.quoted(name)).", field: "name")
        }
        try change.condition.check(existing)
        let after = resources.filter { $0.kind != kind.rawValue || $0.name != name }
        try swap(after, from: resources, (existing, nil), refusal: .conflict, change)
    }

    private func changeable(
        _ kind: ResourceKind, _ name: String
    ) throws(AdminProblem) -> ([StoredResource], StoredResource?) {
        guard let stored else {
            throw AdminProblem(
                .conflict, "This process runs without what is stored (--ignore-stored); start it without that first.")
        }
        if kind.all(in: inForce.file).contains(where: { $0.name == name }) {
            throw AdminProblem(
                .conflict, "\(kind.section).\(name) is declared in \(path): change it there.", field: "name")
        }
        return (stored, stored.first { $0.kind == kind.rawValue && $0.name == name })
    }

    /// Checks, keeps, and puts in force; where one of them fails nothing has changed.
    private func swap(
        _ after: [StoredResource], from before: [StoredResource], _ pair: (old: StoredResource?, new: StoredResource?),
        refusal: AdminProblem.Code, _ change: Change
    ) throws(AdminProblem) {
        let old = inForce
        let result = Configuration.load(
            tree: old.file, declared: declared(after), file: path, environment: Commands.environment,
            knowledge: Knowledge.current)
        let loaded: LoadedConfiguration
        switch result {
        case .success(let sound): loaded = sound
        case .failure(let problems):
            throw Self.problem(problems, of: (pair.new ?? pair.old), in: declared(after), file: old.file, refusal)
        }
        try persist(pair.new, insteadOf: pair.old)
        do throws(StartupFailure) {
            try adopt(loaded, showsCertificates: false, by: change.actor)
        } catch {
            try persist(pair.old, insteadOf: pair.new)
            throw AdminProblem(.invalid, error.description)
        }
        keep(after)
        audit.record(
            AuditEvent(
                actor: change.actor, action: .change, subject: Self.subject(pair.new ?? pair.old),
                before: pair.old?.spec, after: pair.new?.spec, reason: change.origin, traceID: change.traceID))
        logger.notice(
            pair.new == nil ? "deleted through the admin API" : "declared through the admin API",
            metadata: ["what": "\(Self.subject(pair.new ?? pair.old))", "by": "\(change.actor)"])
    }

    private static func subject(_ resource: StoredResource?) -> String {
        resource.map { $0.kind + "/" + $0.name } ?? ""
    }

    private func persist(_ new: StoredResource?, insteadOf old: StoredResource?) throws(AdminProblem) {
        do throws(StorageError) {
            if let new {
                try house.storage.ledger.put(new)
            } else if let old {
                try house.storage.ledger.deleteResource(kind: old.kind, name: old.name)
            }
        } catch {
            throw AdminProblem(.unavailable, "The ledger cannot keep it: \(error).")
        }
    }

    /// All that is wrong, with paths that begin at the thing itself where they lie in it.
    private static func problem(
        _ problems: ConfigurationProblems, of resource: StoredResource?, in declared: [DeclaredResource],
        file: SettingTree, _ code: AdminProblem.Code
    ) -> AdminProblem {
        let reader = SettingReader(file: "", directory: "", environment: [:], resolvesSecrets: false)
        let paths = DeclaredResource.merge(declared, into: file, reader).paths
        let position = declared.firstIndex { $0.kind.rawValue == resource?.kind && $0.name == resource?.name }
        let own = position.map { paths[$0].text }
        let details = problems.errors.map { problem in
            var field = problem.path
            if let own, field == own {
                field = "body"
            } else if let own, field.hasPrefix(own + ".") {
                field = String(field.dropFirst(own.utf8.count + 1))
            }
            return AdminProblem.Detail(field: field.isEmpty ? "body" : field, message: problem.message)
        }
        var problem = AdminProblem(
            code, details.map { "\($0.field): \($0.message)" }.joined(separator: "; "))
        problem.errors = details
        return problem
    }
}
