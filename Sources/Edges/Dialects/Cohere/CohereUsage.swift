import GatewayTypes

/// Reads what Cohere counts: `usage` of version 2, `meta` of version 1 and of all but chat.
enum CohereUsage {
    /// No reply has more of anything.
    private static let countMax = 1e15

    /// Nil where it holds no counts. The billed units count; what was cached or thought is told of the model's own
    /// tokens, of which some are not billed: it is cut to what is.
    static func read(_ value: JSONValue?) -> Usage? {
        guard let value else { return nil }
        let billed = value["billed_units"]
        let model = value["tokens"]
        var usage = Usage(source: .provider)
        if let input = count(billed?["input_tokens"]) ?? count(model?["input_tokens"]) {
            let cached = count(value["cached_tokens"]).map { min($0, input) }
            usage[.cacheRead] = cached
            usage[.input] = input - (cached ?? 0)
        }
        if let output = count(billed?["output_tokens"]) ?? count(model?["output_tokens"]) {
            let thought = count(model?["reasoning_tokens"]).map { min($0, output) }
            usage[.reasoning] = thought
            usage[.output] = output - (thought ?? 0)
        }
        usage[.image] = count(billed?["image_tokens"])
        if let searches = count(billed?["search_units"]) { usage.units[.search] = searches }
        return usage.isEmpty ? nil : usage
    }

    /// A whole number; Cohere writes some as `3.0`.
    private static func count(_ value: JSONValue?) -> Int64? {
        guard let number = value?.double else { return nil }
        return Int64(min(max(number, 0), countMax).rounded())
    }
}

extension FinishReason {
    /// Of Cohere's word, in either version.
    init(cohere word: String) {
        switch word {
        case "COMPLETE": self = .stop
        case "STOP_SEQUENCE": self = .stopSequence
        case "MAX_TOKENS", "ERROR_LIMIT": self = .length
        case "TOOL_CALL": self = .toolCalls
        case "ERROR_TOXIC": self = .contentFilter
        case "ERROR", "TIMEOUT": self = .error
        default: self = .other
        }
    }
}
