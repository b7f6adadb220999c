/// The disjoint kinds of token. They sum to the provider's total.
public enum TokenType: String, CaseIterable, Sendable {
    case input
    case cacheRead = "cache_read"
    case cacheWrite = "cache_write"
    case output, reasoning
    case audioInput = "audio_input"
    case audioOutput = "audio_output"
    case image

    @inlinable public var index: Int {
        switch self {
        case .input: 0
        case .cacheRead: 1
        case .cacheWrite: 2
        case .output: 3
        case .reasoning: 4
        case .audioInput: 5
        case .audioOutput: 6
        case .image: 7
        }
    }

    public static let count = 8

    /// Whether a token of this kind counts into `gen_ai.usage.output_tokens`.
    @inlinable public var isOutput: Bool {
        switch self {
        case .output, .reasoning, .audioOutput: true
        case .input, .cacheRead, .cacheWrite, .audioInput, .image: false
        }
    }
}

/// Who counted the tokens.
public enum UsageSource: String, CaseIterable, Sendable { case provider, estimated, none }

/// What some operations are billed by instead of tokens, or beside them.
public enum BilledUnit: String, CaseIterable, Sendable {
    /// Characters of text to be spoken.
    case character
    /// Images made.
    case imageOutput = "image_output"
    case page
    /// Searches, or reranked batches of documents.
    case search
    /// Thousandths of a second of sound, heard or spoken.
    case audioMillisecond = "audio_millisecond"
}

/// Tokens of one exchange, disjoint by kind. A kind that nobody reported is absent, which is not 0.
public struct Usage: Sendable, Equatable {
    public var source: UsageSource

    @usableFromInline var counts: InlineArray<8, Int64>
    @usableFromInline var known: UInt8

    /// Of `cacheWrite`, the tokens written with a time to live of one hour (priced apart); 0 where not said.
    public var cacheWriteHourTokens: Int64 = 0
    /// Units beside tokens; those that were not reported are absent.
    public var units: [BilledUnit: Int64] = [:]
    /// The provider's own total, where it gave one.
    public var reportedTotal: Int64?
    /// The provider's own cost of this exchange, where it gave one.
    public var reportedCost: Money?

    public init(source: UsageSource = .none) {
        self.source = source
        counts = InlineArray(repeating: 0)
        known = 0
    }

    /// Tokens of a kind; nil when not reported.
    @inlinable public subscript(type: TokenType) -> Int64? {
        get { known & (1 << UInt8(type.index)) == 0 ? nil : counts[type.index] }
        set {
            counts[type.index] = newValue ?? 0
            if newValue == nil { known &= ~(1 << UInt8(type.index)) } else { known |= 1 << UInt8(type.index) }
        }
    }

    public var isEmpty: Bool { known == 0 && units.isEmpty }

    /// `gen_ai.usage.input_tokens`: includes cache reads and writes, audio and images.
    public var inputTokens: Int64? { sum { !$0.isOutput } }
    /// `gen_ai.usage.output_tokens`: includes reasoning.
    public var outputTokens: Int64? { sum { $0.isOutput } }
    public var totalTokens: Int64 { TokenType.allCases.reduce(0) { $0 + (self[$1] ?? 0) } }

    private func sum(where matches: (TokenType) -> Bool) -> Int64? {
        var total: Int64?
        for type in TokenType.allCases where matches(type) {
            if let count = self[type] { total = (total ?? 0) + count }
        }
        return total
    }

    public static func == (left: Usage, right: Usage) -> Bool {
        left.source == right.source && left.known == right.known
            && left.cacheWriteHourTokens == right.cacheWriteHourTokens && left.units == right.units
            && left.reportedTotal == right.reportedTotal && left.reportedCost == right.reportedCost
            && TokenType.allCases.allSatisfy { left[$0] == right[$0] }
    }
}
