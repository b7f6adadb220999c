import GatewayTypes
import JSON
import NIOCore

/// Writes a generateContent request from the neutral form.
struct GeminiEncoder {
    private let chat: ChatRequest
    private let model: String
    private let hosting: GeminiProvider.Hosting
    private var unsupported: [ChatField] = []

    init(_ chat: ChatRequest, model: String, hosting: GeminiProvider.Hosting) {
        self.chat = chat
        self.model = model
        self.hosting = hosting
    }

    mutating func encode(outputTokensMax: Int64?) throws(Failure) -> EncodedRequest {
        var json = JSONBuilder()
        json.openObject()
        try writeSystem(to: &json)
        var turns = GeminiTurns(chat, model: model, hosting: hosting)
        try turns.write(to: &json)
        writeTools(to: &json)
        var config = GeminiConfig(chat, model: model)
        config.write(outputTokensMax: outputTokensMax, to: &json)
        unsupported += config.unsupported
        writeTier(to: &json)
        writeEndUser(to: &json)
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: unsupported)
    }

    /// Instructions in the middle of a conversation have no place of their own: they join those before it.
    private func writeSystem(to json: inout JSONBuilder) throws(Failure) {
        var texts: [String] = []
        let later = chat.messages.filter { $0.role == .system }.flatMap(\.parts)
        for (index, part) in (chat.system + later).enumerated() {
            switch part {
            case .text(let text), .refusal(let text): texts.append(text)
            case .cacheMark, .reasoning: break
            case .media, .toolCall, .toolResult:
                throw Failure(
                    .badRequest, "Only text can be said in Gemini's system instruction.", param: "system[\(index)]")
            }
        }
        guard !texts.isEmpty else { return }
        json.openObject("systemInstruction")
        json.openArray("parts")
        for text in texts {
            json.openObject()
            json.member("text", text)
            json.closeObject()
        }
        json.closeArray()
        json.closeObject()
    }

    private mutating func writeTools(to json: inout JSONBuilder) {
        if !chat.tools.isEmpty {
            json.openArray("tools")
            json.openObject()
            json.openArray("functionDeclarations")
            for tool in chat.tools {
                json.openObject()
                json.member("name", tool.name)
                json.member("description", tool.description)
                json.member("parametersJsonSchema", raw: tool.parameters)
                json.closeObject()
            }
            json.closeArray()
            json.closeObject()
            json.closeArray()
        }
        if chat.parallelToolCalls == false { unsupported.append(.parallelToolCalls) }
        guard let choice = chat.toolChoice else { return }
        json.openObject("toolConfig")
        json.openObject("functionCallingConfig")
        switch choice {
        case .automatic: json.member("mode", "AUTO")
        case .none: json.member("mode", "NONE")
        case .required: json.member("mode", "ANY")
        case .tool(let name):
            json.member("mode", "ANY")
            json.openArray("allowedFunctionNames")
            json.string(name)
            json.closeArray()
        }
        json.closeObject()
        json.closeObject()
    }

    private mutating func writeTier(to json: inout JSONBuilder) {
        switch (chat.serviceTier, hosting) {
        case (nil, _), ("auto", _), ("default", _), ("standard", _): break
        case ("flex", .studio), ("priority", .studio): json.member("serviceTier", chat.serviceTier)
        default: unsupported.append(.serviceTier)
        }
    }

    /// Only Vertex has labels, of up to 63 lower-case letters, digits, `_` and `-`.
    private mutating func writeEndUser(to json: inout JSONBuilder) {
        guard let user = chat.endUser else { return }
        let fits =
            !user.isEmpty && user.utf8.count <= 63
            && user.utf8.allSatisfy { byte in
                byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
        guard hosting == .vertex, fits else { return unsupported.append(.endUser) }
        json.openObject("labels")
        json.member("user", user)
        json.closeObject()
    }
}
