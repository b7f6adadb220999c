import GatewayTypes
import JSON
import NIOCore

/// A streamed chat reply: server-sent events, paced.
struct ChatStream: StreamShape {
    let plan: ReplyPlan
    let clock: ToolClock
    /// What every chunk begins with.
    private let opening: ByteBuffer
    /// When the last byte of the request had been read; told in the chunk that ends the text.
    private let received: Moment

    init(plan: ReplyPlan, clock: ToolClock, received: Moment) {
        self.plan = plan
        self.clock = clock
        self.received = received
        var opening = ByteBuffer(staticString: "data: ")
        plan.appendOpening(object: "chat.completion.chunk", to: &opening)
        self.opening = opening
    }

    func appendPreamble(to buffer: inout ByteBuffer) {
        for _ in 0..<plan.behaviour.comments { buffer.append(": simulated keep-alive\n\n") }
        if plan.behaviour.sendsRoleFrame {
            appendFrame(to: &buffer) { $0.append("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null") }
        }
        for _ in 0..<plan.behaviour.emptyFrames { appendFrame(to: &buffer) { _ in } }
    }

    func appendClosing(to buffer: inout ByteBuffer) {
        appendFrame(to: &buffer, finishReason: plan.finishReason, tellsReceived: true) { _ in }
        if plan.tellsUsage {
            appendStamp(to: &buffer)
            buffer.append(",\"choices\":[],\"usage\":")
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

    func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        appendFrame(to: &buffer) { buffer in
            if index == 0 && !plan.behaviour.sendsRoleFrame { buffer.append("\"role\":\"assistant\",") }
            switch plan.piece(index) {
            case .text(let word):
                buffer.append("\"content\":\"")
                appendWord(word, reasoning: false, to: &buffer)
                buffer.append("\"")
            case .reasoning(let word):
                buffer.append("\"reasoning_content\":\"")
                appendWord(word, reasoning: true, to: &buffer)
                buffer.append("\"")
            case .toolCall(let call):
                buffer.append("\"tool_calls\":[{\"index\":")
                buffer.append(call)
                buffer.append(",\"id\":")
                buffer.writeJSONString(plan.toolCallID(call))
                buffer.append(",\"type\":\"function\",\"function\":{\"name\":")
                buffer.writeJSONString(plan.toolName)
                buffer.append(",\"arguments\":\"\"}}]")
            case .arguments(let call, let fragment):
                buffer.append("\"tool_calls\":[{\"index\":")
                buffer.append(call)
                buffer.append(",\"function\":{\"arguments\":")
                buffer.writeJSONString(plan.fragment(fragment, of: call))
                buffer.append("}}]")
            }
        }
    }

    /// A stamp in the text itself outlives whoever writes the chunk anew.
    private func appendWord(_ word: Int, reasoning: Bool, to buffer: inout ByteBuffer) {
        guard plan.behaviour.stampsWords else { return plan.appendWord(word, reasoning: reasoning, to: &buffer) }
        if word > 0 { buffer.append(" ") }
        buffer.append(Int(clock.now().nanoseconds))
    }

    /// The beginning of a chunk, stamped with the time at which it is made.
    private func appendStamp(to buffer: inout ByteBuffer) {
        buffer.writeImmutableBuffer(opening)
        buffer.append("\"sim_sent_ns\":")
        buffer.append(Int(clock.now().nanoseconds))
    }

    private func appendFrame(
        to buffer: inout ByteBuffer, finishReason: StaticString? = nil, tellsReceived: Bool = false,
        delta: (inout ByteBuffer) -> Void
    ) {
        appendStamp(to: &buffer)
        if tellsReceived {
            buffer.append(",\"sim_received_ns\":")
            buffer.append(Int(received.nanoseconds))
        }
        buffer.append(",\"choices\":[{\"index\":0,\"delta\":{")
        delta(&buffer)
        buffer.append("},\"logprobs\":null,\"finish_reason\":")
        if let finishReason {
            buffer.append("\"")
            buffer.append(finishReason)
            buffer.append("\"")
        } else {
            buffer.append("null")
        }
        // As OpenAI does: where usage is told at the end, every chunk before it says null.
        buffer.append(plan.tellsUsage ? "}],\"usage\":null}\n\n" : "}]}\n\n")
    }
}
