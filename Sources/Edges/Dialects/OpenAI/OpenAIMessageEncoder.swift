import GatewayTypes
import JSON

/// Writes a conversation as the messages of a chat request.
struct OpenAIMessageEncoder {
    let variant: OpenAIVariant

    func write(_ chat: ChatRequest, into builder: inout JSONBuilder) throws(Failure) {
        builder.openArray("messages")
        let role = variant.instructsAsDeveloper ? "developer" : "system"
        if !chat.system.isEmpty { try write(role, chat.system, "system", into: &builder) }
        for (position, message) in chat.messages.enumerated() {
            let place = "messages[\(position)]"
            switch message.role {
            case .system: try write(role, message.parts, place, into: &builder)
            case .user: try writeUser(message.parts, place, into: &builder)
            case .assistant: try writeAssistant(message.parts, place, into: &builder)
            }
        }
        builder.closeArray()
    }

    private func unsaid(_ what: String, _ place: String) -> Failure {
        Failure(.badRequest, "\(what) cannot be said to this provider; leave it out.", param: place)
    }

    // MARK: The user's side

    /// Results of tools have messages of their own, before what else the turn says: a call must be answered first.
    private func writeUser(
        _ parts: [ChatPart], _ place: String, into builder: inout JSONBuilder
    ) throws(Failure) {
        var rest: [ChatPart] = []
        for part in parts {
            guard case .toolResult(let result) = part else {
                rest.append(part)
                continue
            }
            builder.openObject()
            builder.member("role", "tool")
            builder.member("tool_call_id", id(result.callID))
            let texts = result.parts.compactMap { part in if case .text(let text) = part { text } else { nil } }
            builder.member("content", texts.joined(separator: "\n"))
            builder.closeObject()
            // An answer can hold only text: what else it holds is shown by the user.
            for part in result.parts {
                if case .media = part { rest.append(part) }
            }
        }
        let isEmpty = rest.allSatisfy { if case .cacheMark = $0 { true } else { false } }
        if !isEmpty { try write("user", rest, place, into: &builder) }
    }

    private func write(
        _ role: String, _ parts: [ChatPart], _ place: String, into builder: inout JSONBuilder
    ) throws(Failure) {
        builder.openObject()
        builder.member("role", role)
        builder.key("content")
        try writeContent(parts, place, into: &builder)
        builder.closeObject()
    }

    // MARK: Content

    private func writeContent(
        _ parts: [ChatPart], _ place: String, into builder: inout JSONBuilder
    ) throws(Failure) {
        let marks = variant.takesCacheMarks
        let said = parts.filter { part in if case .cacheMark = part { marks } else { true } }
        let texts = said.compactMap { part in if case .text(let text) = part { text } else { nil } }
        if texts.count == said.count, texts.count == 1 || !variant.takesTextParts {
            return builder.string(texts.joined(separator: "\n"))
        }
        builder.openArray()
        for (position, part) in said.enumerated() {
            let isMarked = position + 1 < said.count && said[position + 1].isCacheMark
            try write(part, isMarked ? said[position + 1] : nil, "\(place).content[\(position)]", into: &builder)
        }
        builder.closeArray()
    }

    private func write(
        _ part: ChatPart, _ mark: ChatPart?, _ place: String, into builder: inout JSONBuilder
    ) throws(Failure) {
        switch part {
        case .text(let text), .refusal(let text):
            builder.openObject()
            builder.member("type", "text")
            builder.member("text", text)
            if case .cacheMark(let seconds) = mark {
                builder.openObject("cache_control")
                builder.member("type", "ephemeral")
                if let seconds, seconds > 300 { builder.member("ttl", "1h") }
                builder.closeObject()
            }
            builder.closeObject()
        case .media(let media): try write(media, place, into: &builder)
        case .reasoning(let thought) where variant.thoughts == .parts && !thought.text.isEmpty:
            builder.openObject()
            builder.member("type", "thinking")
            builder.openArray("thinking")
            builder.openObject()
            builder.member("type", "text")
            builder.member("text", thought.text)
            builder.closeObject()
            builder.closeArray()
            builder.closeObject()
        case .reasoning, .cacheMark: break
        case .toolCall, .toolResult: throw unsaid("A tool call at this place", place)
        }
    }

    private func write(_ media: Media, _ place: String, into builder: inout JSONBuilder) throws(Failure) {
        guard variant.media.contains(media.kind) else { throw unsaid("The part (\(media.kind.rawValue))", place) }
        builder.openObject()
        switch media.kind {
        case .image:
            guard let url = OpenAIMedia.url(of: media) else { throw unsaid("An image of another provider", place) }
            builder.member("type", "image_url")
            builder.openObject("image_url")
            builder.member("url", url)
            builder.member("detail", media.detail)
            builder.closeObject()
        case .audio: try writeAudio(media, place, into: &builder)
        case .file: try writeFile(media, place, into: &builder)
        }
        builder.closeObject()
    }

