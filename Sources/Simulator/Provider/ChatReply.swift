import GatewayTypes
import JSON
import NIOCore

/// A chat reply that is not streamed.
struct ChatReply {
    let plan: ReplyPlan
    let clock: ToolClock

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
        buffer.writeJSONString(plan.toolCallID(call))
        buffer.append(",\"type\":\"function\",\"function\":{\"name\":")
        buffer.writeJSONString(plan.toolName)
        buffer.append(",\"arguments\":")
        buffer.writeJSONString(plan.arguments(call))
        buffer.append("}}")
    }
}
