import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct AnthropicReaderTests {
    private static let wholeSummary = ReplySummary(AnthropicFixtures.events(AnthropicFixtures.whole))

    @Test func `A whole message tells its content, its end and its usage`() throws {
        let summary = Self.wholeSummary
        #expect(summary.id == "msg_1")
        #expect(summary.model == "claude-x")
        #expect(
            summary.parts == [
                .reasoning(Reasoning(text: "Hm, so.", signature: Signature(origin: .anthropic, text: "c2ln"))),
                .reasoning(Reasoning(text: "", sealed: Signature(origin: .anthropic, text: "c2VhbA=="))),
                .text("Grüße 😀\n"),
                .toolCall(ToolCall(id: "toolu_1", name: "add", arguments: #"{"a":[1,"}"]}"#)),
                .toolCall(ToolCall(id: "toolu_2", name: "now", arguments: "{}")),
            ])
        #expect(summary.citations == [Citation(url: "https://example.com/", title: "E", start: 0, end: 8)])
        #expect(summary.words == ["tool_use"])
        #expect(summary.hasEnded)
        let usage = try #require(summary.usage)
        #expect(usage[.input] == 12)
        #expect(usage[.cacheRead] == 100)
        #expect(usage[.cacheWrite] == 30)
        #expect(usage.cacheWriteHourTokens == 20)
        #expect(usage[.reasoning] == 8)
        #expect(usage[.output] == 42)
        #expect(usage.inputTokens == 142)
        #expect(usage.units == [.search: 1])
    }

    @Test func `A stream comes to what the whole message does, wherever it is cut`() {
        let bytes = Array(AnthropicFixtures.stream.utf8)
        #expect(ReplySummary(AnthropicFixtures.events([bytes[...]])) == Self.wholeSummary)
        #expect(ReplySummary(AnthropicFixtures.events(bytes.indices.map { bytes[$0...$0] })) == Self.wholeSummary)
        for cut in bytes.indices {
            let summary = ReplySummary(AnthropicFixtures.events([bytes[..<cut], bytes[cut...]]))
            #expect(summary == Self.wholeSummary, "cut at \(cut)")
            if summary != Self.wholeSummary { break }
        }
    }

    @Test func `A whole message may be cut anywhere`() {
        let bytes = Array(AnthropicFixtures.whole.utf8)
        for cut in bytes.indices {
            #expect(ReplySummary(AnthropicFixtures.events([bytes[..<cut], bytes[cut...]])) == Self.wholeSummary)
        }
    }

    @Test func `A stream that breaks off has no end, and no output that the provider has counted`() throws {
        let text = AnthropicFixtures.stream
        let half = try #require(text.firstRange(of: "event: message_delta"))
        let summary = ReplySummary(AnthropicFixtures.events(String(text[..<half.lowerBound])))
        #expect(!summary.hasEnded)
        #expect(summary.usage?[.input] == 9)
        #expect(summary.usage?.outputTokens == nil)
    }

    @Test(
        arguments: [
            ("overloaded_error", .upstreamError), ("rate_limit_error", .upstreamRateLimited),
            ("invalid_request_error", .upstreamRejected), ("billing_error", .upstreamQuota),
            ("authentication_error", .upstreamUnauthenticated), ("api_error", .upstreamError),
        ] as [(String, FailureReason)])
    func `An error inside a stream is a failure, final once something was said`(
        type: String, reason: FailureReason
    ) throws {
        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"\(type)\",\"message\":\"Busy\"}}\n\n"
        for (before, retryable) in [("", true), (AnthropicFixtures.stream.replacing("message_stop", with: "x"), false)]
        {
            let events = AnthropicFixtures.events(before + error)
            guard case .failed(let failure)? = events.last else {
                Issue.record("no failure")
                continue
            }
            #expect(failure.reason == reason)
            #expect(failure.retryable == retryable)
            #expect(failure.upstreamMessage == (reason == .upstreamUnauthenticated ? nil : "Busy"))
        }
    }

    @Test(arguments: [
        ("end_turn", FinishReason.stop), ("max_tokens", .length), ("model_context_window_exceeded", .length),
        ("stop_sequence", .stopSequence), ("tool_use", .toolCalls), ("pause_turn", .pause), ("refusal", .refusal),
        ("newer", .other),
    ])
    func `Each stop reason has its meaning, and most have their way back`(word: String, reason: FinishReason) {
        #expect(AnthropicWords.finish(word) == reason)
        let lossy = ["model_context_window_exceeded", "newer"].contains(word)
        #expect((AnthropicWords.stopReason(reason, calledTool: false) == word) == !lossy)
    }

    @Test func `Counting tokens uses none`() {
        let summary = ReplySummary(AnthropicFixtures.events(#"{"input_tokens":14}"#))
        #expect(summary.usage == nil)
        #expect(summary.hasEnded)
    }

    @Test func `A refusal is explained`() {
        let text =
            #"{"type":"message","id":"m","content":[],"stop_reason":"refusal","stop_details":{"explanation":"No."}}"#
        let summary = ReplySummary(AnthropicFixtures.events(text))
        #expect(summary.parts == [.refusal("No.")])
        #expect(summary.words == ["refusal"])
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"type":"message""#, "event: message_stop\n\n", "data: nothing\n\n"])
    func `What is no reply has no end`(text: String) {
        #expect(!ReplySummary(AnthropicFixtures.events(text)).hasEnded)
    }

    @Test func `Hostile counts stay in range and parts within their whole`() throws {
        let text =
            #"{"type":"message","usage":{"input_tokens":-5,"output_tokens":3,"output_tokens_details":{"thinking_tokens":9e99},"cache_creation_input_tokens":1,"cache_creation":{"ephemeral_1h_input_tokens":7}}}"#
        let usage = try #require(ReplySummary(AnthropicFixtures.events(text)).usage)
        #expect(usage[.input] == 0)
        #expect(usage.outputTokens == 3)
        #expect(usage[.reasoning] == 3)
        #expect(usage.cacheWriteHourTokens == 1)
    }

    // MARK: Rendering

    @Test(arguments: [AnthropicFixtures.stream, AnthropicFixtures.whole], [true, false])
    func `A reply that is rendered and read again is the same`(text: String, stream: Bool) {
        let events = AnthropicFixtures.events(text)
        var read = ReplySummary(AnthropicFixtures.events(AnthropicFixtures.rendered(events, stream: stream)))
        var expected = Self.wholeSummary
        // Neither searches nor sources of a whole message have a place in what is rendered.
        (read.citations, expected.citations) = ([], [])
        expected.usage?.units = [:]
        #expect(read == expected)
    }

    @Test func `Every event has its name, and blocks follow one another`() {
        let text = AnthropicFixtures.rendered(AnthropicFixtures.events(AnthropicFixtures.stream), stream: true)
        var open: Int?
        var next = 0
        for event in text.components(splitBy: "\n\n").dropLast() {
            let lines = event.components(splitBy: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("event: "))
            let type = lines[0].dropFirst(7)
            #expect(lines[1].hasPrefix("data: {\"type\":\"\(type)\""))
            if type == "content_block_start" {
                #expect(open == nil)
                #expect(lines[1].contains("\"index\":\(next),"))
                open = next
                next += 1
            } else if type == "content_block_stop" {
                #expect(lines[1].contains("\"index\":\(open ?? -1)}"))
                open = nil
            }
        }
        #expect(next == 5)
        #expect(text.hasPrefix("event: message_start\n") && text.hasSuffix("data: {\"type\":\"message_stop\"}\n\n"))
    }

    @Test func `Calls whose arguments come mixed are put in order`() {
        let events: [ModelEvent] = [
            .toolCall(ToolCall(id: "a", name: "f", arguments: ""), index: 0, choice: 0),
            .toolCall(ToolCall(id: "b", name: "g", arguments: ""), index: 1, choice: 0),
            .toolCall(ToolCall(id: "c", name: "h", arguments: ""), index: 2, choice: 0),
            .toolArguments(#"{"y"#, index: 1, choice: 0), .toolArguments(#"{"x":"#, index: 0, choice: 0),
            .toolArguments(#"{}"#, index: 2, choice: 0), .toolArguments(#""}"}"#, index: 0, choice: 0),
            .toolArguments(#"":1}"#, index: 1, choice: 0), .finished(.stop, word: "stop", stopSequence: nil, choice: 0),
        ]
        for stream in [true, false] {
            let summary = ReplySummary(AnthropicFixtures.events(AnthropicFixtures.rendered(events, stream: stream)))
            #expect(
                summary.parts == [
                    .toolCall(ToolCall(id: "a", name: "f", arguments: #"{"x":"}"}"#)),
                    .toolCall(ToolCall(id: "b", name: "g", arguments: #"{"y":1}"#)),
                    .toolCall(ToolCall(id: "c", name: "h", arguments: "{}")),
                ])
            // Who stops with a call has stopped for it.
            #expect(summary.words == ["tool_use"])
            #expect(summary.id == "msg_0")
            #expect(summary.model == "asked")
        }
    }

    @Test func `Another provider's proof comes back as what it was`() {
        let proof = Signature(origin: .gemini, text: "abc")
        let text = AnthropicFixtures.rendered([.reasoning("t", choice: 0), .signature(proof, choice: 0)], stream: true)
        #expect(text.contains(#""signature":"gemini~abc""#))
        #expect(Signature(written: "gemini~abc", in: .anthropic) == proof)
    }
}
