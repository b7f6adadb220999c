import GatewayTypes
import JSON

/// The `usage` of a response, an image or a transcript: `input_tokens` counts cached tokens, `output_tokens` counts reasoning.
enum ResponsesUsage {
    /// Nil where the object holds neither counts nor a cost.
    static func read(_ object: JSONValue?) -> Usage? {
        guard let object else { return nil }
        var usage = Usage(source: .provider)
        usage.reportedTotal = TokenCount.read(object["total_tokens"])
        usage.reportedCost = cost(object)
        if var rest = TokenCount.read(object["input_tokens"]) {
            let details = object["input_tokens_details"] ?? object["input_token_details"]
            usage[.cacheRead] = TokenCount.take(TokenCount.read(details?["cached_tokens"]), from: &rest)
            usage[.cacheWrite] = TokenCount.take(TokenCount.read(details?["cache_write_tokens"]), from: &rest)
            usage[.audioInput] = TokenCount.take(TokenCount.read(details?["audio_tokens"]), from: &rest)
            usage[.image] = TokenCount.take(TokenCount.read(details?["image_tokens"]), from: &rest)
            usage[.input] = rest
        }
        if var rest = TokenCount.read(object["output_tokens"]) {
            let details = object["output_tokens_details"] ?? object["output_token_details"]
            usage[.reasoning] = TokenCount.take(TokenCount.read(details?["reasoning_tokens"]), from: &rest)
            usage[.audioOutput] = TokenCount.take(TokenCount.read(details?["audio_tokens"]), from: &rest)
            usage[.output] = rest
        }
        return usage.isEmpty && usage.reportedCost == nil ? nil : usage
    }

    static func cost(_ usage: JSONValue) -> Money? {
        // 10¹⁰ ticks are a dollar, so one is 100 picodollars.
        if let ticks = usage["cost_in_usd_ticks"] { return OpenAIUsage.money(picodollars: ticks.scaled(places: 2)) }
        guard let cost = usage["cost"] else { return nil }
        return OpenAIUsage.money(picodollars: (cost["total_cost"] ?? cost).scaled(places: 12))
    }

    /// In the words of a response; nil where nothing is known. Kinds that the words lack count as plain ones.
    static func write(_ usage: Usage?, _ json: inout JSONBuilder) {
        guard let usage, let input = usage.inputTokens ?? usage.outputTokens.map({ _ in 0 }) else { return json.null() }
        let output = usage.outputTokens ?? 0
        json.openObject()
        json.member("input_tokens", input)
        json.openObject("input_tokens_details")
        json.member("cached_tokens", usage[.cacheRead] ?? 0)
        json.member("cache_write_tokens", usage[.cacheWrite] ?? 0)
        json.closeObject()
        json.member("output_tokens", output)
        json.openObject("output_tokens_details")
        json.member("reasoning_tokens", usage[.reasoning] ?? 0)
        json.closeObject()
        json.member("total_tokens", input + output)
        json.closeObject()
    }
}
