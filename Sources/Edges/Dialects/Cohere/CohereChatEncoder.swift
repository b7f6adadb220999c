import GatewayTypes
import JSON
import NIOCore

/// Writes the neutral form of a conversation as a request to `/v2/chat`.
struct CohereChatEncoder {
    private let chat: ChatRequest
    private let model: String
    private let outputTokensMax: Int64?
    private var json = JSONBuilder()
    private var unsupported: [ChatField] = []

    init(_ chat: ChatRequest, model: String, outputTokensMax: Int64?) {
        self.chat = chat
        self.model = model
        self.outputTokensMax = [chat.outputTokensMax, outputTokensMax].compactMap { $0 }.min()
    }

    /// Throws where a part of the conversation cannot be said.
    consuming func encoded() throws(Failure) -> EncodedRequest {
        json.openObject()
        json.member("model", model)
        json.member("stream", chat.stream)
        json.openArray("messages")
        try writeMessages()
        json.closeArray()
        writeTools()
        writeSampling()
        writeFormat()
        writeReasoning()
        noteUnsupported()
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }

    // MARK: Messages

    private mutating func writeMessages() throws(Failure) {
        if !chat.system.isEmpty {
            try writeText(role: "system", chat.system, place: "system")
        }
        for (position, message) in chat.messages.enumerated() {
            let place = "messages[\(position)]"
            switch message.role {
            case .system: try writeText(role: "system", message.parts, place: place)
            case .user: try writeUser(message.parts, place)
            case .assistant: try writeAssistant(message.parts, place)
            }
        }
    }

    private mutating func writeText(role: String, _ parts: [ChatPart], place: String) throws(Failure) {
        json.openObject()
        json.member("role", role)
        json.member("content", try Self.text(parts, place))
        json.closeObject()
    }

    /// Results of tools are messages of their own, right behind the calls.
    private mutating func writeUser(_ parts: [ChatPart], _ place: String) throws(Failure) {
        var content: [(place: String, part: ChatPart)] = []
        for (position, part) in parts.enumerated() {
            let here = "\(place).content[\(position)]"
            switch part {
            case .toolResult(let result): try writeResult(result, here)
            case .text, .refusal, .media: content.append((here, part))
            case .cacheMark: break
            case .toolCall, .reasoning: throw Self.unsayable("a call or thought in a turn of the user", here)
            }
        }
        let isOnlyResults = content.isEmpty && parts.contains { if case .toolResult = $0 { true } else { false } }
        guard !isOnlyResults else { return }
        json.openObject()
        json.member("role", "user")
        json.openArray("content")
        for (here, part) in content { try writeContent(part, here) }
        json.closeArray()
        json.closeObject()
    }

    private mutating func writeContent(_ part: ChatPart, _ place: String) throws(Failure) {
        json.openObject()
        switch part {
        case .text(let text), .refusal(let text):
            json.member("type", "text")
            json.member("text", text)
        case .media(let media):
            json.member("type", "image_url")
            json.openObject("image_url")
            json.member("url", try Self.imageURL(media, place))
            json.member("detail", media.detail)
            json.closeObject()
        case .toolCall, .toolResult, .reasoning, .cacheMark: throw Self.unsayable("this part", place)
        }
        json.closeObject()
    }

    private static func imageURL(_ media: Media, _ place: String) throws(Failure) -> String {
        guard media.kind == .image else { throw unsayable("\(media.kind.rawValue) input", place) }
        switch media.source {
        case .url(let url): return url
        case .base64(let text): return DataURL.text(text, of: media)
        case .fileID: throw unsayable("a file of another provider", place)
        }
    }

    private mutating func writeResult(_ result: ToolResult, _ place: String) throws(Failure) {
        json.openObject()
        json.member("role", "tool")
        json.member("tool_call_id", result.callID)
        json.member("content", try Self.text(result.parts, place))
        json.closeObject()
    }

    /// Thoughts before calls are what Cohere names the plan; others mean nothing to it when they come back.
    private mutating func writeAssistant(_ parts: [ChatPart], _ place: String) throws(Failure) {
        var texts: [String] = []
        var plan = ""
        var calls: [ToolCall] = []
        for (position, part) in parts.enumerated() {
            switch part {
            case .text(let text), .refusal(let text): texts.append(text)
            case .reasoning(let thought): plan += thought.text
            case .toolCall(let call): calls.append(call)
            case .cacheMark: break
            case .media, .toolResult:
                throw Self.unsayable("this part of a turn of the assistant", "\(place).content[\(position)]")
            }
        }
        json.openObject()
        json.member("role", "assistant")
        if calls.isEmpty || !texts.isEmpty {
            json.openArray("content")
            for text in texts.isEmpty ? [""] : texts {
                json.openObject()
                json.member("type", "text")
                json.member("text", text)
                json.closeObject()
            }
            json.closeArray()
        }
        if !calls.isEmpty {
            if !plan.isEmpty { json.member("tool_plan", plan) }
            writeCalls(calls)
        }
        json.closeObject()
    }

