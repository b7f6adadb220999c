import Dialects
import GatewayTypes
import NIOCore

/// The clients, providers and targets that the cases bring together.
enum Parties {
    static func call(_ surface: Surface, _ contentType: String?) -> SurfaceCall {
        let name = "content-type"
        let fields = contentType.map {
            [
                RequestHead.Field(
                    nameStart: 0, nameLength: name.utf8.count, valueStart: name.utf8.count,
                    valueLength: $0.utf8.count)
            ]
        }
        let isInPath = [.geminiGenerate, .geminiEmbed, .geminiCountTokens].contains(surface)
        return SurfaceCall(
            surface: surface, model: isInPath ? "m" : nil, pathStreams: isInPath,
            head: RequestHead(
                bytes: ByteBuffer(string: name + (contentType ?? "")), method: .post, path: "/", query: nil,
                fields: fields ?? [], clientAddress: "127.0.0.1"))
    }

    static func target(_ model: String, kind: String) -> Target {
        var names = NameTable()
        return Target(
            index: 0, provider: names.declare("p"), providerKind: kind, servedModel: names.declare(model), weight: 1,
            ways: [], keyAlias: "", injectsStreamUsage: false)
    }

    struct Provider: Sendable {
        let kind: String
        let model: String
        let dialect: any ProviderDialect

        init(_ kind: String, _ model: String, _ dialect: any ProviderDialect) {
            self.kind = kind
            self.model = model
            self.dialect = dialect
        }

        var target: Target { Parties.target(model, kind: kind) }
    }

    static let providers: [Provider] = [
        Provider("openai", "gpt-5", OpenAIProvider()),
        Provider("mistral_ai", "mistral-large", OpenAIProvider()),
        Provider("openrouter", "a/b", OpenAIProvider()),
        Provider("deepseek", "deepseek-chat", OpenAIProvider()),
        Provider("voyage", "voyage-4", OpenAIProvider()),
        Provider("openai", "gpt-5", ResponsesProvider()),
        Provider("anthropic", "claude-opus-4-5", AnthropicProvider()),
        Provider("gcp.vertex_ai", "claude-3-5-haiku", AnthropicProvider(hosting: .vertex)),
        Provider("gcp.gemini", "gemini-3-pro", GeminiProvider()),
        Provider("gcp.vertex_ai", "gemini-2.5-flash", GeminiProvider(hosting: .vertex)),
        Provider("aws.bedrock", "anthropic.claude-3-haiku-20240307-v1:0", BedrockProvider()),
        Provider("aws.bedrock", "amazon.nova-lite-v1:0", BedrockProvider()),
        Provider("cohere", "command-a-03-2025", CohereProvider()),
    ]

    struct Client: Sendable {
        let surface: Surface
        let dialect: any ClientDialect
        /// Who speaks the same.
        let provider: any ProviderDialect

        init(_ surface: Surface, _ dialect: any ClientDialect, _ provider: any ProviderDialect) {
            self.surface = surface
            self.dialect = dialect
            self.provider = provider
        }
    }

    static let clients: [Client] = [
        Client(.openAIChat, OpenAIClient(), OpenAIProvider()),
        Client(.openAIResponses, ResponsesClient(), ResponsesProvider()),
        Client(.anthropicMessages, AnthropicClient(), AnthropicProvider()),
        Client(.geminiGenerate, GeminiClient(), GeminiProvider()),
        Client(.openAIEmbeddings, OpenAIClient(), OpenAIProvider()),
        Client(.geminiEmbed, GeminiClient(), GeminiProvider()),
        Client(.rerank, OpenAIClient(), OpenAIProvider()),
        Client(.openAICompletions, OpenAIClient(), OpenAIProvider()),
        Client(.openAIImages, OpenAIClient(), OpenAIProvider()),
        Client(.openAISpeech, OpenAIClient(), OpenAIProvider()),
        Client(.openAIModerations, OpenAIClient(), OpenAIProvider()),
        Client(.anthropicCountTokens, AnthropicClient(), AnthropicProvider()),
        Client(.geminiCountTokens, GeminiClient(), GeminiProvider()),
    ]
}
