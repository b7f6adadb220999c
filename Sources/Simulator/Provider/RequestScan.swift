/// What the simulator needs to know of a request's JSON, by one tolerant walk over its bytes.
///
/// It accepts more than JSON does: the simulator is no validator, and must cost little beside what it tests.
struct RequestScan {
    private(set) var model: String?
    private(set) var stream = false
    private(set) var includeUsage = false
    private(set) var outputTokensMax: Int?
    private(set) var dimensions: Int?
    private(set) var wantsBase64 = false
    /// The name of the first tool.
    private(set) var toolName: String?
    /// Bytes of text in messages or input.
    private(set) var textBytes = 0
    /// Where the elements of `input` lie.
    private(set) var inputs: [Range<Int>] = []
    /// A digest of all bytes, the same in every process.
    private(set) var digest: UInt64
    /// Whether the bytes are one object with balanced brackets.
    private(set) var isObject = false

    private enum Word: CaseIterable {
        case model, stream, includeUsage, maxTokens, maxCompletionTokens, dimensions, encodingFormat
        case input, content, text, arguments, tools, name

        var spelling: StaticString {
            switch self {
            case .model: "model"
            case .stream: "stream"
            case .includeUsage: "include_usage"
            case .maxTokens: "max_tokens"
            case .maxCompletionTokens: "max_completion_tokens"
            case .dimensions: "dimensions"
            case .encodingFormat: "encoding_format"
            case .input: "input"
            case .content: "content"
            case .text: "text"
            case .arguments: "arguments"
            case .tools: "tools"
            case .name: "name"
            }
        }
    }

    private var depth = 0
    private var topKey: Word?
    private var key: Word?
    private var elementStart: Int?

    init(_ raw: UnsafeRawBufferPointer, seed: UInt64) {
        digest = Mix.digest(raw, seed: seed)
        var position = Self.skipSpace(raw, 0)
        guard position < raw.count, raw[position] == UInt8(ascii: "{") else { return }
        while position < raw.count {
            switch raw[position] {
            case UInt8(ascii: "\""):
                position = string(raw, from: position)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open(at: position)
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                position += 1
                close(at: position)
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

    private mutating func open(at position: Int) {
        // A list of lists of numbers: each inner list is one input.
        if depth == 2 && topKey == .input { elementStart = position }
        depth += 1
    }

    private mutating func close(at end: Int) {
        depth -= 1
        if depth == 2 && topKey == .input, let start = elementStart {
            inputs.append(start..<end)
            elementStart = nil
        }
    }

    /// Reads a key or a value that begins with a quote; returns the position behind it.
    private mutating func string(_ raw: UnsafeRawBufferPointer, from quote: Int) -> Int {
        var end = quote + 1
        while end < raw.count && raw[end] != UInt8(ascii: "\"") { end += raw[end] == UInt8(ascii: "\\") ? 2 : 1 }
        end = min(end, raw.count)
        let text = quote + 1..<end
        let next = Self.skipSpace(raw, min(end + 1, raw.count))
        if next < raw.count && raw[next] == UInt8(ascii: ":") {
            key = Self.word(raw, text)
            if depth == 1 { topKey = key }
        } else {
            take(raw, text)
        }
        return next
    }

    private mutating func take(_ raw: UnsafeRawBufferPointer, _ text: Range<Int>) {
        switch key {
        case .model: if depth == 1 { model = Self.text(raw, text) }
        case .encodingFormat: if depth == 1 { wantsBase64 = Self.text(raw, text) == "base64" }
        case .name: if topKey == .tools && toolName == nil { toolName = Self.text(raw, text) }
        case .input, .content, .text, .arguments:
            textBytes += text.count
            if topKey == .input && depth <= 2 { inputs.append(text) }
        case .stream, .includeUsage, .maxTokens, .maxCompletionTokens, .dimensions, .tools, nil: break
        }
    }

    /// Reads a number, `true`, `false` or `null`; returns the position behind it.
    private mutating func literal(_ raw: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = start + 1
        while end < raw.count && !Self.endsLiteral(raw[end]) { end += 1 }
        let isTrue = raw[start] == UInt8(ascii: "t")
        switch key {
        case .stream: if depth == 1 { stream = isTrue }
        case .includeUsage: includeUsage = isTrue
        case .maxTokens, .maxCompletionTokens:
            if depth == 1 { outputTokensMax = Int(Self.text(raw, start..<end)) ?? outputTokensMax }
        case .dimensions: if depth == 1 { dimensions = Int(Self.text(raw, start..<end)) }
        // A list of numbers is one input of so many tokens; four bytes of text stand for one token.
        case .input:
            textBytes += 4
            if depth == 2 && inputs.isEmpty { inputs.append(start..<end) }
        case .model, .encodingFormat, .content, .text, .arguments, .tools, .name, nil: break
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

    private static func word(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> Word? {
        for word in Word.allCases where word.spelling.utf8CodeUnitCount == range.count {
            let spelling = UnsafeRawBufferPointer(start: word.spelling.utf8Start, count: range.count)
            if spelling.elementsEqual(raw[range]) { return word }
        }
        return nil
    }

    private static func text(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: raw[range]), as: UTF8.self)
    }
}
