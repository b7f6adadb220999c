import GatewayTypes
import JSON
import NIOCore

/// Requests of OpenAI's operations beside chat and embeddings: images, sounds, moderations, and reranking.
struct OpenAIOperationRequest {
    private(set) var facts = RequestFacts()
    private var model: String?
    private var stream = false

    /// The request of one of those surfaces; nil for any other.
    static func parse(_ call: SurfaceCall, _ body: ByteBuffer) throws(Failure) -> ModelRequest? {
        switch call.surface {
        case .openAIImages, .openAIImageEdits, .openAITranscriptions, .openAITranslations, .openAISpeech,
            .openAIModerations, .rerank:
            break
        case .openAIChat, .openAIResponses, .openAICompletions, .openAIEmbeddings, .openAIRealtime, .openAIModels,
            .anthropicMessages, .anthropicCountTokens, .geminiGenerate, .geminiEmbed, .geminiCountTokens, .providerAPI,
            .ask, .askEmbeddings, .feedback, .unknown:
            return nil
        }
        var request = OpenAIOperationRequest()
        let types = call.head.all(contentType)
        if let type = types.first, MultipartForm.isNamed(by: type) {
            guard types.count == 1 else { throw Failure(.badRequest, "The request has two content-types; send one.") }
            request.facts.contentType = type
            try request.readForm(body, type, call.surface)
        } else {
            try request.readJSON(body, call.surface)
        }
        let named = request.model ?? call.model
        let model = if let named { named } else { try Self.missingModel(call.surface) }
        if request.facts.billedUnits == nil, call.surface.operation == .imageGeneration {
            request.facts.billedUnits = 1
        }
        return ModelRequest(
            surface: call.surface, askedModel: model, stream: request.stream, body: body, facts: request.facts)
    }

    private static let contentType: HeaderName = "content-type"

    /// What OpenAI takes where a request names no model, which it allows for these.
    private static func missingModel(_ surface: Surface) throws(Failure) -> String {
        if surface == .openAIModerations { return "omni-moderation-latest" }
        if surface.operation == .imageGeneration { return "dall-e-2" }
        // Servers with one voice alone need no name.
        if surface == .openAISpeech { return "" }
        throw Failure(.badRequest, "`model` is missing; name the model to use.", param: "model")
    }

    /// The members and form fields that Weir reads.
    private enum Field: String, CaseIterable {
        case model, stream, n, prompt, input, query, documents, user
        case streamFormat = "stream_format"
    }

    /// The known field of that name. Another letter case is refused: some parsers fold it and would read another model.
    private static func field(_ name: String) throws(Failure) -> Field? {
        if let field = Field(rawValue: name) { return field }
        // U+017F folds to `s`, which lower-casing does not do.
        let folded = String(name.lowercased().map { $0 == "\u{17F}" ? "s" : $0 })
        guard let field = Field(rawValue: folded) else { return nil }
        throw Failure(.badRequest, "Write `\(field.rawValue)` in lower case.", param: field.rawValue)
    }

    private static func wrong(_ field: Field, _ wanted: String) -> Failure {
        Failure(.badRequest, "`\(field.rawValue)` must be \(wanted).", param: field.rawValue)
    }

    // MARK: JSON

    private mutating func readJSON(_ body: ByteBuffer, _ surface: Surface) throws(Failure) {
        guard body.readableBytes > 0 else {
            throw Failure(.badRequest, "The body is empty; send a JSON object, or a form where the API takes one.")
        }
        let root: JSONValue
        do throws(JSONProblem) { root = try JSONDocument(body, strict: true).root } catch {
            throw Failure(inBody: error)
        }
        guard root.isObject else { throw Failure(.badRequest, "The body must be a JSON object.") }
        facts.objectStart = root.range.lowerBound + 1
        for (name, value) in root.members {
            if let field = try Self.field(name), !value.isNull { try read(field, value, surface) }
        }
    }

    private mutating func read(_ field: Field, _ value: JSONValue, _ surface: Surface) throws(Failure) {
        switch field {
        case .model:
            guard let text = value.string, !text.isEmpty else { throw Self.wrong(field, "a string that names a model") }
            model = text
            facts.modelRange = value.range
        case .stream:
            guard let bool = value.bool else { throw Self.wrong(field, "true or false") }
            stream = bool
        case .streamFormat: if value.string == "sse" { stream = true }
        case .n:
            guard let count = value.integer, count > 0 else { throw Self.wrong(field, "a positive integer") }
            takeCount(count, surface)
        case .prompt, .query: countText(value)
        case .input:
            countText(value)
            if surface == .openAISpeech { facts.billedUnits = Int64(value.string?.unicodeScalars.count ?? 0) }
        case .documents:
            guard value.isArray else { throw Self.wrong(field, "an array") }
            let documents = value.elements
            for document in documents { countText(document["text"] ?? document) }
            if surface == .rerank { facts.billedUnits = Int64(documents.count) }
        case .user: facts.endUser = value.string
        }
    }

    private mutating func takeCount(_ count: Int64, _ surface: Surface) {
        facts.choiceCount = count
        if surface.operation == .imageGeneration { facts.billedUnits = count }
    }

    /// A text, or a list of texts and of parts that are texts or images.
    private mutating func countText(_ value: JSONValue) {
        facts.textBytes += value.string?.utf8.count ?? 0
        for part in value.elements {
            facts.textBytes += part.string?.utf8.count ?? part["text"]?.string?.utf8.count ?? 0
            if part["image_url"] != nil { facts.imageCount += 1 }
        }
    }

    // MARK: Forms

    private mutating func readForm(_ body: ByteBuffer, _ contentType: String, _ surface: Surface) throws(Failure) {
        let result = body.withUnsafeReadableBytes { bytes -> Result<MultipartForm, MultipartForm.Problem> in
            do throws(MultipartForm.Problem) {
                return .success(try MultipartForm(bytes, contentType: contentType))
            } catch {
                return .failure(error)
            }
        }
        let form: MultipartForm
        switch result {
        case .success(let read): form = read
        case .failure(let problem): throw Failure(.badRequest, problem.text)
        }
        var seen = Set<String>()
        for part in form.parts {
            guard let field = try Self.field(part.name) else {
                if part.isFile, surface == .openAIImageEdits { facts.imageCount += 1 }
                continue
            }
            guard !part.isFile else { throw Self.wrong(field, "a plain field of the form, not a file") }
            guard seen.insert(part.name).inserted else {
                throw Failure(.badRequest, "`\(part.name)` is given twice; give it once.", param: part.name)
            }
            let text = body.withUnsafeReadableBytes { String(validating: $0[part.value], as: UTF8.self) }
            guard let text else { throw Self.wrong(field, "UTF-8 text") }
            try read(field, text, part.value, surface)
        }
    }

    private mutating func read(
        _ field: Field, _ text: String, _ range: Range<Int>, _ surface: Surface
    ) throws(Failure) {
        switch field {
        case .model:
            guard !text.isEmpty else { throw Self.wrong(field, "the name of a model") }
            model = text
            facts.modelRange = range
        case .stream:
            switch text.lowercased() {
            case "true", "1": stream = true
            case "false", "0", "": stream = false
            default: throw Self.wrong(field, "true or false")
            }
        case .streamFormat: if text == "sse" { stream = true }
        case .n:
            guard let count = Int64(text), count > 0 else { throw Self.wrong(field, "a positive integer") }
            takeCount(count, surface)
        case .prompt, .input, .query, .documents: facts.textBytes += range.count
        case .user: facts.endUser = text
        }
    }
}
