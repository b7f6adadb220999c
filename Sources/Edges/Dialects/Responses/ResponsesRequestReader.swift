import GatewayTypes
import JSON

/// Finds the facts of a request to `/v1/responses`. The document must be read strictly: no key comes twice.
struct ResponsesRequestReader {
    private(set) var facts = RequestFacts()
    private(set) var model: String?
    private(set) var stream = false
    private var hasInput = false
    private var safetyIdentifier: String?

    private enum Field: String {
        case model, input, instructions, stream, tools, text, temperature, user, prompt, conversation, reasoning
        case maxOutputTokens = "max_output_tokens"
        case topP = "top_p"
        case serviceTier = "service_tier"
        case safetyIdentifier = "safety_identifier"
        case previousResponse = "previous_response_id"
    }

    init(_ root: JSONValue) throws(JSONProblem) {
        guard root.isObject else { throw .member("", "The body must be a JSON object.") }
        facts.objectStart = root.range.lowerBound + 1
        for (key, value) in root.members {
            if let field = Field(rawValue: key) { try read(field, value) } else { try Self.refuseFolded(key) }
        }
        facts.endUser = facts.endUser ?? safetyIdentifier
        guard hasInput else { throw .member("input", "`input` is missing; send a string or an array of items.") }
    }

    /// Some parsers fold case, and would find other facts.
    private static func refuseFolded(_ key: String) throws(JSONProblem) {
        // U+017F folds to `s`, which lower-casing does not do.
        let folded = String(key.lowercased().map { $0 == "\u{17F}" ? "s" : $0 })
        if Field(rawValue: folded) != nil { throw .member(folded, "Write the key `\(folded)` in lower case.") }
    }

    private mutating func read(_ field: Field, _ value: JSONValue) throws(JSONProblem) {
        let name = field.rawValue
        switch field {
        case .model: try readModel(value)
        case .input: try readInput(value)
        case .instructions: readContent(value)
        case .stream: stream = try Self.bool(value, name) ?? false
        case .tools:
            guard value.isArray || value.isNull else { throw .member(name, "`tools` must be an array.") }
            facts.toolCount = value.elements.count
        case .text: facts.wantsJSONSchema = value["format"]?["type"]?.string == "json_schema"
        case .temperature: facts.temperature = try Self.number(value, name)
        case .topP: facts.topP = try Self.number(value, name)
        case .user: facts.endUser = try Self.text(value, name)
        case .safetyIdentifier: safetyIdentifier = try Self.text(value, name)
        case .serviceTier: facts.serviceTier = try Self.text(value, name)
        case .maxOutputTokens:
            facts.maxTokensRange = value.range
            if !value.isNull {
                guard let count = value.integer, count > 0 else {
                    throw .member(name, "`\(name)` must be a positive integer.")
                }
                facts.outputTokensMax = count
            }
        // What the provider keeps may stand for input.
        case .prompt:
            hasInput = hasInput || !value.isNull
            for (_, variable) in value["variables"]?.members ?? [] { readContent(variable) }
        case .conversation:
            hasInput = hasInput || !value.isNull
            facts.parameters.conversationID = value.string ?? value["id"]?.string
        case .previousResponse:
            hasInput = hasInput || !value.isNull
            facts.parameters.previousResponseID = value.string
        case .reasoning: facts.parameters.reasoningLevel = value["effort"]?.string
        }
    }

    private mutating func readModel(_ value: JSONValue) throws(JSONProblem) {
        guard let text = value.string else { throw .member("model", "`model` must be a string.") }
        guard !text.isEmpty else { throw .member("model", "`model` must not be empty; name the model to use.") }
        model = text
        facts.modelRange = value.range
    }

    private mutating func readInput(_ value: JSONValue) throws(JSONProblem) {
        if value.isNull { return }
        guard value.isString || value.isArray else {
            throw .member("input", "`input` must be a string or an array of items.")
        }
        hasInput = true
        if value.isString {
            facts.messageCount = 1
            readContent(value)
        }
        for item in value.elements {
            facts.messageCount += 1
            if let content = item["content"] { readContent(content) }
            if let arguments = item["arguments"] { readContent(arguments) }
            if let output = item["output"] { readContent(output) }
        }
    }

    /// A string, a part, or an array of parts.
    private mutating func readContent(_ value: JSONValue) {
        facts.textBytes += (value.string ?? value["text"]?.string)?.utf8.count ?? 0
        if value["type"]?.string == "input_image" { facts.imageCount += 1 }
        // Instructions may be items.
        if let content = value["content"] { readContent(content) }
        for part in value.elements { readContent(part) }
    }

    private static func bool(_ value: JSONValue, _ name: String) throws(JSONProblem) -> Bool? {
        if value.isNull { return nil }
        guard let bool = value.bool else { throw .member(name, "`\(name)` must be true or false.") }
        return bool
    }

    private static func number(_ value: JSONValue, _ name: String) throws(JSONProblem) -> Double? {
        if value.isNull { return nil }
        guard let number = value.double, number.isFinite else { throw .member(name, "`\(name)` must be a number.") }
        return number
    }

    private static func text(_ value: JSONValue, _ name: String) throws(JSONProblem) -> String? {
        if value.isNull { return nil }
        guard let text = value.string else { throw .member(name, "`\(name)` must be a string.") }
        return text
    }
}
