import JSON
import NIOCore

/// Ollama's own chat: one JSON object a line.
struct OllamaShape: StreamShape {
    let plan: ReplyPlan

    func whole() -> ByteBuffer {
        var message = "\"role\":\"assistant\",\"content\":\"\(plan.text)\""
        if plan.sentReasoning > 0 { message += ",\"thinking\":\"\(plan.reasoning)\"" }
        if plan.behaviour.toolCalls > 0 { message += ",\"tool_calls\":[\(plan.toolCalls(call))]" }
        return ByteBuffer(string: object(message, closing: closing))
    }

    func appendPreamble(to buffer: inout ByteBuffer) {}

    func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        let members: String
        switch plan.piece(index) {
        case .reasoning(let word): members = #""content":"","thinking":"\#(plan.word(word, reasoning: true))""#
        case .text(let word): members = #""content":"\#(plan.word(word, reasoning: false))""#
        // A call comes whole, with its arguments.
        case .toolCall(let call): members = #""content":"","tool_calls":[\#(self.call(call))]"#
        case .arguments: return
        }
        buffer.writeString(object("\"role\":\"assistant\"," + members, closing: "\"done\":false") + "\n")
    }

    func appendClosing(to buffer: inout ByteBuffer) {
        buffer.writeString(object(#""role":"assistant","content":"""#, closing: closing) + "\n")
    }

    func appendError(to buffer: inout ByteBuffer) {
        ErrorShape.ollama.write(.inStream, to: &buffer)
        buffer.append("\n")
    }

    private func call(_ call: Int) -> String {
        #"{"id":"\#(plan.toolCallID(call))","function":{"index":\#(call),"name":\#(plan.toolName.json),"#
            + #""arguments":\#(plan.arguments(call))}}"#
    }

    private func object(_ message: String, closing: String) -> String {
        #"{"model":\#(plan.model.json),"created_at":"2026-01-01T00:00:00Z","message":{\#(message)},\#(closing)}"#
    }

    /// Durations in nanoseconds.
    private var closing: String {
        let counts =
            plan.tellsUsage
            ? #","prompt_eval_count":\#(plan.promptTokens),"eval_count":\#(plan.outputTokens)"# : ""
        return #""done":true,"done_reason":"\#(plan.ending == .length ? "length" : "stop")","total_duration":2000000,"#
            + #""load_duration":1000,"prompt_eval_duration":1000000,"eval_duration":999000\#(counts)"#
    }
}
