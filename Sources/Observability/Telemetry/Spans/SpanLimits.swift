import GatewayTypes

/// How much a span may hold (OpenTelemetry, "Span Limits"); what is beyond is dropped and counted in the span.
public struct SpanLimits: Equatable, Sendable {
    public var attributes = 128
    /// Characters of a text; nil: as many as Weir keeps of it anyhow.
    public var valueCharacters: Int?
    public var events = 128

    public init() {}

    func apply(to span: inout SpanData) {
        span.droppedAttributes += span.attributes.limit(count: attributes, characters: valueCharacters)
        if span.events.count > events {
            span.droppedEvents += span.events.count - events
            span.events.removeLast(span.events.count - events)
        }
    }
}

/// Which of an exchange's hops get a span of their own. Their times are attributes of the root in any case.
public enum SpanDetail: String, CaseIterable, Sendable {
    case all
    /// Hops that talked to others, took longer than a millisecond, refused, or answered instead of a provider.
    case significant

    func shows(_ hop: Hop, in hops: borrowing HopTimes) -> Bool {
        switch self {
        case .all: return true
        case .significant:
            // Apart, as a borrowed value must not be captured.
            let hasWaited = hops[hop].nanoseconds > Self.waitedNanoseconds
            let hasStopped = hops.stopped(at: hop)
            return hasWaited || hasStopped || hop == .stream
        }
    }

    private static let waitedNanoseconds: Int64 = 1_000_000
}
