import GatewayTypes
import NIOCore

/// The shapes in which providers write usage. Each becomes disjoint kinds of token; what is not said stays absent.
enum UsageShapes {
    /// The usage that an object tells; nil where it is of none of the shapes.
    static func read(_ object: JSONValue, _ rule: OpenAIUsageRule) -> Usage? {
        guard object.isObject else { return nil }
        if has(object, "prompt_tokens") || has(object, "completion_tokens") { return openAI(object, rule) }
        if object["billed_units"] != nil || object["tokens"]?.isObject == true { return cohere(object) }
        if has(object, "inputTokens") || has(object, "outputTokens") { return converse(object) }
        if has(object, "total_input_tokens") || has(object, "total_output_tokens") { return interactions(object) }
        if has(object, "promptTokenCount") || has(object, "candidatesTokenCount") { return gemini(object) }
        if object["type"]?.string == "duration", let seconds = object["seconds"] { return duration(seconds) }
        if has(object, "input_tokens") || has(object, "output_tokens") { return responses(object) }
        return openAI(object, rule)
    }

    private static func has(_ object: JSONValue, _ key: StaticString) -> Bool { object[key] != nil }

    // MARK: Counts

    /// A number of tokens, in range; nil when it is none.
    static func count(_ value: JSONValue?) -> Int64? {
        guard let value, value.isNumber else { return nil }
        guard let number = value.scaled(places: 0) else { return OpenAIUsage.countMax }
        return Int64(min(max(number, 0), Int128(OpenAIUsage.countMax)))
    }

    /// The first of several counts that is there.
    private static func count(_ object: JSONValue?, _ keys: StaticString...) -> Int64? {
        for key in keys { if let count = count(object?[key]) { return count } }
        return nil
    }

    /// Takes a part out of its whole; no more than the whole has.
    private static func take(_ part: Int64?, from rest: inout Int64) -> Int64? {
        guard let part else { return nil }
        let taken = min(part, rest)
        rest -= taken
        return taken
    }

    static func cost(_ usage: JSONValue) -> Money? {
        // 10¹⁰ ticks are a dollar, so one is 100 picodollars.
        let value =
            usage["cost_in_usd_ticks"]?.scaled(places: 2) ?? usage["cost"]?.scaled(places: 12)
            ?? usage["cost"]?["total_cost"]?.scaled(places: 12)
        // Beyond a billion dollars it is no cost of an exchange.
        guard let value, value >= 0, value < 1_000_000_000_000_000_000_000 else { return nil }
        return Money(picodollars: value)
    }

    // MARK: Shapes

