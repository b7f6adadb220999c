import Dialects
import GatewayTypes
import NIOCore
import Testing

/// What Weir itself asks models in, and how it reads what clients say.
@Suite struct AskClientTests {
    private func question(_ content: ModelQuestion.Content) -> AskClient {
        AskClient(ModelQuestion(content, of: "small", purpose: .guardrail, deadlineSeconds: 1))
    }

    @Test func `A question is a request whose body holds every byte of it`() throws {
        let client = question(.completion(system: "Judge.", text: "Is it?", outputTokensMax: 9))
        let request = client.request
        #expect(request.surface == .ask && request.operation == .chat && request.askedModel == "small")
        #expect(request.bodyBytes == 12 && request.facts.textBytes == 12 && request.facts.outputTokensMax == 9)
        guard case .chat(let chat) = try client.neutral(request) else {
            Issue.record("no chat")
            return
        }
        #expect(chat.system == [.text("Judge.")] && chat.messages == [ChatMessage(.user, [.text("Is it?")])])
        #expect(chat.outputTokensMax == 9)
    }

    @Test func `Every provider's dialect can be asked`() throws {
        let providers: [any ProviderDialect] = [
            OpenAIProvider(variant: OpenAIVariant(providerKind: "openai"), azureVersion: nil), ResponsesProvider(),
            AnthropicProvider(hosting: .anthropic), GeminiProvider(hosting: .studio), BedrockProvider(),
            CohereProvider(),
        ]
        let client = question(.completion(system: "Judge.", text: "Is it?", outputTokensMax: 9))
        for provider in providers {
            #expect(provider.path(for: .ask, model: "m", stream: false) == nil)
            #expect(provider.path(translating: .chat, model: "m", stream: false) != nil)
            let encoded = try provider.encode(
                try client.neutral(client.request), for: target("anthropic.m"), outputTokensMax: nil)
            #expect(encoded.unsupported.isEmpty)
            #expect(String(buffer: encoded.body).contains("Is it?"))
        }
    }

    @Test func `Vectors come back in the order of their texts, whatever the order of the reply`() throws {
        let client = question(.embeddings(["a", "b"]))
        #expect(client.request.operation == .embeddings)
        var renderer = client.renderer(
            for: client.request, exchange: ExchangeID(high: 0, low: 0), at: WallTime(nanoseconds: 0))
        var body = ByteBuffer()
        renderer.render(.embedding([3, 4.5], index: 1), into: &body)
        renderer.render(.text("ignored by readers of vectors", choice: 1), into: &body)
        renderer.render(.embedding([1, -2], index: 0), into: &body)
        renderer.render(.ended, into: &body)
        renderer.end(into: &body)
        #expect(try client.vectors(in: body) == [[1, -2], [3, 4.5]])
        #expect(throws: Failure.self) { try client.vectors(in: ByteBuffer()) }
        var short = ByteBuffer()
        renderer.render(.embedding([1, -2], index: 0), into: &short)
        renderer.render(.embedding([1], index: 1), into: &short)
        #expect(throws: Failure.self) { try client.vectors(in: short) }
    }

    private func request(_ surface: Surface, _ dialect: any ClientDialect, _ body: String) throws -> ModelRequest {
        try dialect.parse(call(surface, model: "m"), body: ByteBuffer(string: body))
    }

    @Test func `The text of a request is read whatever its dialect`() throws {
        let bodies: [(Surface, any ClientDialect, String)] = [
            (
                .openAIChat, OpenAIClient(),
                #"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},"#
                    + #"{"role":"assistant","content":"Yes?"},{"role":"user","content":[{"type":"text","text":"Why?"}]}]}"#
            ),
            (
                .openAIResponses, ResponsesClient(),
                #"{"model":"m","instructions":"Be brief.","input":[{"role":"user","content":"Hi"},"#
                    + #"{"role":"assistant","content":"Yes?"},{"role":"user","content":"Why?"}]}"#
            ),
            (
                .anthropicMessages, AnthropicClient(),
                #"{"model":"m","max_tokens":9,"system":"Be brief.","messages":[{"role":"user","content":"Hi"},"#
                    + #"{"role":"assistant","content":"Yes?"},{"role":"user","content":"Why?"}]}"#
            ),
            (
                .geminiGenerate, GeminiClient(),
                #"{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]},"#
                    + #"{"role":"model","parts":[{"text":"Yes?"}]},{"role":"user","parts":[{"text":"Why?"}]}]}"#
            ),
        ]
        for (surface, dialect, body) in bodies {
            let prompt = try #require(DialectPromptReader().prompt(of: try request(surface, dialect, body)))
            #expect(prompt.system == "Be brief." && prompt.question == "Why?")
            #expect(prompt.turns.map(\.isUser) == [true, false, true])
        }
        let vectors = try request(.openAIEmbeddings, OpenAIClient(), #"{"model":"m","input":["a","b"]}"#)
        #expect(DialectPromptReader().prompt(of: vectors)?.turns.map(\.text) == ["a", "b"])
        let speech = try request(.openAISpeech, OpenAIClient(), #"{"model":"m","input":"a","voice":"v"}"#)
        #expect(DialectPromptReader().prompt(of: speech) == nil)
    }
}
