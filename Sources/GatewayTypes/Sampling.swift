/// Why a trace is kept: the attribute `weir.sampling.reason`.
public enum SamplingReason: String, CaseIterable, Sendable {
    /// By the base rate, or because its parent is.
    case base
    /// It failed, and not by the client's own mistake.
    case error
    /// It was refused on purpose.
    case blocked
    /// Another target than the first one served it.
    case moved
    case slow
    case dear
    /// The first exchange with a provider's model since the process began.
    case firstOfModel = "first_of_model"
    /// An authorised caller asked for it.
    case debug
}

/// A member of a `baggage` field, decoded.
public struct BaggageEntry: Equatable, Sendable {
    public let key: String
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
