import Budgets
import GatewayTypes
import Notifications
import Storage

/// Tells the configured channels of firing budget rules.
struct Messenger: Sendable {
    let notifier: Notifier
    /// The names of all channels.
    let channels: [String]

    init(_ configuration: Configuration, fetcher: any HTTPFetcher, ledger: Ledger) {
        var channels: [any NotificationChannel] = []
        if !configuration.notify.alertmanagers.isEmpty {
            let peers = configuration.notify.alertmanagers.map { Self.endpoint($0, path: AlertmanagerChannel.path, []) }
            channels.append(AlertmanagerChannel(name: "alertmanager", peers: peers, fetcher: fetcher))
        }
        if let webhook = configuration.notify.webhook {
            let fields = webhook.headers.compactMap { header in
                header.value.exposed.map { ReplyField(header.name, $0) }
            }
            channels.append(
                WebhookChannel(
                    name: "webhook", endpoint: Self.endpoint(webhook.url, path: "", fields), fetcher: fetcher))
        }
        self.channels = channels.map(\.name)
        notifier = Notifier(channels: channels, store: LedgerAlertStore(ledger: ledger))
    }

    /// Takes what concerns an owner: that a rule began to fire, or stopped.
    func tell(_ transitions: [BudgetTransition]) async {
        let notices = transitions.filter { $0.isForOwner && !$0.rule.notify.isEmpty }.map { transition in
            let alert = BudgetRuleAlert(
                budget: transition.budget.name.text, rule: transition.rule.name.text, owner: transition.owner,
                team: transition.budget.team?.text ?? "", severity: transition.severity?.rawValue ?? "",
                description: transition.summary)
            let fires = transition.to == .firing
            return AlertNotice(
                alert.alert(
                    fires ? .firing : .resolved, startsAt: transition.firingSince ?? transition.at,
                    endsAt: fires ? nil : transition.at),
                channels: transition.rule.notify)
        }
        if !notices.isEmpty { await notifier.notify(notices) }
    }

    private static func endpoint(_ url: ServiceURL, path: String, _ fields: [ReplyField]) -> Endpoint {
        let base = url.text.hasSuffix("/") && !path.isEmpty ? String(url.text.dropLast()) : url.text
        return Endpoint(
            id: EndpointNumbers.next(), method: .post, url: base + path, serverAddress: url.host, serverPort: url.port,
            fields: fields, timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
    }
}

/// Keeps who has been told of what in the ledger's file.
private struct LedgerAlertStore: AlertStore {
    let ledger: Ledger
    private static let key = "notifications"

    func load() -> [UInt8]? { try? ledger.recall(Self.key) }

    func save(_ bytes: [UInt8]) -> Bool {
        do {
            try ledger.remember(Self.key, bytes)
            return true
        } catch {
            return false
        }
    }
}
