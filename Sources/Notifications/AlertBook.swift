public import GatewayTypes

/// Which channel has to be told what, and when. Decides by what it is told and by `now` alone.
///
/// Every channel hears of every state at least once, until it gives an answer; the same labels always mean the same
/// alert, so that what is heard twice, after a restart too, is recognised by the receiver. An alert that resolves before
/// a channel could be told that it fires is told as resolved.
public struct AlertBook: Sendable {
    struct Progress: Hashable, Sendable {
        /// What the channel has answered in this episode.
        var answered: Alert.State?
        /// When to tell it next; nil: nothing more to say.
        var due: WallTime?
    }

    struct Entry: Hashable, Sendable {
        var alert: Alert
        var channels: [String: Progress]
    }

    /// A channel that does not answer is left alone for a while, longer each time.
    private struct Backoff {
        var failures = 0
        var notBefore: WallTime?
    }

    private(set) var rhythms: [String: AlertRhythm]
    private let alertsMax: Int
    private(set) var entries: [AlertLabels: Entry] = [:]
    private var backoffs: [String: Backoff] = [:]

    /// Longest pause between two tries, in seconds, unless the receiver asks for more.
    static let backoffSecondsMax = 60.0
    /// The longest pause that a receiver may ask for, in seconds.
    static let askedSecondsMax = 300.0

    /// `rhythms` by the channels' names; at most `alertsMax` alerts are known at a time.
    public init(rhythms: [String: AlertRhythm], alertsMax: Int = 10_000) {
        self.rhythms = rhythms
        self.alertsMax = alertsMax
    }

    /// From now on these channels are told; of others nothing is known any more.
    public mutating func adopt(_ rhythms: [String: AlertRhythm]) {
        self.rhythms = rhythms
        for (labels, entry) in entries {
            let channels = entry.channels.filter { rhythms[$0.key] != nil }
            entries[labels] = channels.isEmpty ? nil : Entry(alert: entry.alert, channels: channels)
        }
    }

    /// Alerts that fire, or have resolved and not yet been told of to the end.
    public var count: Int { entries.count }

    /// Takes a transition. Being told again that an alert fires changes what it says, not when it began.
    /// False: there are too many alerts, and this new one is dropped.
    public mutating func take(_ notice: AlertNotice, at now: WallTime) -> Bool {
        let named = notice.channels.filter { rhythms[$0] != nil }
        guard !named.isEmpty else { return true }
        var alert = notice.alert
        alert.endsAt = alert.state == .resolved ? alert.endsAt ?? now : nil
        let fresh = Dictionary(
            named.map { ($0, Progress(answered: nil, due: now)) }, uniquingKeysWith: { one, _ in one })
        guard let known = entries[alert.labels] else {
            guard entries.count < alertsMax else { return false }
            entries[alert.labels] = Entry(alert: alert, channels: fresh)
            return true
        }
        let channels: [String: Progress]
        switch (known.alert.state, alert.state) {
        case (.firing, .firing):
            alert.startsAt = known.alert.startsAt
            channels = known.channels.merging(fresh) { before, _ in before }
        case (.firing, .resolved):
            alert.startsAt = known.alert.startsAt
            channels = known.channels.mapValues { Progress(answered: $0.answered, due: now) }
                .merging(fresh) { before, _ in before }
        case (.resolved, .firing):
            channels = known.channels.mapValues { _ in Progress(answered: nil, due: now) }
                .merging(fresh) { before, _ in before }
        case (.resolved, .resolved): return true
        }
        entries[alert.labels] = Entry(alert: alert, channels: channels)
        return true
    }

