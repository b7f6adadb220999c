public import GatewayTypes
import Synchronization

/// All canaries of the process: what was learned of them outlives a reload that leaves them as they were.
public final class CanaryBook: Sendable {
    /// A canary was halted, or somebody let it go on.
    public struct Change: Sendable {
        public let at: WallTime
        public let route: ConfiguredName
        public let target: Target
        /// Nil: it was let go on.
        public let halt: CanaryHalt?
        /// Since when it had been halted, where it goes on.
        public let haltedSince: WallTime?
        /// Who let it go on; nil where it was halted.
        public let actor: String?
    }

    private struct State {
        /// What an earlier process found, by route, until the configuration is known.
        var remembered: [String: CanaryHalt]
        var trials: [String: CanaryState] = [:]
        var changes: [Change] = []
    }

    private let state: Mutex<State>

    /// `halts`: those of an earlier process.
    public init(halts: [CanaryHalt] = []) {
        let remembered = Dictionary(halts.map { ($0.route, $0) }, uniquingKeysWith: { _, last in last })
        state = Mutex(State(remembered: remembered))
    }

    /// Takes over the canaries of a configuration; nil where it has none. One that is what it was goes on as it was, halted or
    /// not; one that changed begins anew.
    public func adopt(_ routes: [Route], targetCount: Int) -> CanaryGate? {
        let current = state.withLock { state in
            var trials: [String: CanaryState] = [:]
            for route in routes {
                guard let canary = route.canary else { continue }
                let name = route.name.text
                let known = state.trials[name].flatMap { $0.isOf(canary, of: route) ? $0 : nil }
                trials[name] = known ?? CanaryState(canary, of: route, halt: state.remembered[name])
            }
            state.remembered = [:]
            for (name, old) in state.trials where trials[name] !== old {
                if let since = old.haltedSince { state.changes.append(old.change(since: since, actor: "reload")) }
            }
            state.trials = trials
            return trials
        }
        return current.isEmpty ? nil : CanaryGate(book: self, routes: routes, states: current, targetCount: targetCount)
    }

    /// Lets a halted canary go on, from nothing; false where the route has none that is halted. `actor`: who wants it.
    public func reset(route: String, actor: String) -> Bool {
        state.withLock { state in
            guard let trial = state.trials[route], let since = trial.haltedSince else { return false }
            state.changes.append(trial.change(since: since, actor: actor))
            trial.reset()
            return true
        }
    }

    /// What changed since this was last asked.
    public func takeChanges() -> [Change] {
        state.withLock { state in
            defer { state.changes = [] }
            return state.changes
        }
    }

    func note(_ change: Change) { state.withLock { $0.changes.append(change) } }
}
