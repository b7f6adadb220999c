import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct BedrockProviderTests {
    private let provider = BedrockProvider()

    @Test func `The model is percent-encoded once in the path`() {
        let model = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
        let escaped = "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/"
        #expect(provider.path(translating: .chat, model: model, stream: false) == escaped + "converse")
        #expect(provider.path(translating: .chat, model: model, stream: true) == escaped + "converse-stream")
        #expect(provider.path(translating: .embeddings, model: model, stream: false) == escaped + "invoke")
        #expect(provider.path(translating: .rerank, model: model, stream: false) == nil)
        let arn = provider.path(translating: .chat, model: "arn:aws:bedrock:x:1:y/z é", stream: false)
        #expect(arn == "/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Ay%2Fz%20%C3%A9/converse")
        for surface in Surface.allCases { #expect(provider.path(for: surface, model: model, stream: false) == nil) }
    }

    @Test func `A model's family is read from its name`() {
        let names: [(String, BedrockModel.Family)] = [
            ("anthropic.claude-v2:1", .anthropic), ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", .anthropic),
            ("us.amazon.nova-2-lite-v1:0", .nova), ("amazon.titan-embed-text-v2:0", .titanEmbedding),
            ("cohere.embed-english-v3", .cohereEmbedding), ("meta.llama3-1-70b-instruct-v1:0", .other),
            ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0", .anthropic),
            ("arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-70b-instruct-v1:0", .other),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", .unknown), ("", .other),
        ]
        for (name, family) in names { #expect(BedrockModel(name).family == family, "\(name)") }
    }

    private func embed(
        _ inputs: [String], _ model: String, _ change: (inout EmbeddingsRequest) -> Void = { _ in }
    ) throws -> (String, [ChatField]) {
        var request = EmbeddingsRequest()
        request.inputs = inputs
        change(&request)
        let encoded = try provider.encode(.embeddings(request), for: bedrockTarget(model), outputTokensMax: nil)
        return (String(buffer: encoded.body), encoded.unsupported)
    }

    @Test func `Vectors are asked for in each maker's shape`() throws {
        let titan = try embed(["a"], "amazon.titan-embed-text-v2:0") {
            $0.dimensions = 256
            $0.purpose = "search_query"
            $0.endUser = "u"
        }
        #expect(titan.0 == #"{"inputText":"a","dimensions":256}"#)
        #expect(titan.1 == [.endUser, .embeddingPurpose])
        #expect(try embed(["a"], "amazon.titan-embed-text-v1") { $0.dimensions = 2 }.1 == [.embeddingDimensions])
        #expect(
            try embed(["a", "b"], "cohere.embed-english-v3").0
                == #"{"texts":["a","b"],"input_type":"search_document"}"#)
        let cohere = try embed(["a"], "us.cohere.embed-v4:0") {
            $0.dimensions = 512
            $0.purpose = "clustering"
        }
        #expect(cohere.0 == #"{"texts":["a"],"input_type":"clustering","output_dimension":512}"#)
        let many = #expect(throws: Failure.self) { try embed(["a", "b"], "amazon.titan-embed-text-v2:0") }
        #expect(many?.reason == .badRequest)
        #expect(many?.param == "input")
        #expect(throws: Failure.self) { try embed(["a"], "meta.llama3-1-70b-instruct-v1:0") }
        #expect(throws: Failure.self) {
            try provider.encode(.rerank(RerankRequest()), for: bedrockTarget(), outputTokensMax: nil)
        }
    }

    private func failure(_ status: Int, _ name: String?, _ body: String) -> Failure {
        let fields = name.map { [ReplyField("x-amzn-errortype", $0)] } ?? []
        return provider.failure(
            status: status, head: UpstreamHead(status: status, fields: fields), body: ByteBuffer(string: body))
    }

    @Test func `Each error is known by its name`() {
        let cases: [(Int, String, FailureReason, Bool)] = [
            (400, "ValidationException:http://internal.example/", .upstreamRejected, false),
            (400, "ServiceQuotaExceededException", .upstreamQuota, true),
            (403, "AccessDeniedException", .upstreamUnauthenticated, true),
            (403, "UnrecognizedClientException", .upstreamUnauthenticated, true),
            (404, "ResourceNotFoundException", .upstreamRejected, true),
            (408, "ModelTimeoutException", .upstreamTimeout, true), (424, "ModelErrorException", .upstreamError, true),
            (429, "ThrottlingException", .upstreamRateLimited, true),
            (429, "ModelNotReadyException", .upstreamError, true),
            (500, "InternalServerException", .upstreamError, true),
            (503, "ServiceUnavailableException", .upstreamError, true),
        ]
        for (status, name, reason, retryable) in cases {
            let failure = failure(status, name, #"{"message":"Because."}"#)
            #expect(failure.reason == reason, "\(name)")
            #expect(failure.retryable == retryable, "\(name)")
            let isSaid = reason != .upstreamUnauthenticated || name == "AccessDeniedException"
            #expect(failure.upstreamMessage == (isSaid ? "Because." : nil), "\(name)")
            #expect((failure.upstreamReply?.status == status) == isSaid, "\(name)")
        }
    }

    @Test func `Without a name the body or the status tells`() {
        #expect(failure(400, nil, #"{"__type":"com.amazon.coral#ThrottlingException"}"#).reason == .upstreamRateLimited)
        let byStatus: [(Int, FailureReason, Bool)] = [
            (400, .upstreamRejected, false), (401, .upstreamUnauthenticated, true), (404, .upstreamRejected, true),
            (413, .upstreamRejected, false), (424, .upstreamError, true), (429, .upstreamRateLimited, true),
            (502, .upstreamError, true),
        ]
        for (status, reason, retryable) in byStatus {
            let failure = failure(status, nil, "<html>")
            #expect(failure.reason == reason)
            #expect(failure.retryable == retryable)
            #expect(failure.upstreamReply == nil)
        }
        #expect(
            failure(400, nil, #"{"Message":"\#(String(repeating: "x", count: 900))"}"#).upstreamMessage?.count == 500)
        #expect(failure(403, "AccessDeniedException", #"{"message":"arn:aws:iam::1 may not"}"#).upstreamMessage == nil)
        let missing = #"{"message":"The provided model identifier is invalid."}"#
        #expect(failure(400, "ValidationException", missing).retryable)
    }
}
