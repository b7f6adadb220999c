public import GatewayTypes
import JSON
import NIOCore

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

    func body(_ alert: Alert) -> ByteBuffer {
        var json = JSONBuilder()
        json.openObject()
        json.member("version", word: "4")
        json.member("groupKey", Self.groupKey(alert.labels))
        json.member("truncatedAlerts", Int64(0))
        json.member("status", alert.state.rawValue)
        json.member("receiver", name)
        json.key("groupLabels")
        alert.labels.write(to: &json)
        json.key("commonLabels")
        alert.labels.write(to: &json)
        json.key("commonAnnotations")
        alert.annotations.write(to: &json)
        json.member("externalURL", externalURL)
        json.openArray("alerts")
        Self.write(alert, to: &json)
        json.closeArray()
        json.closeObject()
        return json.bytes
    }

    private static func write(_ alert: Alert, to json: inout JSONBuilder) {
        json.openObject()
        json.member("status", alert.state.rawValue)
        json.key("labels")
        alert.labels.write(to: &json)
        json.key("annotations")
        alert.annotations.write(to: &json)
        json.member("startsAt", Timestamp.text(alert.startsAt))
        let end = alert.state == .resolved ? alert.endsAt : nil
        json.member("endsAt", end.map(Timestamp.text) ?? noEnd)
        json.member("generatorURL", alert.generatorURL ?? "")
        json.member("fingerprint", alert.fingerprint)
        json.closeObject()
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
