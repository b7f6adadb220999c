import GatewayTypes
import JSON

/// Writes turns of a conversation as the items of `input`.
struct ResponsesInputEncoder {
    private(set) var json: JSONBuilder
    /// Whether a message is open, whose parts are being written.
    private var isOpen = false

    init(_ json: JSONBuilder) { self.json = json }

    mutating func write(_ message: ChatMessage, _ path: String) throws(Failure) {
        for (index, part) in message.parts.enumerated() {
            let path = "\(path).content[\(index)]"
            switch part {
            case .text(let text): writeText(message.role == .assistant ? "output_text" : "input_text", text, message)
            case .refusal(let text): writeRefusal(text, message)
            case .media(let media):
                guard message.role != .assistant else {
                    throw Self.unsaid(path, "The model's own turns are text and calls.")
                }
                open(message)
                try write(media, path)
            case .toolCall(let call): write(call)
            case .toolResult(let result): try write(result, path)
            case .reasoning(let thought): write(thought)
            case .cacheMark: break
            }
        }
        close()
    }

    static func unsaid(_ path: String, _ why: String) -> Failure {
        Failure(.badRequest, "`\(path)` cannot be said to this model. \(why)", param: path)
    }

    private mutating func open(_ message: ChatMessage) {
        guard !isOpen else { return }
        isOpen = true
        json.openObject()
        json.member("type", "message")
        json.member("role", message.role.rawValue)
        json.openArray("content")
    }

    private mutating func close() {
        guard isOpen else { return }
        isOpen = false
        json.closeArray()
        json.closeObject()
    }

    // MARK: Parts

    private mutating func writeText(_ type: String, _ text: String, _ message: ChatMessage) {
        open(message)
        json.openObject()
        json.member("type", type)
        json.member("text", text)
        json.closeObject()
    }

    private mutating func writeRefusal(_ text: String, _ message: ChatMessage) {
        guard message.role == .assistant else { return writeText("input_text", text, message) }
        open(message)
        json.openObject()
        json.member("type", "refusal")
        json.member("refusal", text)
        json.closeObject()
    }

    private mutating func write(_ media: Media, _ path: String) throws(Failure) {
        json.openObject()
        switch media.kind {
        case .image:
            json.member("type", "input_image")
            json.member("detail", media.detail ?? "auto")
            switch media.source {
            case .url(let url): json.member("image_url", url)
            case .base64(let data): json.member("image_url", DataURL.text(data, of: media))
            case .fileID(let id): json.member("file_id", id)
            }
        case .file:
            json.member("type", "input_file")
            switch media.source {
            case .url(let url): json.member("file_url", url)
            case .base64(let data):
                json.member("filename", media.name ?? "file")
                json.member("file_data", DataURL.text(data, of: media))
            case .fileID(let id): json.member("file_id", id)
            }
        case .audio:
            guard case .base64(let data) = media.source else { throw Self.unsaid(path, "Send sound as base64.") }
            json.member("type", "input_audio")
            json.openObject("input_audio")
            json.member("data", data)
            json.member("format", Self.audioFormat(media.mimeType))
            json.closeObject()
        }
        json.closeObject()
    }

    private static func audioFormat(_ mimeType: String?) -> String {
        switch mimeType {
        case nil, "audio/wav", "audio/x-wav", "audio/wave": "wav"
        case "audio/mpeg", "audio/mp3": "mp3"
        case let type?: String(type.drop { $0 != "/" }.dropFirst())
        }
    }

    // MARK: Items

    private mutating func write(_ call: ToolCall) {
        close()
        json.openObject()
        json.member("type", "function_call")
        json.member("call_id", call.id)
        json.member("name", call.name)
        json.member("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
        json.closeObject()
    }

    private mutating func write(_ result: ToolResult, _ path: String) throws(Failure) {
        close()
        json.openObject()
        json.member("type", "function_call_output")
        json.member("call_id", result.callID)
        json.key("output")
        let texts = result.parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
        if texts.count <= 1, texts.count == result.parts.count {
            json.string(texts.first ?? "")
        } else {
            json.openArray()
            for (index, part) in result.parts.enumerated() { try writeResult(part, "\(path).content[\(index)]") }
            json.closeArray()
        }
        json.closeObject()
    }

    private mutating func writeResult(_ part: ChatPart, _ path: String) throws(Failure) {
        switch part {
        case .text(let text), .refusal(let text):
            json.openObject()
            json.member("type", "input_text")
            json.member("text", text)
            json.closeObject()
        case .media(let media):
            if media.kind == .audio { throw Self.unsaid(path, "A tool's result is text, images and files.") }
            try write(media, path)
        case .cacheMark: break
        case .toolCall, .toolResult, .reasoning: throw Self.unsaid(path, "A tool's result is text, images and files.")
        }
    }

    /// Thoughts that the provider has not sealed itself mean nothing to it.
    private mutating func write(_ thought: Reasoning) {
        guard let proof = (thought.sealed ?? thought.signature)?.text(for: .responses) else { return }
        close()
        json.openObject()
        json.member("type", "reasoning")
        json.openArray("summary")
        if !thought.text.isEmpty { ResponsesItem.writeSummary(thought.text, &json) }
        json.closeArray()
        json.member("encrypted_content", proof)
        json.closeObject()
    }
}
