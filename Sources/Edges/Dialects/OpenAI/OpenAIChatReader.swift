import GatewayTypes
import JSON

/// Reads a chat request into the neutral form.
struct OpenAIChatReader {
    private enum Member: String {
        case model, messages, tools, functions, stop, n, seed, stream, user, temperature, logprobs, reasoning, thinking
        case store, metadata, modalities, verbosity
        case toolChoice = "tool_choice"
        case functionCall = "function_call"
        case parallelToolCalls = "parallel_tool_calls"
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
        case topP = "top_p"
        case topK = "top_k"
        case presencePenalty = "presence_penalty"
        case frequencyPenalty = "frequency_penalty"
        case topLogprobs = "top_logprobs"
        case logitBias = "logit_bias"
        case responseFormat = "response_format"
        case reasoningEffort = "reasoning_effort"
        case safetyIdentifier = "safety_identifier"
        case serviceTier = "service_tier"
        case streamOptions = "stream_options"
    }

    private var chat = ChatRequest()
    private var functions: [ChatTool] = []

    static func read(_ root: JSONValue, _ request: ModelRequest) throws(Failure) -> ChatRequest {
        var reader = OpenAIChatReader()
        reader.take(request)
        for (key, value) in root.members where !value.isNull {
            if let member = Member(rawValue: key) {
                try reader.read(member, value)
            } else {
                reader.chat.others.append(key)
            }
        }
        reader.chat.tools += reader.functions
        return reader.chat
    }

    /// What the request's own scan has read and checked already.
    private mutating func take(_ request: ModelRequest) {
        let facts = request.facts
        chat.stream = request.stream
        chat.streamsUsage = facts.includeUsage
        chat.outputTokensMax = facts.outputTokensMax
        chat.temperature = facts.temperature
        chat.topP = facts.topP
        chat.choiceCount = facts.choiceCount
        chat.seed = facts.seed
        chat.endUser = facts.endUser
        // What the provider does anyway need not be said.
        chat.serviceTier = facts.serviceTier == "auto" ? nil : facts.serviceTier
    }

    private mutating func read(_ member: Member, _ value: JSONValue) throws(Failure) {
        switch member {
        case .model, .n, .seed, .stream, .user, .safetyIdentifier, .temperature, .topP, .maxTokens,
            .maxCompletionTokens, .serviceTier:
            break
        case .messages: try readMessages(value)
        case .tools: try readTools(value)
        case .functions: try readFunctions(value)
        case .toolChoice, .functionCall: try readToolChoice(value, member.rawValue)
        case .parallelToolCalls: chat.parallelToolCalls = try Self.flag(value, member.rawValue)
        case .stop: try readStop(value)
        case .topK: chat.topK = try Self.integer(value, member.rawValue)
        case .presencePenalty: chat.presencePenalty = try Self.number(value, member.rawValue)
        case .frequencyPenalty: chat.frequencyPenalty = try Self.number(value, member.rawValue)
        case .logprobs: chat.logprobs = try Self.flag(value, member.rawValue)
        case .topLogprobs: chat.topLogprobs = try Self.integer(value, member.rawValue)
        case .responseFormat: try readFormat(value)
        case .reasoningEffort: try readEffort(value, member.rawValue)
        case .reasoning, .thinking: try readWish(value, member.rawValue)
        case .streamOptions:
            for (key, _) in value.members where key != "include_usage" && key != "include_obfuscation" {
                chat.others.append("stream_options." + key)
            }
        case .store where value.bool == false, .verbosity where value.string == "medium": break
        case .metadata where value.members.isEmpty, .logitBias where value.members.isEmpty: break
        case .modalities where value.elements.allSatisfy { $0.string == "text" }: break
        case .store, .verbosity, .metadata, .logitBias, .modalities: chat.others.append(member.rawValue)
        }
    }

    // MARK: Small values

    static func wrong(_ name: String, _ wanted: String) -> Failure {
        Failure(.badRequest, "`\(name)` must be \(wanted).", param: name)
    }

    private static func flag(_ value: JSONValue, _ name: String) throws(Failure) -> Bool {
        guard let flag = value.bool else { throw wrong(name, "true or false") }
        return flag
    }

    private static func integer(_ value: JSONValue, _ name: String) throws(Failure) -> Int64 {
        guard let number = value.integer else { throw wrong(name, "an integer") }
        return number
    }

    private static func number(_ value: JSONValue, _ name: String) throws(Failure) -> Double {
        guard let number = value.double, number.isFinite else { throw wrong(name, "a number") }
        return number
    }

