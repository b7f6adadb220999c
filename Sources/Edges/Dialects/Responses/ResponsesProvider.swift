public import GatewayTypes
import JSON
public import NIOCore

/// OpenAI's Responses API towards providers that speak it.
public struct ResponsesProvider: ProviderDialect {
    private let openAI = OpenAIProvider()

    public init() {}

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        surface == .openAIResponses ? "/responses" : nil
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        operation == .chat ? "/responses" : nil
    }

    public var forwardedFields: [HeaderName] { openAI.forwardedFields }
    public var returnedFields: [HeaderName] { openAI.returnedFields }
    public var requestIDField: HeaderName { openAI.requestIDField }

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        let facts = request.facts
        var splice = JSONSplice()
        if facts.modelRange.isEmpty {
            // The client named the model in its path; the object has at least its input, hence the comma.
            var name = ByteBuffer()
            name.writeJSONString(target.servedModel.text)
            splice.insert(at: facts.objectStart, json: #""model":\#(String(buffer: name)),"#)
        } else if request.askedModel != target.servedModel.text {
            splice.replace(facts.modelRange, string: target.servedModel.text)
        }
        if let cap = outputTokensMax, facts.outputTokensMax.map({ $0 > cap }) ?? true {
            if let range = facts.maxTokensRange {
                splice.replace(range, json: String(cap))
            } else {
                splice.insert(at: facts.objectStart, json: #""max_output_tokens":\#(cap),"#)
            }
        }
        return splice.apply(to: request.body)
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        switch request {
        case .chat(let chat):
            return try ResponsesEncoder(target, outputTokensMax: outputTokensMax).encode(chat)
        case .embeddings, .rerank:
            throw Failure(
                .badRequest, "The provider's Responses API has no such operation; use another model.", param: "model")
        }
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        TappedReply(FramedReader(ResponsesReader(), framing: .byFirstByte))
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        FramedReader(ResponsesReader(), framing: .byFirstByte)
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        openAI.failure(status: status, head: head, body: body)
    }
}
