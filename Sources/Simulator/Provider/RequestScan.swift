/// What the simulator needs to know of a request's JSON, in any provider's shape, by one tolerant walk over its bytes.
///
/// It accepts more than JSON does: the simulator is no validator, and must cost little beside what it tests.
struct RequestScan {
    private(set) var model: String?
    /// What `stream` says, where it says something.
    private(set) var asksStream: Bool?
    private(set) var includeUsage = false
    private(set) var outputTokensMax: Int?
    private(set) var dimensions: Int?
    private(set) var wantsBase64 = false
    private(set) var wantsEncryptedReasoning = false
    /// Whether speech is to come as events.
    private(set) var wantsEvents = false
    /// The name of the first tool.
    private(set) var toolName: String?
    /// Bytes of text in messages or input.
    private(set) var textBytes = 0
    /// Where the elements of `input` (or what another provider calls so) lie.
    private(set) var inputs: [Range<Int>] = []
    /// `n` of images, `top_n` of a ranking.
    private(set) var count: Int?
    private(set) var size: String?
    private(set) var inputFileID: String?
    private(set) var customID: String?
    /// Where the request of a batch's line lies.
    private(set) var bodyRange: Range<Int>?
    /// Whether the bytes are one object with balanced brackets.
    private(set) var isObject = false
    /// Whether `max_tokens` is among the members.
    private(set) var hasMaxTokens = false

    var stream: Bool { asksStream ?? false }
    /// A digest of the conversation: of what is said in it, and how many results of tools it holds. The same in every
    /// process, for every provider's shape and for every order of members.
    var digest: UInt64 { Mix.draw(levels.first?.sum ?? 0, results) }

    /// What an object has said so far; dropped with it where it turns out to be a tool's result or reasoning.
    private struct Level {
        var sum: UInt64 = 0
        var isDropped = false
    }

    private let seed: UInt64
    private var depth = 0
    private var topKey: RequestWord?
    private var key: RequestWord?
    private var elementStart: Int?
    private var levels: [Level] = []
    private var results: UInt64 = 0

    init(_ raw: UnsafeRawBufferPointer, seed: UInt64) {
        self.seed = seed
        levels.reserveCapacity(8)
        var position = Self.skipSpace(raw, 0)
        guard position < raw.count, raw[position] == UInt8(ascii: "{") else { return }
        while position < raw.count {
            switch raw[position] {
            case UInt8(ascii: "\""):
                position = string(raw, from: position)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open(at: position, isObject: raw[position] == UInt8(ascii: "{"))
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                position += 1
                close(at: position, isObject: raw[position - 1] == UInt8(ascii: "}"))
                if depth <= 0 {
                    isObject = depth == 0 && Self.skipSpace(raw, position) == raw.count
                    return
                }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
                position += 1
            case _:
                position = literal(raw, from: position)
            }
        }
    }

    private mutating func open(at position: Int, isObject: Bool) {
        // A list of lists of numbers: each inner list is one input.
        if depth == 2 && topKey == .input { elementStart = position }
        if isObject {
            if depth == 1 && topKey == .body && bodyRange == nil { elementStart = position }
            var level = Level()
            switch key {
            case .functionResponse, .toolResult:
                results &+= 1
                level.isDropped = true
            case .functionCall, .toolUse, .reasoningContent, .args, .arguments: level.isDropped = true
            case .input: level.isDropped = topKey != .input
            case _: break
            }
            levels.append(level)
            key = nil
        }
        depth += 1
    }

    private mutating func close(at end: Int, isObject: Bool) {
        depth -= 1
        if isObject, levels.count > 1, let level = levels.popLast(), !level.isDropped {
            levels[levels.count - 1].sum &+= level.sum
        }
        if isObject { key = nil }
        if depth == 2 && topKey == .input, let start = elementStart {
            inputs.append(start..<end)
            elementStart = nil
        } else if depth == 1 && topKey == .body, let start = elementStart {
            bodyRange = start..<end
            elementStart = nil
        }
    }

    /// Reads a key or a value that begins with a quote; returns the position behind it.
    private mutating func string(_ raw: UnsafeRawBufferPointer, from quote: Int) -> Int {
        var end = quote + 1
        var isEscaped = false
        while end < raw.count && raw[end] != UInt8(ascii: "\"") {
            if raw[end] == UInt8(ascii: "\\") {
                isEscaped = true
                end += 2
            } else {
                end += 1
            }
        }
        end = min(end, raw.count)
        let text = quote + 1..<end
        let next = Self.skipSpace(raw, min(end + 1, raw.count))
        if next < raw.count && raw[next] == UInt8(ascii: ":") {
            key = RequestWord.spelled(raw, text)
            if depth == 1 { topKey = key }
        } else {
            take(raw, text, isEscaped)
        }
        return next
    }

