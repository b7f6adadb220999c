import GatewayTypes
import JSON
import NIOCore

/// Finds the facts of a request in Gemini's shape.
struct GeminiRequestFacts {
    private(set) var facts = RequestFacts()
    /// The model as the body names it.
    private(set) var model: String?

    /// `root`: the whole body, read strictly.
    init(_ root: JSONValue, _ surface: Surface) throws(Failure) {
        guard root.isObject else { throw Failure(.badRequest, "The body must be a JSON object.") }
        facts.objectStart = root.range.lowerBound + 1
        if let first = Self.modelValues(root).first {
            facts.modelRange = first.range
            model = first.string
        }
        var members = try Self.members(root, "")
        if surface == .geminiEmbed {
            try readEmbeddings(&members)
            return
        }
        if surface == .geminiCountTokens, let wrapped = members.take("generateContentRequest") {
            members = try Self.members(wrapped, "generateContentRequest.")
        }
        if surface == .geminiGenerate, members.take("contents")?.elements.isEmpty ?? true {
            throw Failure(.badRequest, "`contents` is missing; send an array of contents.", param: "contents")
        }
        try readGenerate(&members)
    }

    /// Every string of the body that names the model.
    static func modelValues(_ root: JSONValue) -> [JSONValue] {
        var members = GeminiMembers(root)
        var found = [members.take("model")]
        var wrapped = GeminiMembers(members.take("generateContentRequest"))
        found.append(wrapped.take("model"))
        for request in members.take("requests")?.elements ?? [] { found.append(request["model"]) }
        return found.compactMap { $0 }.filter(\.isString)
    }

    private static func members(_ value: JSONValue?, _ path: String) throws(Failure) -> GeminiMembers {
        let members = GeminiMembers(value)
        if let twice = members.duplicate {
            throw Failure(.badRequest, "`\(path + twice)` is given twice; give it once.", param: path + twice)
        }
        return members
    }

    // MARK: generateContent, countTokens

    private mutating func readGenerate(_ members: inout GeminiMembers) throws(Failure) {
        for content in members.take("contents")?.elements ?? [] {
            facts.messageCount += 1
            readContent(content)
        }
        if let system = members.take("systemInstruction") { readContent(system) }
        for tool in members.take("tools")?.elements ?? [] {
            var parts = GeminiMembers(tool)
            facts.toolCount += parts.take("functionDeclarations")?.elements.count ?? 1
        }
        facts.serviceTier = members.take("serviceTier")?.string?.lowercased()
        var labels = GeminiMembers(members.take("labels"))
        facts.endUser = labels.take("user")?.string
        var config = try Self.members(members.take("generationConfig"), "generationConfig.")
        try readConfig(&config)
    }

    private mutating func readConfig(_ config: inout GeminiMembers) throws(Failure) {
        if let written = config.written("maxOutputTokens") {
            facts.maxTokensRange = written.range
            facts.outputTokensMax = written.googleInteger
            guard written.isNull || facts.outputTokensMax.map({ $0 >= 1 }) == true else {
                throw Self.wrong("maxOutputTokens", "a positive integer")
            }
        }
        facts.temperature = try Self.double("temperature", &config)
        facts.topP = try Self.double("topP", &config)
        facts.choiceCount = try Self.integer("candidateCount", &config) ?? 1
        guard facts.choiceCount >= 1 else { throw Self.wrong("candidateCount", "a positive integer") }
        facts.seed = try Self.integer("seed", &config)
        facts.parameters.topK = config.take("topK")?.googleDouble
        facts.parameters.frequencyPenalty = config.take("frequencyPenalty")?.googleDouble
        facts.parameters.presencePenalty = config.take("presencePenalty")?.googleDouble
        facts.parameters.stopSequences = (config.take("stopSequences")?.elements ?? []).compactMap(\.string)
        var thinking = GeminiMembers(config.take("thinkingConfig"))
        facts.parameters.reasoningLevel = thinking.take("thinkingLevel")?.string?.lowercased()
        facts.wantsJSONSchema =
            config.take("responseSchema") != nil || config.take("responseJsonSchema") != nil
    }

    private static func wrong(_ name: String, _ wanted: String) -> Failure {
        Failure(
            .badRequest, "`generationConfig.\(name)` must be \(wanted).", param: "generationConfig.\(name)")
    }

    private static func double(_ name: String, _ config: inout GeminiMembers) throws(Failure) -> Double? {
        guard let value = config.take(name) else { return nil }
        guard let number = value.googleDouble else { throw wrong(name, "a number") }
        return number
    }

    private static func integer(_ name: String, _ config: inout GeminiMembers) throws(Failure) -> Int64? {
        guard let value = config.take(name) else { return nil }
        guard let number = value.googleInteger else { throw wrong(name, "an integer") }
        return number
    }

    // MARK: Text

    private mutating func readContent(_ content: JSONValue) {
        for part in content["parts"]?.elements ?? [] { readPart(part) }
    }

    private mutating func readPart(_ part: JSONValue) {
        if let text = part["text"]?.string {
            facts.textBytes += text.utf8.count
            return
        }
        var members = GeminiMembers(part)
        for name in ["functionCall", "functionResponse"] {
            guard let value = members.take(name) else { continue }
            // What was called and answered is text that the model reads again.
            facts.textBytes += (value["args"] ?? value["response"])?.range.count ?? 0
        }
        if let media = GeminiMedia.read(&members), media.kind == .image { facts.imageCount += 1 }
    }

    // MARK: Embeddings

    private mutating func readEmbeddings(_ members: inout GeminiMembers) throws(Failure) {
        let requests = members.take("requests")?.elements ?? []
        let contents = requests.isEmpty ? [members.take("content")] : requests.map { $0["content"] }
        for content in contents {
            guard let content else {
                throw Failure(.badRequest, "`content` is missing; send the text to embed.", param: "content")
            }
            readContent(content)
        }
    }
}
