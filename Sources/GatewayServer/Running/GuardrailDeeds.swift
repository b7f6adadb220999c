import GatewayTypes
import Storage

/// What guardrails did to exchanges, on its way into the audit log: bounded, whatever the flood. The first deed of its kind
/// is told at once, what follows within a minute in one entry. A pure value that is handed the time.
struct GuardrailDeeds {
    /// What is told in one entry: as many as there are guardrails, phases and actions.
    private struct Kind: Hashable {
        let guardrail: String
        let phase: GuardrailPhase
        let action: AuditAction
    }

    /// The exchange that it was done to.
    struct Occasion {
        let at: WallTime
        let exchange: ExchangeID
        let traceID: String
        let team: String

        init(_ outcome: borrowing Outcome) {
            at = outcome.arrivedAt
            exchange = outcome.id
            traceID = outcome.trace.traceID
            team = outcome.caller.team.text
        }
    }

    private struct Tally {
        var count = 0
        /// By reason and by team: closed lists and configured names, both.
        var reasons: [String: Int] = [:]
        var teams: [String: Int] = [:]
        var first: Occasion?
        var lastTold: Moment?
    }

    static let pauseSeconds = 60.0
    private var tallies: [Kind: Tally] = [:]

    /// Takes what the guardrails did about one exchange; what was merely seen is no deed.
    mutating func note(_ trail: GuardrailTrail, _ occasion: Occasion) {
        for record in trail.records {
            guard let action = Self.action(of: record) else { continue }
            let kind = Kind(guardrail: record.name.text, phase: record.phase, action: action)
            var tally = tallies[kind] ?? Tally()
            tally.count += 1
            let reasons = record.action == .failClosed ? [GuardrailAction.failClosed.rawValue] : record.reasons
            for reason in reasons { tally.reasons[reason, default: 0] += 1 }
            tally.teams[occasion.team, default: 0] += 1
            if tally.first == nil { tally.first = occasion }
            tallies[kind] = tally
        }
    }

    private static func action(of record: GuardrailRecord) -> AuditAction? {
        switch record.action {
        case .mask: .guardrailMask
        case .block, .failClosed: .guardrailBlock
        case .none, .failOpen: nil
        }
    }

    /// The entries whose time has come; `all`: those of now, too.
    mutating func due(at now: Moment, all: Bool = false) -> [AuditEvent] {
        var events: [(since: WallTime, event: AuditEvent)] = []
        for (kind, tally) in tallies {
            guard let first = tally.first else { continue }
            if !all, let last = tally.lastTold, now.seconds(since: last) < Self.pauseSeconds { continue }
            events.append((first.at, Self.event(kind, tally, first)))
            var empty = Tally()
            empty.lastTold = now
            tallies[kind] = empty
        }
        return events.sorted { $0.since.nanoseconds < $1.since.nanoseconds }.map(\.event)
    }

    /// Of the moment at which it is told, so that the log stays in the order of time.
    private static func event(_ kind: Kind, _ tally: Tally, _ first: Occasion) -> AuditEvent {
        AuditEvent(
            actor: "guardrail:" + kind.guardrail, action: kind.action,
            subject: kind.phase.rawValue, after: "\(tally.count) exchange\(tally.count == 1 ? "" : "s")",
            reason: [("found", tally.reasons), ("teams", tally.teams)].filter { !$0.1.isEmpty }
                .map { "\($0.0): " + list($0.1) }.joined(separator: "; "),
            exchange: first.exchange, traceID: first.traceID)
    }

    /// The most frequent ones, with how often.
    private static func list(_ counts: [String: Int]) -> String {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let shown = sorted.prefix(20).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return sorted.count > 20 ? shown + ", and \(sorted.count - 20) more" : shown
    }
}
