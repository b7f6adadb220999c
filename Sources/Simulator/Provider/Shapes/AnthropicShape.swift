import JSON
import NIOCore

/// Anthropic's Messages.
struct AnthropicShape: StreamShape {
    let plan: ReplyPlan
    /// The kind of the open block, and its index.
    private var open: Block?
    private var blockIndex = -1

    private enum Block: Equatable { case thinking, text, tool(Int) }

    init(plan: ReplyPlan) { self.plan = plan }

    func whole() -> ByteBuffer {
        var blocks: [String] = []
        if plan.sentReasoning > 0 {
            blocks.append(#"{"type":"thinking","thinking":"\#(plan.reasoning)","signature":"\#(plan.signature)"}"#)
        }
        if plan.behaviour.toolCalls > 0 {
            blocks += (0..<plan.behaviour.toolCalls).map { toolBlock($0, input: plan.arguments($0)) }
        } else if plan.textTokens > 0 {
            blocks.append(#"{"type":"text","text":"\#(plan.text)"}"#)
        }
        return ByteBuffer(
            string: message(blocks.joined(separator: ","), stopReason: "\"\(stopReason)\"", output: plan.outputTokens))
    }

    func appendPreamble(to buffer: inout ByteBuffer) {
        for _ in 0..<plan.behaviour.comments { buffer.append(": simulated keep-alive\n\n") }
        let begun = message("", stopReason: "null", output: min(1, plan.outputTokens))
        event("message_start", "\"message\":\(begun)", to: &buffer)
        for _ in 0..<1 + plan.behaviour.emptyFrames { buffer.append("event: ping\ndata: {\"type\":\"ping\"}\n\n") }
    }

    mutating func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        switch plan.piece(index) {
        case .reasoning(let word):
            begin(.thinking, #"{"type":"thinking","thinking":"","signature":""}"#, to: &buffer)
            delta(#""type":"thinking_delta","thinking":"\#(plan.word(word, reasoning: true))""#, to: &buffer)
        case .text(let word):
            begin(.text, #"{"type":"text","text":""}"#, to: &buffer)
            delta(#""type":"text_delta","text":"\#(plan.word(word, reasoning: false))""#, to: &buffer)
        case .toolCall(let call): begin(.tool(call), toolBlock(call, input: "{}"), to: &buffer)
        case .arguments(let call, let fragment):
            delta(
                #""type":"input_json_delta","partial_json":\#(plan.fragment(fragment, of: call).json)"#, to: &buffer)
        }
    }

    mutating func appendClosing(to buffer: inout ByteBuffer) {
        finish(to: &buffer)
        let usage = plan.tellsUsage ? ",\"usage\":{\(usage(output: plan.outputTokens))}" : ""
        event(
            "message_delta", #""delta":{"stop_reason":"\#(stopReason)","stop_sequence":null}\#(usage)"#, to: &buffer)
        buffer.append("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }

    func appendError(to buffer: inout ByteBuffer) {
        buffer.append("event: error\ndata: ")
        ErrorShape.anthropic.write(.inStream, to: &buffer)
        buffer.append("\n\n")
    }

    private var stopReason: String {
        switch plan.ending {
        case .stop: "end_turn"
        case .length: "max_tokens"
        case .tools: "tool_use"
        }
    }

    private func toolBlock(_ call: Int, input: String) -> String {
        #"{"type":"tool_use","id":"\#(toolID(call))","name":\#(plan.toolName.json),"input":\#(input)}"#
    }

    private func toolID(_ call: Int) -> String { "toolu_" + plan.toolCallID(call).dropFirst(5) }

    private func message(_ content: String, stopReason: String, output: Int) -> String {
        let usage =
            plan.tellsUsage ? #","usage":{\#(usage(output: output)),"service_tier":"standard"}"# : ""
        return #"{"id":"msg_\#(plan.id)","type":"message","role":"assistant","model":\#(plan.model.json),"#
            + #""content":[\#(content)],"stop_reason":\#(stopReason),"stop_sequence":null\#(usage)}"#
    }

    private func usage(output: Int) -> String {
        let behaviour = plan.behaviour
        let thinking =
            plan.reasoningTokens > 0 && output == plan.outputTokens
            ? ",\"output_tokens_details\":{\"thinking_tokens\":\(plan.reasoningTokens)}" : ""
        return #""input_tokens":\#(plan.freshTokens),"cache_creation_input_tokens":\#(behaviour.cacheWriteTokens),"#
            + #""cache_read_input_tokens":\#(behaviour.cachedTokens),"cache_creation":{"ephemeral_5m_input_tokens":"#
            + #"\#(behaviour.cacheWriteTokens),"ephemeral_1h_input_tokens":0},"output_tokens":\#(output)\#(thinking)"#
    }

    private mutating func begin(_ block: Block, _ json: String, to buffer: inout ByteBuffer) {
        guard open != block else { return }
        finish(to: &buffer)
        open = block
        blockIndex += 1
        event("content_block_start", #""index":\#(blockIndex),"content_block":\#(json)"#, to: &buffer)
    }

    private mutating func finish(to buffer: inout ByteBuffer) {
        guard let block = open else { return }
        open = nil
        if block == .thinking { delta(#""type":"signature_delta","signature":"\#(plan.signature)""#, to: &buffer) }
        event("content_block_stop", "\"index\":\(blockIndex)", to: &buffer)
    }

    private func delta(_ members: String, to buffer: inout ByteBuffer) {
        event("content_block_delta", #""index":\#(blockIndex),"delta":{\#(members)}"#, to: &buffer)
    }

    private func event(_ type: String, _ members: String, to buffer: inout ByteBuffer) {
        buffer.writeString("event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n")
    }
}
