import GatewayTypes
import JSON

/// Reads the facts of an OpenAI-shaped request in one forward scan.
struct OpenAIRequestParser {
    /// More members than any client sends; bounds the search for duplicates.
    static let membersMax = 256
    /// What a token that the client sent as a number counts as text.
    static let bytesPerToken = 4

    var scanner: JSONScanner
    var facts = RequestFacts()
    private(set) var model: String?
    private(set) var stream = false
    private var hasMessages = false
    private var hasInput = false
    private var completionTokensMax: Int64?
    private var tokensMax: Int64?
    private var safetyIdentifier: String?
    /// Keys that are not known, to find duplicates: those written plainly, and the text of the rest.
    private var plainOthers: [JSONString] = []
    private var decodedOthers: [[UInt8]] = []

    init(_ scanner: JSONScanner) { self.scanner = scanner }

    /// Reads the whole body, and refuses what `operation` cannot be served from.
    mutating func parse(_ operation: Operation) throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            throw .member("", "The body must be a JSON object.")
        }
        facts.objectStart = scanner.offset + 1
        var members = StrictMembers(OpenAIRequestField.keys)
        while let member = try members.next(&scanner) {
            switch member {
            case .known(let field): try read(field)
            case .other(let key): try readOther(key)
            }
        }
        try scanner.finish()
        facts.outputTokensMax = completionTokensMax ?? tokensMax
        facts.endUser = facts.endUser ?? safetyIdentifier
        guard model != nil else { throw .member("model", "`model` is missing; name the model to use.") }
        switch operation {
        case .chat where !hasMessages:
            throw .member("messages", "`messages` is missing; send an array of messages.")
        case .embeddings where !hasInput:
            throw .member("input", "`input` is missing; send the text to embed.")
        case .chat, .embeddings, .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech,
            .moderation, .rerank, .countTokens, .realtime, .providerAPI:
            break
        }
    }

    private mutating func read(_ field: OpenAIRequestField) throws(JSONProblem) {
        switch field {
        case .model: try readModel()
        case .messages: try readMessages()
        case .input: try readInput()
        case .prompt: try readTexts()
        case .stream: stream = try scanner.optionalBool(field.rawValue) ?? false
        case .streamOptions: try readStreamOptions()
        case .tools, .functions: facts.toolCount += try countElements(field.rawValue)
        case .temperature: facts.temperature = try scanner.optionalDouble(field.rawValue)
        case .topP: facts.topP = try scanner.optionalDouble(field.rawValue)
        case .n: facts.choiceCount = try scanner.optionalInteger(field.rawValue, minimum: 1) ?? 1
        case .seed: facts.seed = try scanner.optionalInteger(field.rawValue)
        case .maxTokens: (tokensMax, facts.maxTokensRange) = try readTokensMax(field)
        case .maxCompletionTokens: (completionTokensMax, facts.maxCompletionTokensRange) = try readTokensMax(field)
        case .user: facts.endUser = try scanner.optionalText(field.rawValue)
        case .safetyIdentifier: safetyIdentifier = try scanner.optionalText(field.rawValue)
        case .serviceTier: facts.serviceTier = try scanner.optionalText(field.rawValue)
        case .responseFormat: try readResponseFormat()
        }
    }

    /// The number, nil for `null`, and where it stands.
    private mutating func readTokensMax(_ field: OpenAIRequestField) throws(JSONProblem) -> (Int64?, Range<Int>) {
        _ = scanner.peek()
        let start = scanner.offset
        let value = try scanner.optionalInteger(field.rawValue, minimum: 1)
        return (value, start..<scanner.offset)
    }

    // MARK: Other members

    /// A member that Weir does not read: it may not come twice, nor be a known one in other letter case
    /// (some providers' parsers fold case and would read another model than Weir).
    private mutating func readOther(_ key: JSONString) throws(JSONProblem) {
        guard plainOthers.count + decodedOthers.count < Self.membersMax else {
            throw .member("", "The body has more than \(Self.membersMax) members.")
        }
        let bytes = scanner.bytes(of: key)
        if key.isEscaped || bytes.contains(where: { $0 &- 0x41 < 26 || $0 >= 0x80 }) {
            try keepDecoded(try scanner.text(of: key))
        } else {
            let isKnown = plainOthers.contains { scanner.bytes(of: $0).elementsEqual(bytes) }
            if isKnown || decodedOthers.contains(where: { $0.elementsEqual(bytes) }) {
                throw duplicate(try scanner.text(of: key))
            }
            plainOthers.append(key)
            if let parameter = OpenAIParameter.keys.find(key, in: scanner)?.field {
                return try readParameter(parameter)
            }
        }
        try scanner.skipValue()
    }

    private mutating func keepDecoded(_ text: String) throws(JSONProblem) {
        // U+017F folds to `s`, which lower-casing does not do.
        let folded = String(text.lowercased().map { $0 == "\u{17F}" ? "s" : $0 })
        if OpenAIRequestField(rawValue: folded) != nil {
            throw .member(folded, "Write the key `\(folded)` in lower case.")
        }
        let decoded = Array(text.utf8)
        let isKnown = plainOthers.contains { scanner.bytes(of: $0).elementsEqual(decoded) }
        if isKnown || decodedOthers.contains(decoded) { throw duplicate(text) }
        decodedOthers.append(decoded)
    }

    private func duplicate(_ name: String) -> JSONProblem {
        .member(name, "A member is given twice; give it once.")
    }

    // MARK: Known members

    private mutating func readModel() throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "\"") else { throw .member("model", "`model` must be a string.") }
        let start = scanner.offset
        let string = try scanner.string()
        guard !string.isEmpty else { throw .member("model", "`model` must not be empty; name the model to use.") }
        model = try scanner.text(of: string)
        facts.modelRange = start..<scanner.offset
    }

    private mutating func readStreamOptions() throws(JSONProblem) {
        let byte = scanner.peek()
        let start = scanner.offset
        if byte == UInt8(ascii: "{") {
            var members = StrictMembers(OpenAIStreamOption.keys, path: "stream_options.")
            while let member = try members.next(&scanner) {
                switch member {
                case .known(.includeUsage):
                    _ = scanner.peek()
                    let valueStart = scanner.offset
                    facts.includeUsage = try scanner.optionalBool("stream_options.include_usage") ?? false
                    facts.includeUsageRange = valueStart..<scanner.offset
                case .other: try scanner.skipValue()
                }
            }
        } else if try !scanner.null() {
            throw .member("stream_options", "`stream_options` must be an object.")
        }
        facts.streamOptionsRange = start..<scanner.offset
    }

    private mutating func readResponseFormat() throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        var members = StrictMembers(OpenAIPartField.keys, path: "response_format.")
        while let member = try members.next(&scanner) {
            switch member {
            case .known(.type) where scanner.peek() == UInt8(ascii: "\""):
                facts.wantsJSONSchema = try scanner.text(of: scanner.string()) == "json_schema"
            case .known, .other: try scanner.skipValue()
            }
        }
    }

    private mutating func countElements(_ name: String) throws(JSONProblem) -> Int {
        if try scanner.null() { return 0 }
        guard scanner.peek() == UInt8(ascii: "[") else { throw .member(name, "`\(name)` must be an array.") }
        var first = true
        var count = 0
        while try scanner.element(first: &first) {
            try scanner.skipValue()
            count += 1
        }
        return count
    }

    // MARK: Text

    private mutating func readInput() throws(JSONProblem) {
        let byte = scanner.peek()
        guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "[") else {
            throw .member("input", "`input` must be a string or an array.")
        }
        hasInput = true
        try readTexts()
    }

    /// A string, or an array of strings, of token numbers or of arrays of those.
    private mutating func readTexts() throws(JSONProblem) {
        let byte = scanner.peek()
        if byte == UInt8(ascii: "[") {
            var first = true
            while try scanner.element(first: &first) { try readTexts() }
        } else if byte == UInt8(ascii: "\"") {
            facts.textBytes += try scanner.string().decodedBytes
        } else if scanner.isNumber(byte) {
            _ = try scanner.number()
            facts.textBytes += Self.bytesPerToken
        } else {
            try scanner.skipValue()
        }
    }

    private mutating func readMessages() throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "[") else {
            throw .member("messages", "`messages` must be an array.")
        }
        hasMessages = true
        var first = true
        while try scanner.element(first: &first) {
            if scanner.peek() == UInt8(ascii: "{") { try readMessage() } else { try scanner.skipValue() }
            facts.messageCount += 1
        }
    }

    private mutating func readMessage() throws(JSONProblem) {
        var members = StrictMembers(OpenAIMessageField.keys, path: "messages[].")
        while let member = try members.next(&scanner) {
            switch member {
            case .known(.content): try readContent()
            case .known(.toolCalls): try readToolCalls()
            case .other: try scanner.skipValue()
            }
        }
    }

    private mutating func readContent() throws(JSONProblem) {
        let byte = scanner.peek()
        if byte == UInt8(ascii: "\"") {
            facts.textBytes += try scanner.string().decodedBytes
        } else if byte == UInt8(ascii: "[") {
            var first = true
            while try scanner.element(first: &first) {
                if scanner.peek() == UInt8(ascii: "{") { try readPart() } else { try scanner.skipValue() }
            }
        } else {
            try scanner.skipValue()
        }
    }

    private mutating func readPart() throws(JSONProblem) {
        var members = StrictMembers(OpenAIPartField.keys, path: "messages[].content[].")
        while let member = try members.next(&scanner) {
            switch member {
            case .known(.type) where scanner.peek() == UInt8(ascii: "\""):
                if try scanner.text(of: scanner.string()) == "image_url" { facts.imageCount += 1 }
            case .known(.text) where scanner.peek() == UInt8(ascii: "\""):
                facts.textBytes += try scanner.string().decodedBytes
            case .known, .other: try scanner.skipValue()
            }
        }
    }

    /// The arguments of earlier calls are text that the model reads again.
    private mutating func readToolCalls() throws(JSONProblem) {
        guard scanner.peek() == UInt8(ascii: "[") else { return try scanner.skipValue() }
        var first = true
        while try scanner.element(first: &first) {
            guard scanner.peek() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                continue
            }
            var members = StrictMembers(OpenAIToolCallField.keys, path: "messages[].tool_calls[].")
            while let member = try members.next(&scanner) {
                switch member {
                case .known(.function) where scanner.peek() == UInt8(ascii: "{"): try readFunction()
                case .known, .other: try scanner.skipValue()
                }
            }
        }
    }

    private mutating func readFunction() throws(JSONProblem) {
        var members = StrictMembers(OpenAIFunctionField.keys, path: "messages[].tool_calls[].function.")
        while let member = try members.next(&scanner) {
            switch member {
            case .known(.arguments) where scanner.peek() == UInt8(ascii: "\""):
                facts.textBytes += try scanner.string().decodedBytes
            case .known, .other: try scanner.skipValue()
            }
        }
    }
}
