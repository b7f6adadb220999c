import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replies of OpenAI's shape into events, and events into replies.
struct OpenAIReaderTests {
    private func read(_ text: String) -> ReadReply { ReadReply(OpenAIReader(rule: .standard), text) }

    private func stream(_ chunks: String...) -> String { chunks.map { "data: \($0)\n\n" }.joined() }

    @Test(arguments: ReplyFixture.all)
    func `The reader learns what the tap learns, however the bytes are cut`(fixture: ReplyFixture) {
        let bytes = fixture.bytes
        let whole = ReadReply(OpenAIReader(rule: fixture.rule), [bytes[...]])
        var tapped = ReplyFacts()
        _ = Replay(fixture.decoder(), [bytes[...]], facts: &tapped)
        #expect(whole.facts.usage == tapped.usage)
        #expect(whole.facts.finishReasons == tapped.finishReasons)
        #expect(whole.facts.responseID == tapped.responseID)
        #expect(whole.facts.responseModel == tapped.responseModel)
        #expect((whole.facts.failure == nil) == (tapped.failure == nil))
        #expect(whole.facts.visibleTokenSeen == tapped.visibleTokenSeen)
        let said = whole.said
        #expect(ReadReply(OpenAIReader(rule: fixture.rule), bytes.indices.map { bytes[$0...$0] }).said == said)
        for cut in bytes.indices {
            let isSame = ReadReply(OpenAIReader(rule: fixture.rule), [bytes[..<cut], bytes[cut...]]).said == said
            #expect(isSame, "cut at \(cut)")
            if !isSame { break }
        }
    }

