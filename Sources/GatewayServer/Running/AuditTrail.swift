import Crypto
import GatewayTypes
import Logging
import Metering
import OTLP
import Storage
import Telemetry

/// What the audit log is told of the process itself, and whom it tells.
enum AuditTrail {
    /// The log of a ledger. Each entry is also a line of Weir's own log with its hash, and a record for whoever takes
    /// log records: who keeps either can tell later that the tail of the chain was cut off.
    static func log(ledger: Ledger, exporter: OTLPService?, logger: Logger) -> AuditLog {
        AuditLog(ledger: ledger, sha256: { SHA256.digest($0) }) { entries in
            for entry in entries {
                logger.info(
                    "audit",
                    metadata: [
                        "sequence": "\(entry.sequence)", "action": "\(entry.event.action.rawValue)",
                        "actor": "\(entry.event.actor)", "hash": "\(entry.hashText)",
                    ])
            }
            // A rule's change of state has a record of its own.
            let records = entries.filter { !$0.event.isOfRule }.map { LogRecord(of: $0) }
            if !records.isEmpty { await exporter?.offer(records) }
        }
    }

    static func recordStart(of configuration: Configuration, house: House, in audit: AuditLog) {
        let ledger = house.storage.ledger
        let recovery = house.recovery
        var reasons: [String] = []
        if let head = try? ledger.auditHead(), head.event.action != .stop {
            reasons.append("the process before did not stop in order")
        }
        if recovery.closed + recovery.interrupted + recovery.damaged > 0 {
            reasons.append(
                "the journal held \(recovery.closed) ended, \(recovery.interrupted) interrupted and "
                    + "\(recovery.damaged) damaged exchanges")
        }
        audit.record(
            AuditEvent(
                actor: "process", action: .start, subject: "weir \(Build.version)",
                after: "configuration \(configuration.fingerprint.hash)",
                reason: reasons.isEmpty ? nil : reasons.joined(separator: "; ")))
        let known = (try? ledger.lastAudit(of: .prices))?.event.after
        if let change = AuditEvent(prices: house.blueprint.prices, after: known, by: "process") { audit.record(change) }
    }
}

extension PriceBook {
    /// The prices in force, by the catalogue's version and the digest of catalogue and overrides.
    var auditText: String { "\(version) \(hash)" }
}

extension AuditEvent {
    /// Whether a budget's rule did it.
    var isOfRule: Bool { actor.hasPrefix("rule:") }

    init(reloaded report: Reloader.Report, from old: ConfigurationFingerprint, by actor: String) {
        let changes = report.changes.prefix(100).map(\.text)
        var reason = changes.isEmpty ? "nothing changed" : "changed: " + changes.joined(separator: "; ")
        if !report.restartNeeded.isEmpty {
            reason += "; only a new process takes over: " + report.restartNeeded.joined(separator: ", ")
        }
        self.init(actor: actor, action: .reload, before: old.hash, after: report.hash, reason: reason)
    }

    /// Nil when the prices are what they were.
    init?(prices: PriceBook, after old: String?, by actor: String) {
        let text = prices.auditText
        guard text != old else { return nil }
        self.init(actor: actor, action: .prices, before: old, after: text)
    }
}

extension LogRecord {
    init(of entry: AuditEntry) {
        let event = entry.event
        let severity: Severity =
            switch event.action {
            case .reloadFailed, .lost: .error
            case .keyNetwork, .canaryHalt: .warning
            case .start, .stop, .reload, .change, .override, .drain, .prices, .rule, .reroute, .refuse, .clamp,
                .guardrailMask, .guardrailBlock, .testNotify, .keyCreate, .keyChange,
                .keyRotate, .keyRevoke, .keyDelete, .canaryReset, .cachePurge:
                .info
            }
        self.init(
            at: event.at, severity: severity, eventName: Self.auditEvent,
            body: [event.action.rawValue, event.subject, "by", event.actor].filter { !$0.isEmpty }.joined(
                separator: " "),
            attributes: [
                (WeirKey.auditSequence, "\(entry.sequence)"), (WeirKey.auditHash, entry.hashText),
                (WeirKey.auditAction, event.action.rawValue), (WeirKey.auditActor, event.actor),
                (WeirKey.auditSubject, event.subject.isEmpty ? nil : event.subject),
                (WeirKey.auditBefore, event.before), (WeirKey.auditAfter, event.after),
                (WeirKey.auditReason, event.reason),
            ])
    }
}
