/// Decides at an exchange's beginning whether its trace is kept.
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

    public init(root: Root, parentBased: Bool) {
        self.root = root
        self.parentBased = parentBased
    }

    /// `parentbased_always_on`, the specification's default.
    public static let standard = Sampler(root: .alwaysOn, parentBased: true)

    /// `parentSampled`: nil when the request carried no valid `traceparent`.
    public func decide(traceHigh: UInt64, traceLow: UInt64, parentSampled: Bool?) -> Bool {
        if parentBased, let parentSampled { return parentSampled }
        switch root {
        case .alwaysOn: return true
        case .alwaysOff: return false
        case .ratio(let share):
            // Consistent probability sampling: the rightmost 56 bits of the trace id against a threshold, so that every
            // participant that follows the specification keeps the same traces.
            let threshold = UInt64(((1 - min(1, max(0, share))) * 0x1p56).rounded())
            return traceLow & 0xFF_FFFF_FFFF_FFFF >= threshold
        }
    }
}
