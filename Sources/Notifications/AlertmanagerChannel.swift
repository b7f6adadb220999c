public import GatewayTypes
import JSON
import NIOCore

/// Tells Alertmanager (API v2), as Prometheus does: every peer of a cluster, again and again while an alert fires.
public struct AlertmanagerChannel: NotificationChannel {
    /// What the path of each peer's URL ends in.
    public static let path = "/api/v2/alerts"

    public let name: String
    public let rhythm: AlertRhythm
    public let batchMax = 256
    private let peers: [Endpoint]
    private let fetcher: any HTTPFetcher

    /// `peers`: POST to the `/api/v2/alerts` of each, without a content type among their fields; at least one.
    public init(
        name: String, peers: [Endpoint], fetcher: any HTTPFetcher, rhythm: AlertRhythm = .alertmanager
    ) {
        self.name = name
        self.peers = peers
        self.fetcher = fetcher
        self.rhythm = rhythm
    }

    /// Delivered when one peer has taken the alerts: Alertmanagers share what they have said, and a peer that was away
    /// hears of the alerts when they are sent again.
    public func send(_ alerts: [Alert], deadline: Moment) async -> ChannelAnswer {
        let body = Self.body(alerts)
        let answers = await withTaskGroup(of: (Int, ChannelAnswer).self) { group in
            for (position, peer) in peers.enumerated() {
                group.addTask {
                    (position, await Delivery.post(body, to: peer, through: fetcher, deadline: deadline))
                }
            }
            var answers: [(Int, ChannelAnswer)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let verdicts = answers.map(\.verdict)
        let verdict = verdicts.first { $0 == .delivered } ?? verdicts.first { $0 != .refused } ?? .refused
        return ChannelAnswer(verdict: verdict, peers: answers.flatMap(\.peers))
    }

    static func body(_ alerts: [Alert]) -> ByteBuffer {
        var json = JSONBuilder()
        json.openArray()
        for alert in alerts {
            json.openObject()
            json.key("labels")
            alert.labels.write(to: &json)
            json.key("annotations")
            alert.annotations.write(to: &json)
            json.member("startsAt", Timestamp.text(alert.startsAt))
            json.member("endsAt", alert.endsAt.map(Timestamp.text))
            json.member("generatorURL", alert.generatorURL)
            json.closeObject()
        }
        json.closeArray()
        return json.bytes
    }
}
