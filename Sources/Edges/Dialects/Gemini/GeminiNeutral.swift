import GatewayTypes
import JSON

/// Reads a generateContent request into the neutral form.
struct GeminiNeutral {
    private var chat = ChatRequest()
    /// Calls that no response was found for yet, in order.
    private var openCalls: [(id: String, name: String)] = []
    private var callCount = 0

    mutating func read(_ root: JSONValue, stream: Bool) throws(Failure) -> ChatRequest {
        var members = GeminiMembers(root)
        _ = members.take("model")
        chat.stream = stream
        chat.streamsUsage = true
        if let system = members.take("systemInstruction") {
            chat.system = try parts(system, "systemInstruction")
        }
        for (index, content) in (members.take("contents")?.elements ?? []).enumerated() {
            try readContent(content, "contents[\(index)]")
        }
        for (index, tool) in (members.take("tools")?.elements ?? []).enumerated() { readTool(tool, "tools[\(index)]") }
        readToolConfig(members.take("toolConfig"))
        var config = GeminiConfigReader(members.take("generationConfig"))
        config.read(into: &chat)
        if let tier = members.take("serviceTier")?.string?.lowercased(), tier != "service_tier_unspecified" {
            chat.serviceTier = tier == "standard" ? "default" : tier
        }
        var labels = GeminiMembers(members.take("labels"))
        chat.endUser = labels.take("user")?.string
        chat.others += labels.others.map { "labels." + $0 } + members.others
        return chat
    }

    // MARK: Conversation

    private mutating func readContent(_ content: JSONValue, _ path: String) throws(Failure) {
        let role: ChatMessage.Role
        switch content["role"]?.string {
        case "model": role = .assistant
        case "system": role = .system
        case "user", "function", "tool", "", nil: role = .user
        case .some(let other):
            throw Failure(
                .badRequest, "The role `\(other.prefix(40))` is not known; use `user` or `model`.",
                param: path + ".role")
        }
        chat.messages.append(ChatMessage(role, try parts(content, path)))
    }

    private mutating func parts(_ content: JSONValue, _ path: String) throws(Failure) -> [ChatPart] {
        // `systemInstruction` may be a text alone.
        if let text = content.string { return [.text(text)] }
        var found: [ChatPart] = []
        for (index, part) in (content["parts"]?.elements ?? []).enumerated() {
            try readPart(part, "\(path).parts[\(index)]", into: &found)
        }
        return found
    }

    private mutating func readPart(_ part: JSONValue, _ path: String, into found: inout [ChatPart]) throws(Failure) {
        var members = GeminiMembers(part)
        let isThought = members.take("thought")?.bool == true
        let signature = members.take("thoughtSignature")?.string.flatMap { $0.isEmpty ? nil : GeminiSignature.read($0) }
        if let call = members.take("functionCall") {
            found.append(.toolCall(try toolCall(call, signature, path)))
        } else if let response = members.take("functionResponse") {
            found.append(.toolResult(try toolResult(response, path)))
        } else if let media = GeminiMedia.read(&members) {
            found.append(.media(media))
        } else {
            let text = members.take("text")?.string ?? ""
            if isThought {
                Self.add(Reasoning(text: text, signature: signature), to: &found)
            } else {
                if !text.isEmpty { found.append(.text(text)) }
                if let signature { found.append(.reasoning(Reasoning(text: "", sealed: signature))) }
            }
        }
        // What the provider's own tools did has no place, nor have a video's times.
        chat.others += members.others.map { "\(path).\($0)" }
    }

    /// A thought comes in pieces, the last with its proof.
    private static func add(_ thought: Reasoning, to found: inout [ChatPart]) {
        if case .reasoning(let before)? = found.last, before.signature == nil, before.sealed == nil {
            found[found.count - 1] = .reasoning(
                Reasoning(text: before.text + thought.text, signature: thought.signature))
        } else if !thought.text.isEmpty || thought.signature != nil {
            found.append(.reasoning(thought))
        }
    }

    private mutating func toolCall(
        _ call: JSONValue, _ signature: Signature?, _ path: String
    ) throws(Failure) -> ToolCall {
        guard let name = call["name"]?.string, !name.isEmpty else {
            throw Failure(.badRequest, "A function call must have a name.", param: path + ".functionCall.name")
        }
        let id = call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "call_\(callCount)"
        callCount += 1
        openCalls.append((id, name))
        return ToolCall(id: id, name: name, arguments: call["args"]?.compact ?? "{}", signature: signature)
    }

    /// A response belongs to the call of its id, else to the first unanswered one of its name.
    private mutating func toolResult(_ response: JSONValue, _ path: String) throws(Failure) -> ToolResult {
        guard let name = response["name"]?.string, !name.isEmpty else {
            throw Failure(
                .badRequest, "A function response must have a name.", param: path + ".functionResponse.name")
        }
        let given = response["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let place =
            given.map { id in openCalls.firstIndex { $0.id == id } }
            ?? openCalls.firstIndex { $0.name == name }
        let id = given ?? place.map { openCalls[$0].id } ?? "call_\(name)"
        if let place { openCalls.remove(at: place) }
        var (parts, isError) = Self.resultParts(response["response"])
        var members = GeminiMembers(response)
        for part in members.take("parts")?.elements ?? [] {
            if let media = GeminiMedia.read(part) { parts.append(.media(media)) }
        }
        return ToolResult(callID: id, name: name, parts: parts, isError: isError)
    }

    /// Google asks for an object with `output` or `error`; SDKs write `result`. Any other is its JSON text.
    private static func resultParts(_ response: JSONValue?) -> ([ChatPart], isError: Bool) {
        guard let response else { return ([], false) }
        let members = response.members
        if members.count == 1, let (key, value) = members.first, ["output", "result", "error"].contains(key) {
            return ([.text(value.string ?? value.compact)], key == "error")
        }
        return ([.text(response.compact)], false)
    }

    // MARK: Tools

    private mutating func readTool(_ tool: JSONValue, _ path: String) {
        var members = GeminiMembers(tool)
        for (index, declaration) in (members.take("functionDeclarations")?.elements ?? []).enumerated() {
            var function = GeminiMembers(declaration)
            let schema = function.take("parametersJsonSchema")?.compact
            let parameters = function.take("parameters").map(GeminiSchema.jsonSchema)
            chat.tools.append(
                ChatTool(
                    name: function.take("name")?.string ?? "", description: function.take("description")?.string,
                    parameters: schema ?? parameters))
            chat.others += function.others.map { "\(path).functionDeclarations[\(index)].\($0)" }
        }
        // Google's own tools are asked for by empty objects.
        for name in tool.members.map(\.key) where members.isOther(name) { chat.others.append("\(path).\(name)") }
    }

    private mutating func readToolConfig(_ value: JSONValue?) {
        var members = GeminiMembers(value)
        var config = GeminiMembers(members.take("functionCallingConfig"))
        let names = (config.take("allowedFunctionNames")?.elements ?? []).compactMap(\.string)
        switch config.take("mode")?.string {
        case "NONE": chat.toolChoice = ToolChoice.none
        case "AUTO": chat.toolChoice = .automatic
        case "ANY":
            chat.toolChoice = names.count == 1 ? .tool(name: names[0]) : .required
            if names.count > 1 { chat.others.append("toolConfig.functionCallingConfig.allowedFunctionNames") }
        case "VALIDATED": chat.others.append("toolConfig.functionCallingConfig.mode")
        default: break
        }
        chat.others += config.others.map { "toolConfig.functionCallingConfig.\($0)" }
        chat.others += members.others.map { "toolConfig.\($0)" }
    }
}
