import GatewayTypes
import JSON

/// Reads what Cohere counts: `usage` of version 2, `meta` of version 1 and of all but chat.
enum CohereUsage {
    /// Nil where it holds no counts. The billed units count; what was cached or thought is told of the model's own
    /// tokens, of which some are not billed: it is cut to what is.
    static func read(_ value: JSONValue?) -> Usage? {
        guard let value else { return nil }
        let billed = value["billed_units"]
        let model = value["tokens"]
        var usage = Usage(source: .provider)
        if let input = TokenCount.read(billed?["input_tokens"]) ?? TokenCount.read(model?["input_tokens"]) {
            let cached = TokenCount.read(value["cached_tokens"]).map { min($0, input) }
            usage[.cacheRead] = cached
            usage[.input] = input - (cached ?? 0)
        }
        if let output = TokenCount.read(billed?["output_tokens"]) ?? TokenCount.read(model?["output_tokens"]) {
            let thought = TokenCount.read(model?["reasoning_tokens"]).map { min($0, output) }
            usage[.reasoning] = thought
            usage[.output] = output - (thought ?? 0)
        }
        usage[.image] = TokenCount.read(billed?["image_tokens"])
        if let searches = TokenCount.read(billed?["search_units"]) { usage.units[.search] = searches }
        return usage.isEmpty ? nil : usage
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
