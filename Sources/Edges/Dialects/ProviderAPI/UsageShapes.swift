import GatewayTypes
import JSON
import NIOCore

/// The shapes in which providers write usage. Each becomes disjoint kinds of token; what is not said stays absent.
enum UsageShapes {
    /// The usage that an object tells; nil where it is of none of the shapes.
    static func read(_ object: JSONValue, _ rule: OpenAIUsageRule) -> Usage? {
        guard object.isObject else { return nil }
        if has(object, "prompt_tokens") || has(object, "completion_tokens") { return openAI(object, rule) }
        if object["billed_units"] != nil || object["tokens"]?.isObject == true { return CohereUsage.read(object) }
        if has(object, "inputTokens") || has(object, "outputTokens") { return ConverseUsage.read(object) }
        if has(object, "total_input_tokens") || has(object, "total_output_tokens") { return interactions(object) }
        if has(object, "promptTokenCount") || has(object, "candidatesTokenCount") { return GeminiUsage.read(object) }
        if object["type"]?.string == "duration", let seconds = object["seconds"] { return duration(seconds) }
        if has(object, "input_tokens") || has(object, "output_tokens") { return ResponsesUsage.read(object) }
        return openAI(object, rule)
    }

    private static func has(_ object: JSONValue, _ key: StaticString) -> Bool { object[key] != nil }

    // MARK: Shapes

    private static func openAI(_ object: JSONValue, _ rule: OpenAIUsageRule) -> Usage? {
        object.document.bytes.withUnsafeReadableBytes { bytes in
            guard var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[object.range])) else { return nil }
            do throws(JSONProblem) { return try OpenAIUsage(&scanner).usage(rule) } catch { return nil }
        }
    }

    private static func interactions(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = TokenCount.read(object["total_tokens"])
        if let input = TokenCount.read(object["total_input_tokens"]) {
            var rest = input + (TokenCount.read(object["total_tool_use_tokens"]) ?? 0)
            usage[.cacheRead] = TokenCount.take(TokenCount.read(object["total_cached_tokens"]), from: &rest)
            usage[.input] = rest
        }
        usage[.output] = TokenCount.read(object["total_output_tokens"])
        usage[.reasoning] = TokenCount.read(object["total_thought_tokens"])
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
        return Int64(min(max(number, 0), Int128(TokenCount.most)))
    }

    /// Ollama's own API; the prompt's count is absent where the prompt was cached.
    static func ollama(_ root: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage[.input] = TokenCount.read(root["prompt_eval_count"])
        usage[.output] = TokenCount.read(root["eval_count"])
        return usage.isEmpty ? nil : usage
    }
}
