import GatewayTypes

/// What a reply of a provider's own API looks like, by the path that was called. Those that know a dialect learn more than
/// the one that reads anything, which is for all the rest.
enum ReplyShape: Equatable {
    case chatCompletions, messages, responses, gemini, bedrock, cohere
    /// The number of tokens that a request would have: none is used.
    case count
    case unknown

    /// `isCohere`: the provider is; `/chat` is the path of others too.
    init(path: String, isCohere: Bool) {
        self = Self.endings.first { path.hasSuffix($0.text) }?.shape ?? .unknown
        if self == .unknown, isCohere, path.hasSuffix("/chat") { self = .cohere }
        // Google's path to models of another, where the verb says nothing of the dialect.
        let isRaw = path.hasSuffix(":rawPredict") || path.hasSuffix(":streamRawPredict")
        if self == .unknown, isRaw, path.contains("/publishers/anthropic/models/") { self = .messages }
    }

    private static let endings: [(text: String, shape: ReplyShape)] = [
        ("/count_tokens", .count), (":countTokens", .count), ("/count-tokens", .count), ("/input_tokens", .count),
        ("/models/count-tokens:rawPredict", .count),
        ("/chat/completions", .chatCompletions),
        ("/messages", .messages),
        ("/responses", .responses),
        (":generateContent", .gemini), (":streamGenerateContent", .gemini),
        ("/converse", .bedrock), ("/converse-stream", .bedrock), ("/invoke", .bedrock),
        ("/invoke-with-response-stream", .bedrock),
    ]

    /// How a reply is cut into messages, as far as its head tells.
    enum Framing: Equatable {
        case document, events, lines, amazonEvents
        /// The head names no type: the first byte tells.
        case unsaid
        /// Neither JSON nor a stream of it.
        case other

        init(contentType: String?) {
            switch contentType?.prefix(while: { $0 != ";" }).lowercased() {
            case nil: self = .unsaid
            case "application/json": self = .document
            case "text/event-stream": self = .events
            case "application/stream+json", "application/x-ndjson": self = .lines
            case "application/vnd.amazon.eventstream": self = .amazonEvents
            default: self = .other
            }
        }
    }

    func decoder(_ framing: Framing, head: UpstreamHead, rule: OpenAIUsageRule) -> any ReplyDecoder {
        switch (self, framing) {
        case (.count, _): CountReply()
        case (.chatCompletions, .events), (.chatCompletions, .unsaid):
            OpenAIStreamDecoder(rule: rule, hidesUsage: false)
        case (.chatCompletions, .document): OpenAIDocumentDecoder(rule: rule)
        case (.messages, .events), (.messages, .document), (.messages, .unsaid):
            TappedReply(FramedReader(AnthropicReader(), framing: .byFirstByte))
        case (.responses, .events), (.responses, .document), (.responses, .unsaid):
            TappedReply(FramedReader(ResponsesReader(), framing: .byFirstByte))
        case (.gemini, .events), (.gemini, .document), (.gemini, .unsaid):
            TappedReply(FramedReader(GeminiReader(), framing: .byFirstByte))
        case (.bedrock, .amazonEvents), (.bedrock, .document), (.bedrock, .unsaid):
            TappedReply(BedrockInvokeReader(head: head))
        case (.cohere, .events), (.cohere, .document), (.cohere, .unsaid):
            TappedReply(FramedReader(CohereReader(), framing: .byFirstByte))
        case (.cohere, .lines): TappedReply(FramedReader(CohereReader(), framing: .lines))
        case (.chatCompletions, _), (.messages, _), (.responses, _), (.gemini, _), (.bedrock, _), (.cohere, _),
            (.unknown, _):
            AnyUsageDecoder(rule: rule)
        }
    }
}
