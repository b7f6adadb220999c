import GatewayTypes
import JSON

/// Reads what one choice of a reply says, chunk by chunk or whole.
struct OpenAIChoiceReader {
    /// A call whose pieces come one by one.
    private struct Call {
        var id = ""
        let index: Int
        var hasBegun = false
        /// Arguments that came before the name.
        var pending = ""
    }

    let choice: Int
    private(set) var hasFinished = false
    private var calls: [Int64: Call] = [:]
    private var callCount = 0
    private var lastKey: Int64 = 0
    /// What was shown of the thought that has no proof yet.
    private var thought = ""
    private var hasRefused = false

    init(choice: Int) { self.choice = choice }

    mutating func read(_ value: JSONValue, isWhole: Bool, replyID: String?, into events: inout [ModelEvent]) {
        // Perplexity's chunks have both; `message` there is all that was said so far.
        let said = isWhole ? value["message"] ?? value["delta"] : value["delta"] ?? value["message"]
        var hasText = false
        if let said {
            readThoughts(said, into: &events)
            if let content = said["content"] { hasText = readContent(content, into: &events) }
            if let refusal = said["refusal"]?.string, !refusal.isEmpty {
                hasRefused = true
                events.append(.refusal(refusal, choice: choice))
            }
            readCalls(said, isWhole: isWhole, replyID, into: &events)
            readMedia(said, into: &events)
            for note in said["annotations"]?.elements ?? [] { cite(note, into: &events) }
        }
        // Some providers send the same text twice: here and in the delta.
        if !hasText, let text = value["text"]?.string, !text.isEmpty { events.append(.text(text, choice: choice)) }
        let tokens = (value["logprobs"]?["content"]?.elements ?? []).compactMap(Self.logprob)
        if !tokens.isEmpty { events.append(.logprobs(tokens, choice: choice)) }
        readFinish(value, into: &events)
    }

    private mutating func readFinish(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let word = value["finish_reason"]?.string, !word.isEmpty else { return }
        hasFinished = true
        let sequence = word == "stop" ? value["stop_reason"]?.string : nil
        var reason = Self.reason(word)
        if sequence != nil { reason = .stopSequence }
        if reason == .stop, hasRefused { reason = .refusal }
        events.append(.finished(reason, word: word, stopSequence: sequence, choice: choice))
    }

    private static func reason(_ word: String) -> FinishReason {
        switch word {
        case "stop", "eos", "end_turn", "eos_token", "COMPLETE", "STOP": .stop
        case "length", "model_length", "max_tokens", "MAX_TOKENS": .length
        case "stop_sequence": .stopSequence
        case "tool_calls", "function_call", "tool_use": .toolCalls
        case "content_filter", "SAFETY": .contentFilter
        case "refusal": .refusal
        case "error": .error
        default: .other
        }
    }

    // MARK: Text

    /// A string, or a list of typed parts; whether there was any text.
    private mutating func readContent(_ content: JSONValue, into events: inout [ModelEvent]) -> Bool {
        if let text = content.string { return say(text, into: &events) }
        var hasText = false
        for part in content.elements {
            if let text = part.string ?? part["text"]?.string {
                hasText = say(text, into: &events) || hasText
            } else if let thinking = part["thinking"] {
                let pieces = thinking.string.map { [$0] } ?? thinking.elements.compactMap { $0["text"]?.string }
                for piece in pieces { think(piece, into: &events) }
                if let signature = part["signature"]?.string { prove(signature, into: &events) }
            } else if let media = OpenAIMedia.image(part["image_url"]) {
                events.append(.media(media, choice: choice))
            }
        }
        return hasText
    }

    private mutating func say(_ text: String, into events: inout [ModelEvent]) -> Bool {
        guard !text.isEmpty else { return false }
        thought = ""
        events.append(.text(text, choice: choice))
        return true
    }

    // MARK: Thoughts

    private mutating func readThoughts(_ said: JSONValue, into events: inout [ModelEvent]) {
        let details = said["reasoning_details"]?.elements ?? []
        let plain = said["reasoning_content"]?.string ?? said["reasoning"]?.string ?? ""
        let hasWords = details.contains { Self.words(of: $0) != "" }
        if !hasWords { think(plain, into: &events) }
        for detail in details {
            let text = Self.words(of: detail)
            let signature = detail["signature"]?.string ?? ""
            // With its proof a thought is said once more, whole.
            if signature.isEmpty || text != thought { think(text, into: &events) }
            if !signature.isEmpty { prove(signature, into: &events) }
            if let data = detail["data"]?.string, !data.isEmpty {
                thought = ""
                events.append(.sealedReasoning(Signature(origin: .openAI, text: data), choice: choice))
            }
        }
    }

    private static func words(of detail: JSONValue) -> String {
        detail["text"]?.string ?? detail["summary"]?.string ?? ""
    }

