public import GatewayTypes

/// Something that a person is told: fires, and resolves. Its labels are its identity; annotations are not.
public struct Alert: Hashable, Sendable {
    public enum State: String, CaseIterable, Sendable { case firing, resolved }

    public let labels: AlertLabels
    /// What it says to a person: `summary`, `description`, `runbook_url`.
    public var annotations: AlertLabels
    public var state: State
    /// When it began to fire; the same for the whole life of the alert.
    public var startsAt: WallTime
    /// Of a resolved alert: when it ended. Of a firing one: when a receiver that hears no more of it may take it as ended.
    public var endsAt: WallTime?
    /// A page about what fires.
    public var generatorURL: String?

    public init(
        labels: AlertLabels, annotations: AlertLabels, state: State, startsAt: WallTime, endsAt: WallTime? = nil,
        generatorURL: String? = nil
    ) {
        self.labels = labels
        self.annotations = annotations
        self.state = state
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.generatorURL = generatorURL
    }

    /// 16 hexadecimal digits, the same for the same labels in every process: what receivers deduplicate by.
    public var fingerprint: String { Hex.text(labels.fingerprint) }
}

/// An alert that has begun to fire or has resolved, and the channels that are to say so.
public struct AlertNotice: Sendable {
    public let alert: Alert
    /// Names of configured channels.
    public let channels: [String]

    public init(_ alert: Alert, channels: [String]) {
        self.alert = alert
        self.channels = channels
    }
}