    private static func openAI(_ object: JSONValue, _ rule: OpenAIUsageRule) -> Usage? {
        object.document.bytes.withUnsafeReadableBytes { bytes in
            guard var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[object.range])) else { return nil }
            do throws(JSONProblem) { return try OpenAIUsage(&scanner).usage(rule) } catch { return nil }
        }
    }

    /// OpenAI's responses, images and transcripts: the wholes include their details.
    private static func responses(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = count(object, "total_tokens")
        usage.reportedCost = cost(object)
        if var rest = count(object, "input_tokens") {
            let details = object["input_tokens_details"] ?? object["input_token_details"]
            usage[.cacheRead] = take(count(details, "cached_tokens"), from: &rest)
            usage[.cacheWrite] = take(count(details, "cache_write_tokens"), from: &rest)
            usage[.audioInput] = take(count(details, "audio_tokens"), from: &rest)
            usage[.image] = take(count(details, "image_tokens"), from: &rest)
            usage[.input] = rest
        }
        if var rest = count(object, "output_tokens") {
            let details = object["output_tokens_details"] ?? object["output_token_details"]
            usage[.reasoning] = take(count(details, "reasoning_tokens"), from: &rest)
            usage[.audioOutput] = take(count(details, "audio_tokens"), from: &rest)
            usage[.output] = rest
        }
        return usage
    }

    /// `prompt` includes what was cached, but not what tools put in; in `thoughts` is what `candidates` leaves out.
    private static func gemini(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = count(object, "totalTokenCount")
        if let prompt = count(object, "promptTokenCount") {
            var rest = prompt + (count(object, "toolUsePromptTokenCount") ?? 0)
            usage[.cacheRead] = take(count(object, "cachedContentTokenCount"), from: &rest)
            let cachedAudio = audio(object["cacheTokensDetails"]) ?? 0
            usage[.audioInput] = take(
                audio(object["promptTokensDetails"]).map { max($0 - cachedAudio, 0) }, from: &rest)
            usage[.input] = rest
        }
        if var rest = count(object, "candidatesTokenCount") {
            usage[.audioOutput] = take(audio(object["candidatesTokensDetails"]), from: &rest)
            usage[.output] = rest
        }
        usage[.reasoning] = count(object, "thoughtsTokenCount")
        return usage
    }

    private static func audio(_ details: JSONValue?) -> Int64? {
        let tokens = details?.elements.filter { $0["modality"]?.string == "AUDIO" }.compactMap {
            count($0, "tokenCount")
        }
        return tokens.flatMap { $0.isEmpty ? nil : $0.reduce(0, +) }
    }

    private static func interactions(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = count(object, "total_tokens")
        if let input = count(object, "total_input_tokens") {
            var rest = input + (count(object, "total_tool_use_tokens") ?? 0)
            usage[.cacheRead] = take(count(object, "total_cached_tokens"), from: &rest)
            usage[.input] = rest
        }
        usage[.output] = count(object, "total_output_tokens")
        usage[.reasoning] = count(object, "total_thought_tokens")
        return usage
    }

    /// What is billed counts; cached tokens may exceed it, as they are counted against what the model read.
    private static func cohere(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        let billed = object["billed_units"]
        let tokens = object["tokens"]
        if var rest = count(billed, "input_tokens") ?? count(tokens, "input_tokens") {
            usage[.cacheRead] = take(count(object, "cached_tokens"), from: &rest)
            usage[.image] = take(count(billed, "image_tokens"), from: &rest)
            usage[.input] = rest
        }
        if var rest = count(billed, "output_tokens") ?? count(tokens, "output_tokens") {
            usage[.reasoning] = take(count(tokens, "reasoning_tokens"), from: &rest)
            usage[.output] = rest
        }
        usage.units[.search] = count(billed, "search_units")
        return usage.isEmpty ? nil : usage
    }

    /// The input leaves out what was read from or written to a cache; the total does not.
    private static func converse(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = count(object, "totalTokens")
        usage[.input] = count(object, "inputTokens")
        usage[.cacheRead] = count(object, "cacheReadInputTokens", "cacheReadInputTokenCount")
        usage[.cacheWrite] = count(object, "cacheWriteInputTokens", "cacheWriteInputTokenCount")
        usage[.output] = count(object, "outputTokens")
        let hour = (object["cacheDetails"]?.elements ?? []).filter { $0["ttl"]?.string == "1h" }
        usage.cacheWriteHourTokens = hour.compactMap { count($0, "inputTokens") }.reduce(0, +)
        return usage
    }

    private static func duration(_ seconds: JSONValue) -> Usage? {
        guard let milliseconds = count(milliseconds: seconds) else { return nil }
        var usage = Usage(source: .provider)
        usage.units[.audioMillisecond] = milliseconds
        return usage
    }

    static func count(milliseconds seconds: JSONValue) -> Int64? {
        guard let number = seconds.scaled(places: 3) else { return nil }
        return Int64(min(max(number, 0), Int128(OpenAIUsage.countMax)))
    }

    /// What Bedrock itself counted of a model's reply (`amazon-bedrock-invocationMetrics`); leaves caches out.
    static func invocation(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage[.input] = count(object, "inputTokenCount")
        usage[.cacheRead] = count(object, "cacheReadInputTokenCount")
        usage[.cacheWrite] = count(object, "cacheWriteInputTokenCount")
        usage[.output] = count(object, "outputTokenCount")
        return usage.isEmpty ? nil : usage
    }

    /// Ollama's own API; the prompt's count is absent where the prompt was cached.
    static func ollama(_ root: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage[.input] = count(root, "prompt_eval_count")
        usage[.output] = count(root, "eval_count")
        return usage.isEmpty ? nil : usage
    }
}

/// Anthropic's usage: the input leaves caches out, the output includes thoughts, and in a stream each count replaces
/// what was said of it before.
struct MessagesUsage {
    private var input: Int64?
    private var cacheRead: Int64?
    private var cacheWrite: Int64?
    private var hour: Int64?
    private var output: Int64?
    private var thinking: Int64?

    /// Whether an object that has `input_tokens` or `output_tokens` is of this shape.
    static func has(_ object: JSONValue, type: String?) -> Bool {
        switch type {
        case "message", "message_start", "message_delta": true
        default: object["cache_read_input_tokens"] != nil || object["cache_creation_input_tokens"] != nil
        }
    }

    mutating func take(_ object: JSONValue) {
        func count(_ value: JSONValue?, _ before: Int64?) -> Int64? { UsageShapes.count(value) ?? before }
        let creation = object["cache_creation"]
        input = count(object["input_tokens"], input)
        cacheRead = count(object["cache_read_input_tokens"], cacheRead)
        cacheWrite = count(object["cache_creation_input_tokens"], cacheWrite)
        hour = count(creation?["ephemeral_1h_input_tokens"], hour)
        output = count(object["output_tokens"], output)
        thinking = count(object["output_tokens_details"]?["thinking_tokens"], thinking)
    }

    var usage: Usage {
        var usage = Usage(source: .provider)
        usage[.input] = input
        usage[.cacheRead] = cacheRead
        usage[.cacheWrite] = cacheWrite
        usage.cacheWriteHourTokens = min(hour ?? 0, cacheWrite ?? 0)
        guard let output else { return usage }
        usage[.reasoning] = thinking.map { min($0, output) }
        usage[.output] = output - (usage[.reasoning] ?? 0)
        return usage
    }
}
