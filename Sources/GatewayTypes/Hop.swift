/// One word per hop of an exchange, in the order of the path.
///
/// The word is the stage's folder, its span's name, the `hop` label of `weir_hop_duration_seconds`, its dashboard row
/// and its section in `docs/life-of-a-request.md`. A test holds these lists together.
public enum Hop: String, CaseIterable, Sendable {
    case receive, authentication, limits, guardrails, cache, routing, budgets, attempt, stream, settle

    /// Position on the path, 0 …< `Hop.count`.
    @inlinable public var index: Int {
        switch self {
        case .receive: 0
        case .authentication: 1
        case .limits: 2
        case .guardrails: 3
        case .cache: 4
        case .routing: 5
        case .budgets: 6
        case .attempt: 7
        case .stream: 8
        case .settle: 9
        }
    }

    public static let count = 10
}

/// When each hop began and how long it took; zero where the exchange did not pass it.
public struct HopTimes: Sendable {
    public struct Span: Sendable {
        public var began = Moment.zero
        /// Nanoseconds; the sum where a hop was entered more than once (`attempt`).
        public var nanoseconds: Int64 = 0
        public var entered: Bool { began != .zero }
    }

    /// One bit for each hop that stopped an exchange or refused a target.
    @usableFromInline var stops: UInt16 = 0
    @usableFromInline var spans = InlineArray<10, Span>(repeating: Span())

    public init() {}

    @inlinable public subscript(hop: Hop) -> Span { spans[hop.index] }

    /// Notes that a hop answered instead of the hops after it, or refused.
    @inlinable public mutating func stop(at hop: Hop) { stops |= 1 << UInt16(hop.index) }
    /// Whether the hop answered instead of the hops after it, or refused.
    @inlinable public func stopped(at hop: Hop) -> Bool { stops >> UInt16(hop.index) & 1 == 1 }

    /// Adds the time from `began` to `ended` to a hop; the first entry fixes when it began.
    @inlinable public mutating func add(_ hop: Hop, from began: Moment, to ended: Moment) {
        if spans[hop.index].began == .zero { spans[hop.index].began = began }
        spans[hop.index].nanoseconds += ended.nanoseconds(since: began)
    }
}
