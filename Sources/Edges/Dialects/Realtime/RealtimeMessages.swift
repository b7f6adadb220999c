import GatewayTypes
import JSON
import NIOCore

/// Reads the messages of a live conversation: OpenAI's realtime API, which Azure and xAI speak as well, and Gemini's.
/// Each response is billed, so their usage adds up.
struct RealtimeMessages {
    /// Of the responses that have told theirs.
    private var told: Usage?
    /// Gemini tells a turn's usage in one message or several; the last one counts.
    private var turn: Usage?
    /// Responses that have begun and not told their usage.
    private var open = 0
    private var hasAnswered = false

    /// Whether a response is under way, or its usage has not come.
    var isAnswering: Bool { open > 0 }

    /// A message of the provider's; what is no JSON holds no facts.
    mutating func read(_ message: ByteBuffer, into events: inout [ModelEvent]) {
        guard let root = Self.document(message) else { return }
        if let type = root["type"]?.string {
            read(openAI: root, type, into: &events)
        } else {
            read(gemini: root, into: &events)
        }
    }

    /// A message of the client's: Gemini's first one names the model.
    static func model(setUpBy message: ByteBuffer) -> String? {
        guard let model = document(message)?["setup"]?["model"]?.string else { return nil }
        return model.lastIndex(of: "/").map { String(model[model.index(after: $0)...]) } ?? model
    }

    /// The conversation is over: one in which no response began has cost nothing.
    mutating func end(into events: inout [ModelEvent]) {
        if !hasAnswered, told == nil, turn == nil { events.append(.usage(Usage(source: .provider))) }
    }

    private static func document(_ message: ByteBuffer) -> JSONValue? {
        guard message.readableBytesView.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return nil }
        do throws(JSONProblem) { return try JSONDocument(message).root } catch { return nil }
    }

    // MARK: OpenAI

    private mutating func read(openAI root: JSONValue, _ type: String, into events: inout [ModelEvent]) {
        switch type {
        case "session.created", "session.updated":
            events.append(.began(id: root["session"]?["id"]?.string, model: root["session"]?["model"]?.string))
        case "response.created":
            open += 1
            hasAnswered = true
        case "response.output_text.delta", "response.text.delta", "response.output_audio_transcript.delta",
            "response.audio_transcript.delta":
            events.append(.text(root["delta"]?.string ?? "", choice: 0))
        case "response.output_audio.delta", "response.audio.delta":
            events.append(.media(Media(.audio, .base64("")), choice: 0))
        case "response.function_call_arguments.delta":
            events.append(.toolArguments(root["delta"]?.string ?? "", index: 0, choice: 0))
        case "response.done":
            open = max(0, open - 1)
            hasAnswered = true
            finish(root["response"], into: &events)
            // xAI writes it beside the response.
            let inside = root["response"]?["usage"].flatMap(RealtimeUsage.openAI)
            take(inside ?? root["usage"].flatMap(RealtimeUsage.openAI), into: &events)
        case "conversation.item.input_audio_transcription.completed":
            take(root["usage"].flatMap(RealtimeUsage.openAI), into: &events)
        default: break
        }
    }

    private func finish(_ response: JSONValue?, into events: inout [ModelEvent]) {
        guard let word = response?["status"]?.string else { return }
        let reason: FinishReason =
            switch word {
            case "completed": .stop
            case "incomplete": .length
            case "failed": .error
            default: .other
            }
        events.append(.finished(reason, word: word, stopSequence: nil, choice: 0))
    }

    // MARK: Gemini

    private mutating func read(gemini root: JSONValue, into events: inout [ModelEvent]) {
        if let content = root["serverContent"] {
            for part in content["modelTurn"]?["parts"]?.elements ?? [] {
                begin()
                if let text = part["text"]?.string {
                    events.append(
                        part["thought"]?.bool == true ? .reasoning(text, choice: 0) : .text(text, choice: 0))
                }
                if part["inlineData"] != nil { events.append(.media(Media(.audio, .base64("")), choice: 0)) }
            }
            if let text = content["outputTranscription"]?["text"]?.string { events.append(.text(text, choice: 0)) }
        }
        if root["toolCall"] != nil { begin() }
        if let usage = root["usageMetadata"].flatMap(RealtimeUsage.gemini) {
            turn = usage
            tell(into: &events)
        }
        guard root["serverContent"]?["turnComplete"]?.bool == true else { return }
        open = 0
        if let turn { told = told?.adding(turn) ?? turn }
        turn = nil
        events.append(.finished(.stop, word: "turnComplete", stopSequence: nil, choice: 0))
    }

    private mutating func begin() {
        open = 1
        hasAnswered = true
    }

    // MARK: Usage

    private mutating func take(_ usage: Usage?, into events: inout [ModelEvent]) {
        guard let usage else { return }
        told = told?.adding(usage) ?? usage
        tell(into: &events)
    }

    private func tell(into events: inout [ModelEvent]) {
        switch (told, turn) {
        case (let told?, let turn?): events.append(.usage(told.adding(turn)))
        case (let usage?, nil), (nil, let usage?): events.append(.usage(usage))
        case (nil, nil): break
        }
    }
}
