import JSON
import NIOCore

/// AWS Bedrock's Converse: JSON, or the binary event stream.
struct BedrockShape: StreamShape {
    let plan: ReplyPlan
    private var open: Block?
    private var blockIndex = -1

    private enum Block: Equatable { case reasoning, text, tool(Int) }

    init(plan: ReplyPlan) { self.plan = plan }

    func whole() -> ByteBuffer {
        var blocks: [String] = []
        if plan.sentReasoning > 0 {
            blocks.append(
                #"{"reasoningContent":{"reasoningText":{"text":"\#(plan.reasoning)","signature":"\#(plan.signature)"}}}"#
            )
        }
        if plan.behaviour.toolCalls > 0 {
            blocks += (0..<plan.behaviour.toolCalls).map { call in
                #"{"toolUse":{"toolUseId":"\#(toolID(call))","name":\#(plan.toolName.json),"#
                    + #""input":\#(plan.arguments(call))}}"#
            }
        } else {
            blocks.append(#"{"text":"\#(plan.text)"}"#)
        }
        let usage = plan.tellsUsage ? ",\"usage\":\(usage)" : ""
        return ByteBuffer(
            string: #"{"metrics":{"latencyMs":1},"output":{"message":{"role":"assistant","content":["#
                + blocks.joined(separator: ",") + #"]}},"stopReason":"\#(stopReason)"\#(usage)}"#)
    }

    func appendPreamble(to buffer: inout ByteBuffer) { event("messageStart", #"{"role":"assistant""#, to: &buffer) }

    mutating func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        switch plan.piece(index) {
        case .reasoning(let word):
            begin(.reasoning, to: &buffer)
            delta(#"{"reasoningContent":{"text":"\#(plan.word(word, reasoning: true))"}}"#, to: &buffer)
        case .text(let word):
            begin(.text, to: &buffer)
            delta(#"{"text":"\#(plan.word(word, reasoning: false))"}"#, to: &buffer)
        case .toolCall(let call):
            begin(.tool(call), to: &buffer)
            // Only tools announce their blocks.
            event(
                "contentBlockStart",
                #"{"contentBlockIndex":\#(blockIndex),"start":{"toolUse":{"toolUseId":"\#(toolID(call))","#
                    + #""name":\#(plan.toolName.json)}}"#, to: &buffer)
        case .arguments(let call, let fragment):
            delta(#"{"toolUse":{"input":\#(plan.fragment(fragment, of: call).json)}}"#, to: &buffer)
        }
    }

    mutating func appendClosing(to buffer: inout ByteBuffer) {
        finish(to: &buffer)
        event("messageStop", #"{"stopReason":"\#(stopReason)""#, to: &buffer)
        let usage = plan.tellsUsage ? ",\"usage\":\(usage)" : ""
        event("metadata", #"{"metrics":{"latencyMs":1}\#(usage)"#, to: &buffer)
    }

    func appendError(to buffer: inout ByteBuffer) {
        EventFrame.append(
            kind: .exception, name: "modelStreamErrorException",
            payload: #"{"message":\#(SimulatedError.inStream.message.json),"originalStatusCode":500}"#, to: &buffer)
    }

    private var stopReason: String {
        switch plan.ending {
        case .stop: "end_turn"
        case .length: "max_tokens"
        case .tools: "tool_use"
        }
    }

    private func toolID(_ call: Int) -> String { "tooluse_" + plan.toolCallID(call).dropFirst(5) }

    /// `inputTokens` holds neither what was read from the cache nor what was written to it; the total holds all.
    private var usage: String {
        let behaviour = plan.behaviour
        return #"{"inputTokens":\#(plan.freshTokens),"outputTokens":\#(plan.outputTokens),"#
            + #""totalTokens":\#(plan.promptTokens + plan.outputTokens),"#
            + #""cacheReadInputTokens":\#(behaviour.cachedTokens),"cacheWriteInputTokens":\#(behaviour.cacheWriteTokens)}"#
    }

    private mutating func begin(_ block: Block, to buffer: inout ByteBuffer) {
        guard open != block else { return }
        finish(to: &buffer)
        open = block
        blockIndex += 1
    }

    private mutating func finish(to buffer: inout ByteBuffer) {
        guard let block = open else { return }
        open = nil
        if block == .reasoning {
            delta(#"{"reasoningContent":{"signature":"\#(plan.signature)"}}"#, to: &buffer)
        }
        event("contentBlockStop", "{\"contentBlockIndex\":\(blockIndex)", to: &buffer)
    }

    private func delta(_ json: String, to buffer: inout ByteBuffer) {
        event("contentBlockDelta", #"{"contentBlockIndex":\#(blockIndex),"delta":\#(json)"#, to: &buffer)
    }

    /// Every payload is padded, so that its length tells nothing of a token's.
    private func event(_ type: String, _ opened: String, to buffer: inout ByteBuffer) {
        EventFrame.append(kind: .event, name: type, payload: opened + ",\"p\":\"abcdefgh\"}", to: &buffer)
    }
}
