import GatewayTypes
import NIOCore

/// A streamed chat reply: server-sent events, paced.
struct ChatStream {
    let plan: ReplyPlan
    let fields: [ReplyField]
    let clock: ToolClock
    /// What every chunk begins with.
    private let opening: ByteBuffer

    init(plan: ReplyPlan, fields: [ReplyField], clock: ToolClock) {
        self.plan = plan
        self.fields = fields
        self.clock = clock
        var opening = ByteBuffer(staticString: "data: ")
        plan.appendOpening(object: "chat.completion.chunk", to: &opening)
        self.opening = opening
    }

    func send(pacer: ReplyPacer) async {
        var pacer = pacer
        if plan.behaviour.abortAfter == 0 { return pacer.writer.abort() }
        await pacer.waitForHead()
        if pacer.writer.isGone { return }
        pacer.writer.start(ReplyHead(status: 200, fields: fields, bodyBytes: nil))
        let preamble = preamble()
        if preamble.readableBytes > 0 { await pacer.write(preamble) }
        guard await sendPieces(&pacer) else { return }
        await pacer.write(closing())
        pacer.writer.end()
    }

    /// Returns whether the stream is to end well.
    private func sendPieces(_ pacer: inout ReplyPacer) async -> Bool {
        let behaviour = plan.behaviour
        let count = plan.pieceCount
        var pending = ByteBuffer()
        for sent in 0...count {
            let stops = sent == behaviour.abortAfter || sent == behaviour.inBandErrorAfter
            let stalls = sent == behaviour.stallAfter && behaviour.stallNanoseconds > 0
            if pending.readableBytes > 0 && (stops || stalls || sent == count || sent % behaviour.batch == 0) {
                await pacer.write(pending)
                pending.clear()
            }
            if stalls { await pacer.stall() }
            if pacer.writer.isGone { return false }
            if sent == behaviour.abortAfter {
                pacer.writer.abort()
                return false
            }
            if sent == behaviour.inBandErrorAfter {
                await pacer.write(errorFrame())
                pacer.writer.end()
                return false
            }
            if sent == count { break }
            if pending.readableBytes == 0 { await pacer.waitForPiece(sent) }
            if pacer.writer.isGone { return false }
            appendPiece(sent, to: &pending)
        }
        return true
    }

    private func preamble() -> ByteBuffer {
        var buffer = ByteBuffer()
        for _ in 0..<plan.behaviour.comments { buffer.append(": simulated keep-alive\n\n") }
        if plan.behaviour.sendsRoleFrame {
            appendFrame(to: &buffer) { $0.append("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null") }
        }
        for _ in 0..<plan.behaviour.emptyFrames { appendFrame(to: &buffer) { _ in } }
        return buffer
    }

    private func closing() -> ByteBuffer {
        var buffer = ByteBuffer()
        appendFrame(to: &buffer, finishReason: plan.finishReason) { _ in }
        if plan.tellsUsage {
            appendStamp(to: &buffer)
            buffer.append(",\"choices\":[],\"usage\":")
            plan.appendUsage(to: &buffer)
            buffer.append("}\n\n")
        }
        if plan.behaviour.sendsDone { buffer.append("data: [DONE]\n\n") }
        return buffer
    }

    private func errorFrame() -> ByteBuffer {
        var buffer = ByteBuffer(staticString: "data: ")
        SimulatedError(
            status: 500, type: "server_error", code: nil, message: "The simulator was asked for an error in the stream."
        ).write(to: &buffer)
        buffer.append("\n\n")
        return buffer
    }

    private func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        appendFrame(to: &buffer) { buffer in
            if index == 0 && !plan.behaviour.sendsRoleFrame { buffer.append("\"role\":\"assistant\",") }
            switch plan.piece(index) {
            case .text(let word):
                buffer.append("\"content\":\"")
                plan.appendWord(word, reasoning: false, to: &buffer)
                buffer.append("\"")
            case .reasoning(let word):
                buffer.append("\"reasoning_content\":\"")
                plan.appendWord(word, reasoning: true, to: &buffer)
                buffer.append("\"")
            case .toolCall(let call):
                buffer.append("\"tool_calls\":[{\"index\":")
                buffer.append(call)
                buffer.append(",\"id\":")
                buffer.appendJSON(plan.toolCallID(call))
                buffer.append(",\"type\":\"function\",\"function\":{\"name\":")
                buffer.appendJSON(plan.toolName)
                buffer.append(",\"arguments\":\"\"}}]")
            case .arguments(let call, let fragment):
                buffer.append("\"tool_calls\":[{\"index\":")
                buffer.append(call)
                buffer.append(",\"function\":{\"arguments\":")
                buffer.appendJSON(plan.fragment(fragment, of: call))
                buffer.append("}}]")
            }
        }
    }

    /// The beginning of a chunk, stamped with the time at which it is made.
    private func appendStamp(to buffer: inout ByteBuffer) {
        buffer.writeImmutableBuffer(opening)
        buffer.append("\"sim_sent_ns\":")
        buffer.append(Int(clock.now().nanoseconds))
    }

    private func appendFrame(
        to buffer: inout ByteBuffer, finishReason: StaticString? = nil, delta: (inout ByteBuffer) -> Void
    ) {
        appendStamp(to: &buffer)
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
