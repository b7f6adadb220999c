import GatewayTypes

/// The `usage` of a response: `input_tokens` counts cached tokens, `output_tokens` counts reasoning.
enum ResponsesUsage {
    /// Nil where the object holds neither counts nor a cost.
    static func read(_ object: JSONValue?) -> Usage? {
        guard let object else { return nil }
        var usage = Usage(source: .provider)
        usage.reportedTotal = count(object["total_tokens"])
        usage.reportedCost = cost(object)
        if var rest = count(object["input_tokens"]) {
            let details = object["input_tokens_details"]
            usage[.cacheRead] = OpenAIUsage.take(count(details?["cached_tokens"]), from: &rest)
            usage[.cacheWrite] = OpenAIUsage.take(count(details?["cache_write_tokens"]), from: &rest)
            usage[.input] = rest
        }
        if var rest = count(object["output_tokens"]) {
            let details = object["output_tokens_details"]
            usage[.reasoning] = OpenAIUsage.take(count(details?["reasoning_tokens"]), from: &rest)
            usage[.output] = rest
        }
        return usage.isEmpty && usage.reportedCost == nil ? nil : usage
    }

    /// A number of tokens; nil when it is none. Negative ones are 0.
    private static func count(_ value: JSONValue?) -> Int64? {
        guard let value, value.isNumber else { return nil }
        return Int64(min(max(value.scaled(places: 0) ?? Int128(OpenAIUsage.countMax), 0), Int128(OpenAIUsage.countMax)))
    }

    private static func cost(_ usage: JSONValue) -> Money? {
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
