import GatewayTypes
import Routing
import Synchronization

/// A provider whose signs of life are watched, and what was found out so far.
final class WatchedProvider: Sendable {
    private struct State {
        var judge: SilenceJudge
        var answered: UInt64 = 0
        var unanswered: UInt64 = 0
    }

    let name: ConfiguredName
    let vitals: Vitals
    /// Those of its targets in whose place others can serve.
    let targets: [Target]
    let question: Endpoint
    let settings: SilenceJudge.Settings
    private let state: Mutex<State>

    init(
        name: ConfiguredName, vitals: Vitals, targets: [Target], question: Endpoint, settings: SilenceJudge.Settings
    ) {
        self.name = name
        self.vitals = vitals
        self.targets = targets
        self.question = question
        self.settings = settings
        state = Mutex(State(judge: SilenceJudge(settings)))
    }

    /// Whether to ask it now; `settle` follows.
    func look(now: Moment) -> Bool { state.withLock { $0.judge.look(vitals.signs, now: now) } }

    func settle(answered: Bool, now: Moment) -> SilenceJudge.Verdict {
        state.withLock { state in
            if answered { state.answered += 1 } else { state.unanswered += 1 }
            return state.judge.settle(answered: answered, now: now)
        }
    }

    var isSilent: Bool { state.withLock { $0.judge.isSilent } }

    /// Questions so far.
    var counts: (answered: UInt64, unanswered: UInt64) { state.withLock { ($0.answered, $0.unanswered) } }
}
