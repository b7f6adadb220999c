import GatewayTypes
import JSON

/// Usage as the messages of live conversations tell it, by disjoint kinds.
enum RealtimeUsage {
    /// Of a response or a transcript in OpenAI's words (Azure's and xAI's too); nil where it tells none.
    static func openAI(_ object: JSONValue) -> Usage? {
        if object["type"]?.string == "duration", let seconds = object["seconds"] {
            var usage = Usage(source: .provider)
            usage.units[.audioMillisecond] = UsageShapes.count(milliseconds: seconds)
            return usage
        }
        var usage = Usage(source: .provider)
        usage.reportedTotal = TokenCount.read(object["total_tokens"])
        usage.reportedCost = ResponsesUsage.cost(object)
        if var rest = TokenCount.read(object["input_tokens"]) {
            let details = object["input_token_details"] ?? object["input_tokens_details"]
            // What was cached is counted among its kind as well.
            let cached = details?["cached_tokens_details"]
            usage[.cacheRead] = take(details?["cached_tokens"], from: &rest)
            usage[.audioInput] = take(details?["audio_tokens"], without: cached?["audio_tokens"], from: &rest)
            usage[.image] = take(details?["image_tokens"], without: cached?["image_tokens"], from: &rest)
            usage[.input] = rest
        }
        if var rest = TokenCount.read(object["output_tokens"]) {
            let details = object["output_token_details"] ?? object["output_tokens_details"]
            usage[.reasoning] = take(details?["reasoning_tokens"], from: &rest)
            usage[.audioOutput] = take(details?["audio_tokens"], from: &rest)
            usage[.output] = rest
        }
        return usage.isEmpty ? nil : usage
    }

    /// Of a turn in Gemini's words. Thoughts stand beside the response and its total.
    static func gemini(_ object: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        usage.reportedTotal = TokenCount.read(object["totalTokenCount"])
        if var rest = TokenCount.read(object["promptTokenCount"]) {
            rest += TokenCount.read(object["toolUsePromptTokenCount"]) ?? 0
            let cached = object["cacheTokensDetails"]
            usage[.cacheRead] = take(object["cachedContentTokenCount"], from: &rest)
            usage[.audioInput] = take(of: "AUDIO", object["promptTokensDetails"], without: cached, from: &rest)
            usage[.image] = take(of: "IMAGE", object["promptTokensDetails"], without: cached, from: &rest)
            usage[.input] = rest
        }
        if var rest = TokenCount.read(object["responseTokenCount"] ?? object["candidatesTokenCount"]) {
            usage[.audioOutput] = take(
                of: "AUDIO", object["responseTokensDetails"] ?? object["candidatesTokensDetails"], without: nil,
                from: &rest)
            usage[.output] = rest
        }
        usage[.reasoning] = TokenCount.read(object["thoughtsTokenCount"])
        return usage.isEmpty ? nil : usage
    }

    private static func take(
        _ part: JSONValue?, without other: JSONValue? = nil, from rest: inout Int64
    ) -> Int64? {
        TokenCount.take(
            TokenCount.read(part).map { max(0, $0 - (TokenCount.read(other) ?? 0)) }, from: &rest)
    }

    private static func take(
        of modality: String, _ details: JSONValue?, without other: JSONValue?, from rest: inout Int64
    ) -> Int64? {
        guard let count = count(modality, details) else { return nil }
        return TokenCount.take(max(0, count - (self.count(modality, other) ?? 0)), from: &rest)
    }

    private static func count(_ modality: String, _ details: JSONValue?) -> Int64? {
        let counts = details?.elements.filter { $0["modality"]?.string == modality }.compactMap {
            TokenCount.read($0["tokenCount"])
        }
        return counts.flatMap { $0.isEmpty ? nil : $0.reduce(0) { min($0 + $1, TokenCount.most) } }
    }
}
