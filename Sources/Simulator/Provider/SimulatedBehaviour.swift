/// How one reply behaves: when its parts come, what it counts, and what goes wrong.
public struct SimulatedBehaviour: Sendable, Equatable {
    /// When a reply tells its usage.
    public enum UsageReporting: String, CaseIterable, Sendable {
        case none
        /// In a stream only when `stream_options.include_usage` asks for it, as OpenAI does.
        case asked
        case always
    }

    /// An error in place of the reply.
    public enum InjectedError: Sendable, Equatable {
        /// 400 … 599.
        case status(Int)
        /// 429 that says that no money is left: not to be retried.
        case quota
    }

    /// Nanoseconds before the head.
    public var headNanoseconds: UInt64 = 0
    /// Nanoseconds from the request to the first token.
    public var firstTokenNanoseconds: UInt64 = 0
    /// Nanoseconds between two tokens.
    public var gapNanoseconds: UInt64 = 0

    /// Tokens of visible output.
    public var tokens = 16
    /// Tokens of reasoning, in front of the visible ones and counted beside them.
    public var reasoningTokens = 0
    /// Whether reasoning is only counted, not sent.
    public var hidesReasoning = false
    /// Tokens of the prompt; nil: a quarter of its bytes of text.
    public var inputTokens: Int?
    public var cachedTokens = 0
    public var cacheWriteTokens = 0
    public var audioInputTokens = 0
    public var audioOutputTokens = 0
    public var usage = UsageReporting.asked
    /// US dollars as a decimal, told in `usage.cost`; nil: not told.
    public var cost: String?
    public var tier = "default"
    /// Requests left of the provider's limit, told in the head; nil: not told.
    public var remainingRequests: Int?

    /// Which errors; taken by the seed where there are several.
    public var errors: [InjectedError] = []
    /// How many of 100 requests fail; nil: all where `errors` names one.
    public var errorPercent: Int?
    public var retryAfterSeconds = 1

    /// Nanoseconds of silence in the middle of a reply.
    public var stallNanoseconds: UInt64 = 0
    /// How many pieces come before the silence.
    public var stallAfter = 0
    /// After how many pieces the connection is cut; 0: before the head.
    public var abortAfter: Int?
    /// After how many pieces a stream ends in an error frame.
    public var inBandErrorAfter: Int?

    /// Tool calls in place of text.
    public var toolCalls = 0
    public var sendsRoleFrame = true
    /// Frames with an empty delta in front of the first token.
    public var emptyFrames = 0
    /// Comments in front of the first token.
    public var comments = 0
    /// Whether a stream ends with `[DONE]`.
    public var sendsDone = true
    /// Pieces in one write.
    public var batch = 1
    /// Bytes of one write, so that frames are cut anywhere; 0: frames stay whole.
    public var splitBytes = 0
    /// Length of an embedding's vector where the request names none.
    public var dimensions = 8
    /// Whether each word of a streamed chat is the monotonic time of its making.
    public var stampsWords = false

    public init() {}

    /// The error in place of the reply, if this request is to have one.
    func injectedError(draw: UInt64) -> InjectedError? {
        let percent = errorPercent ?? (errors.isEmpty ? 0 : 100)
        guard draw % 100 < UInt64(percent) else { return nil }
        return errors.isEmpty ? .status(500) : errors[Int((draw / 100) % UInt64(errors.count))]
    }
}
