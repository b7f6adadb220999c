import GatewayTypes

/// When an issuer's keys are fetched, and how long they count: a value that is told the time.
struct KeySetSchedule {
    struct Settings {
        /// Seconds between two fetches where all is well.
        var refreshSeconds = 300.0
        /// Seconds that a set counts after it was fetched, where no newer one is to be had.
        var staleSeconds = 86_400.0
        /// Seconds that must lie between two fetches for a key that the set does not have.
        var pauseSeconds = 5.0
        /// Seconds until a failed fetch is made again: at first, and at most; doubled each time.
        var retrySeconds = 5.0
        var retrySecondsMax = 60.0
    }

    /// Why somebody wants a fetch.
    enum Wish { case routine, unknownKey }

    enum Step: Equatable {
        case fetch
        /// Somebody fetches already.
        case wait
        /// Not now.
        case leave
    }

    private let settings: Settings
    private var askedAt: Moment?
    private var failures = 0
    private(set) var isFetching = false
    /// When the set in use was fetched.
    private(set) var fetchedAt: Moment?

    init(_ settings: Settings) { self.settings = settings }

    /// After `.fetch` one of the three below must follow.
    mutating func step(for wish: Wish, now: Moment) -> Step {
        switch wish {
        case .routine:
            guard !isFetching, now >= due else { return .leave }
        case .unknownKey:
            if isFetching { return .wait }
            if let askedAt, now < askedAt.advanced(bySeconds: settings.pauseSeconds) { return .leave }
        }
        isFetching = true
        askedAt = now
        return .fetch
    }

    mutating func succeeded(at now: Moment) {
        isFetching = false
        failures = 0
        fetchedAt = now
    }

    mutating func failed() {
        isFetching = false
        failures += 1
    }

    /// Who fetched gave up, not the issuer.
    mutating func abandoned() {
        isFetching = false
        askedAt = nil
    }

    /// The moment from which on the set counts no more.
    var goodUntil: Moment { fetchedAt.map { $0.advanced(bySeconds: settings.staleSeconds) } ?? .zero }

    private var due: Moment {
        guard let askedAt else { return .zero }
        guard failures > 0 else { return askedAt.advanced(bySeconds: settings.refreshSeconds) }
        let pause = settings.retrySeconds * Double(UInt64(1) << UInt64(min(failures - 1, 20)))
        return askedAt.advanced(bySeconds: min(pause, settings.retrySecondsMax, settings.refreshSeconds))
    }
}
