import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct OpenAIProviderTests {
    let provider = OpenAIProvider()

    private func target(_ model: String, kind: String = "openai", injects: Bool = true) -> Target {
        var names = NameTable()
        return Target(
            index: 0, provider: names.declare("p"), providerKind: kind, servedModel: names.declare(model), weight: 1,
            ways: [], keyAlias: "k", injectsStreamUsage: injects)
    }

    private func encode(
        _ text: String, model: String = "m", injects: Bool = true, cap: Int64? = nil, kind: String = "openai",
        _ surface: Surface = .openAIChat
    ) throws -> String {
        // Ranges count from the reader index, wherever it is.
        var body = ByteBuffer(string: "##" + text)
        body.moveReaderIndex(forwardBy: 2)
        let request = try OpenAIClient().parse(call(surface), body: body)
        let target = target(model, kind: kind, injects: injects)
        return String(buffer: try provider.encode(request, for: target, outputTokensMax: cap))
    }

    @Test(arguments: [
        #"{"model":"m","messages":[]}"#, #" { "messages" : [ ] , "model" : "\u006d" , "stream":false } "#,
        #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#,
    ])
    func `A body that needs no change is sent as it came`(text: String) throws {
        #expect(try encode(text) == text)
    }

    @Test(arguments: [
        (#"{"model":"m","max_tokens":100}"#, #"{"model":"m","max_tokens":50}"#),
        (#"{"model":"m","max_completion_tokens": 51 }"#, #"{"model":"m","max_completion_tokens": 50 }"#),
        (#"{"max_tokens":null,"model":"m"}"#, #"{"max_tokens":50,"model":"m"}"#),
        (#"{"model":"m","max_tokens":50}"#, #"{"model":"m","max_tokens":50}"#),
        (#"{"model":"m","max_tokens":9}"#, #"{"model":"m","max_tokens":9}"#),
        (#"{"model":"m"}"#, #"{"max_completion_tokens":50,"model":"m"}"#),
    ])
    func `A cap lowers what the client wrote and stands in where it wrote none`(text: String, expected: String) throws {
        let rest = #","messages":[]}"#
        #expect(try encode(text.dropLast() + rest, cap: 50) == expected.dropLast() + rest)
    }

    @Test func `A cap that the client did not write has the name that the provider knows`() throws {
        let text = #"{"model":"m","messages":[]}"#
        #expect(try encode(text, cap: 50, kind: "groq") == #"{"max_tokens":50,"model":"m","messages":[]}"#)
    }

    @Test func `Only the model's value is replaced`() throws {
        let text = #"{ "messages":[{"content":"model"}], "model" : "smart", "z":1.50 }"#
        #expect(
            try encode(text, model: "a\"b/ö")
                == #"{ "messages":[{"content":"model"}], "model" : "a\"b/ö", "z":1.50 }"#)
    }

    @Test(arguments: [
        (
            #"{"model":"x","messages":[],"stream":true}"#,
            #"{"stream_options":{"include_usage":true},"model":"m","messages":[],"stream":true}"#
        ),
        (
            #"{"stream":true,"stream_options":null,"model":"x","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true},"model":"m","messages":[]}"#
        ),
        (
            #"{"stream":true,"stream_options":{ },"model":"x","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true },"model":"m","messages":[]}"#
        ),
        (
            #"{"model":"x","stream":true,"stream_options":{"a":1},"messages":[]}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true,"a":1},"messages":[]}"#
        ),
        (
            #"{"model":"x","stream":true,"stream_options":{"include_usage": false},"messages":[]}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage": true},"messages":[]}"#
        ),
        (
            #"{"model":"x","stream":true,"stream_options":{"include_usage":null,"a":1},"messages":[]}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true,"a":1},"messages":[]}"#
        ),
    ])
    func `Usage is asked for in a stream whatever the client wrote`(text: String, sent: String) throws {
        #expect(try encode(text) == sent)
        _ = try OpenAIClient().parse(call(.openAIChat), body: ByteBuffer(string: sent))
    }

    @Test func `Usage is not asked for where the provider does not take it, nor without a stream`() throws {
        let stream = #"{"model":"m","messages":[],"stream":true}"#
        #expect(try encode(stream, injects: false) == stream)
        let embeddings = #"{"model":"m","input":"a","stream":true}"#
        #expect(try encode(embeddings, .openAIEmbeddings) == embeddings)
    }

    @Test(arguments: [
        (#","stream":true"#, true, true), (#","stream":true"#, false, false), ("", true, false),
        (#","stream":true,"stream_options":{"include_usage":true}"#, true, false),
    ])
    func `The usage chunk is hidden only when Weir asked for it`(members: String, injects: Bool, hides: Bool) throws {
        let request = try OpenAIClient().parse(
            call(.openAIChat), body: ByteBuffer(string: #"{"model":"m","messages":[]"# + members + "}"))
        var decoder = provider.decoder(for: request, target: target("m", injects: injects))
        var facts = ReplyFacts()
        let chunk = ByteBuffer(string: "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n")
        #expect((decoder.decode(chunk, into: &facts).readableBytes == 0) == hides)
    }

    @Test func `Paths exist for what the dialect can do`() {
        #expect(provider.path(for: .openAIChat, model: "m", stream: false) == "/chat/completions")
        #expect(provider.path(for: .openAIEmbeddings, model: "m", stream: false) == "/embeddings")
        #expect(provider.path(for: .openAIModels, model: "m", stream: false) == nil)
    }

    @Test func `No credential, cookie or field of Weir's own is passed on`() {
        for name in provider.forwardedFields.map(\.text) {
            #expect(!name.hasPrefix("x-weir") && !["authorization", "cookie", "api-key", "x-api-key"].contains(name))
        }
        #expect(!provider.returnedFields.contains("set-cookie"))
    }

    // MARK: Failures

    private func fail(_ status: Int, _ body: String, _ fields: [ReplyField] = []) -> Failure {
        provider.failure(
            status: status, head: UpstreamHead(status: status, fields: fields), body: ByteBuffer(string: body))
    }

    @Test(
        arguments: [
            (
                429, #"{"error":{"message":"x","type":"tokens","code":"rate_limit_exceeded"}}"#, .upstreamRateLimited,
                true
            ),
            (429, #"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#, .upstreamQuota, true),
            (429, "slow down", .upstreamRateLimited, true), (402, "{}", .upstreamQuota, true),
            (401, #"{"error":{"code":"invalid_api_key"}}"#, .upstreamUnauthenticated, true),
            (403, "{}", .upstreamUnauthenticated, true),
            (400, #"[{"error":{"details":[{"reason":"API_KEY_INVALID"}]}}]"#, .upstreamUnauthenticated, true),
            (400, #"{"error":{"code":null,"type":"invalid_request_error"}}"#, .upstreamRejected, false),
            (404, #"{"error":{"code":"model_not_found"}}"#, .upstreamRejected, true),
            (404, #"{"error":{"code":"unknown_url"}}"#, .upstreamRejected, false),
            (422, "{}", .upstreamRejected, false),
            (408, "", .upstreamError, true), (409, "{}", .upstreamError, true), (500, "{}", .upstreamError, true),
            (502, "<html>", .upstreamError, true), (529, "{}", .upstreamError, true), (302, "", .upstreamError, true),
        ] as [(Int, String, FailureReason, Bool)])
    func `An error reply is understood`(status: Int, body: String, reason: FailureReason, retryable: Bool) {
        let failure = fail(status, body)
        #expect(failure.reason == reason)
        #expect(failure.retryable == retryable)
    }

    @Test func `The provider's reply goes along, unless it speaks of Weir's key, is no JSON or too long`() {
        let field = ReplyField("content-type", "application/json; charset=utf-8")
        let reply = fail(400, #"{"error":{"message":"no"}}"#, [field]).upstreamReply
        #expect(reply?.status == 400)
        #expect(reply?.contentType == field.value)
        #expect(reply.map { String(buffer: $0.body) } == #"{"error":{"message":"no"}}"#)
        #expect(fail(401, #"{"error":{"message":"Incorrect key: sk-12"}}"#).upstreamReply == nil)
        #expect(fail(502, "<html></html>").upstreamReply == nil)
        let long = #"{"error":""# + String(repeating: "x", count: 70_000) + #""}"#
        #expect(fail(400, long).upstreamReply == nil)
    }

    @Test(
        arguments: [
            ([("retry-after-ms", "1200"), ("retry-after", "9")], 2), ([("retry-after", "9")], 9),
            ([("retry-after", "0.3")], 1), ([("retry-after", "99999999")], 86_400), ([("retry-after", "soon")], nil),
            ([("retry-after", "-1")], nil), ([], nil), ([("retry-after", "nan")], nil),
            ([("retry-after", "Wed, 01 Mar 2000 00:00:05 GMT"), ("date", "Tue, 29 Feb 2000 23:59:55 GMT")], 10),
            ([("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], 0),
        ] as [([(String, String)], Int?)])
    func `The provider's wait is read in each of its forms`(fields: [(String, String)], seconds: Int?) {
        #expect(fail(503, "{}", fields.map { ReplyField($0.0, $0.1) }).retryAfterSeconds == seconds)
    }

    @Test func `A date is counted from the epoch`() {
        #expect(RetryAfter.unixSeconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(RetryAfter.unixSeconds("Sun, 06 Nov 1994 25:49:37 GMT") == nil)
    }
}
