/// A control of the simulator: `key=value` in a model's name or in `x-sim`.
enum ControlKey: String, CaseIterable {
    case head, ttft, gap, tokens, reasoning
    case reasoningHidden = "reasoning_hidden"
    case input, cached
    case cacheWrite = "cache_write"
    case audio
    case audioOutput = "audio_output"
    case usage, cost, tier, remaining, error
    case errorRate = "error_rate"
    case retryAfter = "retry_after"
    case stall
    case stallAfter = "stall_after"
    case abortAfter = "abort_after"
    case inBandErrorAfter = "in_band_error_after"
    case tools
    case roleOnly = "role_only"
    case empty, comments, done, batch, split, dimensions, stamps

    /// The form of its value, and what it does.
    var help: (form: String, text: String) {
        switch self {
        case .head: ("DURATION", "silence before the head of the reply")
        case .ttft: ("DURATION", "from the request to the first token")
        case .gap: ("DURATION", "between two tokens; a whole reply waits for all of them")
        case .tokens: ("N", "tokens of visible output (16)")
        case .reasoning: ("N", "tokens of reasoning before them, sent as reasoning_content")
        case .reasoningHidden: ("0|1", "reasoning is counted, not sent")
        case .input: ("N", "tokens of the prompt (a quarter of its bytes of text)")
        case .cached: ("N", "of these, read from the prompt cache")
        case .cacheWrite: ("N", "of these, written to the prompt cache")
        case .audio: ("N", "of these, audio")
        case .audioOutput: ("N", "tokens of audio beside the output")
        case .usage: ("none|asked|always", "when usage is told; asked: in a stream by include_usage only")
        case .cost: ("USD", "usage.cost of the reply, such as 0.001 (not told)")
        case .tier: ("NAME", "service_tier of the reply (default)")
        case .remaining: ("N", "requests left of the limit, in the head of a chat's reply (not told)")
        case .error: ("STATUS|quota[+…]", "an error in place of the reply; several: one of them by the seed")
        case .errorRate: ("0-100", "percent of the requests that get it (100)")
        case .retryAfter: ("SECONDS", "retry-after of a 429 or 503 (1)")
        case .stall: ("DURATION", "silence in the middle of the reply")
        case .stallAfter: ("N", "tokens before that silence (0)")
        case .abortAfter: ("N", "tokens after which the connection is cut; 0: no head either")
        case .inBandErrorAfter: ("N", "tokens after which a stream ends in an error frame")
        case .tools: ("N", "tool calls in place of text, arguments in fragments")
        case .roleOnly: ("0|1", "a first frame with the role alone (1)")
        case .empty: ("N", "frames with an empty delta before the first token")
        case .comments: ("N", "SSE comments before the first token")
        case .done: ("0|1", "whether a stream ends with [DONE] (1)")
        case .batch: ("N", "tokens in one write (1)")
        case .split: ("BYTES", "writes of so many bytes, cut anywhere in a frame")
        case .dimensions: ("N", "length of an embedding (8)")
        case .stamps: ("0|1", "in OpenAI's streams each word is the monotonic time of its making, in nanoseconds")
        }
    }

    func apply(_ value: some StringProtocol, to behaviour: inout SimulatedBehaviour) throws(ControlProblem) {
        let reader = ControlValue(key: self, text: String(value))
        switch self {
        case .head: behaviour.headNanoseconds = try reader.duration()
        case .ttft: behaviour.firstTokenNanoseconds = try reader.duration()
        case .gap: behaviour.gapNanoseconds = try reader.duration()
        case .tokens: behaviour.tokens = try reader.count()
        case .reasoning: behaviour.reasoningTokens = try reader.count()
        case .reasoningHidden: behaviour.hidesReasoning = try reader.flag()
        case .input: behaviour.inputTokens = try reader.count(max: 100_000_000)
        case .cached: behaviour.cachedTokens = try reader.count(max: 100_000_000)
        case .cacheWrite: behaviour.cacheWriteTokens = try reader.count(max: 100_000_000)
        case .audio: behaviour.audioInputTokens = try reader.count(max: 100_000_000)
        case .audioOutput: behaviour.audioOutputTokens = try reader.count(max: 100_000_000)
        case .usage: behaviour.usage = try reader.usage()
        case .cost: behaviour.cost = try reader.decimal()
        case .tier: behaviour.tier = reader.text
        case .remaining: behaviour.remainingRequests = try reader.count()
        case .error: behaviour.errors = try reader.errors()
        case .errorRate: behaviour.errorPercent = try reader.count(max: 100)
        case .retryAfter: behaviour.retryAfterSeconds = try reader.count(max: 86_400)
        case .stall: behaviour.stallNanoseconds = try reader.duration()
        case .stallAfter: behaviour.stallAfter = try reader.count()
        case .abortAfter: behaviour.abortAfter = try reader.count()
        case .inBandErrorAfter: behaviour.inBandErrorAfter = try reader.count()
        case .tools: behaviour.toolCalls = try reader.count(max: 64)
        case .roleOnly: behaviour.sendsRoleFrame = try reader.flag()
        case .empty: behaviour.emptyFrames = try reader.count(max: 10_000)
        case .comments: behaviour.comments = try reader.count(max: 10_000)
        case .done: behaviour.sendsDone = try reader.flag()
        case .batch: behaviour.batch = max(1, try reader.count())
        case .split: behaviour.splitBytes = try reader.count()
        case .dimensions: behaviour.dimensions = max(1, try reader.count(max: 4096))
        case .stamps: behaviour.stampsWords = try reader.flag()
        }
    }
}
