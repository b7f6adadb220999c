import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct BedrockInvokeTests {
    private typealias W = EventStreamWriter
    private static let metrics = #""amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":2}"#

    /// A body, and the text, word of finish, input and output tokens that it tells.
    private static let documents: [(String, String, String?, Int64?, Int64?)] = [
        (
            #"{"type":"message","id":"m","model":"c","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","#
                + #""usage":{"input_tokens":3,"output_tokens":9,"output_tokens_details":{"thinking_tokens":4}}}"#,
            "Hi", "end_turn", 3, 9
        ),
        (#"{"type":"completion","completion":"Hi","stop_reason":"stop_sequence"}"#, "Hi", "stop_sequence", nil, nil),
        (
            #"{"output":{"message":{"content":[{"text":"Hi"}]}},"stopReason":"end_turn","#
                + #""usage":{"inputTokens":1,"outputTokens":2}}"#, "Hi", "end_turn", 1, 2
        ),
        (
            #"{"inputTextTokenCount":4,"results":[{"tokenCount":6,"outputText":"Hi","completionReason":"FINISH"}]}"#,
            "Hi", "FINISH", 4, 6
        ),
        (
            #"{"generation":"Hi","prompt_token_count":7,"generation_token_count":8,"stop_reason":"stop"}"#, "Hi",
            "stop",
            7, 8
        ),
        (#"{"generation_id":"g","text":"Hi","finish_reason":"COMPLETE"}"#, "Hi", "COMPLETE", nil, nil),
        (#"{"id":"g","generations":[{"text":"Hi","finish_reason":"MAX_TOKENS"}]}"#, "Hi", "MAX_TOKENS", nil, nil),
        (#"{"outputs":[{"text":"Hi","stop_reason":"length"}]}"#, "Hi", "length", nil, nil),
        (
            #"{"completions":[{"data":{"text":"Hi"},"finishReason":{"reason":"endoftext"}}]}"#, "Hi", "endoftext", nil,
            nil
        ),
        (
            #"{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"#
                + #""prompt_tokens_details":{"cached_tokens":4}}}"#, "Hi", "stop", 9, 3
        ),
        (#"{"embedding":[1,2],"inputTextTokenCount":3}"#, "", nil, 3, nil),
        (#"{"embeddings":[[1,2]],"id":"x"}"#, "", nil, nil, nil),
    ]

    @Test func `Whole replies of every maker tell what was used`() {
        for (body, text, word, input, output) in Self.documents {
            let reading = BedrockReading(invoke(), body)
            #expect(reading.choice?.text ?? "" == text, "\(body)")
            #expect(reading.facts.finishReasons.first == word, "\(body)")
            #expect(reading.facts.usage.inputTokens == input, "\(body)")
            #expect(reading.facts.usage.outputTokens == output, "\(body)")
            #expect(reading.facts.terminated && reading.endCount == 1, "\(body)")
        }
    }

    @Test func `The head counts where the body does not`() {
        let fields = [
            ("x-amzn-bedrock-input-token-count", "3"), ("x-amzn-bedrock-output-token-count", "4"),
            ("x-amzn-bedrock-cache-read-input-token-count", "100"),
        ]
        for (body, _, _, input, output) in Self.documents {
            let usage = BedrockReading(invoke(fields), body).facts.usage
            #expect(usage.inputTokens == input ?? 103, "\(body)")
            #expect(usage.outputTokens == output ?? 4, "\(body)")
        }
        #expect(BedrockReading(invoke([("x-amzn-bedrock-input-token-count", "-1x")]), "{}").facts.usage.isEmpty)
    }

    @Test func `Counting tokens uses none, and images are counted`() {
        let counted = BedrockReading(invoke(), #"{"inputTokens":375}"#)
        #expect(counted.facts.usage.isEmpty && counted.facts.terminated)
        let images = BedrockReading(invoke(), #"{"images":["AAAA","BBBB"],"error":null}"#)
        #expect(images.facts.usage.units == [.imageOutput: 2])
    }

    private static let claude: [UInt8] = [
        #"{"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":3,"output_tokens":1,"#
            + #""cache_read_input_tokens":10,"cache_creation_input_tokens":4,"cache_creation":{"ephemeral_1h_input_tokens":4}}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé"}}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":7}}"#,
        #"{"type":"message_stop",\#(metrics)}"#,
    ].flatMap { W.chunk($0) }

    @Test func `Claude's own counts win over the metrics`() {
        let reading = BedrockReading(invoke(), Self.claude)
        #expect(
            reading.choice?.parts == [
                .text("Hé"), .toolCall(ToolCall(id: "t", name: "f", arguments: #"{"a":1}"#)),
            ])
        let usage = reading.facts.usage
        #expect(usage[.input] == 3 && usage[.cacheRead] == 10 && usage[.cacheWrite] == 4 && usage[.output] == 7)
        #expect(usage.cacheWriteHourTokens == 4)
        #expect(reading.facts.responseID == "m")
        #expect(reading.endCount == 1)
        let expected = reading.summary
        for cut in Self.claude.indices {
            let pieces = [Self.claude[..<cut], Self.claude[cut...]]
            #expect(BedrockReading(invoke(), pieces).summary == expected)
        }
    }

    @Test func `Streams of other models end with the metrics`() {
        let streams: [([String], String)] = [
            (
                [
                    #"{"generation":"H","prompt_token_count":5}"#,
                    #"{"generation":"i","stop_reason":"length",\#(Self.metrics)}"#,
                ], "length"
            ),
            ([#"{"outputText":"Hi","index":0,"completionReason":"FINISH",\#(Self.metrics)}"#], "FINISH"),
            (
                [#"{"text":"Hi","is_finished":false,"index":0}"#, #"{"finish_reason":"COMPLETE",\#(Self.metrics)}"#],
                "COMPLETE"
            ),
            (
                [
                    #"{"messageStart":{"role":"assistant"}}"#, #"{"contentBlockDelta":{"delta":{"text":"Hi"}}}"#,
                    #"{"messageStop":{"stopReason":"end_turn"}}"#,
                    #"{"metadata":{"usage":{"inputTokens":5,"outputTokens":2}},\#(Self.metrics)}"#,
                ], "end_turn"
            ),
            (
                [
                    #"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
                    #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],\#(Self.metrics)}"#,
                ], "stop"
            ),
        ]
        for (chunks, word) in streams {
            let reading = BedrockReading(invoke(), chunks.flatMap { W.chunk($0) })
            #expect(reading.choice?.text == "Hi", "\(word)")
            #expect(reading.facts.finishReasons == [word])
            #expect(reading.facts.usage[.input] == 5 && reading.facts.usage[.output] == 2, "\(word)")
            #expect(reading.endCount == 1)
            let cut = BedrockReading(invoke(), chunks.dropLast().flatMap { W.chunk($0) })
            // A message that has said why it stopped is whole, also where its counts are missing.
            #expect(cut.facts.terminated == !cut.facts.finishReasons.isEmpty, "\(word)")
        }
    }

    @Test func `Converse and failures are read too`() {
        let stream =
            W.event("messageStop", #"{"stopReason":"end_turn"}"#)
            + W.event("metadata", #"{"usage":{"inputTokens":1,"outputTokens":2}}"#)
        let reading = BedrockReading(invoke(), stream)
        #expect(reading.facts.usage.totalTokens == 3 && reading.endCount == 1)
        let error = BedrockReading(
            invoke(), W.chunk(#"{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}"#))
        #expect(error.facts.failure?.upstreamMessage == "Busy." && !error.facts.terminated)
        let exception = BedrockReading(invoke(), W.exception("modelStreamErrorException", "{}"))
        #expect(exception.facts.failure?.reason == .upstreamError)
    }

    @Test func `Base64 is read whole or not at all`() {
        for text in ["", "a", "ab", "abc", "abcd", "h\u{E9}llo, \u{1F600}"] {
            let base64 = EventStreamWriter.base64(Array(text.utf8))
            #expect(Base64Decoder.bytes(of: base64).map { String(buffer: $0) } == text)
        }
        for text in ["a", "ab=c", "a===", "====", "ab d", "YWJj\n"] { #expect(Base64Decoder.bytes(of: text) == nil) }
    }
}
