import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct ProviderAPITests {
    private let client = ProviderAPIClient()
    private let dialect = ProviderAPIDialect(OpenAIProvider())

    private func parse(
        _ path: String, _ body: String = "", query: String? = nil, type: String? = nil, method: Method = .post
    ) throws -> ModelRequest {
        try client.parse(
            call(.providerAPI, path: "/providers/p" + path, query: query, contentType: type, method: method),
            body: ByteBuffer(string: body))
    }

    @Test(arguments: [
        ("/v1beta/models/gemini-3:generateContent", "{}", "gemini-3", false),
        ("/v1beta/models/gemini-3:streamGenerateContent", "{}", "gemini-3", true),
        ("/v1/publishers/google/models/a%2Fb:rawPredict", "{}", "a/b", false),
        ("/model/us.anthropic.claude%3A0/converse-stream", "{}", "us.anthropic.claude:0", true),
        ("/model/m/invoke", #"{"model":"other"}"#, "m", false),
        ("/openai/deployments/d/chat/completions", #"{"model":"m","stream":true}"#, "d", true),
        ("/v1/chat/completions", #"{"stream":true,"model":"m"}"#, "m", true),
        ("/v1/chat/completions", #"{"model":7,"stream":"x"}"#, "", false),
        ("/api/chat", #"{"model":"llama"}"#, "llama", true),
        ("/api/chat", #"{"model":"llama","stream":false}"#, "llama", false),
        ("/v1/models/gpt-4o", "", "", false), ("/v1/files", "{ no json", "", false), ("/v1/files", "[1]", "", false),
        ("", "", "", false),
    ])
    func `The model and the stream are found in the path or the body`(
        path: String, body: String, model: String, stream: Bool
    ) throws {
        let request = try parse(path, body)
        #expect(request.askedModel == model)
        #expect(request.stream == stream)
        #expect(request.operation == .providerAPI)
        #expect(String(buffer: request.body) == body)
    }

    @Test func `A query may ask for a stream`() throws {
        #expect(try parse("/v1beta/models/m:x", query: "key=k&alt=sse").stream)
        #expect(try parse("/v1/responses/r", query: "stream=true", method: .get).stream)
        #expect(try !parse("/v1/responses/r", query: "stream=false", method: .get).stream)
    }

    @Test func `A form tells its model, and a broken one passes`() throws {
        let type = "multipart/form-data; boundary=b"
        let form = "--b\r\nContent-Disposition: form-data; name=model\r\n\r\nm\r\n--b--"
        #expect(try parse("/v1/audio/transcriptions", form, type: type).askedModel == "m")
        #expect(try parse("/v1/audio/transcriptions", form, type: type).facts.contentType == type)
        #expect(try parse("/v1/files", "broken", type: type).askedModel == "")
    }

    @Test func `Facts name the provider's path, and count a JSON body as text`() throws {
        let request = try parse("/v1/x", #"{"a":1}"#, type: "application/json")
        #expect(request.facts.path == "/v1/x")
        #expect(request.facts.textBytes == 7)
        #expect(request.facts.contentType == "application/json")
        #expect(try parse("/v1/x", "\u{0}bytes").facts.textBytes == 0)
    }

    @Test(arguments: [#"{"model":"a","model":"b"}"#, #"{"model":"a","mod\u0065l":"b"}"#])
    func `Two models in one body are refused`(body: String) {
        let failure = #expect(throws: Failure.self) { try parse("/v1/x", body) }
        #expect(failure?.param == "model")
    }

    @Test func `The body goes on untouched, whatever the target's model is`() throws {
        let body = #"{ "model" : "m" }"#
        let sent = try dialect.encode(parse("/v1/x", body), for: target("other"), outputTokensMax: 5)
        #expect(String(buffer: sent) == body)
        #expect(dialect.path(for: .providerAPI, model: "m", stream: false) == "")
        #expect(dialect.path(for: .openAIChat, model: "m", stream: false) == nil)
    }

    @Test func `It is never translated`() throws {
        let request = try parse("/v1/x", "{}")
        #expect(throws: Failure.self) { try client.neutral(request) }
        #expect(dialect.path(translating: .chat, model: "m", stream: false) == nil)
    }

    @Test func `No credential, cookie or account is forwarded or returned`() {
        let secrets: Set<String> = [
            "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-goog-api-key",
            "x-amz-security-token", "openai-organization", "openai-project", "x-goog-user-project", "host",
        ]
        #expect(secrets.isDisjoint(with: dialect.forwardedFields.map(\.text)))
        #expect(secrets.isDisjoint(with: dialect.returnedFields.map(\.text)))
        #expect(Set(dialect.forwardedFields).isSuperset(of: OpenAIProvider().forwardedFields))
        #expect(Set(dialect.returnedFields).count == dialect.returnedFields.count)
    }

    @Test func `An error's bytes pass as they are, and no other target is tried`() {
        let head = UpstreamHead(status: 500, fields: [ReplyField("content-type", "text/html")])
        let failure = dialect.failure(status: 500, head: head, body: ByteBuffer(string: "<html>"))
        #expect(!failure.retryable)
        #expect(failure.reason == .upstreamError)
        let reply = client.render(failure)
        #expect(reply.status == 500)
        #expect(String(buffer: reply.body) == "<html>")
        #expect(reply.fields.contains { $0.name == "content-type" && $0.value == "text/html" })
    }

    @Test func `What a provider says of the gateway's own key stays here`() {
        let head = UpstreamHead(status: 401, fields: [ReplyField("content-type", "application/json")])
        let failure = dialect.failure(
            status: 401, head: head, body: ByteBuffer(string: #"{"error":{"message":"bad key sk-a…z"}}"#))
        #expect(failure.upstreamReply == nil)
        #expect(failure.reason == .upstreamUnauthenticated)
    }

    @Test func `A chat stream by a provider's path is followed as chat is`() throws {
        let text =
            "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: [DONE]\n\n"
        var facts = ReplyFacts()
        var decoder = dialect.decoder(for: try parse("/v1/chat/completions", "{}"), target: target("m"))
        decoder.begin(
            UpstreamHead(status: 200, fields: [ReplyField("content-type", "text/event-stream")]), into: &facts)
        let replay = Replay(decoder, [Array(text.utf8)[...]], facts: &facts)
        #expect(replay.output == Array(text.utf8))
        #expect(facts.finishReasons == ["stop"])
        #expect(facts.terminated)
    }

    @Test func `A reply that says JSON and is none still ends`() throws {
        var facts = ReplyFacts()
        var decoder = dialect.decoder(for: try parse("/v1/chat/completions", "{}"), target: target("m"))
        decoder.begin(
            UpstreamHead(status: 200, fields: [ReplyField("content-type", "application/json")]), into: &facts)
        _ = Replay(decoder, [Array("<html>".utf8)[...]], facts: &facts)
        #expect(facts.terminated)
    }

    @Test func `Errors of Weir's own have OpenAI's shape, and nothing is written into a reply that has begun`() {
        let failure = Failure(.notFound, "no")
        #expect(String(buffer: client.render(failure).body).contains(#""code":"unknown_url""#))
        #expect(client.renderInStream(failure).readableBytes == 0)
    }
}
