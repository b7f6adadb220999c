import GatewayTypes

/// Which of a provider's keys serves next, and which are left alone for a while: a value that is told the time and the
/// chance.
public struct KeyPool: Sendable {
    public struct Settings: Sendable, Equatable {
        /// Seconds that a refused key, or one without money, is left alone; twice as long each time it is refused again.
        public var refusedSeconds = 600.0
        /// Seconds after a 429 that does not say how long, and after a 403.
        public var limitedSeconds = 20.0
        /// Seconds at most, whatever the provider says.
        public var secondsMax = 3600.0

        public init() {}
    }

    /// Why a key is left alone: the label `reason` of `weir_provider_key_refusals_total`.
    public enum Cause: String, CaseIterable, Sendable {
        /// The provider does not know it (401).
        case refused
        /// It may not do this (403), or there was no credential to be had.
        case forbidden
        case rateLimited = "rate_limited"
        /// Its money is used up.
        case quota
    }

    private struct Entry {
        let weight: UInt64
        var until = Moment.zero
        var cause: Cause?
        /// When it was last refused, and how often in a row.
        var refusedAt = Moment.zero
        var refusals = 0
    }

    private let settings: Settings
    private var entries: [Entry]

    /// `weights`: at least 1 each.
    init(weights: [Int], settings: Settings = Settings()) {
        self.settings = settings
        entries = weights.map { Entry(weight: UInt64(max(1, $0))) }
    }

    /// By weight among those that are not left alone; nil: all are.
    func choose(draw: UInt64, at now: Moment) -> Int? {
        var total: UInt64 = 0
        for entry in entries where entry.until <= now { total += entry.weight }
        guard total > 0 else { return nil }
        var rest = StableHash.mix(draw) % total
        for (position, entry) in entries.enumerated() where entry.until <= now {
            if rest < entry.weight { return position }
            rest -= entry.weight
        }
        return nil
    }

    /// A request was refused because of its key. `began`: when it was sent, `asked`: the seconds that the provider named.
    mutating func refused(_ position: Int, _ cause: Cause, asked: Double?, began: Moment, at now: Moment) {
        var entry = entries[position]
        // Many requests that were under way together are one refusal.
        if began >= entry.refusedAt || entry.refusals == 0 { entry.refusals += 1 }
        entry.refusedAt = now
        let until = now.advanced(bySeconds: seconds(cause, asked, entry.refusals))
        if until > entry.until {
            entry.until = until
            entry.cause = cause
        }
        entries[position] = entry
    }

    /// A request was served. One that was sent before the last refusal says nothing.
    mutating func served(_ position: Int, began: Moment) {
        guard entries[position].refusals > 0, began >= entries[position].refusedAt else { return }
        entries[position].refusals = 0
        entries[position].cause = nil
        entries[position].until = .zero
    }

    func isUsable(_ position: Int, at now: Moment) -> Bool { entries[position].until <= now }

    /// Why a key is left alone now; nil: it is not.
    func cause(_ position: Int, at now: Moment) -> Cause? {
        entries[position].until > now ? entries[position].cause : nil
    }

    /// The first moment at which a key may be used again.
    var freeAt: Moment { entries.map(\.until).min() ?? .zero }

    /// Goes on with what another pool knows of a key.
    mutating func inherit(_ position: Int, from other: KeyPool, _ otherPosition: Int) {
        let old = other.entries[otherPosition]
        entries[position].until = old.until
        entries[position].cause = old.cause
        entries[position].refusedAt = old.refusedAt
        entries[position].refusals = old.refusals
    }

    private func seconds(_ cause: Cause, _ asked: Double?, _ refusals: Int) -> Double {
        let doubled = Double(UInt64(1) << UInt64(min(refusals - 1, 20)))
        switch cause {
        case .refused: return min(settings.refusedSeconds * doubled, settings.secondsMax)
        // The provider may say when its money comes back.
        case .quota: return min(asked ?? settings.refusedSeconds * doubled, settings.secondsMax)
        case .rateLimited: return min(max(1, asked ?? settings.limitedSeconds * doubled), settings.secondsMax)
        case .forbidden: return min(settings.limitedSeconds * doubled, settings.secondsMax)
        }
    }
}
