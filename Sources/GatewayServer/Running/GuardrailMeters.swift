import GatewayTypes
import Guardrails
import Storage
import Synchronization
import Telemetry

/// The guardrails' instruments, and what their report tells. Counts outlive a reload.
final class GuardrailMeters: Sendable {
    /// A series of verdicts.
    private struct Verdict: Hashable {
        let verdict: GuardrailVerdict
        let action: GuardrailAction
        let reason: String
        let team: String
    }

    struct Key: Hashable, Comparable {
        let guardrail: String
        let phase: GuardrailPhase

        static func < (left: Key, right: Key) -> Bool {
            (left.guardrail, left.phase.rawValue) < (right.guardrail, right.phase.rawValue)
        }
    }

    /// What is known of one guardrail in one phase.
    private struct Meter {
        let duration = SharedHistogram(.guardrailDuration)
        var verdicts: [Verdict: UInt64] = [:]
        var looked: UInt64 = 0
        var seconds = 0.0
        var secondsMax = 0.0
        var shadow: UInt64 = 0
        var wasted = Money.zero
    }

    private let meters = Mutex<[Key: Meter]>([:])
    private let held = SharedHistogram(.guardrailHeld)
    private let deeds = Mutex(GuardrailDeeds())

    /// Series of one guardrail that exist before anything happened.
    private static let seriesMax = 2_000

    /// Its series begin at 0: what passes, and what its action says of every reason, for every team.
    func declare(_ guardrail: Guardrail, teams: [ConfiguredName]) {
        let phases = [(guardrail.checksInput, GuardrailPhase.input), (guardrail.checksOutput, .output)]
        for (checks, phase) in phases where checks {
            var series = teams.map { Verdict(verdict: .pass, action: .none, reason: "", team: $0.text) }
            let (verdict, action) = guardrail.expected(in: phase)
            let found = guardrail.check.reasons.flatMap { reason in
                teams.map { Verdict(verdict: verdict, action: action, reason: reason.text, team: $0.text) }
            }
            if found.count <= Self.seriesMax { series += found }
            meters.withLock { meters in
                for verdict in series {
                    meters[Key(guardrail: guardrail.name.text, phase: phase), default: Meter()].verdicts[
                        verdict, default: 0] += 0
                }
            }
        }
    }

    func count(_ outcome: borrowing Outcome) {
        guard let trail = outcome.extras?.guardrails else { return }
        let team = outcome.caller.team.text
        let blocked = trail.blockedReply
        let cost = outcome.wholeCost.total
        var durations: [(SharedHistogram, Double)] = []
        meters.withLock { meters in
            for record in trail.records {
                let key = Key(guardrail: record.name.text, phase: record.phase)
                let seconds = Double(record.nanoseconds) / 1e9
                Self.count(record, team, seconds, in: &meters[key, default: Meter()])
                if let duration = meters[key]?.duration { durations.append((duration, seconds)) }
                if let blocked, record.phase == .output, record.name == blocked.name {
                    meters[key, default: Meter()].wasted += cost
                }
            }
        }
        for (histogram, seconds) in durations { histogram.record(seconds) }
        if trail.hasActed {
            let occasion = GuardrailDeeds.Occasion(outcome)
            deeds.withLock { $0.note(trail, occasion) }
        }
        if let nanoseconds = trail.heldNanoseconds { held.record(Double(nanoseconds) / 1e9) }
    }

    private static func count(
        _ record: GuardrailRecord, _ team: String, _ seconds: Double, in meter: inout Meter
    ) {
        meter.looked += 1
        meter.seconds += seconds
        meter.secondsMax = max(meter.secondsMax, seconds)
        if record.isShadow { meter.shadow += 1 }
        for reason in record.reasons.isEmpty ? [""] : record.reasons {
            meter.verdicts[
                Verdict(verdict: record.verdict, action: record.action, reason: reason, team: team), default: 0] += 1
        }
    }

    func write(to writer: inout SampleWriter) {
        writer.add(.guardrailHeld, [], held)
        for (key, meter) in meters.withLock({ $0 }) {
            for (verdict, count) in meter.verdicts {
                writer.add(
                    .guardrailVerdicts,
                    [
                        key.guardrail, key.phase.rawValue, verdict.verdict.rawValue, verdict.action.rawValue,
                        verdict.reason, verdict.team,
                    ], count)
            }
            writer.add(.guardrailDuration, [key.guardrail, key.phase.rawValue], meter.duration)
            if key.phase == .output { writer.add(.guardrailWasted, [key.guardrail], meter.wasted) }
        }
    }

    /// Tells the audit log what guardrails did, until cancelled.
    func tell(_ audit: AuditLog) async {
        while !Task.isCancelled {
            record(in: audit)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// `all`: what would wait for its minute, too.
    func record(in audit: AuditLog, all: Bool = false) {
        for event in deeds.withLock({ $0.due(at: .now(), all: all) }) { audit.record(event) }
    }

    // MARK: The report

    /// What one guardrail did in one phase since the process began.
    struct Row {
        let key: Key
        let looked: UInt64
        /// Of those, how many while it was only tried out.
        let inShadow: UInt64
        /// By verdict, whatever followed; one that had several reasons counts for each.
        let verdicts: [GuardrailVerdict: UInt64]
        let reasons: [(reason: String, count: UInt64)]
        let meanSeconds: Double
        let maxSeconds: Double
        let wasted: Money
    }

    var rows: [Row] {
        meters.withLock { $0 }.sorted { $0.key < $1.key }.map { key, meter in
            var (verdicts, reasons) = ([GuardrailVerdict: UInt64](), [String: UInt64]())
            for (verdict, count) in meter.verdicts where count > 0 {
                verdicts[verdict.verdict, default: 0] += count
                if !verdict.reason.isEmpty { reasons[verdict.reason, default: 0] += count }
            }
            return Row(
                key: key, looked: meter.looked, inShadow: meter.shadow, verdicts: verdicts,
                reasons: reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) },
                meanSeconds: meter.looked == 0 ? 0 : meter.seconds / Double(meter.looked),
                maxSeconds: meter.secondsMax, wasted: meter.wasted)
        }
    }
}
