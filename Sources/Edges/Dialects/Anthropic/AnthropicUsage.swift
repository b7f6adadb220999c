import GatewayTypes
import JSON

/// Anthropic's `usage`, of which later pieces of a stream replace earlier ones member by member (they are cumulative).
/// `input_tokens` leaves out what the cache gave or took; `output_tokens` includes thinking.
struct AnthropicUsage {
    private var input: Int64?
    private var cacheRead: Int64?
    private var cacheWrite: Int64?
    private var cacheWriteHour: Int64?
    private var output: Int64?
    private var thinking: Int64?
    private var searches: Int64?
    private(set) var serviceTier: String?

    /// Whether a piece has told the output; the one that begins a stream does not know it yet.
    var knowsOutput: Bool { output != nil }

    mutating func merge(_ value: JSONValue) {
        input = TokenCount.read(value["input_tokens"]) ?? input
        cacheRead = TokenCount.read(value["cache_read_input_tokens"]) ?? cacheRead
        cacheWrite = TokenCount.read(value["cache_creation_input_tokens"]) ?? cacheWrite
        cacheWriteHour = TokenCount.read(value["cache_creation"]?["ephemeral_1h_input_tokens"]) ?? cacheWriteHour
        output = TokenCount.read(value["output_tokens"]) ?? output
        thinking = TokenCount.read(value["output_tokens_details"]?["thinking_tokens"]) ?? thinking
        searches = TokenCount.read(value["server_tool_use"]?["web_search_requests"]) ?? searches
        serviceTier = value["service_tier"]?.string ?? serviceTier
    }

    /// The counts by disjoint kind. A part that exceeds its whole is cut to it.
    func usage(withOutput: Bool = true) -> Usage? {
        var usage = Usage(source: .provider)
        usage[.input] = input
        usage[.cacheRead] = cacheRead
        usage[.cacheWrite] = cacheWrite
        usage.cacheWriteHourTokens = min(cacheWriteHour ?? 0, cacheWrite ?? 0)
        if withOutput, let output {
            let thought = thinking.map { min($0, output) }
            usage[.reasoning] = thought
            usage[.output] = output - (thought ?? 0)
        }
        if let searches, searches > 0 { usage.units[.search] = searches }
        return usage.isEmpty ? nil : usage
    }

    // MARK: Writing

    /// Writes `usage` in Anthropic's words as the object of the key that was just written.
    static func write(_ usage: Usage?, to json: inout JSONBuilder) {
        json.openObject()
        let read = usage?[.cacheRead]
        let written = usage?[.cacheWrite]
        json.member("input_tokens", (usage?.inputTokens ?? 0) - (read ?? 0) - (written ?? 0))
        json.member("cache_creation_input_tokens", written)
        json.member("cache_read_input_tokens", read)
        if let usage, usage.cacheWriteHourTokens > 0, let written {
            json.openObject("cache_creation")
            json.member("ephemeral_5m_input_tokens", written - usage.cacheWriteHourTokens)
            json.member("ephemeral_1h_input_tokens", usage.cacheWriteHourTokens)
            json.closeObject()
        }
        json.member("output_tokens", usage?.outputTokens ?? 0)
        if let thought = usage?[.reasoning] {
            json.openObject("output_tokens_details")
            json.member("thinking_tokens", thought)
            json.closeObject()
        }
        json.closeObject()
    }
}
