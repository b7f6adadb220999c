import GatewayTypes
import JSON

/// Reads the facts of one OpenAI-shaped reply: a whole document, or a chunk of a stream.
struct OpenAIReplyReader {
    /// Choices beyond are not kept apart.
    static let choicesMax = 128

    private let rule: OpenAIUsageRule
    /// `usage` as this reply or chunk gave it.
    private(set) var usage: Usage?
    private var groqUsage: Usage?
    private(set) var hasError = false
    /// Whether there was an array `choices` without an element: the mark of a chunk that only carries usage.
    private(set) var hasNoChoice = false
    /// The only string of generated text, without its quotes; nil when there was none or more than one.
    private(set) var onlyText: Range<Int>?
    /// The padding that OpenAI adds against traffic analysis, without its quotes.
    private(set) var padding: Range<Int>?
    private var textCount = 0
    /// Something was said that another chunk with the same frame would have to say again.
    private var hasMore = false

    init(rule: OpenAIUsageRule) { self.rule = rule }

    /// Whether a chunk that differs only in `onlyText` and `padding` tells nothing new but the text's length.
    var isRepeatable: Bool { onlyText != nil && !hasMore && !hasError && usage == nil }

    private enum Field: String, CaseIterable, Sendable {
        case id, model, usage, choices, error, obfuscation
        case serviceTier = "service_tier"
        case systemFingerprint = "system_fingerprint"
        case groq = "x_groq"

        static let keys = JSONKeys<Self>()
    }

    private enum ChoiceField: String, CaseIterable, Sendable {
        case index, delta, message, text
        case finishReason = "finish_reason"

        static let keys = JSONKeys<Self>()
    }

    private enum DeltaField: String, CaseIterable, Sendable {
        case content, reasoning, refusal, audio, images
        case reasoningContent = "reasoning_content"
        case reasoningDetails = "reasoning_details"
        case toolCalls = "tool_calls"
        case functionCall = "function_call"

        static let keys = JSONKeys<Self>()
    }

    private enum PartField: String, CaseIterable, Sendable {
        case text, thinking, name, arguments, function, transcript

        static let keys = JSONKeys<Self>()
    }

    private enum GroqField: String, CaseIterable, Sendable {
        case usage, error

        static let keys = JSONKeys<Self>()
    }

    /// Reads the object that begins at the current byte.
    mutating func read(_ scanner: inout JSONScanner, into facts: inout ReplyFacts) throws(JSONProblem) {
        var members = LenientMembers(Field.keys)
        while let field = try members.next(&scanner) {
            switch field {
            case .id: try Self.keepFirst(&facts.responseID, &scanner)
            case .model: try Self.keepFirst(&facts.responseModel, &scanner)
            case .systemFingerprint: try Self.keepFirst(&facts.systemFingerprint, &scanner)
            case .serviceTier:
                if let text = try Self.text(&scanner), !text.isEmpty { facts.serviceTier = text }
            case .usage: usage = try readUsage(&scanner) ?? usage
            case .groq: try readGroq(&scanner, &facts)
            case .choices: try readChoices(&scanner, &facts)
            case .error: try readError(&scanner, &facts)
            case .obfuscation:
                guard scanner.peek() == UInt8(ascii: "\"") else {
                    try scanner.skipValue()
                    continue
                }
                let string = try scanner.string()
                padding = string.start..<string.end
            }
        }
        usage = usage ?? groqUsage
        if let usage { facts.usage = usage }
    }

    // MARK: Small values

