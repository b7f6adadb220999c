import GatewayTypes
import JSON

/// Reads replies of Converse and ConverseStream. Neither repeats the model.
struct ConverseReader: FrameReader {
    private enum Block {
        case tool(index: Int, hasArguments: Bool)
        case image(format: String)
        /// A tool that the provider runs itself, or its result: no call for the client.
        case ofProvider
    }

    private var hasBegun = false
    private var hasStopped = false
    private var hasEnded = false
    private var callCount = 0
    /// What was said when a block began, by its index; text blocks say nothing.
    private var blocks: [Int64: Block] = [:]

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        guard let event = Event(rawValue: String(decoding: frame.name, as: UTF8.self)) else { return }
        do throws(JSONProblem) {
            read(event, try frame.json(), into: &events)
        } catch {
            events.append(
                .failed(
                    Failure(
                        .upstreamProtocol, "The provider sent an event that is no JSON text; try again.",
                        retryable: true)))
        }
    }

    enum Event: String, CaseIterable {
        case messageStart, contentBlockStart, contentBlockDelta, contentBlockStop, messageStop, metadata
    }

    mutating func read(_ event: Event, _ value: JSONValue, into events: inout [ModelEvent]) {
        begin(into: &events)
        let index = value["contentBlockIndex"]?.integer ?? 0
        switch event {
        case .messageStart: break
        case .contentBlockStart:
            if let start = value["start"] { readStart(start, index, into: &events) }
        case .contentBlockDelta:
            if let delta = value["delta"] { readDelta(delta, index, into: &events) }
        case .contentBlockStop:
            if case .tool(let call, false)? = blocks.removeValue(forKey: index) {
                events.append(.toolArguments("{}", index: call, choice: 0))
            }
        case .messageStop: readStop(value, into: &events)
        case .metadata:
            readTier(value, into: &events)
            if let usage = value["usage"].flatMap({ ConverseUsage.read($0) }) { events.append(.usage(usage)) }
            if hasStopped { finish(into: &events) }
        }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        guard let message = document["output"]?["message"] else { return }
        begin(into: &events)
        for part in message["content"]?.elements ?? [] { readPart(part, into: &events) }
        readStop(document, into: &events)
        readTier(document, into: &events)
        if let usage = document["usage"].flatMap({ ConverseUsage.read($0) }) { events.append(.usage(usage)) }
        finish(into: &events)
    }

    mutating func endStream(into events: inout [ModelEvent]) {
        if hasStopped { finish(into: &events) }
    }

    private mutating func begin(into events: inout [ModelEvent]) {
        if !hasBegun { events.append(.began(id: nil, model: nil)) }
        hasBegun = true
    }

    private mutating func finish(into events: inout [ModelEvent]) {
        if !hasEnded { events.append(.ended) }
        hasEnded = true
    }

    private mutating func readStop(_ value: JSONValue, into events: inout [ModelEvent]) {
        hasStopped = true
        let word = value["stopReason"]?.string ?? ""
        let sequence = value["additionalModelResponseFields"]?["stop_sequence"]?.string
        events.append(.finished(Self.reason(word), word: word, stopSequence: sequence, choice: 0))
    }

    private func readTier(_ value: JSONValue, into events: inout [ModelEvent]) {
        if let tier = value["serviceTier"]?["type"]?.string { events.append(.serviceTier(tier)) }
    }

    static func reason(_ word: String) -> FinishReason {
        switch word {
        case "end_turn": .stop
        case "stop_sequence": .stopSequence
        case "tool_use": .toolCalls
        case "max_tokens", "model_context_window_exceeded": .length
        case "guardrail_intervened", "content_filtered": .contentFilter
        case "refusal": .refusal
        case "pause_turn": .pause
        case "malformed_model_output", "malformed_tool_use": .error
        default: .other
        }
    }

    // MARK: Pieces of a stream

    private mutating func readStart(_ start: JSONValue, _ index: Int64, into events: inout [ModelEvent]) {
        if let tool = start["toolUse"] {
            guard let call = beginCall(tool, into: &events) else { return blocks[index] = .ofProvider }
            blocks[index] = .tool(index: call, hasArguments: false)
        } else if let image = start["image"] {
            blocks[index] = .image(format: image["format"]?.string ?? "png")
        } else if start["toolResult"] != nil {
            blocks[index] = .ofProvider
        }
    }

    private mutating func readDelta(_ delta: JSONValue, _ index: Int64, into events: inout [ModelEvent]) {
        if let text = delta["text"]?.string {
            if !text.isEmpty { events.append(.text(text, choice: 0)) }
        } else if let input = delta["toolUse"]?["input"]?.string {
            guard case .tool(let call, _)? = blocks[index], !input.isEmpty else { return }
            blocks[index] = .tool(index: call, hasArguments: true)
            events.append(.toolArguments(input, index: call, choice: 0))
        } else if let thought = delta["reasoningContent"] {
            readThought(thought, sealed: thought["redactedContent"], into: &events)
        } else if let citation = delta["citation"] {
            events.append(.citation(Self.citation(citation), choice: 0))
        } else if let bytes = delta["image"]?["source"]?["bytes"]?.string, case .image(let format)? = blocks[index] {
            events.append(.media(Media(.image, .base64(bytes), mimeType: "image/" + format), choice: 0))
        }
    }

    // MARK: Parts of a whole reply

    private mutating func readPart(_ part: JSONValue, into events: inout [ModelEvent]) {
        if let text = part["text"]?.string {
            if !text.isEmpty { events.append(.text(text, choice: 0)) }
        } else if let tool = part["toolUse"] {
            guard let call = beginCall(tool, into: &events) else { return }
            events.append(.toolArguments(tool["input"]?.raw ?? "{}", index: call, choice: 0))
        } else if let thought = part["reasoningContent"] {
            readThought(thought["reasoningText"], sealed: thought["redactedContent"], into: &events)
        } else if let cited = part["citationsContent"] {
            for piece in cited["content"]?.elements ?? [] {
                if let text = piece["text"]?.string, !text.isEmpty { events.append(.text(text, choice: 0)) }
            }
            for citation in cited["citations"]?.elements ?? [] {
                events.append(.citation(Self.citation(citation), choice: 0))
            }
        } else if let image = part["image"], let bytes = image["source"]?["bytes"]?.string {
            let type = "image/" + (image["format"]?.string ?? "png")
            events.append(.media(Media(.image, .base64(bytes), mimeType: type), choice: 0))
        }
    }

    // MARK: Both

    /// The call's index; nil of a tool that the provider runs itself.
    private mutating func beginCall(_ tool: JSONValue, into events: inout [ModelEvent]) -> Int? {
        guard tool["type"]?.string != "server_tool_use" else { return nil }
        let call = ToolCall(
            id: tool["toolUseId"]?.string ?? "", name: tool["name"]?.string ?? "", arguments: "")
        events.append(.toolCall(call, index: callCount, choice: 0))
        callCount += 1
        return callCount - 1
    }

    private func readThought(_ thought: JSONValue?, sealed: JSONValue?, into events: inout [ModelEvent]) {
        if let text = thought?["text"]?.string, !text.isEmpty { events.append(.reasoning(text, choice: 0)) }
        if let signature = thought?["signature"]?.string, !signature.isEmpty {
            events.append(.signature(Signature(origin: .bedrock, text: signature), choice: 0))
        }
        if let sealed = sealed?.string {
            events.append(.sealedReasoning(Signature(origin: .bedrock, text: sealed), choice: 0))
        }
    }

    private static func citation(_ value: JSONValue) -> Citation {
        let location = value["location"]
        let url = location?["web"]?["url"] ?? location?["searchResultLocation"]?["source"]
        return Citation(url: url?.string ?? value["source"]?.string, title: value["title"]?.string)
    }
}
