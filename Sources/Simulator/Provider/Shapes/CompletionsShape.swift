import JSON
import NIOCore

/// OpenAI's older completions: text without messages, tools or reasoning.
struct CompletionsShape: StreamShape {
    let plan: ReplyPlan

    func whole() -> ByteBuffer {
        var buffer = ByteBuffer()
        appendObject(plan.text, reason: ending, usage: plan.tellsUsage, to: &buffer)
        return buffer
    }

    func appendPreamble(to buffer: inout ByteBuffer) {}

    func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        guard case .text(let word) = plan.piece(index) else { return }
        buffer.append("data: ")
        appendObject(plan.word(word, reasoning: false), reason: "null", usage: false, to: &buffer)
        buffer.append("\n\n")
    }

    func appendClosing(to buffer: inout ByteBuffer) {
        buffer.append("data: ")
        appendObject("", reason: ending, usage: false, to: &buffer)
        buffer.append("\n\n")
        if plan.tellsUsage {
            buffer.append("data: ")
            appendOpening(to: &buffer)
            buffer.append("\"choices\":[],\"usage\":")
            plan.appendUsage(to: &buffer)
            buffer.append("}\n\n")
        }
        if plan.behaviour.sendsDone { buffer.append("data: [DONE]\n\n") }
    }

    func appendError(to buffer: inout ByteBuffer) {
        buffer.append("data: ")
        SimulatedError.inStream.write(to: &buffer)
        buffer.append("\n\n")
    }

    private var ending: String { plan.isCut ? "\"length\"" : "\"stop\"" }

    private func appendOpening(to buffer: inout ByteBuffer) {
        buffer.writeString(
            #"{"id":"cmpl-\#(plan.id)","object":"text_completion","created":\#(plan.created),"model":\#(plan.model.json),"#
        )
    }

    private func appendObject(_ text: String, reason: String, usage: Bool, to buffer: inout ByteBuffer) {
        appendOpening(to: &buffer)
        buffer.writeString(
            #""choices":[{"index":0,"text":"\#(text)","logprobs":null,"finish_reason":\#(reason)}]"#)
        if usage {
            buffer.append(",\"usage\":")
            plan.appendUsage(to: &buffer)
        }
        buffer.append("}")
    }
}
