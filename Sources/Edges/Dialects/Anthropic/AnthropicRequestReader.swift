import GatewayTypes
import JSON

/// Reads a request to the Messages API into the neutral form.
struct AnthropicRequestReader {
    var chat = ChatRequest()

    mutating func read(_ root: JSONValue) throws(Failure) {
        for (key, value) in root.members where !value.saysNothing || key == "messages" {
            try read(key, value)
        }
        // The whole request's mark stands for one behind its last block.
        if let mark = Self.cacheMark(root), !chat.messages.isEmpty {
            chat.messages[chat.messages.count - 1].parts.append(mark)
        }
    }

    private mutating func read(_ key: String, _ value: JSONValue) throws(Failure) {
        switch key {
        case "model", "stream", "cache_control", "anthropic_version": break
        case "max_tokens": chat.outputTokensMax = value.integer
        case "temperature": chat.temperature = value.double
        case "top_p": chat.topP = value.double
        case "top_k": chat.topK = value.integer
        case "stop_sequences": chat.stop = value.elements.compactMap(\.string)
        // OpenAI's word for the same.
        case "service_tier": chat.serviceTier = value.string == "standard_only" ? "default" : value.string
        case "metadata": readMetadata(value)
        case "thinking": readThinking(value)
        case "output_config": readOutputConfig(value)
        case "output_format": readFormat(value, "output_format")
        case "tools": readTools(value)
        case "tool_choice": try readToolChoice(value)
        case "system":
            var blocks = AnthropicBlockReader(path: "system")
            chat.system += try blocks.read(value)
            chat.others += blocks.others
        case "messages": try readMessages(value)
        default: chat.others.append(key)
        }
    }

    private mutating func readMessages(_ value: JSONValue) throws(Failure) {
        for (index, message) in value.elements.enumerated() {
            let path = "messages[\(index)]"
            guard let word = message["role"]?.string, let role = ChatMessage.Role(rawValue: word) else {
                throw Failure(.badRequest, "`\(path).role` must be `user` or `assistant`.", param: "\(path).role")
            }
            var blocks = AnthropicBlockReader(path: "\(path).content")
            guard let content = message["content"] else {
                throw Failure(.badRequest, "`\(path).content` is missing.", param: "\(path).content")
            }
            chat.messages.append(ChatMessage(role, try blocks.read(content)))
            chat.others += blocks.others
        }
    }

    // MARK: Tools

    private mutating func readTools(_ value: JSONValue) {
        for (index, tool) in value.elements.enumerated() {
            let type = tool["type"]?.string ?? "custom"
            guard type == "custom", let name = tool["name"]?.string else {
                // Run by Anthropic, or known to its models by its type.
                chat.others.append("tools[\(index)]")
                continue
            }
            for (key, value) in tool.members where !value.saysNothing && !Self.toolMembers.contains(key) {
                chat.others.append("tools[\(index)].\(key)")
            }
            chat.tools.append(
                ChatTool(
                    name: name, description: tool["description"]?.string, parameters: tool["input_schema"]?.raw,
                    strict: tool["strict"]?.bool))
            // Tools stand before the system prompt; a mark that begins it is a mark behind them.
            if let mark = Self.cacheMark(tool), chat.system.first != mark { chat.system.insert(mark, at: 0) }
        }
    }

    private static let toolMembers: Set<String> = [
        "type", "name", "description", "input_schema", "strict", "cache_control",
    ]

    private mutating func readToolChoice(_ value: JSONValue) throws(Failure) {
        switch value["type"]?.string {
        case "auto": chat.toolChoice = .automatic
        case "any": chat.toolChoice = .required
        case "none": chat.toolChoice = ToolChoice.none
        case "tool":
            guard let name = value["name"]?.string else {
                throw Failure(.badRequest, "`tool_choice.name` is missing.", param: "tool_choice.name")
            }
            chat.toolChoice = .tool(name: name)
        default:
            throw Failure(
                .badRequest, "`tool_choice.type` must be `auto`, `any`, `tool` or `none`.", param: "tool_choice.type")
        }
        if value["disable_parallel_tool_use"]?.bool == true { chat.parallelToolCalls = false }
    }

    // MARK: Output

    private mutating func readMetadata(_ value: JSONValue) {
        chat.endUser = value["user_id"]?.string
        for (key, value) in value.members where key != "user_id" && !value.saysNothing {
            chat.others.append("metadata.\(key)")
        }
    }

    private mutating func readThinking(_ value: JSONValue) {
        var wish = chat.reasoning ?? ReasoningWish()
        if let display = value["display"]?.string { wish.shows = display != "omitted" }
        switch value["type"]?.string {
        case "disabled": wish.effort = ReasoningWish.Effort.none
        case "enabled":
            wish.tokensMax = value["budget_tokens"]?.integer
            wish.shows = wish.shows ?? true
        default: break
        }
        chat.reasoning = wish
    }

    private mutating func readOutputConfig(_ value: JSONValue) {
        for (key, value) in value.members where !value.saysNothing {
            switch key {
            case "format": readFormat(value, "output_config.format")
            case "effort":
                guard let effort = value.string.flatMap(ReasoningWish.Effort.init(rawValue:)) else {
                    chat.others.append("output_config.effort")
                    continue
                }
                var wish = chat.reasoning ?? ReasoningWish()
                // Thinking that is switched off stays so, however great the effort.
                if wish.effort == nil { wish.effort = effort }
                chat.reasoning = wish
            default: chat.others.append("output_config.\(key)")
            }
        }
    }

    private mutating func readFormat(_ value: JSONValue, _ path: String) {
        guard value["type"]?.string == "json_schema", let schema = value["schema"] else {
            return chat.others.append(path)
        }
        chat.format = .schema(name: "output", description: nil, schema: schema.raw, strict: true)
    }

    // MARK: Caching

    /// The mark that a block's `cache_control` is.
    static func cacheMark(_ value: JSONValue) -> ChatPart? {
        guard let control = value["cache_control"] else { return nil }
        switch control["ttl"]?.string {
        case "1h": return .cacheMark(seconds: 3600)
        case "5m": return .cacheMark(seconds: 300)
        default: return .cacheMark(seconds: nil)
        }
    }
}
