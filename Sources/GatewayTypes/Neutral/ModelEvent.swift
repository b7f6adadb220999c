/// What a provider said, piece by piece, apart from any dialect. A whole reply is the same events at once.
///
/// Order: `began`, then content, then `finished` for each choice, `usage`, and `ended`. Pieces of one text follow one
/// another; a tool call begins with `toolCall` and its arguments follow, by its index. What is not known is not said.
public enum ModelEvent: Sendable {
    /// The provider's id of the reply, and the model as it names it.
    case began(id: String?, model: String?)
    case text(String, choice: Int)
    case refusal(String, choice: Int)
    /// Thought, shown as text.
    case reasoning(String, choice: Int)
    /// Ends a thought: its proof.
    case signature(Signature, choice: Int)
    /// A whole thought that the provider does not show.
    case sealedReasoning(Signature, choice: Int)
    /// A call begins. `index` counts the calls of a choice from 0; `arguments` of the call are empty here.
    case toolCall(ToolCall, index: Int, choice: Int)
    case toolArguments(String, index: Int, choice: Int)
    /// An image or sound that the model made.
    case media(Media, choice: Int)
    case logprobs([TokenLogprob], choice: Int)
    case citation(Citation, choice: Int)
    /// `word`: the provider's own. `stopSequence`: which of the client's stopped it.
    case finished(FinishReason, word: String, stopSequence: String?, choice: Int)
    /// Replaces what was said of usage before.
    case usage(Usage)
    case serviceTier(String)
    case systemFingerprint(String)
    /// The vector of the input at `index`.
    case embedding([Double], index: Int)
    /// How relevant the document at `index` is.
    case relevance(Double, index: Int)
    /// An error inside a reply that had begun with success.
    case failed(Failure)
    /// The reply came to its proper end.
    case ended
}

/// Why the model stopped.
public enum FinishReason: String, CaseIterable, Sendable {
    case stop, length
    case stopSequence = "stop_sequence"
    case toolCalls = "tool_calls"
    case contentFilter = "content_filter"
    case refusal
    /// The provider wants the turn sent back to go on (Anthropic's `pause_turn`).
    case pause
    /// The provider's fault: a malformed call, an error.
    case error
    case other
}

/// A token and how likely it was.
public struct TokenLogprob: Sendable, Equatable {
    public var token: String
    /// Natural logarithm of the probability.
    public var logprob: Double
    public var bytes: [UInt8]?
    public var alternatives: [TokenLogprob]

    public init(token: String, logprob: Double, bytes: [UInt8]? = nil, alternatives: [TokenLogprob] = []) {
        self.token = token
        self.logprob = logprob
        self.bytes = bytes
        self.alternatives = alternatives
    }
}

/// A source that the text names.
public struct Citation: Sendable, Equatable {
    public var url: String?
    public var title: String?
    /// Unicode scalars of the choice's text; nil where the provider does not say.
    public var start: Int?
    public var end: Int?

    public init(url: String?, title: String?, start: Int? = nil, end: Int? = nil) {
        self.url = url
        self.title = title
        self.start = start
        self.end = end
    }
}
