import GatewayTypes
import JSON

/// A `usageMetadata` as disjoint kinds of token. Google's prompt includes what was read from a cache; what tools brought
/// in is input beside it; thoughts are output beside the candidates.
enum GeminiUsage {
    /// Nil where it counts nothing.
    static func read(_ block: JSONValue) -> Usage? {
        var usage = Usage(source: .provider)
        let prompt = count(block["promptTokenCount"])
        let tools = count(block["toolUsePromptTokenCount"])
        let cached = count(block["cachedContentTokenCount"])
        if prompt != nil || tools != nil || cached != nil {
            var rest = (prompt ?? cached ?? 0) + (tools ?? 0)
            usage[.cacheRead] = TokenCount.take(cached, from: &rest)
            usage[.audioInput] = TokenCount.take(uncached("AUDIO", 3, block), from: &rest)
            usage[.image] = TokenCount.take(uncached("IMAGE", 2, block), from: &rest)
            usage[.input] = rest
        }
        if let candidates = count(block["candidatesTokenCount"]) {
            var rest = candidates
            usage[.audioOutput] = TokenCount.take(tokens("AUDIO", 3, block["candidatesTokensDetails"]), from: &rest)
            usage[.output] = rest
        }
        usage[.reasoning] = count(block["thoughtsTokenCount"])
        usage.reportedTotal = count(block["totalTokenCount"])
        return usage.isEmpty ? nil : usage
    }

    /// What `predictions[].embeddings.statistics` of Vertex count together.
    static func read(predictions: [JSONValue]) -> Usage? {
        let counts = predictions.compactMap { count($0["embeddings"]?["statistics"]?["token_count"]) }
        guard !counts.isEmpty else { return nil }
        var usage = Usage(source: .provider)
        usage[.input] = counts.reduce(0) { TokenCount.bounded($0 + $1) }
        return usage
    }

    /// The tariff that served the exchange, where it is not the plain one.
    static func tier(_ block: JSONValue) -> String? {
        if let tier = block["serviceTier"]?.string { return tier.lowercased() }
        switch block["trafficType"]?.string {
        case "ON_DEMAND_PRIORITY": return "priority"
        case "ON_DEMAND_FLEX": return "flex"
        default: return nil
        }
    }

    /// Of the prompt's tokens of a modality, those that did not come from the cache.
    private static func uncached(_ name: String, _ number: Int64, _ block: JSONValue) -> Int64? {
        guard let whole = tokens(name, number, block["promptTokensDetails"]) else { return nil }
        return max(0, whole - (tokens(name, number, block["cacheTokensDetails"]) ?? 0))
    }

    /// The tokens of a modality; old replies name it by number.
    private static func tokens(_ name: String, _ number: Int64, _ details: JSONValue?) -> Int64? {
        let counts = (details?.elements ?? []).compactMap { detail -> Int64? in
            guard detail["modality"]?.string == name || detail["modality"]?.integer == number else { return nil }
            return count(detail["tokenCount"])
        }
        return counts.isEmpty ? nil : counts.reduce(0) { TokenCount.bounded($0 + $1) }
    }

    private static func count(_ value: JSONValue?) -> Int64? {
        value?.googleInteger.map(TokenCount.bounded)
    }
}
