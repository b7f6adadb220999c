import GatewayTypes
import Routing
import Storage

/// The halts of canaries in the ledger: a restart lets none go on that was found to be bad.
struct CanaryHalts {
    private static let kind = "canary_halts"

    let ledger: Ledger

    /// One that cannot be read any more halts nothing.
    func all() throws(StorageError) -> [CanaryHalt] {
        try ledger.resources().filter { $0.kind == Self.kind }.compactMap(Self.halt)
    }

    /// Writes down what changed.
    func keep(_ change: CanaryBook.Change) throws(StorageError) {
        guard let halt = change.halt else {
            return try ledger.deleteResource(kind: Self.kind, name: change.route.text)
        }
        try ledger.put(
            StoredResource(
                kind: Self.kind, name: halt.route, version: 1, spec: Self.spec(halt), changedAt: halt.since,
                changedBy: "canary:" + halt.route))
    }

    private static func spec(_ halt: CanaryHalt) -> String {
        JSONObject([
            ("identity", .string(halt.identity)), ("cause", .string(halt.finding.cause.rawValue)),
            ("canary", .string("\(halt.finding.canary)")), ("baseline", .string("\(halt.finding.baseline)")),
            ("canary_attempts", .string("\(halt.finding.canaryAttempts)")),
            ("baseline_attempts", .string("\(halt.finding.baselineAttempts)")),
        ]).text
    }

    private static func halt(_ resource: StoredResource) -> CanaryHalt? {
        guard case .map(let entries) = resource.tree.content else { return nil }
        func text(_ name: String) -> String? {
            guard case .text(let text, _) = entries.first(where: { $0.key == name })?.value.content else { return nil }
            return text
        }
        guard let identity = text("identity"),
            let cause = text("cause").flatMap(CanaryTrial.Finding.Cause.init),
            let canary = text("canary").flatMap(Double.init), let baseline = text("baseline").flatMap(Double.init),
            let canaryAttempts = text("canary_attempts").flatMap({ Int($0) }),
            let baselineAttempts = text("baseline_attempts").flatMap({ Int($0) })
        else { return nil }
        return CanaryHalt(
            route: resource.name, identity: identity, since: resource.changedAt,
            finding: CanaryTrial.Finding(
                cause: cause, canary: canary, baseline: baseline, canaryAttempts: canaryAttempts,
                baselineAttempts: baselineAttempts))
    }
}
