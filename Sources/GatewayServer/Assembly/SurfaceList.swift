import Dialects
import GatewayTypes
import ProxyCore

/// The API paths that clients may call; the one list of them.
enum SurfaceList {
    /// `names`: the models that clients may ask for.
    static func table(for names: [String], feedback: any OwnService) -> SurfaceTable {
        SurfaceTable(
            openAI() + realtime() + responses() + anthropic() + gemini() + models(names) + [
                SurfaceEntry(.post, "/v1/feedback", .feedback, OpenAIClient(), service: feedback), providers,
            ],
            fallback: OpenAIClient())
    }

    private static func openAI() -> [SurfaceEntry] {
        let client = OpenAIClient()
        let paths: [(String, Surface)] = [
            ("chat/completions", .openAIChat), ("completions", .openAICompletions),
            ("embeddings", .openAIEmbeddings), ("images/generations", .openAIImages),
            ("images/edits", .openAIImageEdits), ("audio/transcriptions", .openAITranscriptions),
            ("audio/translations", .openAITranslations), ("audio/speech", .openAISpeech),
            ("moderations", .openAIModerations), ("rerank", .rerank),
        ]
        // Clients of Groq put `/openai` before all paths; Azure's name the model in the path.
        return paths.flatMap { path, surface in
            ["/v1/", "/openai/v1/", "/openai/deployments/{model}/"].map {
                SurfaceEntry(.post, $0 + path, surface, client)
            }
        }
    }

    private static func realtime() -> [SurfaceEntry] {
        ["/v1/realtime", "/openai/v1/realtime", "/openai/realtime"].map {
            SurfaceEntry(.get, $0, .openAIRealtime, OpenAIClient())
        }
    }

    private static func responses() -> [SurfaceEntry] {
        ["/v1/responses", "/openai/v1/responses"].map {
            SurfaceEntry(.post, $0, .openAIResponses, ResponsesClient())
        }
    }

    private static func anthropic() -> [SurfaceEntry] {
        let client = AnthropicClient()
        return [
            SurfaceEntry(.post, "/v1/messages", .anthropicMessages, client),
            SurfaceEntry(.post, "/v1/messages/count_tokens", .anthropicCountTokens, client),
        ]
    }

    /// Google's clients begin paths in many ways; the verb behind the model tells what they want.
    private static func gemini() -> [SurfaceEntry] {
        let client = GeminiClient()
        let prefixes = [
            "/v1beta/models/", "/v1/models/", "/models/", "/v1beta1/models/", "/v1beta1/publishers/google/models/",
            "/v1/publishers/google/models/", "/v1/projects/", "/v1beta1/projects/",
        ]
        let verbs: [(String, Surface, Bool)] = [
            ("generateContent", .geminiGenerate, false), ("streamGenerateContent", .geminiGenerate, true),
            ("embedContent", .geminiEmbed, false), ("batchEmbedContents", .geminiEmbed, false),
            ("countTokens", .geminiCountTokens, false),
        ]
        return prefixes.flatMap { prefix in
            verbs.map { SurfaceEntry(.post, prefix + "{model}:" + $0.0, $0.1, client, streams: $0.2) }
        }
    }

    /// The models that may be asked for, in each dialect's own shape.
    private static func models(_ names: [String]) -> [SurfaceEntry] {
        let openAI = OpenAIClient()
        let list = ModelListing(of: names) { openAI.modelsReply(names: $0) }
        return [
            SurfaceEntry(
                .get, "/v1/models", .openAIModels, AnthropicClient(), field: "anthropic-version",
                listing: ModelListing(of: names) { AnthropicClient.modelsReply(names: $0) }),
            SurfaceEntry(.get, "/v1/models", .openAIModels, openAI, listing: list),
            SurfaceEntry(.get, "/openai/v1/models", .openAIModels, openAI, listing: list),
            SurfaceEntry(
                .get, "/v1beta/models", .openAIModels, GeminiClient(),
                listing: ModelListing(of: names) { GeminiClient.modelsReply(names: $0) }),
        ] + names.flatMap { model($0) }
    }

    private static func model(_ name: String) -> [SurfaceEntry] {
        let openAI = OpenAIClient()
        return [
            SurfaceEntry(
                .get, "/v1/models/" + name, .openAIModels, AnthropicClient(), field: "anthropic-version",
                listing: ModelListing(of: name, reply: AnthropicClient.modelReply(name))),
            SurfaceEntry(
                .get, "/v1/models/" + name, .openAIModels, openAI,
                listing: ModelListing(of: name, reply: openAI.modelReply(name))),
            SurfaceEntry(
                .get, "/v1beta/models/" + name, .openAIModels, GeminiClient(),
                listing: ModelListing(of: name, reply: GeminiClient.modelReply(name))),
        ]
    }

    private static let providers = SurfaceEntry(nil, "/providers/{provider}/", .providerAPI, ProviderAPIClient())
}