    private mutating func writeCalls(_ calls: [ToolCall]) {
        json.openArray("tool_calls")
        for call in calls {
            json.openObject()
            json.member("id", call.id)
            json.member("type", "function")
            json.openObject("function")
            json.member("name", call.name)
            json.member("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
            json.closeObject()
            json.closeObject()
        }
        json.closeArray()
    }

    private static func text(_ parts: [ChatPart], _ place: String) throws(Failure) -> String {
        var texts: [String] = []
        for (position, part) in parts.enumerated() {
            switch part {
            case .text(let text), .refusal(let text): texts.append(text)
            case .cacheMark: break
            case .media, .toolCall, .toolResult, .reasoning:
                throw unsayable("anything but text here", "\(place).content[\(position)]")
            }
        }
        return texts.joined(separator: "\n")
    }

    private static func unsayable(_ what: String, _ place: String) -> Failure {
        Failure(.badRequest, "Cohere does not take \(what); leave it out, or ask another model.", param: place)
    }

    // MARK: Settings

    private mutating func writeTools() {
        var tools = chat.tools
        var choice: String?
        switch chat.toolChoice {
        case nil, .automatic?: break
        case ToolChoice.none?: choice = "NONE"
        case .required?: choice = "REQUIRED"
        case .tool(let name)?:
            // A certain tool cannot be asked for, but it can be the only one.
            let only = tools.filter { $0.name == name }
            if only.isEmpty { unsupported.append(.toolChoice) } else { tools = only }
            choice = only.isEmpty ? nil : "REQUIRED"
        }
        guard !tools.isEmpty else { return }
        json.openArray("tools")
        for tool in tools {
            json.openObject()
            json.member("type", "function")
            json.openObject("function")
            json.member("name", tool.name)
            json.member("description", tool.description)
            json.member("parameters", raw: tool.parameters ?? #"{"type":"object","properties":{}}"#)
            json.closeObject()
            json.closeObject()
        }
        json.closeArray()
        if tools.allSatisfy({ $0.strict == true }) { json.member("strict_tools", true) }
        json.member("tool_choice", choice)
        if chat.parallelToolCalls == false { unsupported.append(.parallelToolCalls) }
    }

    private mutating func writeSampling() {
        json.member("max_tokens", outputTokensMax)
        json.member("temperature", chat.temperature)
        json.member("p", chat.topP)
        json.member("k", chat.topK)
        if !chat.stop.isEmpty {
            json.openArray("stop_sequences")
            for text in chat.stop { json.string(text) }
            json.closeArray()
        }
        json.member("seed", chat.seed)
        json.member("presence_penalty", chat.presencePenalty)
        json.member("frequency_penalty", chat.frequencyPenalty)
        if chat.logprobs { json.member("logprobs", true) }
    }

    private mutating func writeFormat() {
        switch chat.format {
        case .text: return
        case .json:
            json.openObject("response_format")
            json.member("type", "json_object")
        case .schema(_, _, let schema, _):
            json.openObject("response_format")
            json.member("type", "json_object")
            json.member("json_schema", raw: schema)
        }
        json.closeObject()
    }

    /// Cohere knows thinking as on or off, and a budget; of an effort, only whether there is to be any.
    private mutating func writeReasoning() {
        guard let wish = chat.reasoning, wish.effort != nil || wish.tokensMax != nil else { return }
        json.openObject("thinking")
        if wish.effort == ReasoningWish.Effort.none || wish.tokensMax == 0 {
            json.member("type", "disabled")
        } else {
            json.member("type", "enabled")
            json.member("token_budget", wish.tokensMax)
        }
        json.closeObject()
    }

    private mutating func noteUnsupported() {
        if chat.choiceCount > 1 { unsupported.append(.choiceCount) }
        if (chat.topLogprobs ?? 0) > 0 { unsupported.append(.topLogprobs) }
        if chat.endUser != nil { unsupported.append(.endUser) }
        if let tier = chat.serviceTier, tier != "auto", tier != "default" { unsupported.append(.serviceTier) }
    }
}
