import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

/// Replies of a provider's own API, read by what their path says of them.
struct ProviderReplyTests {
    private func facts(
        _ path: String, _ type: String, _ bytes: [UInt8], provider: any ProviderDialect = OpenAIProvider()
    ) throws -> ReplyFacts {
        let dialect = ProviderAPIDialect(provider)
        let request = try ProviderAPIClient().parse(
            call(.providerAPI, path: "/providers/p" + path, contentType: nil), body: ByteBuffer(string: "{}"))
        var facts = ReplyFacts()
        var decoder = dialect.decoder(for: request, target: target("m"))
        decoder.begin(UpstreamHead(status: 200, fields: [ReplyField("content-type", type)]), into: &facts)
        #expect(Replay(decoder, [bytes[...]], facts: &facts).output == bytes)
        return facts
    }

    private func facts(
        _ path: String, _ type: String, _ text: String, provider: any ProviderDialect = OpenAIProvider()
    ) throws -> ReplyFacts { try facts(path, type, Array(text.utf8), provider: provider) }

    private static let message = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","model":"c","usage":{"input_tokens":7}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    @Test(arguments: ["/v1/messages", "/publishers/anthropic/models/c:streamRawPredict"])
    func `Anthropic's events teach what its own surface would`(path: String) throws {
        let facts = try facts(path, "text/event-stream; charset=utf-8", Self.message)
        #expect(facts.finishReasons == ["end_turn"])
        #expect(facts.visibleTokenSeen && facts.terminated)
        #expect(facts.usage.inputTokens == 7)
        #expect(facts.usage.outputTokens == 2)
        #expect(facts.responseID == "msg_1")
    }

    @Test func `A stream that was cut off does not end, and one that fails says so`() throws {
        let cut = String(Self.message.prefix(300))
        #expect(try !facts("/v1/messages", "text/event-stream", cut).terminated)
        let failed = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n"
        #expect(try facts("/v1/messages", "text/event-stream", failed).failure?.reason == .upstreamError)
    }

    @Test func `Responses, Gemini's and Cohere's replies tell why they ended`() throws {
        let response = """
            {"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}],\
            "usage":{"input_tokens":3,"output_tokens":1}}
            """
        let responses = try facts("/v1/responses", "application/json", response)
        #expect(responses.finishReasons == ["completed"])
        #expect(responses.usage.totalTokens == 4)
        let candidate = #"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"MAX_TOKENS"}]}"#
        let path = "/v1beta/models/m:streamGenerateContent"
        #expect(try facts(path, "application/json", "[\(candidate)]").finishReasons == ["MAX_TOKENS"])
        #expect(try facts(path, "text/event-stream", "data: \(candidate)\n\n").finishReasons == ["MAX_TOKENS"])
        let lines =
            #"{"event_type":"text-generation","text":"a"}"# + "\n"
            + #"{"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":"a"}}"# + "\n"
        let cohere = try facts("/v1/chat", "application/stream+json", lines, provider: CohereProvider())
        #expect(cohere.finishReasons == ["COMPLETE"])
        #expect(cohere.terminated)
    }

    @Test func `Bedrock's messages are read, and its exceptions`() throws {
        let type = "application/vnd.amazon.eventstream"
        let bytes =
            EventStreamWriter.event("messageStart", #"{"role":"assistant"}"#)
            + EventStreamWriter.event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"a"}}"#)
            + EventStreamWriter.event("messageStop", #"{"stopReason":"end_turn"}"#)
        let told = try facts("/model/m/converse-stream", type, bytes)
        #expect(told.finishReasons == ["end_turn"])
        #expect(told.tokenSeen)
        let failed = EventStreamWriter.exception("throttlingException", #"{"message":"slow"}"#)
        let failure = try facts("/model/m/invoke-with-response-stream", type, failed).failure
        #expect(failure?.reason == .upstreamRateLimited)
    }

    @Test(arguments: [
        "/v1/messages/count_tokens", "/v1beta/models/m:countTokens", "/model/m/count-tokens",
        "/v1/responses/input_tokens",
        "/publishers/anthropic/models/count-tokens:rawPredict",
    ])
    func `Counting tokens uses none, and that is known`(path: String) throws {
        let body = #"{"input_tokens":9,"usage":{"input_tokens":9}}"#
        let facts = try facts(path, "application/json", body)
        #expect(facts.usage.isEmpty && facts.usage.source == .provider)
        #expect(facts.terminated)
    }

    @Test func `The path of one API at another's provider is read without a dialect`() throws {
        // Ollama's.
        let whole = #"{"message":{"content":"a"},"done":true,"prompt_eval_count":4,"eval_count":2}"#
        let facts = try facts("/api/chat", "application/json", whole)
        #expect(facts.usage.inputTokens == 4)
        #expect(facts.usage.outputTokens == 2)
    }
}

struct JSONTextsTests {
    @Test func `A value that is kept stays as it was when the next text is read`() throws {
        let texts = JSONTexts()
        let first = try Array(#"{"a":"one"}"#.utf8).withUnsafeBytes { try texts.read($0) }
        let second = try Array(#"{"b":[2],"a":"two"}"#.utf8).withUnsafeBytes { try texts.read($0) }
        #expect(first["a"]?.string == "one")
        #expect(second["a"]?.string == "two")
        #expect(second["b"]?.elements.first?.integer == 2)
    }

    @Test func `A text that is broken leaves nothing behind for the next`() throws {
        let texts = JSONTexts()
        #expect(throws: JSONProblem.self) { try Array(#"{"a":1,"#.utf8).withUnsafeBytes { try texts.read($0) } }
        #expect(try Array("[7]".utf8).withUnsafeBytes { try texts.read($0).elements.count } == 1)
    }
}

struct DataURLTests {
    @Test func `A data URL is taken apart, where it is base64`() {
        #expect(DataURL("data:image/png;base64,AA==")?.mimeType == "image/png")
        #expect(DataURL("data:;base64,AA==")?.mimeType == nil)
        #expect(DataURL("data:text/plain;charset=utf-8;base64,AA==")?.base64 == "AA==")
        #expect(DataURL("data:text/plain,hello") == nil)
        #expect(DataURL("https://example.com/a,b") == nil)
    }

    @Test func `A model's name is a segment of a path`() {
        #expect(PercentEncoding.encode("a:b/c d\u{e9}~.-_1") == "a%3Ab%2Fc%20d%C3%A9~.-_1")
        #expect(PercentEncoding.encode("m@1") == "m%401")
        #expect(PercentEncoding.encode("m@1", keepingAt: true) == "m@1")
    }
}