    private static func text(_ scanner: inout JSONScanner) throws(JSONProblem) -> String? {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            return nil
        }
        return try scanner.text(of: scanner.string())
    }

    private static func keepFirst(_ fact: inout String?, _ scanner: inout JSONScanner) throws(JSONProblem) {
        guard fact == nil else { return try scanner.skipValue() }
        if let text = try text(&scanner), !text.isEmpty { fact = text }
    }

    private func readUsage(_ scanner: inout JSONScanner) throws(JSONProblem) -> Usage? {
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            return nil
        }
        return try OpenAIUsage(&scanner).usage(rule)
    }

    private mutating func readGroq(_ scanner: inout JSONScanner, _ facts: inout ReplyFacts) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        var members = LenientMembers(GroqField.keys)
        while let field = try members.next(&scanner) {
            switch field {
            case .usage: groqUsage = try readUsage(&scanner) ?? groqUsage
            case .error: try readError(&scanner, &facts)
            }
        }
    }

    private mutating func readError(_ scanner: inout JSONScanner, _ facts: inout ReplyFacts) throws(JSONProblem) {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            let error = try OpenAIErrorBody(&scanner)
            fail(error.code ?? error.type, &facts)
        case UInt8(ascii: "\""):
            if try !scanner.string().isEmpty { fail(nil, &facts) }
        default: try scanner.skipValue()
        }
    }

    private mutating func fail(_ word: String?, _ facts: inout ReplyFacts) {
        hasError = true
        Self.fail(word, &facts)
    }

    /// Records an error inside the reply; the first one counts.
    static func fail(_ word: String?, _ facts: inout ReplyFacts) {
        guard facts.failure == nil else { return }
        let suffix = word.map { " (\($0.prefix(64)))" } ?? ""
        facts.failure = Failure(
            .upstreamError, "The provider reported an error inside its reply\(suffix); try again.",
            retryable: !facts.tokenSeen)
    }

    // MARK: Choices

    private mutating func readChoices(_ scanner: inout JSONScanner, _ facts: inout ReplyFacts) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "[") else { return try scanner.skipValue() }
        var first = true
        var position = 0
        while try scanner.element(first: &first) {
            if scanner.peek() == UInt8(ascii: "{") {
                try readChoice(&scanner, position, &facts)
            } else {
                try scanner.skipValue()
            }
            position += 1
        }
        hasNoChoice = position == 0
    }

    private mutating func readChoice(
        _ scanner: inout JSONScanner, _ position: Int, _ facts: inout ReplyFacts
    ) throws(JSONProblem) {
        let before = facts.outputTextBytes
        var index = position
        var finishReason = ""
        var ownTextBytes = 0
        var members = LenientMembers(ChoiceField.keys)
        while let field = try members.next(&scanner) {
            switch field {
            case .index:
                guard scanner.isNumber(scanner.peek()) else {
                    try scanner.skipValue()
                    continue
                }
                index = Int(clamping: scanner.integer(try scanner.number()) ?? Int64(position))
            case .delta, .message: try readDelta(&scanner, &facts)
            case .text: ownTextBytes = try string(&scanner)
            case .finishReason: finishReason = try Self.text(&scanner) ?? ""
            }
        }
        if ownTextBytes > 0 {
            see(&facts, isVisible: true)
            // Some providers send the same text twice: here and in the delta.
            if facts.outputTextBytes == before { facts.outputTextBytes += ownTextBytes }
        }
        if !finishReason.isEmpty {
            hasMore = true
            let index = min(max(index, 0), Self.choicesMax - 1)
            while facts.finishReasons.count <= index { facts.finishReasons.append("") }
            facts.finishReasons[index] = finishReason
        }
    }

    private func see(_ facts: inout ReplyFacts, isVisible: Bool) {
        facts.tokenSeen = true
        if isVisible { facts.visibleTokenSeen = true }
    }

    /// The decoded length of a string, which is noted as text; 0 for any other value.
    private mutating func string(_ scanner: inout JSONScanner) throws(JSONProblem) -> Int {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            return 0
        }
        let string = try scanner.string()
        guard !string.isEmpty else { return 0 }
        textCount += 1
        onlyText = textCount == 1 ? string.start..<string.end : nil
        return string.decodedBytes
    }

    private mutating func readDelta(_ scanner: inout JSONScanner, _ facts: inout ReplyFacts) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        var reasoningBytes = 0
        var members = LenientMembers(DeltaField.keys)
        while let field = try members.next(&scanner) {
            switch field {
            case .content, .refusal: try readText(&scanner, &facts, isVisible: true)
            case .reasoningContent, .reasoning:
                // Where both are sent they hold the same text.
                reasoningBytes = max(reasoningBytes, try string(&scanner))
            case .reasoningDetails:
                if try hasElements(&scanner) { see(&facts, isVisible: false) }
            case .images:
                if try hasElements(&scanner) { see(&facts, isVisible: true) }
            case .toolCalls:
                if try readParts(&scanner, &facts) { see(&facts, isVisible: false) }
            case .functionCall:
                guard scanner.peek() == UInt8(ascii: "{") else {
                    try scanner.skipValue()
                    continue
                }
                try readPart(&scanner, &facts)
                see(&facts, isVisible: false)
            case .audio:
                guard scanner.peek() == UInt8(ascii: "{") else {
                    try scanner.skipValue()
                    continue
                }
                try readPart(&scanner, &facts)
                see(&facts, isVisible: true)
            }
        }
        if reasoningBytes > 0 { see(&facts, isVisible: false) }
        facts.outputTextBytes += reasoningBytes
    }

    /// A string, or a list of typed parts: text is visible, thinking is not.
    private mutating func readText(
        _ scanner: inout JSONScanner, _ facts: inout ReplyFacts, isVisible: Bool
    ) throws(JSONProblem) {
        if scanner.peek() == UInt8(ascii: "[") {
            _ = try readParts(&scanner, &facts)
            return
        }
        let bytes = try string(&scanner)
        guard bytes > 0 else { return }
        facts.outputTextBytes += bytes
        see(&facts, isVisible: isVisible)
    }

    private mutating func hasElements(_ scanner: inout JSONScanner) throws(JSONProblem) -> Bool {
        guard scanner.peek() == UInt8(ascii: "[") else {
            try scanner.skipValue()
            return false
        }
        var first = true
        var any = false
        while try scanner.element(first: &first) {
            try scanner.skipValue()
            any = true
        }
        return any
    }

    /// Whether the value is an array with elements; its parts are read.
    private mutating func readParts(
        _ scanner: inout JSONScanner, _ facts: inout ReplyFacts
    ) throws(JSONProblem) -> Bool {
        guard scanner.peek() == UInt8(ascii: "[") else {
            try scanner.skipValue()
            return false
        }
        var first = true
        var any = false
        while try scanner.element(first: &first) {
            any = true
            if scanner.peek() == UInt8(ascii: "{") {
                try readPart(&scanner, &facts)
            } else {
                try scanner.skipValue()
            }
        }
        return any
    }

    /// A part of a content list, a tool call, a function call or audio.
    private mutating func readPart(_ scanner: inout JSONScanner, _ facts: inout ReplyFacts) throws(JSONProblem) {
        var members = LenientMembers(PartField.keys)
        while let field = try members.next(&scanner) {
            switch field {
            case .text: try readText(&scanner, &facts, isVisible: true)
            case .thinking: try readThinking(&scanner, &facts)
            case .name, .arguments, .transcript: facts.outputTextBytes += try string(&scanner)
            case .function:
                if scanner.peek() == UInt8(ascii: "{") {
                    try readPart(&scanner, &facts)
                } else {
                    try scanner.skipValue()
                }
            }
        }
    }

    private mutating func readThinking(_ scanner: inout JSONScanner, _ facts: inout ReplyFacts) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "[") else {
            return try readText(&scanner, &facts, isVisible: false)
        }
        let wasVisible = facts.visibleTokenSeen
        _ = try readParts(&scanner, &facts)
        facts.visibleTokenSeen = wasVisible
    }
}
