import GatewayTypes
import JSON

/// A `usage` object of Converse: `inputTokens` leaves out what was read from and written to the cache.
enum ConverseUsage {
    static func read(_ value: JSONValue) -> Usage? {
        guard value.isObject else { return nil }
        var usage = Usage(source: .provider)
        usage[.input] = TokenCount.read(value["inputTokens"])
        usage[.output] = TokenCount.read(value["outputTokens"])
        usage[.cacheRead] = TokenCount.read(value["cacheReadInputTokens"] ?? value["cacheReadInputTokenCount"])
        usage[.cacheWrite] = TokenCount.read(value["cacheWriteInputTokens"] ?? value["cacheWriteInputTokenCount"])
        usage.reportedTotal = TokenCount.read(value["totalTokens"])
        let hours = (value["cacheDetails"]?.elements ?? []).filter { $0["ttl"]?.string == "1h" }
        let hourTokens = hours.reduce(Int64(0)) { TokenCount.bounded($0 + (TokenCount.read($1["inputTokens"]) ?? 0)) }
        usage.cacheWriteHourTokens = min(hourTokens, usage[.cacheWrite] ?? 0)
        return usage.isEmpty ? nil : usage
    }

    /// What Bedrock itself counted of a model's reply (`amazon-bedrock-invocationMetrics`); leaves caches out.
    static func read(metrics value: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage[.input] = TokenCount.read(value["inputTokenCount"])
        usage[.output] = TokenCount.read(value["outputTokenCount"])
        usage[.cacheRead] = TokenCount.read(value["cacheReadInputTokenCount"])
        usage[.cacheWrite] = TokenCount.read(value["cacheWriteInputTokenCount"])
        return usage.isEmpty ? nil : usage
    }

    /// What the head of a reply to InvokeModel counts, where the model's own body may not.
    static func read(head: UpstreamHead) -> Usage? {
        var usage = Usage(source: .provider)
        usage[.input] = count(head["x-amzn-bedrock-input-token-count"])
        usage[.output] = count(head["x-amzn-bedrock-output-token-count"])
        usage[.cacheRead] = count(head["x-amzn-bedrock-cache-read-input-token-count"])
        usage[.cacheWrite] = count(head["x-amzn-bedrock-cache-write-input-token-count"])
        return usage.isEmpty ? nil : usage
    }

    private static func count(_ text: String?) -> Int64? { text.flatMap { Int64($0) }.map(TokenCount.bounded) }
}
