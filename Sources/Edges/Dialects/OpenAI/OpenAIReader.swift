import GatewayTypes
import JSON
import NIOCore

/// Reads replies of OpenAI's shape into events: chat, streamed or whole, vectors, and documents in order.
struct OpenAIReader: FrameReader {
    private let rule: OpenAIUsageRule
    private var id: String?
    private var model: String?
    private var fingerprint: String?
    private var tier: String?
    private var choices: [Int: OpenAIChoiceReader] = [:]
    private var hasFinished = false
    private var hasFailed = false
    private var hasEnded = false
    private var hasCited = false
    private var hasContent = false

    init(rule: OpenAIUsageRule) { self.rule = rule }

    // MARK: Framing

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        guard !hasEnded else { return }
        if frame.data.starts(with: "[DONE]".utf8) { return end(into: &events) }
        do throws(JSONProblem) {
            readObject(try frame.json(), isWhole: false, into: &events)
        } catch {
            // What is not JSON says nothing.
        }
        if frame.isNamed("error") { fail(nil, nil, into: &events) }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        guard document.isObject else { return }
        readObject(document, isWhole: true, into: &events)
        let isReply = document["choices"] != nil || document["data"] != nil || document["results"] != nil
        if isReply || hasFailed { end(into: &events) }
    }

    mutating func endStream(into events: inout [ModelEvent]) {
        // Some providers send no `[DONE]`: a finished choice and a clean end say the same.
        if hasFinished, !hasFailed { end(into: &events) }
    }

    private mutating func end(into events: inout [ModelEvent]) {
        guard !hasEnded else { return }
        hasEnded = true
        events.append(.ended)
    }

    // MARK: Objects

    private mutating func readObject(_ object: JSONValue, isWhole: Bool, into events: inout [ModelEvent]) {
        readHead(object, into: &events)
        if let choices = object["choices"] {
            for (position, choice) in choices.elements.enumerated() {
                readChoice(choice, position, isWhole: isWhole, into: &events)
            }
            readCitations(object, into: &events)
        } else {
            readVectors(object, into: &events)
            readRanks(object, into: &events)
        }
        readUsage(object, into: &events)
        readErrors(object, into: &events)
    }

    private mutating func readHead(_ object: JSONValue, into events: inout [ModelEvent]) {
        let newID = id == nil ? Self.text(object["id"]) : nil
        let newModel = model == nil ? Self.text(object["model"]) : nil
        if newID != nil || newModel != nil {
            id = id ?? newID
            model = model ?? newModel
            events.append(.began(id: id, model: model))
        }
        if fingerprint == nil, let text = Self.text(object["system_fingerprint"]) {
            fingerprint = text
            events.append(.systemFingerprint(text))
        }
        if let text = Self.text(object["service_tier"]), text != tier {
            tier = text
            events.append(.serviceTier(text))
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return text
    }

    private mutating func readChoice(
        _ choice: JSONValue, _ position: Int, isWhole: Bool, into events: inout [ModelEvent]
    ) {
        let given = choice["index"]?.integer ?? Int64(position)
        let index = min(max(Int(clamping: given), 0), ReplyFacts.choicesMax - 1)
        var reader = choices[index] ?? OpenAIChoiceReader(choice: index)
        let before = events.count
        reader.read(choice, isWhole: isWhole, replyID: id, into: &events)
        choices[index] = reader
        if events.count > before { hasContent = true }
        hasFinished = hasFinished || reader.hasFinished
    }

    /// Perplexity names its sources beside the choices, in every chunk.
    private mutating func readCitations(_ object: JSONValue, into events: inout [ModelEvent]) {
        guard !hasCited else { return }
        let results = object["search_results"]?.elements ?? []
        let links = results.isEmpty ? object["citations"]?.elements ?? [] : results
        for link in links {
            let url = link.string ?? link["url"]?.string
            guard let url else { continue }
            hasCited = true
            events.append(.citation(Citation(url: url, title: link["title"]?.string), choice: 0))
        }
    }

    private func readVectors(_ object: JSONValue, into events: inout [ModelEvent]) {
        for (position, entry) in (object["data"]?.elements ?? []).enumerated() {
            guard let embedding = entry["embedding"] else { continue }
            let index = Int(clamping: entry["index"]?.integer ?? Int64(position))
            let vector = embedding.string.map(FloatText.numbers) ?? embedding.elements.map { $0.double ?? 0 }
            events.append(.embedding(vector, index: index))
        }
    }

    private func readRanks(_ object: JSONValue, into events: inout [ModelEvent]) {
        for entry in object["results"]?.elements ?? object["data"]?.elements ?? [] {
            guard let score = entry["relevance_score"]?.double ?? entry["score"]?.double else { continue }
            events.append(.relevance(score, index: Int(clamping: entry["index"]?.integer ?? 0)))
        }
    }

    // MARK: Usage

    private func readUsage(_ object: JSONValue, into events: inout [ModelEvent]) {
        // Groq has it apart, Moonshot beside the choice.
        let beside = object["x_groq"]?["usage"] ?? object["choices"]?.elements.first?["usage"]
        if let usage = usage(object["usage"]) ?? usage(beside) { return events.append(.usage(usage)) }
        guard let searches = object["meta"]?["billed_units"]?["search_units"]?.integer else { return }
        var usage = Usage(source: .provider)
        usage.units[.search] = searches
        events.append(.usage(usage))
    }

    private func usage(_ value: JSONValue?) -> Usage? {
        guard let value, value.isObject else { return nil }
        return value.document.bytes.withUnsafeReadableBytes { bytes in
            guard var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[value.range])) else { return nil }
            do throws(JSONProblem) { return try OpenAIUsage(&scanner).usage(rule) } catch { return nil }
        }
    }

    // MARK: Errors

    private mutating func readErrors(_ object: JSONValue, into events: inout [ModelEvent]) {
        for error in [object["error"], object["x_groq"]?["error"]] {
            guard let error else { continue }
            if error.isObject {
                let code = error["code"]?.string ?? error["type"]?.string
                fail(code, OpenAIErrorMessage.text(in: error), into: &events)
            } else if let text = error.string, !text.isEmpty {
                fail(nil, OpenAIErrorMessage.bounded(text), into: &events)
            }
        }
        // vLLM's own shape.
        if object["object"]?.says("error") == true {
            fail(object["type"]?.string, OpenAIErrorMessage.text(in: object), into: &events)
        }
    }

    /// The first error counts.
    private mutating func fail(_ word: String?, _ message: String?, into events: inout [ModelEvent]) {
        guard !hasFailed else { return }
        hasFailed = true
        let suffix = word.map { " (\($0.prefix(64)))" } ?? ""
        var failure = Failure(
            .upstreamError, "The provider reported an error inside its reply\(suffix); try again.",
            retryable: !hasContent)
        failure.upstreamMessage = message
        events.append(.failed(failure))
    }
}
