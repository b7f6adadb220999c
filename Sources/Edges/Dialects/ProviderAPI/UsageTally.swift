import GatewayTypes
import JSON

/// Gathers usage from the messages of a reply, wherever in them it stands.
struct UsageTally {
    private let rule: OpenAIUsageRule
    private var found: Usage?
    private var messages: AnthropicUsage?
    /// What counts only where the reply's own body tells nothing: Bedrock's own metrics and fields.
    private var fallback: Usage?
    /// Of the results of a batch, summed.
    private var batch: Usage?
    private var images: Int64 = 0
    private var milliseconds: Int64?

    init(rule: OpenAIUsageRule) { self.rule = rule }

    /// Nil while nothing is known.
    var usage: Usage? {
        var usage = batch ?? found ?? messages?.usage() ?? fallback
        if images > 0 {
            usage = usage ?? Usage(source: .provider)
            usage?.units[.imageOutput] = images
        }
        if let milliseconds, usage == nil {
            usage = Usage(source: .provider)
            usage?.units[.audioMillisecond] = milliseconds
        }
        return usage
    }

    // MARK: From the head

    /// Bedrock counts the tokens of models whose own replies do not.
    mutating func take(_ head: UpstreamHead) {
        if let usage = ConverseUsage.read(head: head) { fallback = usage }
    }

    // MARK: From the body

    /// True where a message told of usage.
    mutating func take(_ root: JSONValue) -> Bool {
        if let result = Self.batchResult(root) {
            var single = UsageTally(rule: rule)
            guard single.take(result), let usage = single.usage else { return false }
            batch = batch.map { $0.adding(usage) } ?? usage
            return true
        }
        let type = root["type"]?.string
        let isTold = takeTokens(root, type)
        return takeUnits(root, type) || isTold
    }

    /// The reply inside a line of a batch's results: OpenAI's, Anthropic's, Gemini's, Bedrock's.
    static func batchResult(_ root: JSONValue) -> JSONValue? {
        if root["custom_id"] != nil { return root["response"]?["body"] ?? root["result"]?["message"] }
        if root["recordId"] != nil { return root["modelOutput"] }
        return root["key"] != nil && root["candidates"] == nil ? root["response"] : nil
    }

    /// Whether a message is such a line, which may also tell why there is no reply.
    static func isBatchLine(_ root: JSONValue) -> Bool {
        root["custom_id"] != nil || root["recordId"] != nil || batchResult(root) != nil
    }

    private mutating func takeTokens(_ root: JSONValue, _ type: String?) -> Bool {
        for place in Self.places(of: root) {
            if let usage = place["usage"], usage.isObject {
                if Self.isMessages(usage, type ?? place["type"]?.string) {
                    if type == "message_start" { messages = nil }
                    messages = messages ?? AnthropicUsage()
                    messages?.merge(usage)
                    return true
                }
                if let usage = UsageShapes.read(usage, rule) { return keep(usage) }
            }
            // Of a cache that was made it tells a total alone, which nobody was asked to generate from.
            if let usage = place["usageMetadata"],
                usage["promptTokenCount"] != nil || usage["candidatesTokenCount"] != nil,
                let usage = UsageShapes.read(usage, rule)
            {
                return keep(usage)
            }
            if let meta = place["meta"], meta["billed_units"] != nil, let usage = UsageShapes.read(meta, rule) {
                return keep(usage)
            }
        }
        if let usage = UsageShapes.ollama(root) { return keep(usage) }
        guard let metrics = root["amazon-bedrock-invocationMetrics"], let usage = ConverseUsage.read(metrics: metrics)
        else {
            return false
        }
        fallback = usage
        return true
    }

    private mutating func keep(_ usage: Usage) -> Bool {
        found = usage
        return true
    }

    /// Where usage may stand: in the message itself, or one level below.
    private static func places(of root: JSONValue) -> [JSONValue] {
        [
            root, root["response"], root["message"], root["interaction"], root["delta"], root["metadata"],
            root["x_groq"],
        ].compactMap { $0 }
    }

    private static func isMessages(_ usage: JSONValue, _ type: String?) -> Bool {
        guard usage["prompt_tokens"] == nil, usage["input_tokens"] != nil || usage["output_tokens"] != nil else {
            return false
        }
        return switch type {
        case "message", "message_start", "message_delta": true
        default: usage["cache_read_input_tokens"] != nil || usage["cache_creation_input_tokens"] != nil
        }
    }

    /// Images made, and the length of a sound that was heard.
    private mutating func takeUnits(_ root: JSONValue, _ type: String?) -> Bool {
        switch type {
        case "image_generation.completed", "image_edit.completed":
            images += 1
            return true
        case "image_generation.partial_image", "image_edit.partial_image": return false
        default: break
        }
        let made = root["data"]?.elements.filter { $0["b64_json"] != nil || ($0["url"] != nil && $0["id"] == nil) }
        if let made, !made.isEmpty {
            images = Int64(made.count)
            return true
        }
        guard root["text"]?.isString == true, let seconds = root["duration"],
            let count = UsageShapes.count(milliseconds: seconds)
        else { return false }
        milliseconds = count
        return true
    }
}

extension Usage {
    /// The sum of both, as far as either is known.
    func adding(_ other: Usage) -> Usage {
        var sum = self
        for type in TokenType.allCases {
            if let count = other[type] { sum[type] = (sum[type] ?? 0) + count }
        }
        sum.cacheWriteHourTokens += other.cacheWriteHourTokens
        for (unit, count) in other.units { sum.units[unit, default: 0] += count }
        if let total = other.reportedTotal { sum.reportedTotal = (sum.reportedTotal ?? 0) + total }
        if let cost = other.reportedCost { sum.reportedCost = (sum.reportedCost ?? .zero) + cost }
        return sum
    }
}
