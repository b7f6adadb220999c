import JSON
import NIOCore

/// Cohere's chat, version 2.
struct CohereShape: StreamShape {
    let plan: ReplyPlan
    private var open: Block?
    private var blockIndex = -1

    private enum Block: Equatable { case thinking, text, tool(Int) }

    init(plan: ReplyPlan) { self.plan = plan }

    func whole() -> ByteBuffer {
        var content: [String] = []
        if plan.sentReasoning > 0 { content.append(#"{"type":"thinking","thinking":"\#(plan.reasoning)"}"#) }
        var members: [String] = []
        if plan.behaviour.toolCalls > 0 {
            members.append("\"tool_calls\":[\(plan.toolCalls { toolCall($0, arguments: plan.arguments($0)) })]")
        } else {
            content.append(#"{"type":"text","text":"\#(plan.text)"}"#)
        }
        if !content.isEmpty { members.append("\"content\":[\(content.joined(separator: ","))]") }
        return ByteBuffer(
            string: #"{"id":"\#(plan.id)","finish_reason":"\#(ending)","message":{"role":"assistant","#
                + members.joined(separator: ",") + "}\(usageMember)}")
    }

    func appendPreamble(to buffer: inout ByteBuffer) {
        for _ in 0..<plan.behaviour.comments { buffer.append(": simulated keep-alive\n\n") }
        buffer.writeString(
            "event: message-start\ndata: " + #"{"id":"\#(plan.id)","type":"message-start","delta":{"message":{"#
                + #""role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"# + "\n\n")
    }

    mutating func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        switch plan.piece(index) {
        case .reasoning(let word):
            begin(.thinking, #"{"content":{"type":"thinking","thinking":""}}"#, to: &buffer)
            delta("content", #"{"content":{"thinking":"\#(plan.word(word, reasoning: true))"}}"#, to: &buffer)
        case .text(let word):
            begin(.text, #"{"content":{"type":"text","text":""}}"#, to: &buffer)
            delta("content", #"{"content":{"text":"\#(plan.word(word, reasoning: false))"}}"#, to: &buffer)
        case .toolCall(let call):
            begin(.tool(call), "{\"tool_calls\":\(toolCall(call, arguments: ""))}", to: &buffer)
        case .arguments(let call, let fragment):
            let text = plan.fragment(fragment, of: call).json
            delta("tool-call", #"{"tool_calls":{"function":{"arguments":\#(text)}}}"#, to: &buffer)
        }
    }

    mutating func appendClosing(to buffer: inout ByteBuffer) {
        finish(to: &buffer)
        event("message-end", #""delta":{"finish_reason":"\#(ending)"\#(usageMember)}"#, to: &buffer)
        if plan.behaviour.sendsDone { buffer.append("data: [DONE]\n\n") }
    }

    func appendError(to buffer: inout ByteBuffer) {
        event(
            "message-end",
            #""delta":{"finish_reason":"ERROR","error":\#(SimulatedError.inStream.message.json)}"#, to: &buffer)
        buffer.append("data: [DONE]\n\n")
    }

    private var ending: String {
        switch plan.ending {
        case .stop: "COMPLETE"
        case .length: "MAX_TOKENS"
        case .tools: "TOOL_CALL"
        }
    }

    private func toolCall(_ call: Int, arguments: String) -> String {
        #"{"id":"\#(plan.toolCallID(call))","type":"function","function":{"name":\#(plan.toolName.json),"#
            + #""arguments":\#(arguments.json)}}"#
    }

    private var usageMember: String {
        guard plan.tellsUsage else { return "" }
        let tokens = #"{"input_tokens":\#(plan.promptTokens),"output_tokens":\#(plan.outputTokens)}"#
        return
            #","usage":{"billed_units":\#(tokens),"tokens":\#(tokens),"cached_tokens":\#(plan.behaviour.cachedTokens)}"#
    }

    private mutating func begin(_ block: Block, _ message: String, to buffer: inout ByteBuffer) {
        guard open != block else { return }
        finish(to: &buffer)
        open = block
        blockIndex += 1
        event("\(kind(block))-start", #""index":\#(blockIndex),"delta":{"message":\#(message)}"#, to: &buffer)
    }

    private mutating func finish(to buffer: inout ByteBuffer) {
        guard let block = open else { return }
        open = nil
        event("\(kind(block))-end", "\"index\":\(blockIndex)", to: &buffer)
    }

    private func kind(_ block: Block) -> String {
        switch block {
        case .thinking, .text: "content"
        case .tool: "tool-call"
        }
    }

    private func delta(_ kind: String, _ message: String, to buffer: inout ByteBuffer) {
        event("\(kind)-delta", #""index":\#(blockIndex),"delta":{"message":\#(message)}"#, to: &buffer)
    }

    private func event(_ type: String, _ members: String, to buffer: inout ByteBuffer) {
        buffer.writeString("event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n")
    }
}
