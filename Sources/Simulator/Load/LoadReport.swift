import GatewayTypes

/// What a load brought.
public struct LoadReport: Sendable {
    /// Durations in nanoseconds; all 0 where nothing was measured.
    public struct Summary: Sendable, Equatable {
        public let count: UInt64
        public let mean: Double
        public let p50: UInt64, p90: UInt64, p99: UInt64, p999: UInt64
        public let maximum: UInt64

        init(_ histogram: LatencyHistogram) {
            count = histogram.count
            mean = histogram.mean
            p50 = histogram.value(at: 0.5)
            p90 = histogram.value(at: 0.9)
            p99 = histogram.value(at: 0.99)
            p999 = histogram.value(at: 0.999)
            maximum = histogram.maximum
        }
    }

    public let target: String
    public let model: String
    public let mode: LoadSettings.Mode
    public let concurrency: Int
    public let elapsedSeconds: Double
    public let sent: Int
    public let completed: Int
    public let failed: Int
    /// How often each kind of error came: `http_429`, `upstream_timeout`, `incomplete`, …
    public let errors: [String: Int]
    public let bytes: Int
    public let outputTokens: Int
    /// From the intended start to the end, of the replies that completed and of those that failed.
    public let latency: Summary
    public let failedLatency: Summary
    /// From the intended start to the first token.
    public let firstToken: Summary
    /// Between two arrivals of tokens.
    public let gap: Summary
    /// From the simulator's stamp to the arrival; only on one machine.
    public let oneWay: Summary
    /// How far the generator itself was behind its plan; where this is large, add workers or lower the rate.
    public let lag: Summary

    /// Requests begun a second, from the first to the last of them; 0 where there were not two.
    public let sentRate: Double
    /// Replies (completed and failed) a second, until the last of them ended.
    public var achievedRate: Double { elapsedSeconds > 0 ? Double(completed + failed) / elapsedSeconds : 0 }

    init(plan: LoadPlan, tally: LoadTally) {
        target = plan.settings.target + plan.settings.path
        model = plan.settings.model
        mode = plan.settings.mode
        concurrency = plan.settings.concurrency
        elapsedSeconds = plan.clock.now().seconds(since: plan.began)
        sent = tally.sent
        let sendingSeconds = tally.lastSent.seconds(since: plan.began)
        sentRate = sent > 1 && sendingSeconds > 0 ? Double(sent - 1) / sendingSeconds : 0
        completed = tally.completed
        failed = tally.failed
        errors = tally.errors
        bytes = tally.bytes
        outputTokens = tally.outputTokens
        latency = Summary(tally.latency)
        failedLatency = Summary(tally.failedLatency)
        firstToken = Summary(tally.firstToken)
        gap = Summary(tally.gap)
        oneWay = Summary(tally.oneWay)
        lag = Summary(tally.lag)
    }

    var summaries: [(key: String, title: String, summary: Summary)] {
        [
            ("latency", "latency", latency), ("time_to_first_token", "time to first token", firstToken),
            ("inter_token", "between tokens", gap), ("one_way", "one way, by stamp", oneWay),
            ("failed_latency", "latency of failures", failedLatency), ("lag", "generator behind plan", lag),
        ]
    }
}

/// How far a load has come.
public struct LoadProgress: Sendable {
    public let elapsedSeconds: Double
    public let durationSeconds: Double
    public let requestsMax: Int?
    public let sent: Int
    public let completed: Int
    public let failed: Int

    init(plan: LoadPlan, tally: LoadTally) {
        elapsedSeconds = plan.clock.now().seconds(since: plan.began)
        durationSeconds = plan.settings.durationSeconds
        requestsMax = plan.settings.requestsMax
        sent = tally.sent
        completed = tally.completed
        failed = tally.failed
    }

    public var inFlight: Int { sent - completed - failed }

    /// 0 … 1, by time or by count, whichever is further.
    public var fraction: Double {
        let byTime = durationSeconds > 0 ? elapsedSeconds / durationSeconds : 1
        let byCount = requestsMax.map { $0 > 0 ? Double(completed + failed) / Double($0) : 1 } ?? 0
        return min(1, max(byTime, byCount))
    }

    /// One line with a bar.
    public var line: String {
        let filled = Int(fraction * 20)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
        return "[\(bar)] \(Decimals.text(elapsedSeconds, digits: 0)) s  \(completed) completed  \(failed) failed  "
            + "\(inFlight) under way"
    }
}
