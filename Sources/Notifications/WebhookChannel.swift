public import GatewayTypes

/// Tells a web hook in the shape of Alertmanager's own (payload version 4), one alert a request, so that what takes
/// Alertmanager's messages takes these. `groupKey` and `fingerprint` stay the same for the same alert.
public struct WebhookChannel: NotificationChannel {
    public let name: String
    public let rhythm: AlertRhythm
    public let batchMax = 1
    private let endpoint: Endpoint
    private let externalURL: String
    private let fetcher: any HTTPFetcher

    /// How Alertmanager writes that an alert has not ended.
    private static let noEnd = "0001-01-01T00:00:00Z"

    /// `endpoint`: POST, without a content type among its fields. `externalURL`: where people reach this Weir, or empty.
    public init(
        name: String, endpoint: Endpoint, externalURL: String = "", fetcher: any HTTPFetcher,
        rhythm: AlertRhythm = .messages
    ) {
        self.name = name
        self.endpoint = endpoint
        self.externalURL = externalURL
        self.fetcher = fetcher
        self.rhythm = rhythm
    }

    /// Several alerts, should there be, are several requests; the first that is not taken ends them.
    public func send(_ alerts: [Alert], deadline: Moment) async -> ChannelAnswer {
        var peers: [ChannelAnswer.Peer] = []
        for alert in alerts {
            let answer = await Delivery.post(body(alert), to: endpoint, through: fetcher, deadline: deadline)
            peers += answer.peers
            if answer.verdict != .delivered { return ChannelAnswer(verdict: answer.verdict, peers: peers) }
        }
        return ChannelAnswer(verdict: .delivered, peers: peers)
    }

    func body(_ alert: Alert) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            json.add("version", "4")
            json.add("groupKey", Self.groupKey(alert.labels))
            json.add("truncatedAlerts", 0)
            json.add("status", alert.state.rawValue)
            json.add("receiver", name)
            json.member("groupLabels", alert.labels.write)
            json.member("commonLabels", alert.labels.write)
            json.member("commonAnnotations", alert.annotations.write)
            json.add("externalURL", externalURL)
            json.member("alerts") { $0.array(CollectionOfOne(alert), Self.write) }
        }
        return json.bytes
    }

    private static func write(_ json: inout JSONText, _ alert: Alert) {
        json.object { json in
            json.add("status", alert.state.rawValue)
            json.member("labels", alert.labels.write)
            json.member("annotations", alert.annotations.write)
            json.add("startsAt", Timestamp.text(alert.startsAt))
            let end = alert.state == .resolved ? alert.endsAt : nil
            json.add("endsAt", end.map(Timestamp.text) ?? noEnd)
            json.add("generatorURL", alert.generatorURL ?? "")
            json.add("fingerprint", alert.fingerprint)
        }
    }

    /// As Alertmanager writes the key of a group under the root of its routes: `{}:{name="value", …}`.
    static func groupKey(_ labels: AlertLabels) -> String {
        let pairs = labels.pairs.map { pair in
            let escaped = pair.value.map { character -> String in
                switch character {
                case "\\": #"\\"#
                case "\"": #"\""#
                case "\n": #"\n"#
                case _: String(character)
                }
            }
            return "\(pair.name)=\"\(escaped.joined())\""
        }
        return "{}:{\(pairs.joined(separator: ", "))}"
    }
}