    private func writeAudio(_ media: Media, _ place: String, into builder: inout JSONBuilder) throws(Failure) {
        guard case .base64(let data) = media.source else { throw unsaid("Sound at a URL", place) }
        builder.member("type", "input_audio")
        if variant.namesDocumentsByURL {
            builder.member("input_audio", data)
        } else {
            builder.openObject("input_audio")
            builder.member("data", data)
            builder.member("format", OpenAIMedia.format(ofType: media.mimeType))
            builder.closeObject()
        }
    }

    private func writeFile(_ media: Media, _ place: String, into builder: inout JSONBuilder) throws(Failure) {
        if variant.namesDocumentsByURL {
            guard let url = OpenAIMedia.url(of: media) else { throw unsaid("A file of another provider", place) }
            builder.member("type", "document_url")
            builder.member("document_url", url)
            builder.member("document_name", media.name)
            return
        }
        builder.member("type", "file")
        builder.openObject("file")
        switch media.source {
        case .fileID(let id): builder.member("file_id", id)
        case .url(let url):
            // OpenRouter alone fetches documents.
            guard variant.reasoningWishes == .object else { throw unsaid("A file at a URL", place) }
            builder.member("filename", media.name ?? "file")
            builder.member("file_data", url)
        case .base64:
            builder.member("filename", media.name ?? "file.pdf")
            builder.member("file_data", OpenAIMedia.url(of: media))
        }
        builder.closeObject()
    }

    // MARK: The model's side

    private func writeAssistant(
        _ parts: [ChatPart], _ place: String, into builder: inout JSONBuilder
    ) throws(Failure) {
        var content: [ChatPart] = []
        var calls: [ToolCall] = []
        var thoughts: [Reasoning] = []
        for (position, part) in parts.enumerated() {
            switch part {
            case .text, .refusal, .cacheMark: content.append(part)
            case .reasoning(let thought):
                thoughts.append(thought)
                if variant.thoughts == .parts, !thought.text.isEmpty { content.append(part) }
            case .toolCall(let call): calls.append(call)
            case .media: throw unsaid("What the model made beside text", "\(place).content[\(position)]")
            case .toolResult: throw unsaid("A tool's answer in the model's turn", "\(place).content[\(position)]")
            }
        }
        builder.openObject()
        builder.member("role", "assistant")
        if content.allSatisfy({ $0.isCacheMark }) {
            if calls.isEmpty { builder.member("content", "") } else { builder.nullMember("content") }
        } else {
            builder.key("content")
            try writeContent(content, place, into: &builder)
        }
        write(thoughts, into: &builder)
        if !calls.isEmpty {
            builder.openArray("tool_calls")
            for call in calls { write(call, into: &builder) }
            builder.closeArray()
        }
        builder.closeObject()
    }

    private func write(_ thoughts: [Reasoning], into builder: inout JSONBuilder) {
        let text = thoughts.map(\.text).joined()
        switch variant.thoughts {
        case .reasoningContent where !text.isEmpty: builder.member("reasoning_content", text)
        case .reasoning where !text.isEmpty: builder.member("reasoning", text)
        case .details:
            let own = thoughts.filter { thought in
                [thought.signature, thought.sealed].allSatisfy { $0?.text(for: .openAI) != nil || $0 == nil }
            }
            guard !own.isEmpty else { return }
            builder.openArray("reasoning_details")
            for (index, thought) in own.enumerated() {
                OpenAIReplyWords.detail(thought, index: index, into: &builder)
            }
            builder.closeArray()
        case .reasoningContent, .reasoning, .parts, .unsaid: break
        }
    }

    private func write(_ call: ToolCall, into builder: inout JSONBuilder) {
        builder.openObject()
        builder.member("id", id(call.id))
        builder.member("type", "function")
        builder.openObject("function")
        builder.member("name", call.name)
        builder.member("arguments", call.arguments)
        builder.closeObject()
        let signature = call.signature.flatMap { $0.text(for: .openAI) ?? $0.text(for: .gemini) }
        if variant.takesCallSignatures, let signature {
            builder.openObject("extra_content")
            builder.openObject("google")
            builder.member("thought_signature", signature)
            builder.closeObject()
            builder.closeObject()
        }
        builder.closeObject()
    }

    // MARK: Ids

    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The id as the provider takes it: the same for the same id, so that calls and answers still meet.
    func id(_ id: String) -> String {
        guard variant.wantsNineCharacterIDs else { return id }
        if id.utf8.count == 9, id.utf8.allSatisfy(Self.digits.contains) { return id }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let letters = (0..<9).map { _ in
            defer { hash /= 62 }
            return Self.digits[Int(hash % 62)]
        }
        return String(decoding: letters, as: UTF8.self)
    }
}

extension ChatPart {
    fileprivate var isCacheMark: Bool { if case .cacheMark = self { true } else { false } }
}
