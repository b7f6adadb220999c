public import GatewayTypes

/// The base rate: decides at an exchange's beginning whether its trace is sampled, which is what providers are told.
public struct Sampler: Equatable, Sendable {
    public enum Root: Equatable, Sendable {
        case alwaysOn
        case alwaysOff
        /// The share of traces to keep, 0 … 1.
        case ratio(Double)
    }

    /// For traces that begin here, and for all when not parent-based.
    public let root: Root
    /// Whether the caller's decision, where there is one, is followed.
    public let parentBased: Bool
    public let threshold: SamplingThreshold
    /// The `tracestate` of a sampled trace that begins here; made once.
    private let rootState: String?

    public init(root: Root, parentBased: Bool) {
        self.root = root
        self.parentBased = parentBased
        threshold =
            switch root {
            case .alwaysOn: .always
            case .alwaysOff: .never
            case .ratio(let share): SamplingThreshold(share: share)
            }
        rootState = Self.state(threshold)
    }

    /// `parentbased_always_on`, the specification's default.
    public static let standard = Sampler(root: .alwaysOn, parentBased: true)

    /// The trace with its decision: the flag, and `th` where the flag comes of a probability.
    ///
    /// - Parameter parentSampled: nil where there is no parent, or one that leaves the decision to others.
    public func decide(_ trace: TraceContext, parentSampled: Bool?) -> TraceContext {
        guard parentBased, let parentSampled else { return trace.sampled(by: threshold, rootState) }
        var trace = trace
        trace.isDecidedByParent = true
        trace.flags = parentSampled ? trace.flags | 1 : trace.flags & ~1
        // A threshold that the random bits contradict would be counted for traces that are not there.
        trace.dropThreshold { !parentSampled || !$0.keeps(randomness: $1) }
        return trace
    }

    /// The trace by the rate of its route, as if that had been in force from the beginning: nothing was sent yet. A
    /// parent's decision stays.
    public func decideAgain(_ trace: TraceContext, share: Double) -> TraceContext {
        guard !trace.isDecidedByParent else { return trace }
        let threshold = SamplingThreshold(share: share)
        return trace.sampled(by: threshold, Self.state(threshold))
    }

    private static func state(_ threshold: SamplingThreshold) -> String? {
        threshold.text.map { OpenTelemetryState.key + "=th:" + $0 }
    }
}

extension TraceContext {
    /// - Parameter rootState: the `tracestate` where there is no other and it is sampled.
    fileprivate func sampled(by threshold: SamplingThreshold, _ rootState: String?) -> TraceContext {
        var trace = self
        // What an earlier decision of this process wrote is no member of a caller's.
        if parentSpanID == nil { trace.state = nil }
        guard let state = trace.state else {
            let isKept = threshold.keeps(randomness: traceLow)
            trace.flags = isKept ? flags | 1 : flags & ~1
            trace.state = isKept ? rootState : nil
            return trace
        }
        var own =
            TraceState.value(of: OpenTelemetryState.key, in: state).map { OpenTelemetryState($0) }
            ?? OpenTelemetryState()
        let isKept = threshold.keeps(randomness: own.randomness ?? traceLow)
        trace.flags = isKept ? flags | 1 : flags & ~1
        own.threshold = isKept ? threshold : nil
        trace.state = TraceState.setting(OpenTelemetryState.key, to: own.text, in: state)
        return trace
    }

    /// Kept whatever the base rate says: then no threshold tells how many others it stands for.
    public mutating func force() {
        flags |= 1
        dropThreshold { _, _ in true }
    }

    /// Takes `th` out of the `tracestate` where there is one and the condition holds; it is told the random bits.
    fileprivate mutating func dropThreshold(where condition: (SamplingThreshold, UInt64) -> Bool) {
        guard let state, let value = TraceState.value(of: OpenTelemetryState.key, in: state) else { return }
        var own = OpenTelemetryState(value)
        guard let threshold = own.threshold, condition(threshold, own.randomness ?? traceLow) else { return }
        own.threshold = nil
        self.state = TraceState.setting(OpenTelemetryState.key, to: own.text, in: state)
    }
}
