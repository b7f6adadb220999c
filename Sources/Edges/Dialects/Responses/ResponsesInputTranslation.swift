import GatewayTypes
import JSON

/// The items of a request's `input` as turns of a conversation.
struct ResponsesInputTranslation {
    private(set) var system: [ChatPart] = []
    private(set) var messages: [ChatMessage] = []
    /// The proof of the call that follows.
    private var callSignature: Signature?

    mutating func readInstructions(_ value: JSONValue) throws(Failure) {
        if let text = value.string {
            system.append(.text(text))
        } else {
            for (index, item) in value.elements.enumerated() {
                guard let content = item["content"] else { throw Self.unknown("instructions[\(index)]") }
                system += try parts(content, "instructions[\(index)].content")
            }
        }
    }

    mutating func read(_ value: JSONValue) throws(Failure) {
        if let text = value.string {
            messages.append(ChatMessage(.user, [.text(text)]))
            return
        }
        for (index, item) in value.elements.enumerated() { try readItem(item, "input[\(index)]") }
    }

    private mutating func readItem(_ item: JSONValue, _ path: String) throws(Failure) {
        // A message may leave its type out.
        switch item["type"]?.string ?? "message" {
        case "message": try readMessage(item, path)
        case "function_call":
            let call = ToolCall(
                id: try text(item, "call_id", path), name: try text(item, "name", path),
                arguments: try text(item, "arguments", path), signature: callSignature)
            callSignature = nil
            addToAssistant(.toolCall(call))
        case "function_call_output":
            guard let output = item["output"] else { throw Self.unknown("\(path).output") }
            let result = ToolResult(
                callID: try text(item, "call_id", path), parts: try parts(output, "\(path).output"))
            addResult(.toolResult(result))
        case "reasoning": readReasoning(item)
        default: throw Self.unknown(path)
        }
    }

    private mutating func readMessage(_ item: JSONValue, _ path: String) throws(Failure) {
        guard let content = item["content"] else { throw Self.unknown("\(path).content") }
        let parts = try parts(content, "\(path).content")
        switch item["role"]?.string {
        case "user": messages.append(ChatMessage(.user, parts))
        case "assistant": for part in parts { addToAssistant(part) }
        case "system", "developer":
            if messages.isEmpty { system += parts } else { messages.append(ChatMessage(.system, parts)) }
        default:
            throw Failure(
                .badRequest, "A message's role is `user`, `assistant`, `system` or `developer`.", param: "\(path).role")
        }
    }

    private mutating func readReasoning(_ item: JSONValue) {
        let content = item["content"]?.elements ?? []
        let texts = (content.isEmpty ? item["summary"]?.elements ?? [] : content).compactMap { $0["text"]?.string }
        let text = texts.joined(separator: ResponsesReasoning.separator)
        guard let written = item["encrypted_content"]?.string else {
            if !text.isEmpty { addToAssistant(.reasoning(Reasoning(text: text))) }
            return
        }
        switch ResponsesReasoning.Proof(written, hasText: !text.isEmpty) {
        case .thought(let signature): addToAssistant(.reasoning(Reasoning(text: text, signature: signature)))
        case .sealed(let signature): addToAssistant(.reasoning(Reasoning(text: text, sealed: signature)))
        case .call(let signature): callSignature = signature
        }
    }

    /// What the model said at one go is one turn.
    private mutating func addToAssistant(_ part: ChatPart) {
        if messages.last?.role == .assistant {
            messages[messages.count - 1].parts.append(part)
        } else {
            messages.append(ChatMessage(.assistant, [part]))
        }
    }

    /// The results of parallel calls are one turn.
    private mutating func addResult(_ part: ChatPart) {
        if let last = messages.last, last.role == .user, case .toolResult? = last.parts.last {
            messages[messages.count - 1].parts.append(part)
        } else {
            messages.append(ChatMessage(.user, [part]))
        }
    }

    // MARK: Parts

    private func parts(_ content: JSONValue, _ path: String) throws(Failure) -> [ChatPart] {
        if let text = content.string { return [.text(text)] }
        guard content.isArray else { throw Self.unknown(path) }
        var parts: [ChatPart] = []
        for (index, part) in content.elements.enumerated() {
            parts.append(try self.part(part, "\(path)[\(index)]"))
        }
        return parts
    }

    private func part(_ part: JSONValue, _ path: String) throws(Failure) -> ChatPart {
        switch part["type"]?.string {
        case "input_text", "output_text", "text": return .text(try text(part, "text", path))
        case "refusal": return .refusal(try text(part, "refusal", path))
        case "input_image":
            let source = try source(part, url: "image_url", data: "image_url", path)
            return .media(
                Media(.image, source.source, mimeType: source.mimeType, detail: part["detail"]?.string))
        case "input_file":
            let source = try source(part, url: "file_url", data: "file_data", path)
            return .media(
                Media(.file, source.source, mimeType: source.mimeType, name: part["filename"]?.string))
        case "input_audio":
            // Both forms are in use: flat, and in an object of the part's own name.
            let audio = part["input_audio"] ?? part
            let format = audio["format"]?.string ?? "wav"
            return .media(
                Media(
                    .audio, .base64(try text(audio, "data", path)),
                    mimeType: format == "mp3" ? "audio/mpeg" : "audio/\(format)"))
        default: throw Self.unknown(path)
        }
    }

    private func source(
        _ part: JSONValue, url: StaticString, data: StaticString, _ path: String
    ) throws(Failure) -> (source: Media.Source, mimeType: String?) {
        if let id = part["file_id"]?.string { return (.fileID(id), nil) }
        if let written = (part[data] ?? part[url])?.string {
            if let data = DataURL(written) { return (.base64(data.base64), data.mimeType) }
            // A file's data may come without the head of a data URL.
            return part[url]?.string == nil ? (.base64(written), nil) : (.url(written), nil)
        }
        throw Self.unknown(path)
    }

    private func text(_ value: JSONValue, _ key: StaticString, _ path: String) throws(Failure) -> String {
        guard let text = value[key]?.string else {
            throw Failure(.badRequest, "`\(path).\(key)` must be a string.", param: "\(path).\(key)")
        }
        return text
    }

    private static func unknown(_ path: String) -> Failure {
        Failure(
            .badRequest,
            "`\(path)` cannot be said to a model of another API. Send messages, function calls and their "
                + "outputs, and reasoning.", param: path)
    }
}
