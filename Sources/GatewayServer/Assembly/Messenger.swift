import Budgets
import GatewayTypes
import Notifications
import Storage

/// Tells the configured channels of firing budget rules, and of what else concerns people.
struct Messenger: Sendable {
    let notifier: Notifier
    private let fetcher: any HTTPFetcher

    init(_ configuration: Configuration, fetcher: any HTTPFetcher, ledger: Ledger) {
        self.fetcher = fetcher
        notifier = Notifier(
            channels: Self.channels(configuration.notify, fetcher), store: LedgerAlertStore(ledger: ledger))
    }

    /// The names of all channels.
    var channels: [String] { notifier.channelNames }

    /// From now on those of another configuration are told.
    func adopt(_ configuration: Configuration) { notifier.adopt(Self.channels(configuration.notify, fetcher)) }

    private static func channels(
        _ notify: Configuration.Notify, _ fetcher: any HTTPFetcher
    ) -> [any NotificationChannel] {
        var channels: [any NotificationChannel] = []
        if !notify.alertmanagers.isEmpty {
            let peers = notify.alertmanagers.map { endpoint($0, path: AlertmanagerChannel.path, []) }
            channels.append(AlertmanagerChannel(name: "alertmanager", peers: peers, fetcher: fetcher))
        }
        if let webhook = notify.webhook {
            let fields = webhook.headers.compactMap { header in
                header.value.exposed.map { ReplyField(header.name, $0) }
            }
            channels.append(
                WebhookChannel(name: "webhook", endpoint: endpoint(webhook.url, path: "", fields), fetcher: fetcher))
        }
        return channels
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