    @Test func `Parallel calls are told apart by index, by id, and where all have the same index`() {
        let call = { (index: String, id: String, name: String, arguments: String) in
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{\#(index)"id":\#(id),"function":{"name":\#(name),"arguments":"\#(arguments)"}}]}}]}"#
        }
        let texts = [
            stream(
                call(#""index":0,"#, #""a""#, #""f""#, ""), call(#""index":1,"#, #""b""#, #""g""#, "{"),
                call(#""index":0,"#, "null", "null", "{}"), call(#""index":1,"#, "null", "null", "}")),
            stream(call("", #""a""#, #""f""#, "{}"), call("", #""b""#, #""g""#, "{"), call("", "null", "null", "}")),
            stream(
                call(#""index":0,"#, #""a""#, #""f""#, "{}"), call(#""index":0,"#, #""b""#, #""g""#, "{}")),
        ]
        for text in texts {
            #expect(
                read(text).reply.choices.first?.toolCalls == [
                    ToolCall(id: "a", name: "f", arguments: "{}"), ToolCall(id: "b", name: "g", arguments: "{}"),
                ])
        }
    }

    @Test func `A call without an id gets one that lasts`() {
        let text =
            #"{"id":"r-1","choices":[{"message":{"tool_calls":[{"id":"","function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":{"a":1}}}]}}]}"#
        let calls = read(text).reply.choices.first?.toolCalls ?? []
        #expect(calls.map(\.id) == ["call_r1_0", "call_r1_1"])
        #expect(calls.last?.arguments == #"{"a":1}"#)
    }

    @Test func `An error inside a stream carries the provider's words, and there is no proper end without a mark`() {
        let text = stream(
            #"{"choices":[{"delta":{"content":"a"}}]}"#, #"{"error":{"message":"gone","code":"x"}}"#)
        let facts = read(text).facts
        #expect(facts.failure?.upstreamMessage == "gone")
        #expect(facts.failure?.retryable == false)
        #expect(!facts.terminated)
    }

    // MARK: Renderer

    private func render(_ events: [ModelEvent], streams: Bool, usage: Bool = true, members: String = "") throws
        -> String
    {
        let body =
            #"{"model":"asked","messages":[],"stream":\#(streams),"stream_options":{"include_usage":\#(usage)}\#(members)}"#
        let request = try OpenAIClient().parse(call(.openAIChat), body: ByteBuffer(string: body))
        var renderer = OpenAIClient().renderer(
            for: request, exchange: ExchangeID(high: 0, low: 0), at: WallTime(nanoseconds: 7_000_000_000))
        var bytes = ByteBuffer()
        for event in events { renderer.render(event, into: &bytes) }
        renderer.end(into: &bytes)
        return String(buffer: bytes)
    }

    private static var usage: Usage {
        var usage = Usage(source: .provider)
        usage[.input] = 5
        usage[.cacheRead] = 3
        usage[.output] = 4
        usage[.reasoning] = 2
        return usage
    }

    private static let events: [ModelEvent] = [
        .began(id: "i", model: "served"), .reasoning("th", choice: 0), .reasoning("ink", choice: 0),
        .signature(Signature(origin: .anthropic, text: "s"), choice: 0),
        .sealedReasoning(Signature(origin: .anthropic, text: "x"), choice: 0), .text("Hal", choice: 0),
        .text("lo \"you\"\n", choice: 0),
        .logprobs([TokenLogprob(token: "Hal", logprob: -0.5, alternatives: [])], choice: 0),
        .citation(Citation(url: "https://u", title: "t", start: 0, end: 3), choice: 0),
        .toolCall(
            ToolCall(id: "c", name: "f", arguments: "", signature: Signature(origin: .gemini, text: "g")), index: 0,
            choice: 0),
        .toolArguments(#"{"a":"#, index: 0, choice: 0), .toolArguments("1}", index: 0, choice: 0),
        .finished(.toolCalls, word: "tool_use", stopSequence: nil, choice: 0), .usage(usage), .ended,
    ]

    @Test(arguments: [false, true])
    func `What is rendered is read again as the same`(streams: Bool) throws {
        let read = read(try render(Self.events, streams: streams))
        let choice = try #require(read.reply.choices.first)
        #expect(choice.text == "Hallo \"you\"\n")
        #expect(choice.finish == .toolCalls && read.facts.finishReasons == ["tool_calls"])
        #expect(
            choice.toolCalls == [
                ToolCall(
                    id: "c", name: "f", arguments: #"{"a":1}"#,
                    signature: Signature(origin: .openAI, text: "gemini~g"))
            ])
        #expect(
            choice.reasoning == [
                Reasoning(text: "think", signature: Signature(origin: .openAI, text: "anthropic~s")),
                Reasoning(text: "", sealed: Signature(origin: .openAI, text: "anthropic~x")),
            ])
        #expect(choice.logprobs.map(\.token) == ["Hal"] && choice.citations.first?.end == 3)
        #expect(read.reply.usage?.inputTokens == 8 && read.reply.usage?[.cacheRead] == 3)
        #expect(read.reply.usage?.outputTokens == 6 && read.reply.usage?[.reasoning] == 2)
        #expect(read.reply.id == "i" && read.reply.model == "served" && read.facts.terminated)
    }

    @Test func `A stream is framed as OpenAI's`() throws {
        let text = try render(
            [
                .began(id: nil, model: nil), .text("a", choice: 0),
                .finished(.stop, word: "STOP", stopSequence: nil, choice: 0), .usage(Self.usage), .ended,
            ], streams: true, usage: false)
        let head =
            #"data: {"id":"chatcmpl-00000000-0000-0000-0000-000000000000","object":"chat.completion.chunk","created":7,"model":"asked","choices":[{"index":0,"delta":{"#
        #expect(
            text == head + #""role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}"# + "\n\n" + head
                + #""content":"a"},"logprobs":null,"finish_reason":null}]}"# + "\n\n" + head
                + #"},"logprobs":null,"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n")
    }

    @Test func `A client of the old functions gets its call in the old form`() throws {
        let members = #","functions":[{"name":"f"}]"#
        let whole = try render(Self.events, streams: false, members: members)
        #expect(whole.contains(#""function_call":{"name":"f","arguments":"{\"a\":1}"}"#))
        #expect(whole.contains(#""finish_reason":"function_call""#) && !whole.contains("tool_calls"))
        let streamed = try render(Self.events, streams: true, members: members)
        #expect(streamed.contains(#""delta":{"function_call":{"name":"f","arguments":""}}"#))
        #expect(!streamed.contains("tool_calls"))
    }

    @Test(arguments: [
        (#"{"detail":"Invalid model"}"#, "Invalid model"), (#"{"message":"no","request_id":"r"}"#, "no"),
        (#"{"detail":[{"loc":["body","n"],"msg":"too big"},{"msg":"b"}]}"#, "body.n: too big; b"),
        (#"{"error":"text"}"#, "text"), (#"{"object":"error","message":"m","code":1}"#, "m"),
        (#"{"error":{"message":"e","code":3}}"#, "e"), (#"[{"error":{"message":"g"}}]"#, "g"), ("<html>", nil),
        (#"{"object":"error","message":{"detail":[{"msg":"x"}]}}"#, "x"), ("{}", nil),
    ])
    func `The provider's own words are found in each of their shapes`(body: String, message: String?) {
        let provider = OpenAIProvider()
        let head = UpstreamHead(status: 422, fields: [])
        var failure = provider.failure(status: 422, head: head, body: ByteBuffer(string: body))
        #expect(failure.upstreamMessage == message)
        let refused = provider.failure(status: 401, head: head, body: ByteBuffer(string: body))
        #expect(refused.upstreamMessage == nil)
        failure.upstreamReply = nil
        let said = String(buffer: OpenAIClient().render(failure).body)
        #expect(said.contains("The provider said: ") == (message != nil))
    }
}
