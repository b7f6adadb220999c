import GatewayTypes

/// A `usage` object of Converse: `inputTokens` leaves out what was read from and written to the cache.
enum ConverseUsage {
    /// More tokens than any exchange has; keeps sums of hostile numbers in range.
    static let countMax: Int64 = 1_000_000_000_000

    static func read(_ value: JSONValue) -> Usage? {
        guard value.isObject else { return nil }
        var usage = Usage(source: .provider)
        usage[.input] = count(value["inputTokens"])
        usage[.output] = count(value["outputTokens"])
        usage[.cacheRead] = count(value["cacheReadInputTokens"] ?? value["cacheReadInputTokenCount"])
        usage[.cacheWrite] = count(value["cacheWriteInputTokens"] ?? value["cacheWriteInputTokenCount"])
        usage.reportedTotal = count(value["totalTokens"])
        let hours = (value["cacheDetails"]?.elements ?? []).filter { $0["ttl"]?.string == "1h" }
        let hourTokens = hours.reduce(Int64(0)) { min($0 + (count($1["inputTokens"]) ?? 0), countMax) }
        usage.cacheWriteHourTokens = min(hourTokens, usage[.cacheWrite] ?? 0)
        return usage.isEmpty ? nil : usage
    }

    static func count(_ value: JSONValue?) -> Int64? { value?.integer.map { min(max($0, 0), countMax) } }
}
