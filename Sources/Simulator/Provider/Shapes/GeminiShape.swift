import JSON
import NIOCore

/// Google's generateContent: server-sent events, or one JSON array whose elements come one by one.
struct GeminiShape: StreamShape {
    let plan: ReplyPlan
    let asEvents: Bool
    private var isBegun = false

    init(plan: ReplyPlan, asEvents: Bool) {
        self.plan = plan
        self.asEvents = asEvents
    }

    func whole() -> ByteBuffer {
        var parts: [String] = []
        if plan.sentReasoning > 0 { parts.append(#"{"text":"\#(plan.reasoning)","thought":true}"#) }
        if plan.behaviour.toolCalls > 0 {
            parts += (0..<plan.behaviour.toolCalls).map(call)
        } else {
            parts.append(#"{"text":"\#(plan.text)"\#(signature)}"#)
        }
        return ByteBuffer(string: chunk(parts.joined(separator: ","), isLast: true, sent: plan.textTokens))
    }

    func appendPreamble(to buffer: inout ByteBuffer) {
        if !asEvents { buffer.append("[") }
    }

    mutating func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        switch plan.piece(index) {
        case .reasoning(let word):
            append(chunk(#"{"text":"\#(plan.word(word, reasoning: true))","thought":true}"#, sent: 0), to: &buffer)
        case .text(let word):
            append(chunk(#"{"text":"\#(plan.word(word, reasoning: false))"}"#, sent: word + 1), to: &buffer)
        // A call comes whole, with its arguments.
        case .toolCall(let call): append(chunk(self.call(call), sent: plan.textTokens), to: &buffer)
        case .arguments: break
        }
    }

    mutating func appendClosing(to buffer: inout ByteBuffer) {
        let signature = plan.behaviour.toolCalls > 0 ? "" : signature
        append(chunk(#"{"text":""\#(signature)}"#, isLast: true, sent: plan.textTokens), to: &buffer)
        if !asEvents { buffer.append("\r\n]") }
    }

    mutating func appendError(to buffer: inout ByteBuffer) {
        var error = ByteBuffer()
        ErrorShape.gemini.write(.inStream, to: &error)
        append(String(buffer: error), to: &buffer)
        if !asEvents { buffer.append("\r\n]") }
    }

    private var signature: String {
        plan.sentReasoning > 0 ? #","thoughtSignature":"\#(plan.signature)""# : ""
    }

    /// Only the first of parallel calls is signed.
    private func call(_ call: Int) -> String {
        let id = "sim" + plan.toolCallID(call).dropFirst(5)
        return #"{"functionCall":{"id":"\#(id)","name":\#(plan.toolName.json),"args":\#(plan.arguments(call))}"#
            + (call == 0 ? signature : "") + "}"
    }

    private func chunk(_ parts: String, isLast: Bool = false, sent: Int) -> String {
        let reason = isLast ? #","finishReason":"\#(plan.ending == .length ? "MAX_TOKENS" : "STOP")""# : ""
        let usage = plan.tellsUsage ? ",\"usageMetadata\":\(usage(sent: sent))" : ""
        return #"{"candidates":[{"content":{"parts":[\#(parts)],"role":"model"}\#(reason),"index":0}]\#(usage),"#
            + #""modelVersion":\#(plan.model.json),"responseId":"\#(plan.id)"}"#
    }

    /// Counted up to here; the last one holds the whole.
    private func usage(sent: Int) -> String {
        let behaviour = plan.behaviour
        let candidates = sent + (sent == plan.textTokens ? behaviour.audioOutputTokens : 0)
        let cached =
            behaviour.cachedTokens > 0
            ? #","cachedContentTokenCount":\#(behaviour.cachedTokens),"cacheTokensDetails":[{"modality":"TEXT","#
                + #""tokenCount":\#(behaviour.cachedTokens)}]"# : ""
        let thoughts = plan.reasoningTokens > 0 ? ",\"thoughtsTokenCount\":\(plan.reasoningTokens)" : ""
        let audio =
            behaviour.audioInputTokens > 0
            ? ",{\"modality\":\"AUDIO\",\"tokenCount\":\(behaviour.audioInputTokens)}" : ""
        let spoken =
            behaviour.audioOutputTokens > 0 && candidates > sent
            ? #","candidatesTokensDetails":[{"modality":"TEXT","tokenCount":\#(sent)},{"modality":"AUDIO","#
                + #""tokenCount":\#(behaviour.audioOutputTokens)}]"# : ""
        return #"{"promptTokenCount":\#(plan.promptTokens),"candidatesTokenCount":\#(candidates),"#
            + #""totalTokenCount":\#(plan.promptTokens + candidates + plan.reasoningTokens)\#(cached),"#
            + #""promptTokensDetails":[{"modality":"TEXT","tokenCount":"#
            + #"\#(plan.promptTokens - behaviour.audioInputTokens)}\#(audio)]\#(spoken)\#(thoughts)}"#
    }

    private mutating func append(_ chunk: String, to buffer: inout ByteBuffer) {
        if asEvents {
            buffer.writeString("data: \(chunk)\r\n\r\n")
        } else {
            buffer.writeString((isBegun ? "\r\n," : "") + chunk)
        }
        isBegun = true
    }
}