    private mutating func think(_ text: String, into events: inout [ModelEvent]) {
        guard !text.isEmpty else { return }
        thought += text
        events.append(.reasoning(text, choice: choice))
    }

    private mutating func prove(_ signature: String, into events: inout [ModelEvent]) {
        thought = ""
        events.append(.signature(Signature(origin: .openAI, text: signature), choice: choice))
    }

    // MARK: Calls

    private mutating func readCalls(
        _ said: JSONValue, isWhole: Bool, _ replyID: String?, into events: inout [ModelEvent]
    ) {
        for (position, value) in (said["tool_calls"]?.elements ?? []).enumerated() {
            let function = value["function"] ?? value["custom"] ?? value
            let id = value["id"]?.string ?? ""
            let key = isWhole ? Int64(position) : value["index"]?.integer ?? key(of: id)
            readCall(key, id, function, Self.signature(of: value), replyID, into: &events)
        }
        // Its key is no index that a provider gives.
        if let function = said["function_call"] { readCall(-1, "", function, nil, replyID, into: &events) }
    }

    /// For a piece without an index: a new id begins a new call, none goes on with the last one.
    private func key(of id: String) -> Int64 {
        if id.isEmpty { return lastKey }
        return calls.first { $0.value.id == id }?.key ?? Int64(callCount)
    }

    private static func signature(of value: JSONValue) -> Signature? {
        guard let text = value["extra_content"]?["google"]?["thought_signature"]?.string, !text.isEmpty else {
            return nil
        }
        return Signature(origin: .openAI, text: text)
    }

    private mutating func readCall(
        _ key: Int64, _ id: String, _ function: JSONValue, _ signature: Signature?, _ replyID: String?,
        into events: inout [ModelEvent]
    ) {
        let name = function["name"]?.string ?? ""
        // The free text of a custom tool becomes an object too.
        let freeText = function["input"].map { "{\"input\":\($0.raw)}" }
        let arguments = function["arguments"].map { $0.string ?? $0.raw } ?? freeText ?? ""
        // Snowflake sends an empty call where there is none.
        guard calls[key] != nil || !name.isEmpty || !id.isEmpty else { return }
        lastKey = key
        var call = calls[key] ?? Call(index: callCount)
        // Some servers give every call the same index.
        if call.hasBegun, !id.isEmpty, id != call.id, !name.isEmpty { call = Call(index: callCount) }
        if !call.hasBegun, !id.isEmpty { call.id = id }
        if call.hasBegun {
            if !arguments.isEmpty {
                events.append(.toolArguments(arguments, index: call.index, choice: choice))
            }
        } else if name.isEmpty {
            call.pending += arguments
        } else {
            if call.id.isEmpty { call.id = madeUpID(call.index, replyID) }
            call.hasBegun = true
            callCount += 1
            let begun = ToolCall(id: call.id, name: name, arguments: "", signature: signature)
            events.append(.toolCall(begun, index: call.index, choice: choice))
            let known = call.pending + arguments
            if !known.isEmpty { events.append(.toolArguments(known, index: call.index, choice: choice)) }
        }
        calls[key] = call
    }

    /// Unique in a conversation, and the same however often the reply is read.
    private func madeUpID(_ index: Int, _ replyID: String?) -> String {
        let unique = (replyID ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.suffix(24)
        return "call_\(unique)\(choice == 0 ? "" : "_\(choice)")_\(index)"
    }

    // MARK: Beside the text

    private func readMedia(_ said: JSONValue, into events: inout [ModelEvent]) {
        for image in said["images"]?.elements ?? [] {
            if let media = OpenAIMedia.image(image["image_url"]) { events.append(.media(media, choice: choice)) }
        }
        guard let audio = said["audio"] else { return }
        if let text = audio["transcript"]?.string, !text.isEmpty { events.append(.text(text, choice: choice)) }
        if let data = audio["data"]?.string, !data.isEmpty {
            events.append(.media(Media(.audio, .base64(data)), choice: choice))
        }
    }

    private func cite(_ note: JSONValue, into events: inout [ModelEvent]) {
        guard let source = note["url_citation"] else { return }
        let citation = Citation(
            url: source["url"]?.string, title: source["title"]?.string,
            start: source["start_index"]?.integer.map { Int(clamping: $0) },
            end: source["end_index"]?.integer.map { Int(clamping: $0) })
        events.append(.citation(citation, choice: choice))
    }

    private static func logprob(_ value: JSONValue) -> TokenLogprob? {
        guard let token = value["token"]?.string, let logprob = value["logprob"]?.double else { return nil }
        let bytes = value["bytes"]?.elements.compactMap { $0.integer.flatMap { UInt8(exactly: $0) } }
        return TokenLogprob(
            token: token, logprob: logprob, bytes: bytes,
            alternatives: (value["top_logprobs"]?.elements ?? []).compactMap(Self.logprob))
    }
}
