import GatewayTypes
import JSON

/// A reply to InvokeModel, or a chunk of one, of the models other than Claude and Nova: each maker has its own names.
struct InvokeReply {
    private(set) var events: [ModelEvent] = []
    private(set) var usage = Usage()
    private let value: JSONValue

    var id: String? { value["id"]?.string ?? value["generation_id"]?.string }
    var model: String? { value["model"]?.string }

    init(_ value: JSONValue) {
        self.value = value
        readAmazon()
        readMeta()
        readLists()
        readCohere()
        readOpenAI()
    }

    private mutating func say(_ text: JSONValue?, _ finish: JSONValue?, choice: Int) {
        if let text = text?.string, !text.isEmpty { events.append(.text(text, choice: choice)) }
        if let word = finish?.string, !word.isEmpty {
            events.append(.finished(Self.reason(word), word: word, stopSequence: nil, choice: choice))
        }
    }

    /// The words of all makers; none means two things.
    private static func reason(_ word: String) -> FinishReason {
        switch word.lowercased() {
        case "stop", "finish", "finished", "complete", "endoftext", "end_turn": .stop
        case "stop_sequence": .stopSequence
        case "length", "max_tokens": .length
        case "tool_calls", "tool_call", "tool_use": .toolCalls
        case "content_filter", "content_filtered", "error_toxic": .contentFilter
        case "error", "error_limit", "timeout": .error
        default: .other
        }
    }

    /// Titan: `results`, or `outputText` of a stream; its embeddings count as `inputTextTokenCount` alone.
    private mutating func readAmazon() {
        usage[.input] = TokenCount.read(value["inputTextTokenCount"])
        usage[.output] = TokenCount.read(value["totalOutputTextTokenCount"])
        say(value["outputText"], value["completionReason"], choice: 0)
        for (index, result) in (value["results"]?.elements ?? []).enumerated() {
            say(result["outputText"], result["completionReason"], choice: index)
            guard let tokens = TokenCount.read(result["tokenCount"]) else { continue }
            usage[.output] = min((usage[.output] ?? 0) + tokens, TokenCount.most)
        }
    }

    /// Llama.
    private mutating func readMeta() {
        if let tokens = TokenCount.read(value["prompt_token_count"]) { usage[.input] = tokens }
        if let tokens = TokenCount.read(value["generation_token_count"]) { usage[.output] = tokens }
        if value["generation"] != nil { say(value["generation"], value["stop_reason"], choice: 0) }
    }

    /// AI21's `completions`, Mistral's `outputs`, and Cohere's `generations`.
    private mutating func readLists() {
        for (index, completion) in (value["completions"]?.elements ?? []).enumerated() {
            say(completion["data"]?["text"], completion["finishReason"]?["reason"], choice: index)
        }
        for (index, output) in (value["outputs"]?.elements ?? []).enumerated() {
            say(output["text"], output["stop_reason"], choice: index)
        }
        for (index, generation) in (value["generations"]?.elements ?? []).enumerated() {
            say(generation["text"], generation["finish_reason"], choice: index)
        }
    }

    /// Command: `text` at the top, of a whole reply as of a chunk.
    private mutating func readCohere() {
        guard value["choices"] == nil else { return }
        let choice = value["index"]?.integer.map { Int(min(max($0, 0), 127)) } ?? 0
        say(value["text"], value["finish_reason"], choice: choice)
    }

    /// AI21's Jamba, Mistral's newer models, DeepSeek, Qwen, gpt-oss and endpoints of SageMaker.
    private mutating func readOpenAI() {
        for (index, choice) in (value["choices"]?.elements ?? []).enumerated() {
            let place = choice["index"]?.integer.map { Int(min(max($0, 0), 127)) } ?? index
            let message = choice["message"] ?? choice["delta"]
            if let thought = (message?["reasoning_content"] ?? message?["reasoning"])?.string, !thought.isEmpty {
                events.append(.reasoning(thought, choice: place))
            }
            readCalls(message, place)
            say(message?["content"] ?? choice["text"], choice["finish_reason"] ?? choice["stop_reason"], choice: place)
        }
        guard let counts = value["usage"], counts.isObject else { return }
        let input = TokenCount.read(counts["prompt_tokens"])
        let cached = TokenCount.read(counts["prompt_tokens_details"]?["cached_tokens"])
        if let input {
            usage[.cacheRead] = cached.map { min($0, input) }
            usage[.input] = input - min(cached ?? 0, input)
        }
        if let output = TokenCount.read(counts["completion_tokens"]) {
            let thought = TokenCount.read(counts["completion_tokens_details"]?["reasoning_tokens"])
            usage[.reasoning] = thought.map { min($0, output) }
            usage[.output] = output - min(thought ?? 0, output)
        }
        usage.reportedTotal = TokenCount.read(counts["total_tokens"])
    }

    private mutating func readCalls(_ message: JSONValue?, _ choice: Int) {
        for (position, call) in (message?["tool_calls"]?.elements ?? []).enumerated() {
            let index = call["index"]?.integer.map { Int(min(max($0, 0), 1023)) } ?? position
            let function = call["function"]
            if let name = function?["name"]?.string, !name.isEmpty {
                let begun = ToolCall(id: call["id"]?.string ?? "", name: name, arguments: "")
                events.append(.toolCall(begun, index: index, choice: choice))
            }
            if let piece = function?["arguments"]?.string, !piece.isEmpty {
                events.append(.toolArguments(piece, index: index, choice: choice))
            }
        }
    }
}
