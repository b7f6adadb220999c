public import GatewayTypes

/// Tells a provider that thinks for long from one that is gone: a state machine over its signs of life and the answers to
/// questions that any living server answers at once.
///
/// No time to the first byte is too long in itself: models that reason take minutes. But whoever takes minutes still
/// answers a plain `GET`, if only with 404; a black hole answers nothing.
public struct SilenceJudge: Sendable {
    public struct Settings: Sendable {
        /// Seconds without a sign of life, while requests are under way, after which the provider is asked; at least 0.
        public var afterSeconds = 1.0
        /// Questions in a row without an answer that make it silent; 0: none are asked.
        public var questions = 2
        /// Seconds that each may take.
        public var answerSeconds = 1.25
        /// Seconds until one that answered, or is silent, is asked again.
        public var againSeconds = 2.0

        public init() {}
    }

    /// What an answer, or none, makes of it.
    public enum Verdict: Sendable {
        case alive, doubtful
        /// It has just become silent.
        case fellSilent
        /// It is silent still.
        case silent
    }

    private enum State: Sendable {
        case trusted
        case doubted(unanswered: Int)
        case silent
    }

    private let settings: Settings
    private var state = State.trusted
    private var isAsking = false
    private var nextQuestion = Moment.zero
    /// When the doubt began that is going on.
    private var doubtedSince = Moment.zero

    public init(_ settings: Settings) { self.settings = settings }

    public var isSilent: Bool {
        if case .silent = state { true } else { false }
    }

    /// Whether to ask it now; `settle` follows.
    public mutating func look(_ signs: Vitals.Signs, now: Moment) -> Bool {
        guard settings.questions > 0, !isAsking else { return false }
        switch state {
        case .trusted:
            guard let since = signs.waitingSince, now.seconds(since: since) >= settings.afterSeconds else {
                return false
            }
            guard now >= nextQuestion else { return false }
            doubtedSince = now
        case .doubted, .silent:
            if signs.lastHeard > doubtedSince {
                trust(now: now)
                return false
            }
            guard now >= nextQuestion else { return false }
        }
        isAsking = true
        return true
    }

    public mutating func settle(answered: Bool, now: Moment) -> Verdict {
        isAsking = false
        guard !answered else {
            trust(now: now)
            return .alive
        }
        switch state {
        case .trusted: return doubt(unanswered: 1, now: now)
        case .doubted(let unanswered): return doubt(unanswered: unanswered + 1, now: now)
        case .silent:
            nextQuestion = now.advanced(bySeconds: settings.againSeconds)
            return .silent
        }
    }

    private mutating func doubt(unanswered: Int, now: Moment) -> Verdict {
        guard unanswered >= settings.questions else {
            state = .doubted(unanswered: unanswered)
            nextQuestion = now
            return .doubtful
        }
        state = .silent
        nextQuestion = now.advanced(bySeconds: settings.againSeconds)
        return .fellSilent
    }

    private mutating func trust(now: Moment) {
        state = .trusted
        nextQuestion = now.advanced(bySeconds: settings.againSeconds)
    }
}
