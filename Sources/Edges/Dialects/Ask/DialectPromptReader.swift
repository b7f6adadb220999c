public import GatewayTypes

/// Reads the text of a request by its client's dialect.
public struct DialectPromptReader: PromptReader {
    public init() {}

    public func prompt(of request: ModelRequest) -> Prompt? {
        guard let dialect = Self.dialect(of: request.surface) else { return nil }
        do throws(Failure) {
            switch try dialect.neutral(request) {
            case .chat(let chat): return Prompt(chat)
            case .embeddings(let embeddings): return Prompt(texts: embeddings.inputs)
            case .rerank(let rerank): return Prompt(texts: [rerank.query])
            }
        } catch {
            return nil
        }
    }

    private static func dialect(of surface: Surface) -> (any ClientDialect)? {
        switch surface {
        case .openAIChat, .openAIEmbeddings, .rerank: OpenAIClient()
        case .openAIResponses: ResponsesClient()
        case .anthropicMessages: AnthropicClient()
        case .geminiGenerate, .geminiEmbed: GeminiClient()
        case .openAICompletions, .openAIImages, .openAIImageEdits, .openAITranscriptions, .openAITranslations,
            .openAISpeech, .openAIModerations, .openAIRealtime, .openAIModels, .anthropicCountTokens,
            .geminiCountTokens, .providerAPI, .ask, .askEmbeddings, .feedback, .unknown:
            nil
        }
    }
}

extension Prompt {
    fileprivate init(_ chat: ChatRequest) {
        self.init()
        system = Self.text(of: chat.system)
        turns = chat.messages.map { Turn(isUser: $0.role == .user, text: Self.text(of: $0.parts)) }
    }

    fileprivate init(texts: [String]) {
        self.init()
        turns = texts.map { Turn(isUser: true, text: $0) }
    }

    private static func text(of parts: [ChatPart]) -> String {
        var texts: [String] = []
        for part in parts {
            switch part {
            case .text(let text): texts.append(text)
            case .refusal, .media, .toolCall, .toolResult, .reasoning, .cacheMark: break
            }
        }
        return texts.joined(separator: "\n")
    }
}
