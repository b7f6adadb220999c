import GatewayTypes
import Logging
import Notifications
import Routing
import Storage

/// Tells of canaries that were halted or let go on: the audit log, Weir's own log, and people.
struct CanaryService: Sendable {
    let house: House
    let audit: AuditLog
    let logger: Logger

    /// Looks every second, until cancelled; once more then.
    func run() async {
        while !Task.isCancelled {
            await tell()
            try? await Task.sleep(for: .seconds(1))
        }
        await tell()
    }

    private func tell() async {
        let changes = house.canaries.takeChanges()
        guard !changes.isEmpty else { return }
        for change in changes {
            keep(change)
            audit.record(AuditEvent(of: change))
            let metadata: Logger.Metadata = [
                "route": "\(change.route.text)",
                "target": "\(change.target.provider.text)/\(change.target.servedModel.text)",
            ]
            if let halt = change.halt {
                logger.warning("a canary was halted: \(halt.finding.text)", metadata: metadata)
            } else {
                logger.notice("a halted canary begins anew", metadata: metadata)
            }
        }
        await house.messenger.tell(changes)
    }

    private func keep(_ change: CanaryBook.Change) {
        do throws(StorageError) {
            try CanaryHalts(ledger: house.storage.ledger).keep(change)
        } catch {
            logger.error("whether a canary is halted cannot be written down: \(error)")
        }
    }
}

extension AuditEvent {
    init(of change: CanaryBook.Change) {
        let name = "\(change.target.provider.text)/\(change.target.servedModel.text)"
        let halted = change.halt != nil
        self.init(
            at: change.at, actor: change.actor ?? "canary:" + change.route.text,
            action: halted ? .canaryHalt : .canaryReset, subject: change.route.text + " " + name,
            before: halted ? "running" : "halted", after: halted ? "halted" : "running",
            reason: change.halt?.finding.text)
    }
}

extension Messenger {
    /// Tells every channel that a canary was halted, and that it goes on.
    func tell(_ changes: [CanaryBook.Change]) async {
        guard !channels.isEmpty else { return }
        await notifier.notify(
            changes.map { change in
                let alert = CanaryAlert(
                    route: change.route.text,
                    target: "\(change.target.provider.text)/\(change.target.servedModel.text)",
                    finding: change.halt?.finding.text ?? "It was let go on.")
                let fires = change.halt != nil
                return AlertNotice(
                    alert.alert(
                        fires ? .firing : .resolved, startsAt: change.haltedSince ?? change.at,
                        endsAt: fires ? nil : change.at),
                    channels: channels)
            })
    }
}
