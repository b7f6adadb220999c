import GatewayTypes

/// What went wrong with a request, as its key in the report.
enum LoadError {
    case status(Int)
    case failure(FailureReason)
    /// The reply ended without its final mark.
    case incomplete
    /// An error frame inside a stream.
    case inStream

    var text: String {
        switch self {
        case .status(let status): "http_\(status)"
        case .failure(let reason): reason.rawValue
        case .incomplete: "incomplete"
        case .inStream: "error_in_stream"
        }
    }
}

/// What the requests of one worker brought.
struct LoadTally {
    var sent = 0
    var lastSent = Moment.zero
    var completed = 0
    var errors: [String: Int] = [:]
    var bytes = 0
    var outputTokens = 0
    /// From the intended start to the end of a reply that completed.
    var latency = LatencyHistogram()
    /// The same of those that failed.
    var failedLatency = LatencyHistogram()
    /// From the intended start to the first token.
    var firstToken = LatencyHistogram()
    /// Between two arrivals of tokens.
    var gap = LatencyHistogram()
    /// From the simulator's stamp to the arrival.
    var oneWay = LatencyHistogram()
    /// From the intended start to the real one: how far the generator itself was behind.
    var lag = LatencyHistogram()

    var failed: Int { errors.values.reduce(0, +) }

    mutating func merge(_ other: LoadTally) {
        sent += other.sent
        lastSent = max(lastSent, other.lastSent)
        completed += other.completed
        errors.merge(other.errors) { $0 + $1 }
        bytes += other.bytes
        outputTokens += other.outputTokens
        latency.merge(other.latency)
        failedLatency.merge(other.failedLatency)
        firstToken.merge(other.firstToken)
        gap.merge(other.gap)
        oneWay.merge(other.oneWay)
        lag.merge(other.lag)
    }
}
