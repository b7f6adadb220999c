import GatewayTypes
import JSON
import NIOCore

/// The client's side of a translated exchange: requests into the neutral form, and renderers of their replies.
enum OpenAITranslation {
    static func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        let root = try root(of: request)
        switch request.operation {
        case .chat: return .chat(try OpenAIChatReader.read(root, request))
        case .embeddings: return .embeddings(try OpenAIVectorReader.embeddings(root))
        case .rerank: return .rerank(try OpenAIVectorReader.rerank(root))
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .countTokens, .realtime, .providerAPI:
            throw Failure(.badRequest, "This operation is served only by providers that speak OpenAI's API.")
        }
    }

    private static func root(of request: ModelRequest) throws(Failure) -> JSONValue {
        do throws(JSONProblem) {
            return try JSONDocument(request.body).root
        } catch {
            throw Failure(.badRequest, "The body is not valid JSON. Send one JSON object.")
        }
    }

    static func renderer(
        for request: ModelRequest, exchange: ExchangeID, at time: WallTime
    ) -> any ReplyRenderer {
        switch request.operation {
        case .embeddings:
            var wantsBase64 = false
            if case .embeddings(let asked) = asked(request) { wantsBase64 = asked.wantsBase64 }
            return OpenAIEmbeddingsRenderer(request, wantsBase64: wantsBase64)
        case .rerank:
            var rerank: RerankRequest?
            if case .rerank(let asked) = asked(request) { rerank = asked }
            return OpenAIRerankRenderer(request, rerank, exchange: exchange)
        case .chat, .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech,
            .moderation, .countTokens, .realtime, .providerAPI:
            let isLegacy = request.facts.toolCount > 0 && asksForFunctions(request)
            if request.stream {
                return OpenAIChunkRenderer(request, exchange: exchange, at: time, isLegacy: isLegacy)
            }
            return OpenAICompletionRenderer(request, exchange: exchange, at: time, isLegacy: isLegacy)
        }
    }

    private static func asked(_ request: ModelRequest) -> NeutralRequest? {
        do throws(Failure) { return try neutral(request) } catch { return nil }
    }

    private enum Legacy: String, CaseIterable, Sendable {
        case functions
        static let keys = JSONKeys<Self>()
    }

    /// Whether the client wrote `functions`, the form before `tools`, and so awaits `function_call`.
    private static func asksForFunctions(_ request: ModelRequest) -> Bool {
        request.body.withUnsafeReadableBytes { bytes in
            guard var scanner = JSONScanner(bytes) else { return false }
            var members = LenientMembers(Legacy.keys)
            do throws(JSONProblem) {
                guard try members.next(&scanner) != nil else { return false }
                return scanner.peek() == UInt8(ascii: "[")
            } catch {
                return false
            }
        }
    }
}
