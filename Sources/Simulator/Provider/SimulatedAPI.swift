import GatewayTypes

/// The APIs that the simulator speaks, told apart by the path.
enum SimulatedAPI: Equatable {
    case chat, embeddings, responses, completions, images, imageEdits, transcriptions, translations, speech
    case moderations, rerank, models, files, batches
    case anthropicMessages, anthropicCountTokens
    case gemini(GeminiVerb), geminiModels
    case bedrockConverse, bedrockConverseStream, bedrockInvoke
    case cohereChat, cohereEmbed, cohereRerank
    case ollamaChat

    enum GeminiVerb: String {
        case generateContent, streamGenerateContent, countTokens, embedContent, batchEmbedContents
    }

    var errors: ErrorShape {
        switch self {
        case .chat, .embeddings, .responses, .completions, .images, .imageEdits, .transcriptions, .translations,
            .speech, .moderations, .rerank, .models, .files, .batches:
            .openAI
        case .anthropicMessages, .anthropicCountTokens: .anthropic
        case .gemini, .geminiModels: .gemini
        case .bedrockConverse, .bedrockConverseStream, .bedrockInvoke: .bedrock
        case .cohereChat, .cohereEmbed, .cohereRerank: .cohere
        case .ollamaChat: .ollama
        }
    }

    private static let byEnding: [(ending: String, api: SimulatedAPI)] = [
        ("/chat/completions", .chat), ("/responses", .responses), ("/v1/messages", .anthropicMessages),
        ("/v1/messages/count_tokens", .anthropicCountTokens), ("/v2/chat", .cohereChat), ("/api/chat", .ollamaChat),
        ("/embeddings", .embeddings), ("/v2/embed", .cohereEmbed), ("/v2/rerank", .cohereRerank),
        ("/completions", .completions), ("/images/generations", .images), ("/images/edits", .imageEdits),
        ("/audio/transcriptions", .transcriptions), ("/audio/translations", .translations), ("/audio/speech", .speech),
        ("/moderations", .moderations), ("/rerank", .rerank), ("/v1beta/models", .geminiModels), ("/models", .models),
        ("/files", .files), ("/batches", .batches),
    ]

    /// The API of a path, and the model where the path names it.
    static func recognise(_ path: String) -> (api: SimulatedAPI, model: String?)? {
        if path.hasSuffix("/chat/completions") && !path.hasPrefix("/openai/") { return (.chat, nil) }
        if path.hasPrefix("/model/") { return bedrock(path) }
        if let found = gemini(path) { return found }
        if let found = byEnding.first(where: { path.hasSuffix($0.ending) }) {
            return (found.api, deployment(path))
        }
        if path.contains("/files/") { return (.files, nil) }
        if path.contains("/batches/") { return (.batches, nil) }
        return nil
    }

    /// Azure's form: `/openai/deployments/{deployment}/…`.
    private static func deployment(_ path: String) -> String? {
        let start = "/openai/deployments/"
        guard path.hasPrefix(start) else { return nil }
        return decoded(path.dropFirst(start.count).prefix { $0 != "/" })
    }

    private static func bedrock(_ path: String) -> (api: SimulatedAPI, model: String?)? {
        let parts = path.split(separator: "/")
        guard parts.count == 3 else { return nil }
        let model = decoded(parts[1])
        switch parts[2] {
        case "converse": return (.bedrockConverse, model)
        case "converse-stream": return (.bedrockConverseStream, model)
        case "invoke": return (.bedrockInvoke, model)
        case _: return nil
        }
    }

    /// `…/models/{model}:{verb}`; a model's name may hold colons itself.
    private static func gemini(_ path: String) -> (api: SimulatedAPI, model: String?)? {
        guard let colon = path.lastIndex(of: ":"), let verb = GeminiVerb(rawValue: String(path[colon...].dropFirst())),
            let slash = path[..<colon].lastIndex(of: "/")
        else { return nil }
        return (.gemini(verb), decoded(path[slash..<colon].dropFirst()))
    }

    /// A part of a path without its percent escapes.
    static func decoded(_ part: some StringProtocol) -> String {
        guard part.contains("%") else { return String(part) }
        var bytes: [UInt8] = []
        var rest = part.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = [rest.next(), rest.next()].compactMap { $0 }
            bytes.append(UInt8(String(decoding: digits, as: UTF8.self), radix: 16) ?? byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
