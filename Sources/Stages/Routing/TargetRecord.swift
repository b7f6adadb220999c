import GatewayTypes

/// What the attempts at one target taught.
struct TargetRecord: Sendable {
    /// To the first token of streams; of whole replies, all of their time; for each token of output.
    private(set) var firstToken = PeakEWMA()
    private var whole = PeakEWMA()
    private var perToken = PeakEWMA()
    /// Plain means of what was served.
    private(set) var outputTokens: Double?
    private(set) var seconds: Double?
    /// When somebody was last sent to measure it.
    var explored = Moment.zero
    var ejections: UInt64 = 0

    /// The figures of one attempt.
    struct Measured: Sendable {
        let ended: Moment
        let seconds: Double
        /// Nil where the reply was whole, or broke off before it.
        let secondsToFirstToken: Double?
        let outputTokens: Int64

        init(_ outcome: borrowing AttemptOutcome) {
            let began = outcome.began
            ended = outcome.ended
            seconds = outcome.ended.seconds(since: began)
            secondsToFirstToken = outcome.firstToken.map { $0.seconds(since: began) }
            outputTokens = outcome.usage.outputTokens ?? 0
        }
    }

    func latency(_ measure: Route.LatencyMeasure, streams: Bool) -> PeakEWMA {
        switch (measure, streams) {
        case (.firstToken, true): firstToken
        case (.firstToken, false): whole
        case (.perToken, _): perToken
        }
    }

    mutating func learn(_ measured: Measured, _ result: Breaker.Result) {
        switch result {
        case .unknown: return
        case .failed:
            firstToken.penalise(least: max(1, measured.seconds), now: measured.ended)
            whole.penalise(least: max(1, measured.seconds), now: measured.ended)
            perToken.penalise(least: 0.05, now: measured.ended)
        case .succeeded:
            let first = measured.secondsToFirstToken
            if let first {
                firstToken.observe(first, now: measured.ended)
            } else {
                whole.observe(measured.seconds, now: measured.ended)
            }
            seconds = Self.mean(seconds, measured.seconds)
            guard measured.outputTokens > 0 else { return }
            let tokens = Double(measured.outputTokens)
            outputTokens = Self.mean(outputTokens, tokens)
            perToken.observe((measured.seconds - (first ?? 0)) / tokens, now: measured.ended)
        }
    }

    /// The last twenty or so count.
    private static func mean(_ known: Double?, _ value: Double) -> Double {
        known.map { $0 + (value - $0) / 20 } ?? value
    }
}
