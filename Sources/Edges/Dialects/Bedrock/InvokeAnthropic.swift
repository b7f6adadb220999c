import GatewayTypes
import JSON

/// Claude's messages as InvokeModel gives them: whole, or event by event.
struct InvokeAnthropic {
    private var callCount = 0
    /// The index of the call that a block is, by the block's index.
    private var calls: [Int64: Int] = [:]
    /// The latest of each field; later events repeat only some.
    private var usage = Usage(source: .provider)

    /// Whether it is one of Claude's.
    func reads(_ value: JSONValue) -> Bool {
        switch value["type"]?.string {
        case "message", "completion", "message_start", "content_block_start", "content_block_delta",
            "content_block_stop", "message_delta", "message_stop", "ping", "error":
            true
        case nil, .some: false
        }
    }

    mutating func read(_ value: JSONValue, into events: inout [ModelEvent]) {
        let index = value["index"]?.integer ?? 0
        switch value["type"]?.string {
        case "message": readWhole(value, into: &events)
        case "completion": readCompletion(value, into: &events)
        case "message_start":
            let message = value["message"]
            events.append(.began(id: message?["id"]?.string, model: message?["model"]?.string))
            readUsage(message?["usage"], into: &events)
        case "content_block_start":
            if let block = value["content_block"] { readBlock(block, index, isWhole: false, into: &events) }
        case "content_block_delta":
            if let delta = value["delta"] { readDelta(delta, index, into: &events) }
        case "message_delta":
            readStop(value["delta"], into: &events)
            readUsage(value["usage"], into: &events)
        case "message_stop": if value["amazon-bedrock-invocationMetrics"] == nil { events.append(.ended) }
        case "error":
            let error = BedrockError(
                name: value["error"]?["type"]?.string ?? "", status: nil,
                message: value["error"].flatMap { BedrockError.message(in: $0) })
            events.append(.failed(error.failure))
        case nil, .some: break
        }
    }

    private mutating func readWhole(_ value: JSONValue, into events: inout [ModelEvent]) {
        events.append(.began(id: value["id"]?.string, model: value["model"]?.string))
        for (index, block) in (value["content"]?.elements ?? []).enumerated() {
            readBlock(block, Int64(index), isWhole: true, into: &events)
        }
        readStop(value, into: &events)
        readUsage(value["usage"], into: &events)
    }

    /// Claude 2's shape.
    private func readCompletion(_ value: JSONValue, into events: inout [ModelEvent]) {
        if let text = value["completion"]?.string, !text.isEmpty { events.append(.text(text, choice: 0)) }
        readStop(value, into: &events)
    }

    private mutating func readBlock(
        _ block: JSONValue, _ index: Int64, isWhole: Bool, into events: inout [ModelEvent]
    ) {
        switch block["type"]?.string {
        case "tool_use":
            let call = ToolCall(id: block["id"]?.string ?? "", name: block["name"]?.string ?? "", arguments: "")
            events.append(.toolCall(call, index: callCount, choice: 0))
            if isWhole {
                events.append(.toolArguments(block["input"]?.raw ?? "{}", index: callCount, choice: 0))
            }
            calls[index] = callCount
            callCount += 1
        case nil, .some: readText(block, into: &events)
        }
    }

    private func readDelta(_ delta: JSONValue, _ index: Int64, into events: inout [ModelEvent]) {
        if let piece = delta["partial_json"]?.string {
            guard let call = calls[index], !piece.isEmpty else { return }
            events.append(.toolArguments(piece, index: call, choice: 0))
        } else {
            readText(delta, into: &events)
        }
    }

    private func readText(_ block: JSONValue, into events: inout [ModelEvent]) {
        if let text = block["text"]?.string, !text.isEmpty { events.append(.text(text, choice: 0)) }
        if let thought = block["thinking"]?.string, !thought.isEmpty { events.append(.reasoning(thought, choice: 0)) }
    }

    private func readStop(_ value: JSONValue?, into events: inout [ModelEvent]) {
        guard let word = value?["stop_reason"]?.string else { return }
        let sequence = value?["stop_sequence"]?.string ?? value?["stop"]?.string
        events.append(
            .finished(ConverseReader.reason(word), word: word, stopSequence: sequence, choice: 0))
    }

    /// `input_tokens` leaves out what the cache read and wrote; `output_tokens` holds what was thought.
    private mutating func readUsage(_ value: JSONValue?, into events: inout [ModelEvent]) {
        guard let value, value.isObject else { return }
        let thought = TokenCount.read(value["output_tokens_details"]?["thinking_tokens"])
        usage[.input] = TokenCount.read(value["input_tokens"]) ?? usage[.input]
        usage[.cacheRead] = TokenCount.read(value["cache_read_input_tokens"]) ?? usage[.cacheRead]
        usage[.cacheWrite] = TokenCount.read(value["cache_creation_input_tokens"]) ?? usage[.cacheWrite]
        if let output = TokenCount.read(value["output_tokens"]) {
            let reasoning = thought.map { min($0, output) }
            usage[.reasoning] = reasoning
            usage[.output] = output - (reasoning ?? 0)
        }
        if let hour = TokenCount.read(value["cache_creation"]?["ephemeral_1h_input_tokens"]) {
            usage.cacheWriteHourTokens = min(hour, usage[.cacheWrite] ?? 0)
        }
        events.append(.usage(usage))
    }
}