    private mutating func take(_ raw: UnsafeRawBufferPointer, _ text: Range<Int>, _ isEscaped: Bool) {
        switch key {
        case .model: if depth == 1 { model = isEscaped ? EscapedText.string(raw, text) : Self.text(raw, text) }
        case .encodingFormat: if depth == 1 { wantsBase64 = Self.text(raw, text) == "base64" }
        case .streamFormat: wantsEvents = Self.text(raw, text) == "sse"
        case .include: wantsEncryptedReasoning = Self.text(raw, text) == "reasoning.encrypted_content"
        case .size: size = Self.text(raw, text)
        case .inputFileID: inputFileID = Self.text(raw, text)
        case .customID: customID = Self.text(raw, text)
        case .name:
            if toolName == nil, topKey == .tools || topKey == .toolConfig { toolName = Self.text(raw, text) }
        case .role, .type: sort(Self.text(raw, text))
        case .arguments: textBytes += text.count
        case .content, .text, .input, .system, .instructions, .prompt, .texts, .documents, .inputs, .query,
            .inputText:
            guard let topKey, topKey.holdsConversation else { return }
            textBytes += text.count
            say(raw, text, isEscaped)
            if isInput(topKey) { inputs.append(text) }
        case .stream, .includeUsage, .maxTokens, .maxCompletionTokens, .maxOutputTokens, .maxOutputTokensCamel,
            .maxTokensCamel, .numPredict, .dimensions, .tools, .messages, .contents, .systemInstruction, .functionCall,
            .functionResponse, .toolUse, .toolResult, .reasoningContent, .toolConfig, .args, .outputDimensionality,
            .outputDimension, .requests, .body, .topN, .n, .thought, nil:
            break
        }
    }

    /// Whether a text under that member is one of the things to be embedded, ranked or judged.
    private func isInput(_ topKey: RequestWord) -> Bool {
        switch topKey {
        case .input, .texts, .documents: depth <= 3
        case .requests, .content, .inputText, .inputs: true
        case _: false
        }
    }

    /// What the role or type of an object says of its texts.
    private mutating func sort(_ word: String) {
        guard let topKey, topKey.holdsConversation, !levels.isEmpty else { return }
        switch word {
        case "tool", "tool_result", "function_call_output":
            results &+= 1
            levels[levels.count - 1].isDropped = true
        case "reasoning": levels[levels.count - 1].isDropped = true
        case _: break
        }
    }

    private mutating func say(_ raw: UnsafeRawBufferPointer, _ text: Range<Int>, _ isEscaped: Bool) {
        guard !text.isEmpty, !levels.isEmpty else { return }
        let digest =
            isEscaped
            ? EscapedText.bytes(raw, text).withUnsafeBytes { Mix.digest($0, seed: seed) }
            : Mix.digest(UnsafeRawBufferPointer(rebasing: raw[text]), seed: seed)
        levels[levels.count - 1].sum &+= digest
    }

    /// Reads a number, `true`, `false` or `null`; returns the position behind it.
    private mutating func literal(_ raw: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = start + 1
        while end < raw.count && !Self.endsLiteral(raw[end]) { end += 1 }
        let isTrue = raw[start] == UInt8(ascii: "t")
        func number() -> Int? { Int(Self.text(raw, start..<end)) }
        switch key {
        case .stream: if depth == 1 { asksStream = isTrue }
        case .includeUsage: includeUsage = isTrue
        case .maxTokens, .maxCompletionTokens, .maxOutputTokens:
            if depth == 1 { outputTokensMax = number() ?? outputTokensMax }
            if key == .maxTokens { hasMaxTokens = true }
        case .maxOutputTokensCamel, .maxTokensCamel, .numPredict: outputTokensMax = number() ?? outputTokensMax
        case .dimensions, .outputDimension: if depth == 1 { dimensions = number() }
        case .outputDimensionality: dimensions = number()
        case .thought: if isTrue && !levels.isEmpty { levels[levels.count - 1].isDropped = true }
        case .n, .topN: if depth == 1 { count = number() }
        // A list of numbers is one input of so many tokens; four bytes of text stand for one token.
        case .input:
            textBytes += 4
            if depth == 2 && inputs.isEmpty { inputs.append(start..<end) }
        case _: break
        }
        return end
    }

    private static func endsLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: true
        case _: false
        }
    }

    private static func skipSpace(_ raw: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var position = start
        while position < raw.count, raw[position] <= 0x20 { position += 1 }
        return position
    }

    private static func text(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: raw[range]), as: UTF8.self)
    }
}
