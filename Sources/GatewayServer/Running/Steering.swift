import Budgets
import GatewayTypes
import Logging
import Routing
import Storage
import Synchronization
import Telemetry

/// What operators do to a running gateway by hand: overrides of reroutes, and drains of targets. Kept in the ledger, ended
/// by themselves where they say when.
actor Steering {
    enum Kind: String, CaseIterable, Sendable {
        case overrides, drains

        /// One of them, in words.
        var noun: String { String(rawValue.dropLast()) }
    }

    private static let entriesMax = 100

    private let house: House
    private let audit: AuditLog
    private let logger: Logger
    private let executor = QueueExecutor(label: "weir.steering")
    private let state = Mutex<[StoredResource]>([])

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(house: House, audit: AuditLog, logger: Logger) {
        self.house = house
        self.audit = audit
        self.logger = logger
    }

    // MARK: Life

    /// Takes back what was in force when the last process ended.
    func restore() throws(StartupFailure) {
        do throws(StorageError) {
            let kept = try house.storage.ledger.resources().filter { Kind(rawValue: $0.kind) != nil }
            state.withLock { $0 = kept }
        } catch {
            throw StartupFailure("What operators did cannot be read from the ledger: \(error).")
        }
        expire(at: .now())
        apply()
        for entry in all { logger.notice("in force still", metadata: ["what": "\(entry.kind)/\(entry.name)"]) }
    }

    /// Ends what has expired, every second, until cancelled.
    func run() async {
        while !Task.isCancelled {
            if expire(at: .now()) { apply() }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    @discardableResult
    private func expire(at now: WallTime) -> Bool {
        let over = all.filter { $0.expiresAt.map { $0 <= now } ?? false }
        for entry in over {
            do throws(StorageError) {
                try house.storage.ledger.deleteResource(kind: entry.kind, name: entry.name)
            } catch {
                logger.error("an expired entry cannot be deleted; it is tried again: \(error)")
                continue
            }
            remove(entry)
            record(entry.kind, entry.name, before: entry.spec, after: nil, by: "process", "expired", trace: nil)
        }
        return !over.isEmpty
    }

    // MARK: Changes

    nonisolated var all: [StoredResource] { state.withLock { $0 } }

    nonisolated func entries(_ kind: Kind) -> [StoredResource] { all.filter { $0.kind == kind.rawValue } }

    func put(
        _ kind: Kind, _ name: String, _ spec: SettingTree, _ change: Reloader.Change
    ) throws(AdminProblem) -> (resource: StoredResource, isNew: Bool) {
        let existing = entries(kind).first { $0.name == name }
        try change.condition.check(existing)
        guard existing != nil || all.count < Self.entriesMax else {
            throw AdminProblem(.conflict, "\(Self.entriesMax) are in force already; end some first.")
        }
        let seconds = try SteeringChecks(blueprint: house.blueprint).check(kind, name, spec)
        let now = WallTime.now()
        let new = StoredResource.next(
            after: existing, kind: kind.rawValue, name: name, spec: spec, by: change.actor,
            expiresAt: seconds.map { WallTime(nanoseconds: now.nanoseconds + Int64($0 * 1e9)) })
        do throws(StorageError) {
            try house.storage.ledger.put(new)
        } catch {
            throw AdminProblem(.unavailable, "The ledger cannot keep it: \(error).")
        }
        state.withLock { entries in
            entries.removeAll { $0.kind == new.kind && $0.name == new.name }
            entries.append(new)
        }
        apply()
        record(
            new.kind, name, before: existing?.spec, after: new.spec, by: change.actor, change.origin,
            trace: change.traceID)
        return (new, existing == nil)
    }

    func delete(_ kind: Kind, _ name: String, _ change: Reloader.Change) throws(AdminProblem) {
        guard let existing = entries(kind).first(where: { $0.name == name }) else {
            throw AdminProblem(.notFound, "There is no \(kind.noun) \(Words.quoted(name)).", field: "name")
        }
        try change.condition.check(existing)
        do throws(StorageError) {
            try house.storage.ledger.deleteResource(kind: existing.kind, name: name)
        } catch {
            throw AdminProblem(.unavailable, "The ledger cannot forget it: \(error).")
        }
        remove(existing)
        apply()
        record(
            existing.kind, name, before: existing.spec, after: nil, by: change.actor, change.origin,
            trace: change.traceID)
    }

    private func remove(_ entry: StoredResource) {
        state.withLock { $0.removeAll { $0.kind == entry.kind && $0.name == entry.name } }
    }

    private func record(
        _ kind: String, _ name: String, before: String?, after: String?, by actor: String, _ reason: String,
        trace: String?
    ) {
        audit.record(
            AuditEvent(
                actor: actor, action: kind == Kind.drains.rawValue ? .drain : .override, subject: kind + "/" + name,
                before: before, after: after, reason: reason, traceID: trace))
        logger.notice(
            after == nil ? "ended" : "in force", metadata: ["what": "\(kind)/\(name)", "by": "\(actor)"])
    }

    // MARK: Effect

    private func apply() {
        var forced: [ForcedReroutes.Entry] = []
        var held: [RerouteHold] = []
        for entry in entries(.overrides).sorted(by: { $0.name < $1.name }) {
            let spec = SteeringChecks.override(entry.tree)
            switch spec.action {
            case .reroute:
                guard let from = spec.from, let to = spec.to else { continue }
                forced.append(
                    ForcedReroutes.Entry(
                        name: entry.name, from: from, to: to, teams: spec.teams, sharePercent: spec.sharePercent))
            case .hold:
                if let budget = spec.budget { held.append(RerouteHold(budget: budget, rule: spec.rule)) }
            }
        }
        house.forced.adopt(forced)
        house.budgets.hold(held)
        house.drains.adopt(Set(entries(.drains).map { SteeringChecks.place($0.name) }))
    }

    nonisolated func write(to writer: inout SampleWriter) {
        for target in house.blueprint.routes.targets where target.servedModel != .other {
            writer.set(
                .targetDrained, [target.provider.text, target.servedModel.text], house.drains.isDrained(target))
        }
        for entry in entries(.overrides) {
            writer.set(.overrideActive, [entry.name, SteeringChecks.override(entry.tree).action.rawValue], true)
        }
    }
}
