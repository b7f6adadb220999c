import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct BedrockReaderTests {
    private typealias W = EventStreamWriter

    /// A thought, a text, and a call of a tool with arguments and one without.
    private static let stream: [UInt8] = [
        W.event("messageStart", #"{"p":"abc","role":"assistant"}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"m."}}}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}}"#),
        W.event("contentBlockStop", #"{"contentBlockIndex":0}"#),
        W.event(
            "contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"eA=="}}}"#),
        W.event("contentBlockStop", #"{"contentBlockIndex":1}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":"Grüß"},"p":"abcdefghi"}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":" dich"},"p":"a"}"#),
        W.event("contentBlockStop", #"{"contentBlockIndex":2}"#),
        W.event("contentBlockStart", #"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t1","name":"add"}}}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"a\":"}}}"#),
        W.event("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"1}"}}}"#),
        W.event("contentBlockStop", #"{"contentBlockIndex":3}"#),
        W.event("contentBlockStart", #"{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"t2","name":"now"}}}"#),
        W.event("contentBlockStop", #"{"contentBlockIndex":4}"#),
        W.event("messageStop", #"{"stopReason":"tool_use"}"#),
        W.event("metadata", #"{"usage":\#(usage),"metrics":{"latencyMs":9},"serviceTier":{"type":"flex"}}"#),
    ].flatMap { $0 }

    private static let usage = #"""
        {"inputTokens":12,"outputTokens":30,"totalTokens":150,"cacheReadInputTokens":100,"cacheWriteInputTokens":8,
        "cacheDetails":[{"ttl":"5m","inputTokens":3},{"ttl":"1h","inputTokens":5}]}
        """#

    private static let whole = #"""
        {"output":{"message":{"role":"assistant","content":[
        {"reasoningContent":{"reasoningText":{"text":"Hmm.","signature":"c2ln"}}},
        {"reasoningContent":{"redactedContent":"eA=="}},{"text":"Grüß dich"},
        {"toolUse":{"toolUseId":"t1","name":"add","input":{"a":1}}},
        {"toolUse":{"toolUseId":"t2","name":"now","input":{}}}]}},
        "stopReason":"tool_use","metrics":{"latencyMs":9},"serviceTier":{"type":"flex"},"usage":\#(usage)}
        """#

    @Test func `A stream gives thoughts, text, calls, the end and the usage`() throws {
        let reading = BedrockReading(converse(), Self.stream)
        let choice = try #require(reading.choice)
        #expect(
            choice.parts == [
                .reasoning(Reasoning(text: "Hmm.", signature: Signature(origin: .bedrock, text: "c2ln"))),
                .reasoning(Reasoning(text: "", sealed: Signature(origin: .bedrock, text: "eA=="))),
                .text("Grüß dich"), .toolCall(ToolCall(id: "t1", name: "add", arguments: #"{"a":1}"#)),
                .toolCall(ToolCall(id: "t2", name: "now", arguments: "{}")),
            ])
        #expect(choice.finish == .toolCalls)
        #expect(reading.facts.finishReasons == ["tool_use"])
        #expect(reading.facts.responseModel == nil)
        #expect(reading.facts.serviceTier == "flex")
        #expect(reading.facts.terminated)
        #expect(reading.endCount == 1)
        let usage = reading.facts.usage
        #expect(usage.source == .provider)
        #expect(usage[.input] == 12)
        #expect(usage[.cacheRead] == 100)
        #expect(usage[.cacheWrite] == 8)
        #expect(usage.cacheWriteHourTokens == 5)
        #expect(usage[.output] == 30)
        #expect(usage.totalTokens == usage.reportedTotal)
    }

    @Test func `A stream says what the whole reply says`() {
        let stream = BedrockReading(converse(), Self.stream)
        let whole = BedrockReading(converse(), Self.whole)
        #expect(stream.summary == whole.summary)
    }

    @Test(arguments: [stream, Array(whole.utf8)])
    func `It does not matter where the bytes are cut`(_ bytes: [UInt8]) {
        let expected = BedrockReading(converse(), bytes).summary
        #expect(BedrockReading(converse(), bytes.indices.map { bytes[$0...$0] }).summary == expected)
        for cut in bytes.indices {
            #expect(BedrockReading(converse(), [bytes[..<cut], bytes[cut...]]).summary == expected, "\(cut)")
        }
    }

    @Test func `A stream that is cut has no end`() {
        for cut in Self.stream.indices {
            let reading = BedrockReading(converse(), Array(Self.stream[..<cut]))
            // Between the last two messages all is said but the usage.
            if reading.facts.terminated { #expect(reading.facts.finishReasons == ["tool_use"]) }
            #expect(reading.facts.failure == nil)
        }
        #expect(!BedrockReading(converse(), Array(Self.stream.dropLast())).facts.terminated)
        #expect(!BedrockReading(converse(), String(Self.whole.dropLast())).facts.terminated)
        #expect(!BedrockReading(converse(), [UInt8]()).facts.terminated)
    }

    @Test func `An exception inside a stream fails it and what follows is not read`() {
        let cases: [(String, FailureReason)] = [
            ("throttlingException", .upstreamRateLimited), ("modelStreamErrorException", .upstreamError),
            ("internalServerException", .upstreamError), ("serviceUnavailableException", .upstreamError),
            ("validationException", .upstreamRejected), ("modelTimeoutException", .upstreamTimeout),
            ("serviceQuotaExceededException", .upstreamQuota), ("somethingNewException", .upstreamError),
        ]
        for (name, reason) in cases {
            let exception = EventStreamWriter.exception(name, #"{"message":"Too much."}"#)
            let reading = BedrockReading(converse(), exception + Self.stream)
            #expect(reading.facts.failure?.reason == reason, "\(name)")
            #expect(reading.facts.failure?.upstreamMessage == "Too much.")
            #expect(!reading.facts.terminated)
            #expect(reading.reply.choices.isEmpty)
        }
        let error = BedrockReading(converse(), EventStreamWriter.error("InternalFailure", "boom"))
        #expect(error.facts.failure?.reason == .upstreamError)
        #expect(error.facts.failure?.upstreamMessage == "boom")
    }

    @Test func `A broken message fails the stream`() {
        var bytes = Self.stream
        bytes[bytes.count - 1] ^= 1
        let reading = BedrockReading(converse(), bytes)
        #expect(reading.facts.failure?.reason == .upstreamProtocol)
        #expect(!reading.facts.terminated)
        let noJSON = BedrockReading(converse(), EventStreamWriter.event("messageStart", "nothing"))
        #expect(noJSON.facts.failure?.reason == .upstreamProtocol)
    }

    @Test func `Tools that the provider runs itself are no calls for the client`() {
        let tool = #"{"toolUseId":"s","name":"code","type":"server_tool_use"}"#
        let events = [
            EventStreamWriter.event("contentBlockStart", #"{"contentBlockIndex":0,"start":{"toolUse":\#(tool)}}"#),
            EventStreamWriter.event(
                "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#),
            EventStreamWriter.event("contentBlockStop", #"{"contentBlockIndex":0}"#),
            EventStreamWriter.event(
                "contentBlockStart", #"{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"s"}}}"#),
            EventStreamWriter.event(
                "contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{}}]}}"#),
            EventStreamWriter.event("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":"4"}}"#),
        ].flatMap { $0 }
        let reading = BedrockReading(converse(), events)
        #expect(reading.choice?.parts == [.text("4")])
    }

    @Test func `Sources, images and the stop sequence are told`() {
        let whole = #"""
            {"output":{"message":{"content":[{"citationsContent":{"content":[{"text":"So it is."}],
            "citations":[{"title":"Page","location":{"web":{"url":"https://example.com/a"}}}]}},
            {"image":{"format":"png","source":{"bytes":"AAAA"}}}]}},
            "stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"}}
            """#
        let reading = BedrockReading(converse(), whole)
        #expect(reading.choice?.citations == [Citation(url: "https://example.com/a", title: "Page")])
        #expect(
            reading.choice?.parts == [
                .text("So it is."), .media(Media(.image, .base64("AAAA"), mimeType: "image/png")),
            ])
        #expect(reading.choice?.finish == .stopSequence)
        #expect(reading.choice?.stopSequence == "END")
        #expect(reading.facts.usage.isEmpty)
    }

    @Test func `Every word for a stop has its meaning`() {
        let words: [(String, FinishReason)] = [
            ("end_turn", .stop), ("stop_sequence", .stopSequence), ("tool_use", .toolCalls), ("max_tokens", .length),
            ("model_context_window_exceeded", .length), ("guardrail_intervened", .contentFilter),
            ("content_filtered", .contentFilter), ("malformed_model_output", .error), ("malformed_tool_use", .error),
            ("something", .other),
        ]
        for (word, reason) in words { #expect(ConverseReader.reason(word) == reason) }
    }

    @Test func `Vectors are read with what they cost`() {
        let reader = BedrockProvider().reader(for: .embeddings, target: bedrockTarget(), stream: false)
        let titan = BedrockReading(reader, #"{"embedding":[0.5,-1,2e-3],"inputTextTokenCount":7}"#)
        #expect(titan.reply.embeddings == [0: [0.5, -1, 0.002]])
        #expect(titan.facts.usage[.input] == 7)
        #expect(titan.facts.terminated)
        let cohere = BedrockReading(reader, #"{"id":"e","embeddings":[[1],[2]],"response_type":"embeddings_floats"}"#)
        #expect(cohere.reply.embeddings == [0: [1], 1: [2]])
        #expect(cohere.facts.usage.isEmpty)
        let typed = BedrockReading(reader, #"{"embeddings":{"float":[[1.5]]}}"#)
        #expect(typed.reply.embeddings == [0: [1.5]])
    }
}
