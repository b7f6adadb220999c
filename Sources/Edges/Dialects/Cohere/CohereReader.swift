import GatewayTypes
import JSON

/// Reads replies of Cohere: version 2's events and documents, and version 1's (see `CohereReader+V1`).
struct CohereReader: FrameReader {
    private var hasBegun = false
    private var hasEnded = false
    private var contentSeen = false
    /// The order in which calls came, by the index that Cohere gives them.
    private var calls: [Int64: Int] = [:]

    init() {}

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        guard frame.data.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
            // `[DONE]`, which only follows the end.
            if String(decoding: frame.data, as: UTF8.self).contains("[DONE]") { end(&events) }
            return
        }
        do throws(JSONProblem) {
            let document = try frame.json()
            if let type = document["type"]?.string {
                read(type, document, &events)
            } else if let type = document["event_type"]?.string {
                readVersion1(type, document, &events)
            } else {
                readWhole(document, into: &events)
            }
        } catch {
            // What is no JSON says nothing; that the end is missing is what the core sees.
        }
    }

    mutating func endStream(into events: inout [ModelEvent]) {}

    // MARK: Events of version 2

    private mutating func read(_ type: String, _ event: JSONValue, _ events: inout [ModelEvent]) {
        let delta = event["delta"]
        let message = delta?["message"]
        switch type {
        case "message-start": begin(event["id"]?.string, &events)
        case "content-start", "content-delta":
            read(content: message?["content"], &events)
            logprobs(event["logprobs"], &events)
        case "tool-plan-delta": think(message?["tool_plan"]?.string, &events)
        case "tool-call-start", "tool-call-delta":
            if let call = message?["tool_calls"] { read(call: call, event["index"]?.integer, &events) }
        case "citation-start":
            if let citation = message?["citations"] { cite(citation, &events) }
        case "message-end": finish(delta, usage: delta?["usage"], &events)
        default: break
        }
    }

    // MARK: Whole replies

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        if let message = document["message"], message.isObject {
            begin(document["id"]?.string, &events)
            think(message["tool_plan"]?.string, &events)
            for content in message["content"]?.elements ?? [] { read(content: content, &events) }
            for (position, call) in (message["tool_calls"]?.elements ?? []).enumerated() {
                read(call: call, Int64(position), &events)
            }
            for citation in message["citations"]?.elements ?? [] { cite(citation, &events) }
            for item in document["logprobs"]?.elements ?? [] { logprobs(item, &events) }
            finish(document, usage: document["usage"], &events)
        } else if let embeddings = document["embeddings"] {
            begin(document["id"]?.string, &events)
            // By type where types were asked for; one list where not, as in version 1.
            let vectors = embeddings.isObject ? embeddings["float"]?.elements ?? [] : embeddings.elements
            for (index, vector) in vectors.enumerated() {
                events.append(.embedding(vector.elements.compactMap(\.double), index: index))
            }
            finish(nil, usage: document["meta"], &events)
        } else if let results = document["results"], results.isArray {
            begin(document["id"]?.string, &events)
            for result in results.elements {
                guard let index = result["index"]?.integer, let score = result["relevance_score"]?.double else {
                    continue
                }
                events.append(.relevance(score, index: Int(clamping: index)))
            }
            finish(nil, usage: document["meta"], &events)
        } else {
            readWholeVersion1(document, into: &events)
        }
    }

    // MARK: Parts of both versions

    mutating func begin(_ id: String?, _ events: inout [ModelEvent]) {
        guard !hasBegun else { return }
        hasBegun = true
        events.append(.began(id: id, model: nil))
    }

    mutating func say(_ text: String?, choice: Int = 0, _ events: inout [ModelEvent]) {
        guard let text, !text.isEmpty else { return }
        contentSeen = true
        events.append(.text(text, choice: choice))
    }

    mutating func think(_ text: String?, _ events: inout [ModelEvent]) {
        guard let text, !text.isEmpty else { return }
        contentSeen = true
        events.append(.reasoning(text, choice: 0))
    }

    mutating func call(
        _ id: String?, _ name: String, _ arguments: String?, at index: Int64, _ events: inout [ModelEvent]
    ) {
        contentSeen = true
        let order = calls.count
        calls[index] = order
        events.append(
            .toolCall(ToolCall(id: id ?? "call_\(order)", name: name, arguments: ""), index: order, choice: 0))
        argue(arguments, at: index, &events)
    }

    func argue(_ arguments: String?, at index: Int64, _ events: inout [ModelEvent]) {
        guard let arguments, !arguments.isEmpty, let order = calls[index] else { return }
        events.append(.toolArguments(arguments, index: order, choice: 0))
    }

    /// `reason`: what holds `finish_reason`, and the error where it is one; nil where the operation has none.
    mutating func finish(_ reason: JSONValue?, usage: JSONValue?, _ events: inout [ModelEvent]) {
        let word = reason?["finish_reason"]?.string
        if let word { events.append(.finished(FinishReason(cohere: word), word: word, stopSequence: nil, choice: 0)) }
        if let usage = CohereUsage.read(usage) { events.append(.usage(usage)) }
        guard word == "ERROR" else { return end(&events) }
        let kind = reason?["error_type"]?.string.map { " (\($0.prefix(64)))" } ?? ""
        var failure = Failure(
            .upstreamError, "The provider reported an error inside its reply\(kind); try again.",
            retryable: !contentSeen)
        failure.upstreamMessage = reason?["error"]?.string.map {
            String($0.prefix(ProviderErrorReply.messageCharactersMax))
        }
        hasEnded = true
        events.append(.failed(failure))
    }

    mutating func end(_ events: inout [ModelEvent]) {
        guard !hasEnded else { return }
        hasEnded = true
        events.append(.ended)
    }

    func isKnown(call index: Int64) -> Bool { calls[index] != nil }

    private mutating func read(content: JSONValue?, _ events: inout [ModelEvent]) {
        think(content?["thinking"]?.string, &events)
        say(content?["text"]?.string, &events)
    }

    private mutating func read(call: JSONValue, _ index: Int64?, _ events: inout [ModelEvent]) {
        let function = call["function"]
        let index = index ?? 0
        let arguments = function?["arguments"]?.string
        if let name = function?["name"]?.string, !isKnown(call: index) {
            self.call(call["id"]?.string, name, arguments, at: index, &events)
        } else {
            argue(arguments, at: index, &events)
        }
    }

    /// One for each source. Those of a plan or a thought do not point into the text.
    private func cite(_ citation: JSONValue, _ events: inout [ModelEvent]) {
        guard (citation["type"]?.string ?? "TEXT_CONTENT") == "TEXT_CONTENT" else { return }
        let start = citation["start"]?.integer.map { Int(clamping: $0) }
        let end = citation["end"]?.integer.map { Int(clamping: $0) }
        for source in citation["sources"]?.elements ?? [] {
            let id = source["id"]?.string
            let content = source["document"] ?? source["tool_output"]
            let url = content?["url"]?.string ?? id.flatMap { $0.contains("://") ? $0 : nil }
            events.append(
                .citation(
                    Citation(url: url, title: content?["title"]?.string ?? id, start: start, end: end), choice: 0))
        }
    }

    /// Of a piece of text, whose tokens are not told apart: together they are as likely as the product.
    private func logprobs(_ item: JSONValue?, _ events: inout [ModelEvent]) {
        let numbers = item?["logprobs"]?.elements.compactMap(\.double) ?? []
        guard let text = item?["text"]?.string, !numbers.isEmpty else { return }
        events.append(.logprobs([TokenLogprob(token: text, logprob: numbers.reduce(0, +))], choice: 0))
    }
}
