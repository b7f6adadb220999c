import GatewayTypes
import NIOCore

/// A chat reply that is not streamed.
struct ChatReply {
    let plan: ReplyPlan
    let fields: [ReplyField]
    let clock: ToolClock

    func send(pacer: ReplyPacer) async {
        var pacer = pacer
        let behaviour = plan.behaviour
        if behaviour.abortAfter == 0 { return pacer.writer.abort() }
        await pacer.waitForHead()
        await pacer.waitForPiece(max(0, plan.pieceCount - 1))
        if pacer.writer.isGone { return }
        var body = body()
        pacer.writer.start(ReplyHead(status: 200, fields: fields, bodyBytes: body.readableBytes))
        if behaviour.abortAfter != nil || behaviour.stallNanoseconds > 0 {
            if let half = body.readSlice(length: body.readableBytes / 2) { await pacer.write(half) }
            if behaviour.abortAfter != nil { return pacer.writer.abort() }
            await pacer.stall()
            if pacer.writer.isGone { return }
        }
        await pacer.write(body)
        pacer.writer.end()
    }

    func body() -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: 640 + 8 * (plan.textTokens + plan.reasoningTokens))
        plan.appendOpening(object: "chat.completion", to: &buffer)
        buffer.append("\"sim_sent_ns\":")
        buffer.append(Int(clock.now().nanoseconds))
        buffer.append(",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":")
        if plan.behaviour.toolCalls > 0 {
            buffer.append("null,\"tool_calls\":[")
            for call in 0..<plan.behaviour.toolCalls { appendToolCall(call, to: &buffer) }
            buffer.append("]")
        } else {
            appendWords(plan.textTokens, reasoning: false, to: &buffer)
        }
        if plan.reasoningTokens > 0 && !plan.behaviour.hidesReasoning {
            buffer.append(",\"reasoning_content\":")
            appendWords(plan.reasoningTokens, reasoning: true, to: &buffer)
        }
        buffer.append(",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"")
        buffer.append(plan.finishReason)
        buffer.append("\"}]")
        if plan.tellsUsage {
            buffer.append(",\"usage\":")
            plan.appendUsage(to: &buffer)
        }
        buffer.append("}")
        return buffer
    }

    private func appendWords(_ count: Int, reasoning: Bool, to buffer: inout ByteBuffer) {
        buffer.append("\"")
        for index in 0..<count { plan.appendWord(index, reasoning: reasoning, to: &buffer) }
        buffer.append("\"")
    }

    private func appendToolCall(_ call: Int, to buffer: inout ByteBuffer) {
        buffer.append(call == 0 ? "{\"id\":" : ",{\"id\":")
        buffer.appendJSON(plan.toolCallID(call))
        buffer.append(",\"type\":\"function\",\"function\":{\"name\":")
        buffer.appendJSON(plan.toolName)
        buffer.append(",\"arguments\":")
        buffer.appendJSON(plan.arguments(call))
        buffer.append("}}")
    }
}
