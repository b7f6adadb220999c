import GatewayTypes
import JSON
import NIOCore

/// Writes the `contents` of a request: turns of `user` and `model`, neighbours of one role joined, so that all results of
/// parallel calls stand in the one turn behind them.
struct GeminiTurns {
    private struct Turn {
        let role: ChatMessage.Role
        var parts: [(part: ChatPart, path: String)]
    }

    /// What Google documents for calls that another model made, and that hence have no signature.
    private static let foreignSignature = "skip_thought_signature_validator"

    private let turns: [Turn]
    private let hosting: GeminiProvider.Hosting
    private let wantsSignatures: Bool
    private var callNames: [String: String] = [:]

    init(_ chat: ChatRequest, model: String, hosting: GeminiProvider.Hosting) {
        self.hosting = hosting
        wantsSignatures = GeminiModelName.isThirdOrLater(model)
        var turns: [Turn] = []
        for (index, message) in chat.messages.enumerated() where message.role != .system {
            let parts = message.parts.enumerated().map { ($1, "messages[\(index)].content[\($0)]") }
            if turns.last?.role == message.role {
                turns[turns.count - 1].parts += parts
            } else {
                turns.append(Turn(role: message.role, parts: parts))
            }
        }
        self.turns = turns
    }

    mutating func write(to json: inout JSONBuilder) throws(Failure) {
        json.openArray("contents")
        for turn in turns {
            // A turn of which nothing can be shown is none; Google refuses those without parts.
            guard turn.parts.contains(where: { isSaid($0.part) }) else { continue }
            json.openObject()
            json.member("role", turn.role == .assistant ? "model" : "user")
            json.openArray("parts")
            try write(turn, to: &json)
            json.closeArray()
            json.closeObject()
        }
        json.closeArray()
    }

    private func isSaid(_ part: ChatPart) -> Bool {
        switch part {
        case .text(let text), .refusal(let text): !text.isEmpty
        case .media, .toolCall, .toolResult: true
        case .reasoning(let thought): signature(of: thought) != nil
        case .cacheMark: false
        }
    }

    private func signature(of thought: Reasoning) -> String? {
        (thought.signature ?? thought.sealed)?.text(for: .gemini)
    }

    private mutating func write(_ turn: Turn, to json: inout JSONBuilder) throws(Failure) {
        // One signature holds for all calls of a step, on the first of them.
        var mustSign =
            wantsSignatures
            && !turn.parts.contains { part, _ in
                if case .toolCall(let call) = part { call.signature?.text(for: .gemini) != nil } else { false }
            }
        for (part, path) in turn.parts where isSaid(part) {
            switch part {
            case .text(let text), .refusal(let text):
                json.openObject()
                json.member("text", text)
                json.closeObject()
            case .media(let media):
                json.openObject()
                try GeminiMedia.write(media, hosting: hosting, at: path, to: &json)
                json.closeObject()
            case .toolCall(let call):
                callNames[call.id] = call.name
                write(call, foreign: mustSign, to: &json)
                mustSign = false
            case .toolResult(let result): try write(result, path, to: &json)
            case .reasoning(let thought):
                json.openObject()
                json.member("text", thought.sealed == nil ? thought.text : "")
                if thought.sealed == nil { json.member("thought", true) }
                json.member("thoughtSignature", signature(of: thought))
                json.closeObject()
            case .cacheMark: break
            }
        }
    }

    private func write(_ call: ToolCall, foreign: Bool, to json: inout JSONBuilder) {
        json.openObject()
        json.openObject("functionCall")
        writeID(call.id, to: &json)
        json.member("name", call.name)
        json.member("args", raw: GeminiReplyWriter.arguments(call.arguments))
        json.closeObject()
        let own = call.signature?.text(for: .gemini)
        json.member("thoughtSignature", own ?? (foreign ? Self.foreignSignature : nil))
        json.closeObject()
    }

    /// Vertex knows calls by name and order alone.
    private func writeID(_ id: String, to json: inout JSONBuilder) {
        if hosting == .studio, !id.isEmpty { json.member("id", id) }
    }

    private func write(_ result: ToolResult, _ path: String, to json: inout JSONBuilder) throws(Failure) {
        guard let name = result.name ?? callNames[result.callID] else {
            throw Failure(
                .badRequest, "The tool result names no call of this conversation; send the call before it.", param: path
            )
        }
        var text = ""
        var media: [Media] = []
        for part in result.parts {
            switch part {
            case .text(let piece), .refusal(let piece): text += piece
            case .media(let item): media.append(item)
            case .toolCall, .toolResult, .reasoning, .cacheMark: break
            }
        }
        json.openObject()
        json.openObject("functionResponse")
        writeID(result.callID, to: &json)
        json.member("name", name)
        let response =
            result.isError
            ? GeminiReplyWriter.object(text, under: "error") : GeminiReplyWriter.object(text, orUnder: "result")
        json.member("response", raw: response)
        json.closeObject()
        json.closeObject()
        // Images of a result stand behind it, which every model understands.
        for item in media {
            json.openObject()
            try GeminiMedia.write(item, hosting: hosting, at: path, to: &json)
            json.closeObject()
        }
    }
}
