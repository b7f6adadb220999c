import GatewayTypes
import JSON

/// The facts of a request to the Messages API.
struct AnthropicRequestFacts {
    private(set) var facts = RequestFacts()
    private(set) var model = ""
    private(set) var stream = false

    /// The members that decide what is sent and paid: a second reader must find the same ones.
    private static let guarded: Set<String> = [
        "model", "messages", "system", "max_tokens", "stream", "tools", "temperature", "top_p", "metadata",
        "service_tier", "output_config", "output_format", "thinking",
    ]

    /// `named`: the model where the path names it and the body need not.
    init(_ root: JSONValue, model named: String?) throws(JSONProblem) {
        guard root.isObject else { throw .member("", "The body must be a JSON object.") }
        try Self.refuseDisguised(root)
        facts.objectStart = root.range.lowerBound + 1
        try readModel(root["model"], named)
        guard let messages = root["messages"] else {
            throw .member("messages", "`messages` is missing; send an array of messages.")
        }
        guard messages.isArray else { throw .member("messages", "`messages` must be an array.") }
        try readMaxTokens(root["max_tokens"])
        if let value = root["stream"] {
            guard let wish = value.bool else { throw .member("stream", "`stream` must be true or false.") }
            stream = wish
        }
        facts.temperature = try Self.number(root["temperature"], "temperature")
        facts.topP = try Self.number(root["top_p"], "top_p")
        facts.serviceTier = try Self.text(root["service_tier"], "service_tier")
        facts.endUser = try Self.text(root["metadata"]?["user_id"], "metadata.user_id")
        facts.parameters.topK = root["top_k"]?.double
        facts.parameters.stopSequences = (root["stop_sequences"]?.elements ?? []).compactMap(\.string)
        facts.parameters.reasoningLevel = root["output_config"]?["effort"]?.string
        if let tools = root["tools"] {
            guard tools.isArray else { throw .member("tools", "`tools` must be an array.") }
            facts.toolCount = tools.elements.count
        }
        let format = root["output_config"]?["format"] ?? root["output_format"]
        facts.wantsJSONSchema = format?["type"]?.string == "json_schema"
        if let system = root["system"] { count(system) }
        for message in messages.elements {
            facts.messageCount += 1
            if let content = message["content"] { count(content) }
        }
    }

    /// A known key spelt with escapes or in other letter case, which other parsers might read as the plain one.
    private static func refuseDisguised(_ root: JSONValue) throws(JSONProblem) {
        for (key, value) in root.members {
            // U+017F folds to `s`, which lower-casing does not do.
            let folded = String(key.lowercased().map { $0 == "\u{17F}" ? "s" : $0 })
            guard guarded.contains(folded) else { continue }
            let written = value.key.raw
            guard written == "\"\(folded)\"" else {
                throw .member(folded, "Write the key `\(folded)` plainly, in lower case and without escapes.")
            }
        }
    }

    private mutating func readModel(_ value: JSONValue?, _ named: String?) throws(JSONProblem) {
        guard let value else {
            guard let named else { throw .member("model", "`model` is missing; name the model to use.") }
            model = named
            return
        }
        guard let text = value.string else { throw .member("model", "`model` must be a string.") }
        guard !text.isEmpty else { throw .member("model", "`model` must not be empty; name the model to use.") }
        model = text
        facts.modelRange = value.range
    }

    private mutating func readMaxTokens(_ value: JSONValue?) throws(JSONProblem) {
        guard let value else { return }
        guard let number = value.integer, number >= 0 else {
            throw .member("max_tokens", "`max_tokens` must be an integer of at least 0.")
        }
        facts.outputTokensMax = number
        facts.maxTokensRange = value.range
    }

    private static func number(_ value: JSONValue?, _ name: String) throws(JSONProblem) -> Double? {
        guard let value else { return nil }
        guard let number = value.double, number.isFinite else { throw .member(name, "`\(name)` must be a number.") }
        return number
    }

    private static func text(_ value: JSONValue?, _ name: String) throws(JSONProblem) -> String? {
        guard let value else { return nil }
        guard let text = value.string else { throw .member(name, "`\(name)` must be a string.") }
        return text
    }

    // MARK: Text

    /// A string, or an array of blocks.
    private mutating func count(_ content: JSONValue) {
        if let text = content.string { return facts.textBytes += text.utf8.count }
        for block in content.elements { countBlock(block) }
    }

    private mutating func countBlock(_ block: JSONValue) {
        switch block["type"]?.string {
        case "image": facts.imageCount += 1
        case "text": count(block, "text")
        case "thinking": count(block, "thinking")
        // The arguments of earlier calls are text that the model reads again.
        case "tool_use", "server_tool_use", "mcp_tool_use": facts.textBytes += block["input"]?.range.count ?? 0
        case "document":
            guard let source = block["source"] else { return }
            if source["type"]?.string == "text" { count(source, "data") }
            if let content = source["content"] { count(content) }
        default: if let content = block["content"] { count(content) }
        }
    }

    private mutating func count(_ value: JSONValue, _ key: StaticString) {
        facts.textBytes += value[key]?.string?.utf8.count ?? 0
    }
}
