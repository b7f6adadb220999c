import GatewayTypes
import JSON
import NIOCore

/// Reads the replies of Anthropic's Messages API: events of a stream, and whole messages.
struct AnthropicReader: FrameReader {
    private enum Block {
        case text(citations: [Citation], start: Int)
        case thinking
        /// A call that the client must run; whether arguments have come.
        case tool(index: Int, hasArguments: Bool)
        /// What the provider runs or keeps for itself.
        case ignored
    }

    private var blocks: [Int64: Block] = [:]
    private var toolCount = 0
    /// Unicode scalars of the text so far.
    private var textScalars = 0
    private var usage = AnthropicUsage()
    private var toldOutput = false
    private var serviceTier: String?
    private var hasContent = false
    private var hasEnded = false

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        do throws(JSONProblem) {
            read(try frame.json(), into: &events)
        } catch {
            // What is no JSON says nothing that could be passed on.
            if frame.isNamed("error") {
                events.append(.failed(AnthropicWords.failure(nil, retryable: !hasContent)))
            }
        }
    }

    private enum EventType: String, CaseIterable, Sendable {
        case messageStart = "message_start"
        case messageDelta = "message_delta"
        case messageStop = "message_stop"
        case blockStart = "content_block_start"
        case blockDelta = "content_block_delta"
        case blockStop = "content_block_stop"
        case completion, error

        static let words = JSONKeys<Self>()
    }

    private mutating func read(_ event: JSONValue, into events: inout [ModelEvent]) {
        switch event["type"]?.word(of: EventType.words) {
        case .blockDelta: readDelta(event, into: &events)
        case .blockStart: beginBlock(event, into: &events)
        case .blockStop: endBlock(event["index"]?.integer ?? 0, into: &events)
        case .messageStart:
            guard let message = event["message"] else { return }
            begin(message, into: &events)
            // The output told here is a first guess: were the stream cut, it would stand as the provider's count.
            tellUsage(message["usage"], withOutput: false, into: &events)
        case .messageDelta:
            if let delta = event["delta"] { finish(delta, into: &events) }
            tellUsage(event["usage"], withOutput: true, into: &events)
        case .messageStop:
            if !toldOutput, usage.knowsOutput, let usage = usage.usage() { events.append(.usage(usage)) }
            end(into: &events)
        case .completion: readCompletion(event, into: &events)
        case .error: events.append(.failed(AnthropicWords.failure(event["error"], retryable: !hasContent)))
        case nil: break
        }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        switch document["type"]?.string {
        case "message":
            begin(document, into: &events)
            for (index, block) in (document["content"]?.elements ?? []).enumerated() {
                begin(block, at: Int64(index), isWhole: true, into: &events)
                endBlock(Int64(index), into: &events)
            }
            finish(document, into: &events)
            tellUsage(document["usage"], withOutput: true, into: &events)
            end(into: &events)
        case "completion":
            readCompletion(document, into: &events)
            end(into: &events)
        case "error": events.append(.failed(AnthropicWords.failure(document["error"], retryable: true)))
        default:
            // The answer to a wish to count tokens, which uses none: nothing but their number.
            if document["input_tokens"] != nil { end(into: &events) }
        }
    }

    mutating func endStream(into events: inout [ModelEvent]) {
        // Only `message_stop` is a proper end.
    }

    private mutating func end(into events: inout [ModelEvent]) {
        guard !hasEnded else { return }
        hasEnded = true
        events.append(.ended)
    }

    // MARK: Around the content

    private func begin(_ message: JSONValue, into events: inout [ModelEvent]) {
        events.append(.began(id: message["id"]?.string, model: message["model"]?.string))
    }

    private func finish(_ message: JSONValue, into events: inout [ModelEvent]) {
        guard let word = message["stop_reason"]?.string else { return }
        if let explanation = message["stop_details"]?["explanation"]?.string, !explanation.isEmpty {
            events.append(.refusal(explanation, choice: 0))
        }
        events.append(
            .finished(
                AnthropicWords.finish(word), word: word, stopSequence: message["stop_sequence"]?.string, choice: 0))
    }

    private mutating func tellUsage(_ value: JSONValue?, withOutput: Bool, into events: inout [ModelEvent]) {
        guard let value else { return }
        usage.merge(value)
        if let tier = usage.serviceTier, tier != serviceTier {
            serviceTier = tier
            events.append(.serviceTier(tier))
        }
        guard let told = usage.usage(withOutput: withOutput) else { return }
        toldOutput = withOutput && usage.knowsOutput
        events.append(.usage(told))
    }

    /// The older API's reply, whole or a piece of it.
    private mutating func readCompletion(_ completion: JSONValue, into events: inout [ModelEvent]) {
        if !hasContent { begin(completion, into: &events) }
        say(completion["completion"]?.string, into: &events)
        hasContent = true
        guard let word = completion["stop_reason"]?.string else { return }
        events.append(
            .finished(AnthropicWords.finish(word), word: word, stopSequence: completion["stop"]?.string, choice: 0))
        end(into: &events)
    }

    // MARK: Content

    private mutating func beginBlock(_ event: JSONValue, into events: inout [ModelEvent]) {
        guard let block = event["content_block"] else { return }
        begin(block, at: event["index"]?.integer ?? 0, isWhole: false, into: &events)
    }

    /// `isWhole`: nothing of the block follows.
    private mutating func begin(_ block: JSONValue, at index: Int64, isWhole: Bool, into events: inout [ModelEvent]) {
        switch block["type"]?.string {
        case "text":
            let citations = (block["citations"]?.elements ?? []).map(Self.citation)
            blocks[index] = .text(citations: citations, start: textScalars)
            say(block["text"]?.string, into: &events)
        case "thinking":
            blocks[index] = .thinking
            think(block["thinking"]?.string, into: &events)
            prove(block["signature"]?.string, into: &events)
        case "redacted_thinking":
            blocks[index] = .ignored
            hasContent = true
            events.append(
                .sealedReasoning(Signature(origin: .anthropic, text: block["data"]?.string ?? ""), choice: 0))
        case "tool_use":
            hasContent = true
            let call = ToolCall(id: block["id"]?.string ?? "", name: block["name"]?.string ?? "", arguments: "")
            events.append(.toolCall(call, index: toolCount, choice: 0))
            // A stream begins with an empty object in the place of what follows.
            let input = block["input"].flatMap { isWhole || !$0.members.isEmpty ? $0.raw : nil }
            if let input { events.append(.toolArguments(input, index: toolCount, choice: 0)) }
            blocks[index] = .tool(index: toolCount, hasArguments: input != nil)
            toolCount += 1
        default: blocks[index] = .ignored
        }
    }

    private enum DeltaType: String, CaseIterable, Sendable {
        case text = "text_delta"
        case thinking = "thinking_delta"
        case signature = "signature_delta"
        case inputJSON = "input_json_delta"
        case citations = "citations_delta"

        static let words = JSONKeys<Self>()
    }

    private mutating func readDelta(_ event: JSONValue, into events: inout [ModelEvent]) {
        guard let delta = event["delta"] else { return }
        switch delta["type"]?.word(of: DeltaType.words) {
        case .text: say(delta["text"]?.string, into: &events)
        case .thinking: think(delta["thinking"]?.string, into: &events)
        case .signature: prove(delta["signature"]?.string, into: &events)
        case .inputJSON:
            let index = event["index"]?.integer ?? 0
            guard case .tool(let tool, _)? = blocks[index], let piece = delta["partial_json"]?.string, !piece.isEmpty
            else { return }
            blocks[index] = .tool(index: tool, hasArguments: true)
            events.append(.toolArguments(piece, index: tool, choice: 0))
        case .citations:
            let index = event["index"]?.integer ?? 0
            guard case .text(let before, let start)? = blocks[index], let value = delta["citation"] else { return }
            blocks[index] = .text(citations: before + [Self.citation(value)], start: start)
        case nil: break
        }
    }

    private mutating func endBlock(_ index: Int64, into events: inout [ModelEvent]) {
        switch blocks.removeValue(forKey: index) {
        case .text(let citations, let start):
            // A block's sources stand for all its text, whose end is known only now.
            for var citation in citations {
                citation.start = start
                citation.end = textScalars
                events.append(.citation(citation, choice: 0))
            }
        case .tool(let tool, hasArguments: false): events.append(.toolArguments("{}", index: tool, choice: 0))
        case .tool, .thinking, .ignored, nil: break
        }
    }

    private static func citation(_ value: JSONValue) -> Citation {
        let title = value["title"] ?? value["document_title"]
        return Citation(url: (value["url"] ?? value["source"])?.string, title: title?.string)
    }

    private mutating func say(_ text: String?, into events: inout [ModelEvent]) {
        guard let text, !text.isEmpty else { return }
        hasContent = true
        textScalars += text.scalarCount
        events.append(.text(text, choice: 0))
    }

    private mutating func think(_ text: String?, into events: inout [ModelEvent]) {
        guard let text, !text.isEmpty else { return }
        hasContent = true
        events.append(.reasoning(text, choice: 0))
    }

    private func prove(_ signature: String?, into events: inout [ModelEvent]) {
        guard let signature, !signature.isEmpty else { return }
        events.append(.signature(Signature(origin: .anthropic, text: signature), choice: 0))
    }
}