    private mutating func readStop(_ value: JSONValue) throws(Failure) {
        let texts = value.string.map { [$0] } ?? value.elements.compactMap { $0.string }
        guard value.isString || value.isArray && texts.count == value.elements.count else {
            throw Self.wrong("stop", "a string or an array of strings")
        }
        chat.stop = texts
    }

    // MARK: Messages

    private mutating func readMessages(_ value: JSONValue) throws(Failure) {
        var reader = OpenAIMessageReader()
        for (position, message) in value.elements.enumerated() {
            try reader.read(message, "messages[\(position)]")
        }
        chat.system = reader.system
        chat.messages = reader.messages
        chat.others += reader.others
    }

    // MARK: Tools

    private mutating func readTools(_ value: JSONValue) throws(Failure) {
        for (position, tool) in value.elements.enumerated() {
            let place = "tools[\(position)]"
            guard tool.isObject else { throw Self.wrong(place, "an object") }
            // Tools that the provider itself runs, or that take free text.
            guard tool["type"]?.string ?? "function" == "function" else {
                chat.others.append(place + ".type")
                continue
            }
            chat.tools.append(try Self.tool(tool["function"], place + ".function"))
        }
    }

    private mutating func readFunctions(_ value: JSONValue) throws(Failure) {
        guard value.isArray else { throw Self.wrong("functions", "an array") }
        for (position, function) in value.elements.enumerated() {
            functions.append(try Self.tool(function, "functions[\(position)]"))
        }
    }

    private static func tool(_ function: JSONValue?, _ place: String) throws(Failure) -> ChatTool {
        guard let function, let name = function["name"]?.string, !name.isEmpty else {
            throw wrong(place + ".name", "the function's name")
        }
        let parameters = function["parameters"]
        guard parameters?.isObject ?? true else { throw wrong(place + ".parameters", "a JSON Schema") }
        return ChatTool(
            name: name, description: function["description"]?.string, parameters: parameters?.raw,
            strict: function["strict"]?.bool)
    }

    private mutating func readToolChoice(_ value: JSONValue, _ name: String) throws(Failure) {
        if let word = value.string {
            switch word {
            case "auto": chat.toolChoice = .automatic
            case "none": chat.toolChoice = ToolChoice.none
            case "required", "any": chat.toolChoice = .required
            default: throw Self.wrong(name, "`none`, `auto`, `required` or a function")
            }
        } else if let tool = value["function"]?["name"]?.string ?? value["name"]?.string {
            chat.toolChoice = .tool(name: tool)
        } else {
            chat.others.append(name)
        }
    }

    // MARK: Format and thought

    private mutating func readFormat(_ value: JSONValue) throws(Failure) {
        switch value["type"]?.string {
        case "text": chat.format = .text
        case "json_object": chat.format = .json
        case "json_schema":
            let written = value["json_schema"]
            guard let schema = written?["schema"], schema.isObject else {
                throw Self.wrong("response_format.json_schema.schema", "a JSON Schema")
            }
            chat.format = .schema(
                name: written?["name"]?.string ?? "response", description: written?["description"]?.string,
                schema: schema.raw, strict: written?["strict"]?.bool)
        case .some, .none: chat.others.append("response_format")
        }
    }

    private mutating func readEffort(_ value: JSONValue, _ name: String) throws(Failure) {
        guard let effort = value.string.flatMap(ReasoningWish.Effort.init(rawValue:)) else {
            throw Self.wrong(name, ReasoningWish.Effort.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
        }
        var wish = chat.reasoning ?? ReasoningWish()
        wish.effort = effort
        chat.reasoning = wish
    }

    /// `reasoning: {effort, max_tokens, exclude, enabled}` as OpenRouter's clients, or `thinking: {type, budget_tokens}`
    /// as others of this API write it.
    private mutating func readWish(_ value: JSONValue, _ name: String) throws(Failure) {
        guard value.isObject else { throw Self.wrong(name, "an object") }
        if let effort = value["effort"] { try readEffort(effort, name + ".effort") }
        var wish = chat.reasoning ?? ReasoningWish()
        wish.tokensMax = value["max_tokens"]?.integer ?? value["budget_tokens"]?.integer ?? wish.tokensMax
        if let hides = value["exclude"]?.bool { wish.shows = !hides }
        let isOff = value["enabled"]?.bool == false || value["type"]?.string == "disabled"
        let isOn = value["enabled"]?.bool == true || value["type"]?.string == "enabled"
        if isOff { wish.effort = ReasoningWish.Effort.none }
        if isOn, wish.effort == nil, wish.tokensMax == nil { wish.effort = .medium }
        chat.reasoning = wish
    }
}
