public import GatewayTypes

/// A place that people are told through. One try at a time; the `Notifier` decides when and how often.
public protocol NotificationChannel: Sendable {
    /// As configured; the label `channel`.
    var name: String { get }
    var rhythm: AlertRhythm { get }
    /// Most alerts of one try.
    var batchMax: Int { get }
    /// Tells of the alerts, once, until `deadline`. Never empty.
    func send(_ alerts: [Alert], deadline: Moment) async -> ChannelAnswer
}

/// What became of one try.
public struct ChannelAnswer: Sendable {
    public enum Verdict: Hashable, Sendable {
        case delivered
        /// Not reached, or busy (5xx, 429): to be tried again, not before so many seconds where the receiver said so.
        case again(afterSeconds: Double?)
        /// Refused for good (any other status): trying again would not help.
        case refused
    }

    /// What one receiver said, for people.
    public struct Peer: Hashable, Sendable {
        /// Host and port; a path may hold a secret.
        public let address: String
        /// HTTP status; nil: no answer.
        public let status: Int?
        /// The beginning of the answer's text, or why there was none.
        public let text: String
    }

    public let verdict: Verdict
    public let peers: [Peer]

    public init(verdict: Verdict, peers: [Peer]) {
        self.verdict = verdict
        self.peers = peers
    }
}