    /// What the channel is to be told now, the longest due first; nil: nothing, or the channel is left alone for now.
    public func due(for channel: String, batchMax: Int, at now: WallTime) -> [Alert]? {
        guard let rhythm = rhythms[channel], !isLeftAlone(channel, at: now) else { return nil }
        let waiting = entries.values.compactMap { entry -> (due: WallTime, alert: Alert)? in
            guard let due = entry.channels[channel]?.due else { return nil }
            // Due further away than the rhythm allows: the wall clock was set back.
            guard due <= now || due > now.advanced(bySeconds: rhythm.resendSeconds) else { return nil }
            var alert = entry.alert
            if alert.state == .firing { alert.endsAt = now.advanced(bySeconds: rhythm.endsAfterSeconds) }
            return (due, alert)
        }
        guard !waiting.isEmpty else { return nil }
        let inOrder = waiting.sorted {
            $0.due != $1.due ? $0.due < $1.due : $0.alert.labels.fingerprint < $1.alert.labels.fingerprint
        }
        return inOrder.prefix(batchMax).map(\.alert)
    }

    /// The channel has taken the alerts, or refused them for good. What changed meanwhile stays due.
    public mutating func answered(_ channel: String, _ alerts: [Alert], at now: WallTime) {
        backoffs[channel] = nil
        guard let rhythm = rhythms[channel] else { return }
        for alert in alerts {
            guard let known = entries[alert.labels]?.alert, known.state == alert.state, known.startsAt == alert.startsAt
            else { continue }
            let again = alert.state == .firing || rhythm.repeatsResolved
            let due = again ? now.advanced(bySeconds: rhythm.resendSeconds) : nil
            entries[alert.labels]?.channels[channel] = Progress(answered: alert.state, due: due)
        }
    }

    /// The channel could not be reached or was busy; it is tried again after 1, 2, 4 … 60 seconds, or when it asked for.
    /// `chance` (0 ..< 1) spreads the tries of many gateways.
    public mutating func unanswered(_ channel: String, askedSeconds: Double?, chance: Double, at now: WallTime) {
        var backoff = backoffs[channel, default: Backoff()]
        let own = min(Self.backoffSecondsMax, Double(1 << min(backoff.failures, 8))) * (0.5 + chance / 2)
        let asked = min(Self.askedSecondsMax, askedSeconds ?? 0)
        backoff.failures += 1
        backoff.notBefore = now.advanced(bySeconds: max(own, asked))
        backoffs[channel] = backoff
    }

    /// Forgets resolved alerts of which nothing is left to say. Returns, by channel, how many alerts were never told of
    /// as resolved because their time was over.
    public mutating func forget(at now: WallTime) -> [String: Int] {
        var dropped: [String: Int] = [:]
        for (labels, entry) in entries where entry.alert.state == .resolved {
            let ended = entry.alert.endsAt ?? now
            let left = entry.channels.filter { channel, progress in
                guard progress.due != nil, let rhythm = rhythms[channel] else { return false }
                if now < ended.advanced(bySeconds: rhythm.resolvedSeconds) { return true }
                if progress.answered != .resolved { dropped[channel, default: 0] += 1 }
                return false
            }
            if left.count != entry.channels.count {
                entries[labels] = left.isEmpty ? nil : Entry(alert: entry.alert, channels: left)
            }
        }
        return dropped
    }

    /// Ends the alerts of that name that began to fire before: of what happened once, nobody says that it is over.
    public mutating func end(_ name: String, startedBefore moment: WallTime, at now: WallTime) -> Bool {
        let over = entries.values.map(\.alert).filter {
            $0.state == .firing && $0.startsAt < moment && $0.labels["alertname"] == name
        }
        for var alert in over {
            (alert.state, alert.endsAt) = (.resolved, now)
            _ = take(AlertNotice(alert, channels: Array((entries[alert.labels]?.channels ?? [:]).keys)), at: now)
        }
        return !over.isEmpty
    }

    mutating func replace(with restored: [AlertLabels: Entry]) { entries = restored }

    private func isLeftAlone(_ channel: String, at now: WallTime) -> Bool {
        guard let until = backoffs[channel]?.notBefore else { return false }
        return now < until && until <= now.advanced(bySeconds: Self.askedSecondsMax)
    }
}

extension WallTime {
    func advanced(bySeconds seconds: Double) -> WallTime { advanced(byNanoseconds: Int64(seconds * 1e9)) }
}
