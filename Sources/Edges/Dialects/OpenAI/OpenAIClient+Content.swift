public import GatewayTypes
import JSON

extension OpenAIClient {
    /// The operations that no other dialect has are read here, as they have no neutral form.
    public func content(of request: ModelRequest) -> RequestContent? {
        switch request.operation {
        case .chat, .embeddings, .rerank:
            return (try? OpenAITranslation.neutral(request)).map { RequestContent($0) }
        case .textCompletion: return Self.texts(["prompt", "suffix"], of: request)
        case .imageGeneration: return Self.texts(["prompt"], of: request)
        case .speech: return Self.texts(["instructions", "input"], of: request)
        case .moderation: return Self.texts(["input"], of: request)
        case .listModels, .transcription, .translation, .countTokens, .realtime, .providerAPI: return nil
        }
    }

    /// The texts of those members. Nil where there is none: a prompt may be written in tokens.
    private static func texts(_ names: [StaticString], of request: ModelRequest) -> RequestContent? {
        guard let root = try? JSONDocument(request.body).root else { return nil }
        let texts = names.flatMap { root[$0].map(texts(of:)) ?? [] }
        return texts.isEmpty ? nil : .texts(texts)
    }

    /// A text, or a list of texts or of parts with one each.
    private static func texts(of value: JSONValue) -> [String] {
        if let text = value.string { return [text] }
        return value.elements.compactMap { $0.string ?? $0["text"]?.string }
    }
}
