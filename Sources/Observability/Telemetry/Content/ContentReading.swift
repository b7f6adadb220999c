import GatewayTypes

/// Reads what was said into the conventions' form, and takes secrets out of it.
enum ContentReading {
    static func system(of chat: ChatRequest) -> [ContentPart] { chat.system.compactMap(part) }

    static func messages(of chat: ChatRequest) -> [ContentMessage] {
        chat.messages.map { message in
            let parts = message.parts.compactMap(part)
            let answersTools = !parts.isEmpty && parts.allSatisfy { $0.kind == .toolResponse }
            return ContentMessage(role: answersTools ? "tool" : message.role.rawValue, parts: parts)
        }
    }

    /// A message for each text.
    static func messages(of texts: [String]) -> [ContentMessage] {
        texts.map { text in
            ContentMessage(role: ChatMessage.Role.user.rawValue, parts: [ContentPart(.text, redacted(text))])
        }
    }

    private static func part(_ part: ChatPart) -> ContentPart? {
        switch part {
        case .text(let text), .refusal(let text): return ContentPart(.text, redacted(text))
        case .media(let media): return self.media(media)
        case .toolCall(let call):
            return ContentPart(.toolCall, redacted(call.arguments), id: call.id, name: call.name)
        case .toolResult(let result):
            let texts = result.parts.compactMap(self.part).map(\.text)
            return ContentPart(.toolResponse, texts.joined(separator: "\n"), id: result.callID)
        case .reasoning(let reasoning):
            return reasoning.text.isEmpty ? nil : ContentPart(.reasoning, redacted(reasoning.text))
        case .cacheMark: return nil
        }
    }

    /// Where it lies, never its bytes.
    private static func media(_ media: Media) -> ContentPart {
        var part: ContentPart
        switch media.source {
        case .url(let url) where url.hasPrefix("data:"): part = ContentPart(.blob)
        case .url(let url): part = ContentPart(.uri, redacted(url))
        case .base64: part = ContentPart(.blob)
        case .fileID(let id): part = ContentPart(.file, id)
        }
        part.modality = media.kind == .file ? "document" : media.kind.rawValue
        part.mimeType = media.mimeType
        return part
    }

    // MARK: The reply

    /// One message for each choice. Pieces of a text are put together before secrets are looked for.
    static func messages(of events: [ModelEvent]) -> [ContentMessage] {
        var choices: [ContentMessage] = []
        for event in events { add(event, to: &choices) }
        for index in choices.indices {
            for part in choices[index].parts.indices where choices[index].parts[part].kind != .blob {
                choices[index].parts[part].text = redacted(choices[index].parts[part].text)
            }
        }
        return choices.filter { !$0.parts.isEmpty || $0.finish != nil }
    }

    private static func add(_ event: ModelEvent, to choices: inout [ContentMessage]) {
        switch event {
        case .text(let text, let choice), .refusal(let text, let choice): append(.text, text, choice, to: &choices)
        case .reasoning(let text, let choice): append(.reasoning, text, choice, to: &choices)
        case .toolCall(let call, let index, let choice):
            let choice = place(choice, in: &choices)
            choices[choice].parts.append(ContentPart(.toolCall, id: call.id, name: call.name))
            if !call.arguments.isEmpty { appendArguments(call.arguments, index, choice, to: &choices) }
        case .toolArguments(let text, let index, let choice):
            appendArguments(text, index, place(choice, in: &choices), to: &choices)
        case .media(let media, let choice):
            choices[place(choice, in: &choices)].parts.append(self.media(media))
        case .finished(let reason, _, _, let choice):
            choices[place(choice, in: &choices)].finish = word(reason)
        case .began, .signature, .sealedReasoning, .logprobs, .citation, .usage, .serviceTier, .systemFingerprint,
            .embedding, .relevance, .failed, .ended:
            break
        }
    }

    private static func place(_ choice: Int, in choices: inout [ContentMessage]) -> Int {
        let index = min(max(choice, 0), ReplyFacts.choicesMax - 1)
        while choices.count <= index {
            choices.append(ContentMessage(role: ChatMessage.Role.assistant.rawValue, parts: []))
        }
        return index
    }

    private static func append(
        _ kind: ContentPart.Kind, _ text: String, _ choice: Int, to choices: inout [ContentMessage]
    ) {
        guard !text.isEmpty else { return }
        let choice = place(choice, in: &choices)
        if choices[choice].parts.last?.kind != kind { choices[choice].parts.append(ContentPart(kind)) }
        choices[choice].parts[choices[choice].parts.count - 1].text += text
    }

    /// `index` counts the calls of a choice.
    private static func appendArguments(
        _ text: String, _ index: Int, _ choice: Int, to choices: inout [ContentMessage]
    ) {
        var calls = 0
        for position in choices[choice].parts.indices where choices[choice].parts[position].kind == .toolCall {
            if calls == index {
                choices[choice].parts[position].text += text
                return
            }
            calls += 1
        }
    }

    private static func word(_ reason: FinishReason) -> String {
        switch reason {
        case .stop, .stopSequence, .pause, .other: "stop"
        case .length: "length"
        case .toolCalls: "tool_call"
        case .contentFilter, .refusal: "content_filter"
        case .error: "error"
        }
    }

    private static func redacted(_ text: String) -> String { ContentRedactor.redact(text) }
}
