import GatewayTypes
import JSON
import NIOCore

/// Reads replies of `/responses`: its events, or the whole response.
///
/// Deltas are passed on as they come; what came without them is taken from the item that an event completes, and of a
/// stream without items, from the response that ends it.
struct ResponsesReader: FrameReader {
    /// What was told of an item of the output.
    private struct Item {
        /// The call's place among the calls; nil: no call.
        var call: Int?
        /// Parts of which deltas came.
        var parts: Set<Int64> = []
        /// Whether the thoughts came as a summary or in full; of both, the first is told.
        var thought: ResponsesThought?
        var hasArguments = false
    }

    private var items: [Int64: Item] = [:]
    private var callCount = 0
    private var hasBegun = false
    /// Unicode scalars of all text.
    private var scalars = 0

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        let root: JSONValue
        // What is not JSON (`[DONE]` of some providers) says nothing.
        do throws(JSONProblem) { root = try frame.json() } catch { return }
        guard let type = root["type"]?.string else {
            if let error = root["error"] { fail(error, &events) }
            return
        }
        let index = root["output_index"]?.integer ?? 0
        switch type {
        case "response.created", "response.queued", "response.in_progress":
            if let response = root["response"] { begin(response, &events) }
        case "response.output_item.added": if let item = root["item"] { add(item, index, &events) }
        case "response.output_item.done": if let item = root["item"] { finish(item, index, &events) }
        case "response.output_text.delta": readText(root, index, &events)
        case "response.refusal.delta":
            items[index, default: Item()].parts.insert(root["content_index"]?.integer ?? 0)
            append(refusal: root["delta"]?.string, &events)
        case "response.reasoning_text.delta": think(.full, root["content_index"], root["delta"], index, &events)
        case "response.reasoning_summary_text.delta":
            think(.summary, root["summary_index"], root["delta"], index, &events)
        case "response.function_call_arguments.delta": readArguments(root, index, &events)
        case "response.completed", "response.incomplete", "response.failed", "response.cancelled":
            guard let response = root["response"] else { return }
            begin(response, &events)
            if items.isEmpty { readOutput(response, &events) }
            end(response, &events)
        case "error": fail(root["error"] ?? root, &events)
        default: break
        }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        if document["status"] == nil, document["output"] == nil, let error = document["error"] {
            return fail(error, &events)
        }
        guard document.isObject else { return }
        begin(document, &events)
        readOutput(document, &events)
        end(document, &events)
    }

    mutating func endStream(into events: inout [ModelEvent]) {}

    // MARK: The response

    private mutating func begin(_ response: JSONValue, _ events: inout [ModelEvent]) {
        guard !hasBegun else { return }
        hasBegun = true
        events.append(.began(id: response["id"]?.string, model: response["model"]?.string))
    }

    private mutating func readOutput(_ response: JSONValue, _ events: inout [ModelEvent]) {
        for (position, item) in (response["output"]?.elements ?? []).enumerated() {
            add(item, Int64(position), &events)
            finish(item, Int64(position), &events)
        }
    }

    private func end(_ response: JSONValue, _ events: inout [ModelEvent]) {
        let status = response["status"]?.string
        if let tier = response["service_tier"]?.string { events.append(.serviceTier(tier)) }
        // What is still to be made has neither an end nor a usage.
        if status != "queued", status != "in_progress" {
            if let word = response["incomplete_details"]?["reason"]?.string ?? status {
                events.append(.finished(reason(word), word: word, stopSequence: nil, choice: 0))
            }
            if let usage = ResponsesUsage.read(response["usage"]) { events.append(.usage(usage)) }
        }
        if status == "failed" { fail(response["error"], &events) } else { events.append(.ended) }
    }

    private func reason(_ word: String) -> FinishReason {
        switch word {
        case "completed": callCount > 0 ? .toolCalls : .stop
        case "max_output_tokens": .length
        case "content_filter": .contentFilter
        case "failed": .error
        default: .other
        }
    }

    private func fail(_ error: JSONValue?, _ events: inout [ModelEvent]) {
        let words = [error?["code"]?.string, error?["type"]?.string]
        var failure =
            if words.contains("insufficient_quota") {
                Failure(
                    .upstreamQuota, "The provider's quota or credit is used up; ask who runs this gateway to raise it.",
                    retryable: true)
            } else if words.contains("rate_limit_exceeded") || words.contains("too_many_requests") {
                Failure(
                    .upstreamRateLimited, "The provider's rate limit is reached; try again later.", retryable: true)
            } else {
                Failure(.upstreamError, "The provider failed while it replied; try again.", retryable: true)
            }
        failure.upstreamMessage = error?["message"]?.string
        events.append(.failed(failure))
    }

    // MARK: Items

    private mutating func add(_ value: JSONValue, _ index: Int64, _ events: inout [ModelEvent]) {
        guard items[index] == nil else { return }
        var item = Item()
        if value["type"]?.string == "function_call" {
            item.call = callCount
            let call = ToolCall(
                id: value["call_id"]?.string ?? value["id"]?.string ?? "", name: value["name"]?.string ?? "",
                arguments: "")
            events.append(.toolCall(call, index: callCount, choice: 0))
            callCount += 1
        }
        items[index] = item
    }

    /// The whole item: tells what no delta has told.
    private mutating func finish(_ value: JSONValue, _ index: Int64, _ events: inout [ModelEvent]) {
        add(value, index, &events)
        switch value["type"]?.string {
        case "message": finishMessage(value, index, &events)
        case "reasoning": finishReasoning(value, index, &events)
        case "function_call":
            guard let item = items[index], let call = item.call, !item.hasArguments,
                let arguments = value["arguments"]?.string, !arguments.isEmpty
            else { return }
            events.append(.toolArguments(arguments, index: call, choice: 0))
        case "image_generation_call":
            guard let image = value["result"]?.string else { return }
            let type = "image/" + (value["output_format"]?.string ?? "png")
            events.append(.media(Media(.image, .base64(image), mimeType: type), choice: 0))
        default: break
        }
    }

    private mutating func finishMessage(_ value: JSONValue, _ index: Int64, _ events: inout [ModelEvent]) {
        let told = items[index]?.parts ?? []
        let parts = value["content"]?.elements ?? []
        let counts = parts.map { $0["text"]?.string?.scalarCount ?? 0 }
        var start = scalars - counts.indices.reduce(0) { told.contains(Int64($1)) ? $0 + counts[$1] : $0 }
        for (position, part) in parts.enumerated() {
            if !told.contains(Int64(position)) {
                appendLogprobs(part["logprobs"], &events)
                append(text: part["text"]?.string, &events)
                append(refusal: part["refusal"]?.string, &events)
            }
            for annotation in part["annotations"]?.elements ?? [] {
                guard annotation["type"]?.string == "url_citation" else { continue }
                events.append(
                    .citation(
                        Citation(
                            url: annotation["url"]?.string, title: annotation["title"]?.string,
                            start: place(annotation["start_index"], start),
                            end: place(annotation["end_index"], start)), choice: 0))
            }
            start += counts[position]
        }
    }

    private func place(_ value: JSONValue?, _ start: Int) -> Int? {
        guard let place = value?.integer, place >= 0, place < TokenCount.most else { return nil }
        return start + Int(place)
    }

    private mutating func finishReasoning(_ value: JSONValue, _ index: Int64, _ events: inout [ModelEvent]) {
        if items[index]?.thought == nil {
            let full = value["content"]?.elements ?? []
            let parts = (full.isEmpty ? value["summary"]?.elements ?? [] : full).compactMap { $0["text"]?.string }
            let text = parts.joined(separator: ResponsesReasoning.separator)
            if !text.isEmpty {
                items[index, default: Item()].thought = full.isEmpty ? .summary : .full
                events.append(.reasoning(text, choice: 0))
            }
        }
        guard let proof = value["encrypted_content"]?.string, !proof.isEmpty else { return }
        let signature = Signature(origin: .responses, text: proof)
        if items[index]?.thought == nil {
            events.append(.sealedReasoning(signature, choice: 0))
        } else {
            events.append(.signature(signature, choice: 0))
        }
    }

    // MARK: Pieces

    private mutating func readText(_ root: JSONValue, _ index: Int64, _ events: inout [ModelEvent]) {
        items[index, default: Item()].parts.insert(root["content_index"]?.integer ?? 0)
        appendLogprobs(root["logprobs"], &events)
        append(text: root["delta"]?.string, &events)
    }

    private mutating func append(text: String?, _ events: inout [ModelEvent]) {
        guard let text, !text.isEmpty else { return }
        scalars += text.scalarCount
        events.append(.text(text, choice: 0))
    }

    private func append(refusal text: String?, _ events: inout [ModelEvent]) {
        if let text, !text.isEmpty { events.append(.refusal(text, choice: 0)) }
    }

    private mutating func think(
        _ thought: ResponsesThought, _ part: JSONValue?, _ delta: JSONValue?, _ index: Int64,
        _ events: inout [ModelEvent]
    ) {
        guard let text = delta?.string, !text.isEmpty else { return }
        var item = items[index, default: Item()]
        defer { items[index] = item }
        guard (item.thought ?? thought) == thought else { return }
        item.thought = thought
        let isNewPart = item.parts.insert(part?.integer ?? 0).inserted && item.parts.count > 1
        events.append(.reasoning(isNewPart ? ResponsesReasoning.separator + text : text, choice: 0))
    }

    private mutating func readArguments(_ root: JSONValue, _ index: Int64, _ events: inout [ModelEvent]) {
        guard let call = items[index]?.call, let text = root["delta"]?.string, !text.isEmpty else { return }
        items[index]?.hasArguments = true
        events.append(.toolArguments(text, index: call, choice: 0))
    }

    private func appendLogprobs(_ value: JSONValue?, _ events: inout [ModelEvent]) {
        let tokens = (value?.elements ?? []).compactMap(token)
        if !tokens.isEmpty { events.append(.logprobs(tokens, choice: 0)) }
    }

    private func token(_ value: JSONValue) -> TokenLogprob? {
        guard let token = value["token"]?.string, let logprob = value["logprob"]?.double else { return nil }
        return TokenLogprob(
            token: token, logprob: logprob,
            bytes: value["bytes"].map { $0.elements.compactMap { $0.integer.flatMap { UInt8(exactly: $0) } } },
            alternatives: (value["top_logprobs"]?.elements ?? []).compactMap(self.token))
    }
}

/// The forms of thought that an item of reasoning may show.
enum ResponsesThought { case summary, full }
