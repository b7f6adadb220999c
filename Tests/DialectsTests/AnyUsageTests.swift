import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// A reply of no known dialect, and what it must tell.
struct AnyReply: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    var input: Int64?
    var output: Int64?
    var cached: Int64?
    var units: [BilledUnit: Int64] = [:]

    init(
        _ name: String, _ text: String, input: Int64? = nil, output: Int64? = nil, cached: Int64? = nil,
        units: [BilledUnit: Int64] = [:]
    ) {
        self.init(name, Array(text.utf8), input: input, output: output)
        self.cached = cached
        self.units = units
    }

    init(_ name: String, _ bytes: [UInt8], input: Int64? = nil, output: Int64? = nil) {
        testDescription = name
        self.bytes = bytes
        self.input = input
        self.output = output
    }

    /// A message of an Amazon event stream.
    static func amazon(type: String = "event", _ payload: String) -> [UInt8] {
        EventStreamWriter.message([EventStreamWriter.string(":message-type", type)], payload)
    }

    static let all: [AnyReply] = [
        AnyReply("nothing", ""),
        AnyReply("bytes", [0xFF, 0xFB, 0x90, 0x64] + Array(repeating: 7, count: 40)),
        AnyReply("text", "WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n"),
        AnyReply("document", #"{"id":"r","usage":{"prompt_tokens":5,"completion_tokens":2}}"#, input: 5, output: 2),
        AnyReply(
            "array",
            #"[{"usageMetadata":{"promptTokenCount":4}},"# + "\n"
                + #"{"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":2}}]"#,
            input: 4, output: 5),
        AnyReply(
            "messages stream",
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3,"
                + "\"cache_read_input_tokens\":10,\"output_tokens\":1}}}\n\nevent: message_delta\ndata: "
                + "{\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9}}\n\nevent: message_stop\n"
                + "data: {\"type\":\"message_stop\"}\n\n", input: 13, output: 9, cached: 10),
        AnyReply("lines", "{\"response\":\"a\",\"done\":false}\n{\"done\":true,\"eval_count\":7}\n", output: 7),
        AnyReply(
            "batch results",
            #"{"custom_id":"a","response":{"body":{"usage":{"prompt_tokens":5,"completion_tokens":2}}},"error":null}"#
                + "\n" + #"{"custom_id":"b","response":null,"error":{"code":"expired"}}"# + "\n"
                + #"{"custom_id":"c","result":{"message":{"type":"message","usage":{"input_tokens":1,"output_tokens":4}}}}"#,
            input: 6, output: 6),
        AnyReply(
            "amazon converse",
            amazon(#"{"delta":{"text":"hi"},"p":"abc"}"#) + amazon(#"{"usage":{"inputTokens":8,"outputTokens":1}}"#),
            input: 8, output: 1),
        // {"amazon-bedrock-invocationMetrics":{"inputTokenCount":6,"outputTokenCount":5}}
        AnyReply(
            "amazon invoke",
            amazon(
                #"{"bytes":"eyJhbWF6b24tYmVkcm9jay1pbnZvY2F0aW9uTWV0cmljcyI6eyJpbnB1dFRva2VuQ291bnQiOjYsIm91dHB1dFRva2VuQ291bnQiOjV9fQ=="}"#
            ), input: 6, output: 5),
        AnyReply(
            "images",
            #"{"created":1,"data":[{"b64_json":""# + String(repeating: "A", count: 20_000)
                + #""},{"b64_json":"x\\\"y"}],"usage":{"input_tokens":9,"input_tokens_details":{"image_tokens":4},"#
                + #""output_tokens":20}}"#, input: 9, output: 20, units: [.imageOutput: 2]),
        AnyReply(
            "image stream",
            "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\"}\n\n"
                + "data: {\"type\":\"image_generation.completed\",\"usage\":{\"input_tokens\":2,\"output_tokens\":3}}\n\n",
            input: 2, output: 3, units: [.imageOutput: 1]),
        AnyReply(
            "transcript", #"{"text":"a","usage":{"type":"duration","seconds":1.5}}"#, units: [.audioMillisecond: 1500]),
        AnyReply("verbose transcript", #"{"text":"a","duration":2.25}"#, units: [.audioMillisecond: 2250]),
        AnyReply(
            "transcript stream",
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n\ndata: {\"type\":\"transcript.text.done\","
                + "\"text\":\"a\",\"usage\":{\"input_tokens\":7,\"output_tokens\":1,\"input_token_details\":"
                + "{\"audio_tokens\":7}}}\n\ndata: [DONE]\n\n", input: 7, output: 1),
        AnyReply("rerank", #"{"results":[],"meta":{"billed_units":{"search_units":1}}}"#, units: [.search: 1]),
        AnyReply("a count of tokens", #"{"input_tokens":99}"#),
        AnyReply("a cache", #"{"name":"c","usageMetadata":{"totalTokenCount":1090}}"#),
    ]
}

struct AnyUsageTests {
    @Test(arguments: AnyReply.all)
    func `A reply of any shape tells the same wherever its bytes are cut`(reply: AnyReply) {
        let bytes = reply.bytes
        var facts = ReplyFacts()
        let whole = Replay(AnyUsageDecoder(rule: .standard), [bytes[...]], facts: &facts)
        #expect(whole.output == bytes)
        #expect(facts.terminated)
        #expect(facts.failure == nil)
        #expect(facts.usage.inputTokens == reply.input)
        #expect(facts.usage.outputTokens == reply.output)
        #expect(facts.usage[.cacheRead] == reply.cached)
        #expect(facts.usage.units == reply.units)
        let single = Replay(AnyUsageDecoder(rule: .standard), bytes.indices.map { bytes[$0...$0] })
        #expect(single == whole)
        let step = max(bytes.count / 300, 1)
        for cut in stride(from: 0, to: bytes.count, by: step) {
            #expect(Replay(AnyUsageDecoder(rule: .standard), [bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
    }

    private func ends(_ text: String, _ demand: AnyUsageReader.Demand = .none, type: String? = nil) -> Bool {
        ends(Array(text.utf8), demand, type: type)
    }

    private func ends(_ bytes: [UInt8], _ demand: AnyUsageReader.Demand = .none, type: String? = nil) -> Bool {
        var decoder: any ReplyDecoder = AnyUsageDecoder(rule: .standard, demand: demand)
        var facts = ReplyFacts()
        let fields = type.map { [ReplyField("content-type", $0)] } ?? []
        decoder.begin(UpstreamHead(status: 200, fields: fields), into: &facts)
        _ = Replay(decoder, [bytes[...]], facts: &facts)
        return facts.terminated
    }

    @Test(arguments: [
        "data: {\"type\":\"message_start\"}\n\n", "data: {\"type\":\"response.created\"}\n\n", "data: {\"a\":",
        "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{}}]}\n\n",
    ])
    func `A stream that was cut off does not end`(text: String) { #expect(!ends(text)) }

    @Test func `An Amazon stream that was cut off does not end`() {
        let whole = AnyReply.amazon(#"{"usage":{"inputTokens":8}}"#)
        #expect(ends(whole + whole))
        #expect(!ends(whole + whole.dropLast()))
    }

    @Test func `Where a whole document is due, half of one does not end`() {
        #expect(ends(#"{"a":"#))
        #expect(!ends(#"{"a":"#, .wholeJSON))
        #expect(!ends("<html>", .wholeJSON, type: "application/json"))
        #expect(!ends("", .wholeJSON, type: "application/json"))
        #expect(ends("{inaudible", .wholeJSON, type: "text/plain; charset=utf-8"))
        #expect(ends([0x7B, 0xFF], .wholeJSON, type: "audio/mpeg"))
        #expect(ends(#"{"a":1}"#, .wholeJSON, type: "application/json"))
    }

    @Test func `Bedrock's head tells the tokens of models that do not, and a body that tells wins`() {
        let head = UpstreamHead(
            status: 200,
            fields: [
                ReplyField("x-amzn-bedrock-input-token-count", "3"),
                ReplyField("x-amzn-bedrock-output-token-count", "4"),
                ReplyField("x-amzn-bedrock-cache-read-input-token-count", "5"),
            ])
        for (body, input) in [("{}", 8), (#"{"usage":{"input_tokens":1,"output_tokens":2}}"#, 1)] as [(String, Int64)] {
            var decoder: any ReplyDecoder = AnyUsageDecoder(rule: .standard)
            var facts = ReplyFacts()
            decoder.begin(head, into: &facts)
            _ = Replay(decoder, [Array(body.utf8)[...]], facts: &facts)
            #expect(facts.usage.inputTokens == input)
        }
    }

    @Test(arguments: [
        "event: error\ndata: {\"error\":{\"code\":\"overloaded\"}}\n\n",
        "data: {\"type\":\"message_start\"}\n\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded\"}}\n\n",
        "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"overloaded\"}}}\n\n",
        "{\"response\":\"a\"}\n{\"error\":{\"code\":\"overloaded\"}}\n",
    ])
    func `An error inside a stream is told`(text: String) {
        var facts = ReplyFacts()
        _ = Replay(AnyUsageDecoder(rule: .standard), [Array(text.utf8)[...]], facts: &facts)
        #expect(facts.failure?.reason == .upstreamError)
        #expect(facts.failure?.message.contains("overloaded") == true)
        #expect(facts.failure?.retryable == false)
    }

    @Test func `An exception of an Amazon stream is told`() {
        var facts = ReplyFacts()
        let bytes = AnyReply.amazon(type: "exception", #"{"message":"too many"}"#)
        _ = Replay(AnyUsageDecoder(rule: .standard), [bytes[...]], facts: &facts)
        #expect(facts.failure?.reason == .upstreamError)
    }

    @Test func `Speech is billed by the characters that were asked for, and passes as bytes`() throws {
        let request = try OpenAIClient().parse(
            call(.openAISpeech), body: ByteBuffer(string: #"{"model":"tts-1","input":"four"}"#))
        var facts = ReplyFacts()
        let bytes: [UInt8] = [0x49, 0x44, 0x33, 0, 0xFF, 0x7B]
        let decoder = OpenAIProvider().decoder(for: request, target: target("tts-1"))
        let replay = Replay(decoder, [bytes[..<3], bytes[3...]], facts: &facts)
        #expect(replay.output == bytes)
        #expect(facts.terminated && facts.tokenSeen && facts.visibleTokenSeen)
        #expect(facts.usage.units == [.character: 4])
        #expect(facts.usage.source == .provider)
    }

    @Test func `Speech as events tells its tokens beside the characters`() throws {
        let request = try OpenAIClient().parse(
            call(.openAISpeech), body: ByteBuffer(string: #"{"model":"t","input":"ab","stream_format":"sse"}"#))
        let text =
            "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}\n\ndata: {\"type\":\"speech.audio.done\","
            + "\"usage\":{\"input_tokens\":1,\"output_tokens\":6,\"total_tokens\":7}}\n\n"
        var facts = ReplyFacts()
        _ = Replay(
            OpenAIProvider().decoder(for: request, target: target("t")), [Array(text.utf8)[...]], facts: &facts)
        #expect(facts.usage.units == [.character: 2])
        #expect(facts.usage.outputTokens == 6)
        #expect(facts.terminated)
    }

    @Test(arguments: AnyReply.all)
    func `A reply with broken bytes passes as it is`(reply: AnyReply) {
        var random = Pieces(state: 42)
        for _ in 0..<60 where !reply.bytes.isEmpty {
            var bytes = reply.bytes
            for _ in 0..<random.below(4) + 1 {
                bytes[random.below(bytes.count)] = random.pick([0, 0x22, 0x5D, 0x7D, 0xFF])
            }
            let cut = random.below(bytes.count)
            let replay = Replay(AnyUsageDecoder(rule: .standard), [bytes[..<cut], bytes[cut...]])
            #expect(replay.output == bytes)
        }
    }

    /// Numbers that are the same at every run (Knuth's MMIX generator).
    private struct Pieces {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        mutating func pick(_ bytes: [UInt8]) -> UInt8 { bytes[below(bytes.count)] }
    }
}
