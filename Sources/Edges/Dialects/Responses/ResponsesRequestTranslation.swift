import GatewayTypes
import JSON

/// A request to `/v1/responses` apart from its dialect.
struct ResponsesRequestTranslation {
    private(set) var chat = ChatRequest()

    init(_ root: JSONValue) throws(Failure) {
        chat.streamsUsage = true
        for (key, value) in root.members where !value.isNull { try read(key, value) }
        var input = ResponsesInputTranslation()
        if let instructions = root["instructions"] { try input.readInstructions(instructions) }
        if let value = root["input"] { try input.read(value) }
        chat.system = input.system
        chat.messages = input.messages
        if chat.topLogprobs != nil { chat.logprobs = true }
    }

    private mutating func read(_ key: String, _ value: JSONValue) throws(Failure) {
        switch key {
        case "model", "input", "instructions": break
        case "stream": chat.stream = value.bool ?? false
        case "tools": try readTools(value)
        case "tool_choice": readToolChoice(value)
        case "parallel_tool_calls": chat.parallelToolCalls = value.bool
        case "max_output_tokens": chat.outputTokensMax = value.integer
        case "temperature": chat.temperature = value.double
        case "top_p": chat.topP = value.double
        case "top_logprobs": chat.topLogprobs = value.integer.flatMap { $0 > 0 ? $0 : nil }
        case "text": try readText(value)
        case "reasoning": readReasoning(value)
        case "include": readInclude(value)
        case "user", "safety_identifier": chat.endUser = chat.endUser ?? value.string
        case "service_tier": chat.serviceTier = value.string == "auto" ? nil : value.string
        // Weir's ways keep nothing between requests.
        case "store", "background": if value.bool == true { chat.others.append(key) }
        case "truncation": if value.string != "disabled" { chat.others.append(key) }
        // They label or pad, or hint at a cache, or bound tools that are refused above: no answer depends on them.
        case "metadata", "prompt_cache_key", "prompt_cache_retention", "stream_options", "max_tool_calls": break
        default: chat.others.append(key)
        }
    }

    // MARK: Tools

    private mutating func readTools(_ value: JSONValue) throws(Failure) {
        for (index, tool) in value.elements.enumerated() {
            let type = tool["type"]?.string ?? ""
            guard type == "function" else {
                chat.others.append("tools.\(type)")
                continue
            }
            guard let name = tool["name"]?.string else {
                throw Failure(
                    .badRequest, "A function needs a name; give it as `name`, a string.", param: "tools[\(index)].name")
            }
            for (key, member) in tool.members where !member.isNull && member.bool != false {
                if Self.toolMembers.contains(key) { continue }
                chat.others.append("tools[\(index)].\(key)")
            }
            chat.tools.append(
                ChatTool(
                    name: name, description: tool["description"]?.string, parameters: tool["parameters"]?.raw,
                    strict: tool["strict"]?.bool))
        }
    }

    private static let toolMembers: Set<String> = ["type", "name", "description", "parameters", "strict"]

    private mutating func readToolChoice(_ value: JSONValue) {
        switch (value.string, value["type"]?.string, value["name"]?.string) {
        case ("auto", _, _): chat.toolChoice = .automatic
        case ("none", _, _): chat.toolChoice = .some(.none)
        case ("required", _, _): chat.toolChoice = .required
        case (_, "function", let name?): chat.toolChoice = .tool(name: name)
        case (_, _, _): chat.others.append("tool_choice")
        }
    }

    // MARK: Output

    private mutating func readText(_ value: JSONValue) throws(Failure) {
        if let verbosity = value["verbosity"], verbosity.string != "medium" { chat.others.append("text.verbosity") }
        guard let format = value["format"] else { return }
        switch format["type"]?.string {
        case "text": break
        case "json_object": chat.format = .json
        case "json_schema":
            guard let schema = format["schema"], schema.isObject else {
                throw Failure(
                    .badRequest, "The format `json_schema` needs a `schema`, a JSON object.",
                    param: "text.format.schema")
            }
            chat.format = .schema(
                name: format["name"]?.string ?? "response", description: format["description"]?.string,
                schema: schema.raw, strict: format["strict"]?.bool)
        default: chat.others.append("text.format")
        }
    }

    private mutating func readReasoning(_ value: JSONValue) {
        var wish = ReasoningWish()
        for (key, member) in value.members where !member.isNull {
            switch key {
            case "effort":
                wish.effort = member.string.flatMap(ReasoningWish.Effort.init)
                if wish.effort == nil { chat.others.append("reasoning.effort") }
            case "summary", "generate_summary": wish.shows = member.string != "none"
            default: chat.others.append("reasoning.\(key)")
            }
        }
        if wish != ReasoningWish() { chat.reasoning = wish }
    }

    private mutating func readInclude(_ value: JSONValue) {
        for element in value.elements {
            switch element.string {
            // What there is of it is always told.
            case "reasoning.encrypted_content": break
            case "message.output_text.logprobs": chat.logprobs = true
            default: chat.others.append("include.\(element.string ?? "")")
            }
        }
    }
}
