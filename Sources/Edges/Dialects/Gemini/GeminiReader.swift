import GatewayTypes
import JSON
import NIOCore

/// Reads replies of generateContent, embedContent, batchEmbedContents and Vertex's predict.
///
/// A stream has no final message and may say a finish reason in each one: what was said last counts, when it ends.
struct GeminiReader: FrameReader {
    private struct Choice {
        var callCount = 0
        var finish: String?
    }

    private var hasBegun = false
    private var hasContent = false
    private var hasFailed = false
    private var replyID: String?
    private var choices: [Int: Choice] = [:]
    private var blockReason: String?
    private var usage: Usage?
    private var citations: Set<String> = []

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        do throws(JSONProblem) {
            take(try frame.json(), &events)
        } catch {
            // What is not JSON is for the client to judge; it says nothing here.
        }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        guard document.isObject else { return }
        take(document, &events)
        guard !hasFailed else { return }
        finish(&events)
        events.append(.ended)
    }

    mutating func endStream(into events: inout [ModelEvent]) {
        let isWhole = !hasFailed && (blockReason != nil || choices.values.contains { $0.finish != nil })
        finish(&events)
        if isWhole { events.append(.ended) }
    }

    private mutating func finish(_ events: inout [ModelEvent]) {
        if let blockReason, choices.isEmpty {
            events.append(.finished(.contentFilter, word: blockReason, stopSequence: nil, choice: 0))
        }
        for (index, choice) in choices.sorted(by: { $0.key < $1.key }) {
            guard let word = choice.finish else { continue }
            let reason = GeminiFinish.reason(word, calledTools: choice.callCount > 0)
            events.append(.finished(reason, word: word, stopSequence: nil, choice: index))
        }
    }

    // MARK: One message

    private mutating func take(_ root: JSONValue, _ events: inout [ModelEvent]) {
        if root["error"] != nil {
            hasFailed = true
            events.append(.failed(GeminiProviderFailure.inStream(root, isRetryable: !hasContent)))
            return
        }
        if !hasBegun {
            hasBegun = true
            replyID = root["responseId"]?.string
            events.append(.began(id: replyID, model: root["modelVersion"]?.string))
        }
        let candidates = root["candidates"]?.elements ?? []
        for (position, candidate) in candidates.enumerated() {
            let fallback = candidates.count > 1 ? position : 0
            let index = candidate["index"]?.googleInteger.map { Int(min(max($0, 0), 127)) } ?? fallback
            take(candidate, index, &events)
        }
        if let word = GeminiFinish.word(root["promptFeedback"]?["blockReason"]) { blockReason = word }
        takeEmbeddings(root, &events)
        guard let block = root["usageMetadata"] else { return }
        if let usage = GeminiUsage.read(block), usage != self.usage {
            self.usage = usage
            events.append(.usage(usage))
        }
        if let tier = GeminiUsage.tier(block) { events.append(.serviceTier(tier)) }
    }

    private mutating func take(_ candidate: JSONValue, _ index: Int, _ events: inout [ModelEvent]) {
        var choice = choices[index] ?? Choice()
        for part in candidate["content"]?["parts"]?.elements ?? [] {
            hasContent = true
            take(part, index, &choice, &events)
        }
        if let word = GeminiFinish.word(candidate["finishReason"]) { choice.finish = word }
        choices[index] = choice
        let tokens = GeminiLogprobs.read(candidate["logprobsResult"])
        if !tokens.isEmpty { events.append(.logprobs(tokens, choice: index)) }
        for chunk in candidate["groundingMetadata"]?["groundingChunks"]?.elements ?? [] {
            guard let web = chunk["web"] ?? chunk["retrievedContext"], let url = web["uri"]?.string,
                citations.insert(url).inserted
            else { continue }
            events.append(.citation(Citation(url: url, title: web["title"]?.string), choice: index))
        }
    }

    private func take(_ part: JSONValue, _ index: Int, _ choice: inout Choice, _ events: inout [ModelEvent]) {
        let signature = part["thoughtSignature"]?.string.map { Signature(origin: .gemini, text: $0) }
        if let call = part["functionCall"] {
            guard let name = call["name"]?.string, !name.isEmpty else { return }
            let id = call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? callID(index, choice.callCount)
            events.append(
                .toolCall(
                    ToolCall(id: id, name: name, arguments: "", signature: signature), index: choice.callCount,
                    choice: index))
            events.append(.toolArguments(call["args"]?.compact ?? "{}", index: choice.callCount, choice: index))
            choice.callCount += 1
        } else if let media = GeminiMedia.read(part) {
            events.append(.media(media, choice: index))
            if let signature { events.append(.sealedReasoning(signature, choice: index)) }
        } else if let text = part["text"]?.string ?? (signature == nil || part.isForeignPart ? nil : "") {
            let isThought = part["thought"]?.bool == true
            if !text.isEmpty {
                events.append(isThought ? .reasoning(text, choice: index) : .text(text, choice: index))
            }
            guard let signature else { return }
            events.append(
                isThought ? .signature(signature, choice: index) : .sealedReasoning(signature, choice: index))
        }
    }

    /// For calls that the provider gives no id: one that is the same however the reply is cut, and another in each reply.
    private func callID(_ choice: Int, _ position: Int) -> String {
        let reply = (replyID ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        return "call_\(reply.isEmpty ? "" : reply + "_")\(choice == 0 ? "" : "\(choice)_")\(position)"
    }

    private func takeEmbeddings(_ root: JSONValue, _ events: inout [ModelEvent]) {
        let predictions = root["predictions"]?.elements ?? []
        let vectors =
            root["embedding"].map { [$0] } ?? root["embeddings"]?.elements
            ?? predictions.compactMap { $0["embeddings"] }
        for (index, vector) in vectors.enumerated() {
            events.append(.embedding(vector["values"]?.elements.compactMap(\.double) ?? [], index: index))
        }
        if let usage = GeminiUsage.read(predictions: predictions) { events.append(.usage(usage)) }
    }
}

extension JSONValue {
    /// A part of what the provider's own tools did, whose signature is of no use without it.
    fileprivate var isForeignPart: Bool {
        members.contains { !["text", "thought", "thoughtSignature"].contains($0.key) }
    }
}
