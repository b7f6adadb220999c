import JSON
import NIOCore

/// OpenAI's Responses API.
struct ResponsesShape: StreamShape {
    let plan: ReplyPlan
    let encryptsReasoning: Bool
    private var sequence = 0
    private var open: OpenItem?
    private var done: [String] = []

    private enum OpenItem: Equatable { case reasoning, message, call(Int) }

    init(plan: ReplyPlan, encryptsReasoning: Bool) {
        self.plan = plan
        self.encryptsReasoning = encryptsReasoning
    }

    func whole() -> ByteBuffer {
        var items: [String] = []
        if plan.sentReasoning > 0 { items.append(reasoningItem(isDone: true)) }
        if plan.behaviour.toolCalls > 0 {
            items += (0..<plan.behaviour.toolCalls).map { callItem($0, isDone: true) }
        } else {
            items.append(messageItem(isDone: true))
        }
        return ByteBuffer(string: response(status: plan.isCut ? "incomplete" : "completed", output: items))
    }

    mutating func appendPreamble(to buffer: inout ByteBuffer) {
        for _ in 0..<plan.behaviour.comments { buffer.append(": simulated keep-alive\n\n") }
        let response = response(status: "in_progress", output: [])
        event("response.created", "\"response\":\(response)", to: &buffer)
        event("response.in_progress", "\"response\":\(response)", to: &buffer)
    }

