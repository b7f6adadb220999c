/// Whose words telemetry speaks.
public struct SpanStyle: Sendable, Equatable {
    public var vocabulary = Vocabulary.v1_41
    /// Backends whose own attributes spans carry, too.
    public var profiles: Set<SpanProfile> = []
    /// Most bytes of JSON of one attribute with content.
    public var contentBytesMax = 64 * 1_024

    /// Which hops get spans.
    public var detail = SpanDetail.all
    public var limits = SpanLimits()

    public init() {}
}

/// Which version of the GenAI conventions attributes and metrics follow: the last one before their names changed, the
/// one they are changing to, or both beside each other.
public enum Vocabulary: String, CaseIterable, Sendable {
    case v1_41 = "v1.41"
    case latest, both

    var writesPinned: Bool { self != .latest }
    var writesLatest: Bool { self != .v1_41 }
}

/// A backend that reads names of its own.
public enum SpanProfile: String, CaseIterable, Sendable { case openinference, langfuse }
