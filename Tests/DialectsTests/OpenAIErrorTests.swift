import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct OpenAIErrorTests {
    let client = OpenAIClient()

    private struct Body: Decodable {
        struct Detail: Decodable {
            let message: String
            let type: String
            let param: String?
            let code: String?
        }
        let error: Detail
    }

    private func detail(_ body: ByteBuffer) throws -> Body.Detail {
        try JSONDecoder().decode(Body.self, from: Data(body.readableBytesView)).error
    }

    @Test(arguments: [
        (FailureReason.badRequest, 400, "invalid_request_error", nil),
        (.unauthenticated, 401, "invalid_request_error", "invalid_api_key"),
        (.notPermitted, 403, "permission_error", "not_permitted"),
        (.modelNotFound, 404, "invalid_request_error", "model_not_found"),
        (.upstreamRateLimited, 429, "requests", "rate_limit_exceeded"),
        (.upstreamQuota, 429, "insufficient_quota", "insufficient_quota"),
        (.rateLimited, 429, "requests", "rate_limit_exceeded"),
        (.budgetExceeded, 429, "insufficient_quota", "insufficient_quota"),
        (.internalError, 500, "server_error", "internal_error"),
        (.upstreamCut, 502, "server_error", "upstream_cut"),
        (.draining, 503, "server_error", "draining"),
    ])
    func `A failure has OpenAI's status, type and code`(
        reason: FailureReason, status: Int, type: String, code: String?
    ) throws {
        let reply = client.render(Failure(reason, "Do \"this\"\n\u{1}.", param: "p"))
        let error = try detail(reply.body)
        #expect(reply.status == status)
        #expect(error.type == type)
        #expect(error.code == code)
        #expect(error.param == "p")
        #expect(error.message == "Do \"this\"\n\u{1}.")
        #expect(reply.fields.first?.name == "content-type")
        #expect(reply.fields.first?.value == "application/json")
    }

    @Test(arguments: FailureReason.allCases)
    func `Every failure is rendered as JSON`(reason: FailureReason) throws {
        #expect(try detail(client.render(Failure(reason, "x")).body).message == "x")
    }

    @Test func `Waiting is said in seconds`() {
        let reply = client.render(Failure(.overloaded, "x", retryAfterSeconds: 7))
        #expect(reply.fields.first { $0.name == "retry-after" }?.value == "7")
    }

    @Test func `A provider's own error passes byte for byte`() {
        let body = ByteBuffer(string: "{ \"error\" : 1 }")
        let upstream = UpstreamErrorReply(status: 422, contentType: "application/problem+json", body: body)
        let reply = client.render(Failure(.upstreamRejected, "x", upstreamReply: upstream))
        #expect(reply.status == 422)
        #expect(reply.body == body)
        #expect(reply.fields.first?.value == "application/problem+json")
    }

    @Test func `Inside a stream a failure is one event`() throws {
        let text = String(buffer: client.renderInStream(Failure(.upstreamCut, "x")))
        #expect(text.hasPrefix("data: {\"error\":{") && text.hasSuffix("}}\n\n"))
        #expect(try detail(ByteBuffer(string: String(text.dropFirst(6)))).code == "upstream_cut")
    }

    @Test func `The models are listed in OpenAI's shape`() throws {
        let reply = client.modelsReply(names: ["a", "b\"c"])
        struct List: Decodable {
            struct Model: Decodable, Equatable {
                let id: String, object: String, created: Int, owned_by: String
            }
            let object: String
            let data: [Model]
        }
        let list = try JSONDecoder().decode(List.self, from: Data(reply.body.readableBytesView))
        #expect(list.object == "list")
        #expect(list.data.map(\.id) == ["a", "b\"c"])
        #expect(list.data.first == List.Model(id: "a", object: "model", created: 0, owned_by: "weir"))
    }
}
