import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct ResponsesReaderTests {
    private static let everything = [
        #"event: began(id: Optional("resp_1"), model: Optional("thinker-1-2026"))"#,
        "reasoning: First, höw?\n\nThen.", "signature: gAAA==", "logprobs: It is -0.5", "text: It is 5 °C 🌧.",
        "refusal: No more.", "citation: https://example.com/w 0 5", "call 0: call_1 look",
        #"arguments 0: {"a":"b"}"#, "sealed: gBBB==", "call 1: call_2 go", "arguments 1: {}",
        #"event: serviceTier("flex")"#, "finished: tool_calls completed",
        "usage: input 30, cache_read 60, cache_write 10, output 20, reasoning 30", "event: ended",
    ]

    @Test func `A stream tells everything in its order`() throws {
        let bytes = try ResponsesReplies.fixture("everything.sse")
        #expect(ResponsesReplies.lines(ResponsesReplies.events([bytes[...]])) == Self.everything)
    }

    @Test func `A whole response tells what its stream tells`() throws {
        let bytes = try ResponsesReplies.fixture("everything.json")
        let lines = ResponsesReplies.lines(ResponsesReplies.events([bytes[...]]))
        // Of a whole message, its sources stand beside the text that they are of.
        #expect(lines.sorted() == Self.everything.sorted())
    }

    @Test(arguments: ["everything.sse", "everything.json"])
    func `However a reply is cut, it tells the same`(name: String) throws {
        let bytes = try ResponsesReplies.fixture(name)
        let whole = ResponsesReplies.lines(ResponsesReplies.events([bytes[...]]))
        #expect(ResponsesReplies.lines(ResponsesReplies.events(bytes.indices.map { bytes[$0...$0] })) == whole)
        for cut in bytes.indices {
            let halves = ResponsesReplies.lines(ResponsesReplies.events([bytes[..<cut], bytes[cut...]]))
            #expect(halves == whole, "cut at \(cut)")
            if halves != whole { break }
        }
    }

    @Test func `The bytes of a tapped reply pass, and the provider's cost is kept`() throws {
        let bytes = try ResponsesReplies.fixture("everything.sse")
        var facts = ReplyFacts()
        let replay = Replay(
            TappedReply(FramedReader(ResponsesReader(), framing: .byFirstByte)), [bytes[..<700], bytes[700...]],
            facts: &facts)
        #expect(replay.output == bytes)
        #expect(facts.usage.reportedCost == Money(picodollars: 1_250_000_000))
        #expect(facts.usage.reportedTotal == 150)
        #expect(facts.finishReasons == ["completed"])
        #expect(facts.serviceTier == "flex")
        #expect(facts.terminated && facts.visibleTokenSeen && facts.failure == nil)
    }

    @Test(arguments: [
        (#""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#, "length max_output_tokens"),
        (#""status":"incomplete","incomplete_details":{"reason":"content_filter"}"#, "content_filter content_filter"),
        (#""status":"incomplete","incomplete_details":null"#, "other incomplete"),
        (#""status":"cancelled""#, "other cancelled"), (#""status":"completed""#, "stop completed"),
    ])
    func `Why a response ended is told in the provider's word`(members: String, line: String) {
        let whole = ResponsesReplies.events(#"{"id":"r","output":[],"# + members + "}")
        #expect(ResponsesReplies.lines(whole).contains("finished: " + line))
        let stream = ResponsesReplies.events(
            "data: {\"type\":\"response.incomplete\",\"response\":{\"output\":[]," + members + "}}\n\n")
        #expect(ResponsesReplies.lines(stream).contains("finished: " + line))
    }

    @Test(arguments: ["queued", "in_progress"])
    func `What is still to be made has neither an end nor a usage`(status: String) {
        let lines = ResponsesReplies.lines(
            ResponsesReplies.events(
                #"{"id":"r","model":"m","status":"\#(status)","output":[],"usage":{"input_tokens":1}}"#))
        #expect(lines == [#"event: began(id: Optional("r"), model: Optional("m"))"#, "event: ended"])
    }

    @Test(arguments: [
        (
            #"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"x"}}}"#,
            "upstream_error x"
        ),
        (
            #"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded"}}}"#,
            "upstream_rate_limited "
        ),
        (
            #"{"type":"error","code":"rate_limit_exceeded","message":"slow","sequence_number":1}"#,
            "upstream_rate_limited slow"
        ),
        (#"{"type":"error","error":{"type":"server_error","message":"y"}}"#, "upstream_error y"),
        (#"{"type":"error","error":{"code":"insufficient_quota","message":"q"}}"#, "upstream_quota q"),
        (#"{"error":{"message":"z"}}"#, "upstream_error z"),
    ])
    func `A failure inside a stream is a failure`(data: String, line: String) {
        let lines = ResponsesReplies.lines(ResponsesReplies.events("event: e\ndata: \(data)\n\n"))
        #expect(lines.contains("failed: " + line))
        #expect(!lines.contains("event: ended"))
    }

    @Test func `A failed response that was not streamed is a failure with its usage`() {
        let text = #"{"status":"failed","error":{"code":"server_error","message":"x"},"usage":{"input_tokens":3}}"#
        let lines = ResponsesReplies.lines(ResponsesReplies.events(text))
        #expect(lines.suffix(3) == ["finished: error failed", "usage: input 3", "failed: upstream_error x"])
    }

    @Test func `Both forms of thought are told once`() {
        let deltas = ["reasoning_text", "reasoning_summary_text"].map {
            "data: {\"type\":\"response.\($0).delta\",\"output_index\":0,\"delta\":\"\($0)\"}\n\n"
        }
        #expect(ResponsesReplies.lines(ResponsesReplies.events(deltas.joined())) == ["reasoning: reasoning_text"])
    }

    @Test func `What no delta told is taken from the item, and without items from the response`() {
        let item = #"{"type":"message","content":[{"type":"output_text","text":"Hi"}]}"#
        let call = #"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#
        let done = [item, call].enumerated().map {
            "data: {\"type\":\"response.output_item.done\",\"output_index\":\($0.offset),\"item\":\($0.element)}\n\n"
        }
        let expected = ["text: Hi", "call 0: c f", "arguments 0: {}"]
        #expect(ResponsesReplies.lines(ResponsesReplies.events(done.joined())) == expected)
        let end = #"data: {"type":"response.completed","response":{"status":"completed","output":[\#(item),\#(call)]}}"#
        #expect(ResponsesReplies.lines(ResponsesReplies.events(end + "\n\n"))[1...3] == expected[...])
    }

    @Test(arguments: ["data: [DONE]\n\n", ": keep-alive\n\n", "data: {\n\n", "data: 3\n\n", "<html>", "{", "[]"])
    func `What is no event tells nothing and ends nothing`(text: String) {
        #expect(ResponsesReplies.lines(ResponsesReplies.events(text)).isEmpty)
    }

    @Test func `Counts that no exchange has stay in range, and parts do not exceed their whole`() {
        let usage = #"{"input_tokens":5,"input_tokens_details":{"cached_tokens":9},"output_tokens":1e30}"#
        let lines = ResponsesReplies.lines(
            ResponsesReplies.events(#"{"status":"completed","output":[],"usage":\#(usage)}"#))
        #expect(lines.contains("usage: input 0, cache_read 5, output 1000000000000"))
    }
}