    mutating func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        switch plan.piece(index) {
        case .reasoning(let word):
            begin(.reasoning, to: &buffer)
            let place = #""item_id":"rs_\#(plan.id)","output_index":\#(done.count),"summary_index":0"#
            event(
                "response.reasoning_summary_text.delta",
                #"\#(place),"delta":"\#(plan.word(word, reasoning: true))""#, to: &buffer)
        case .text(let word):
            begin(.message, to: &buffer)
            let delta = plan.word(word, reasoning: false)
            event(
                "response.output_text.delta",
                #"\#(place("msg_")),"content_index":0,"delta":"\#(delta)","logprobs":[]"#, to: &buffer)
        case .toolCall(let call): begin(.call(call), to: &buffer)
        case .arguments(let call, let fragment):
            event(
                "response.function_call_arguments.delta",
                #"\#(callPlace(call)),"delta":\#(plan.fragment(fragment, of: call).json)"#, to: &buffer)
        }
    }

    mutating func appendClosing(to buffer: inout ByteBuffer) {
        // A reply without a word is an empty message, as it is when it comes whole.
        if open != .message && plan.behaviour.toolCalls == 0 { begin(.message, to: &buffer) }
        finish(to: &buffer)
        let status = plan.isCut ? "incomplete" : "completed"
        event("response.\(status)", "\"response\":\(response(status: status, output: done))", to: &buffer)
    }

    mutating func appendError(to buffer: inout ByteBuffer) {
        event("response.failed", "\"response\":\(response(status: "failed", output: done))", to: &buffer)
    }

    // MARK: Items

    private func place(_ prefix: String) -> String {
        #""item_id":"\#(prefix)\#(plan.id)","output_index":\#(done.count)"#
    }

    private func callPlace(_ call: Int) -> String {
        #""item_id":"fc_\#(plan.id)\#(call)","output_index":\#(done.count)"#
    }

    private mutating func begin(_ item: OpenItem, to buffer: inout ByteBuffer) {
        guard open != item else { return }
        finish(to: &buffer)
        open = item
        let json =
            switch item {
            case .reasoning: reasoningItem(isDone: false)
            case .message: messageItem(isDone: false)
            case .call(let call): callItem(call, isDone: false)
            }
        event("response.output_item.added", #""output_index":\#(done.count),"item":\#(json)"#, to: &buffer)
        switch item {
        case .reasoning:
            event(
                "response.reasoning_summary_part.added",
                #"\#(place("rs_")),"summary_index":0,"part":{"type":"summary_text","text":""}"#, to: &buffer)
        case .message:
            event(
                "response.content_part.added", #"\#(place("msg_")),"content_index":0,"part":\#(textPart(""))"#,
                to: &buffer)
        case .call: break
        }
    }

    private mutating func finish(to buffer: inout ByteBuffer) {
        guard let item = open else { return }
        open = nil
        let json: String
        switch item {
        case .reasoning:
            json = reasoningItem(isDone: true)
            let place = place("rs_") + ",\"summary_index\":0"
            event("response.reasoning_summary_text.done", #"\#(place),"text":"\#(plan.reasoning)""#, to: &buffer)
            event(
                "response.reasoning_summary_part.done",
                #"\#(place),"part":{"type":"summary_text","text":"\#(plan.reasoning)"}"#, to: &buffer)
        case .message:
            json = messageItem(isDone: true)
            let place = place("msg_") + ",\"content_index\":0"
            event("response.output_text.done", #"\#(place),"text":"\#(plan.text)","logprobs":[]"#, to: &buffer)
            event("response.content_part.done", #"\#(place),"part":\#(textPart(plan.text))"#, to: &buffer)
        case .call(let call):
            json = callItem(call, isDone: true)
            event(
                "response.function_call_arguments.done",
                #"\#(callPlace(call)),"name":\#(plan.toolName.json),"arguments":\#(plan.arguments(call).json)"#,
                to: &buffer)
        }
        event("response.output_item.done", #""output_index":\#(done.count),"item":\#(json)"#, to: &buffer)
        done.append(json)
    }

    private func textPart(_ text: String) -> String {
        #"{"type":"output_text","text":"\#(text)","annotations":[],"logprobs":[]}"#
    }

    private func reasoningItem(isDone: Bool) -> String {
        let summary = isDone ? #"{"type":"summary_text","text":"\#(plan.reasoning)"}"# : ""
        let secret = encryptsReasoning && isDone ? #","encrypted_content":"\#(plan.signature)""# : ""
        return #"{"id":"rs_\#(plan.id)","type":"reasoning","summary":[\#(summary)]\#(secret)}"#
    }

    private func messageItem(isDone: Bool) -> String {
        let status = isDone ? (plan.isCut ? "incomplete" : "completed") : "in_progress"
        return #"{"id":"msg_\#(plan.id)","type":"message","status":"\#(status)","role":"assistant","content":["#
            + (isDone ? textPart(plan.text) : "") + "]}"
    }

    private func callItem(_ call: Int, isDone: Bool) -> String {
        let arguments = isDone ? plan.arguments(call) : ""
        return
            #"{"id":"fc_\#(plan.id)\#(call)","type":"function_call","status":"\#(isDone ? "completed" : "in_progress")","#
            + #""call_id":"\#(plan.toolCallID(call))","name":\#(plan.toolName.json),"arguments":\#(arguments.json)}"#
    }

    // MARK: The response

    private func response(status: String, output: [String]) -> String {
        let ended = status != "in_progress"
        let error =
            status == "failed" ? #"{"code":"server_error","message":\#(SimulatedError.inStream.message.json)}"# : "null"
        let incomplete = status == "incomplete" ? #"{"reason":"max_output_tokens"}"# : "null"
        let usage = ended && status != "failed" && plan.tellsUsage ? self.usage : "null"
        return #"{"id":"resp_\#(plan.id)","object":"response","created_at":\#(plan.created),"status":"\#(status)","#
            + #""background":false,"error":\#(error),"incomplete_details":\#(incomplete),"instructions":null,"#
            + #""max_output_tokens":null,"max_tool_calls":null,"model":\#(plan.model.json),"#
            + #""output":[\#(output.joined(separator: ","))],"parallel_tool_calls":true,"previous_response_id":null,"#
            + #""reasoning":{"effort":null,"summary":null},"service_tier":\#(plan.behaviour.tier.json),"store":true,"#
            + #""temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","#
            + #""tools":[],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":\#(usage),"user":null,"#
            + #""metadata":{}}"#
    }

    private var usage: String {
        let output = plan.outputTokens
        let written =
            plan.behaviour.cacheWriteTokens > 0 ? ",\"cache_write_tokens\":\(plan.behaviour.cacheWriteTokens)" : ""
        return #"{"input_tokens":\#(plan.promptTokens),"input_tokens_details":{"cached_tokens":"#
            + #"\#(plan.behaviour.cachedTokens)\#(written)},"output_tokens":\#(output),"output_tokens_details":{"#
            + #""reasoning_tokens":\#(plan.reasoningTokens)},"total_tokens":\#(plan.promptTokens + output)}"#
    }

    private mutating func event(_ type: String, _ members: String, to buffer: inout ByteBuffer) {
        buffer.writeString(
            "event: \(type)\ndata: {\"type\":\"\(type)\",\"sequence_number\":\(sequence),\(members)}\n\n")
        sequence += 1
    }
}
