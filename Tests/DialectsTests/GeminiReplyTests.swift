import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct GeminiReplyTests {
    private static let head = #""modelVersion":"v","responseId":"r""#
    static let messages = [
        #"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]},"finishReason":"STOP"}],\#(head),"#
            + #""usageMetadata":{"promptTokenCount":99,"candidatesTokenCount":1,"cachedContentTokenCount":5}}"#,
        #"{"candidates":[{"content":{"parts":[{"text":"Gr\u00fc\"ß"},{"text":"e","thoughtSignature":"QQ=="}]}}],\#(head)}"#,
        #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{ "a": "b c" }},"#
            + #""thoughtSignature":"Qg=="},{"functionCall":{"name":"f","id":"x"}}]},"finishReason":"STOP"}],\#(head),"#
            + #""usageMetadata":{"promptTokenCount":10,"toolUsePromptTokenCount":4,"candidatesTokenCount":3,"#
            + #""thoughtsTokenCount":2,"totalTokenCount":19,"serviceTier":"PRIORITY","#
            + #""promptTokensDetails":[{"modality":"AUDIO","tokenCount":6}]}}"#,
    ]
    static let sse = messages.map { "data: \($0)\r\n\r\n" }.joined()
    static let array = "[" + messages.joined(separator: "\r\n,") + "]"

    private func say(_ events: [ModelEvent]) -> [String] { events.map { String(describing: $0) } }

    @Test func `A stream teaches its text, calls, ends and last usage`() throws {
        let found = events(Self.sse, streams: true)
        let reply = assemble(found)
        let choice = try #require(reply.choices.first)
        #expect(reply.id == "r" && reply.model == "v" && reply.serviceTier == "priority")
        #expect(choice.text == "Grü\"ße")
        #expect(choice.finish == .toolCalls)
        let signature = Signature(origin: .gemini, text: "Qg==")
        #expect(
            choice.toolCalls == [
                ToolCall(id: "call_r_0", name: "f", arguments: #"{"a":"b c"}"#, signature: signature),
                ToolCall(id: "x", name: "f", arguments: "{}"),
            ])
        #expect(
            choice.reasoning == [
                Reasoning(text: "hm"), Reasoning(text: "", sealed: Signature(origin: .gemini, text: "QQ==")),
            ])
        let usage = try #require(reply.usage)
        #expect(usage[.input] == 8 && usage[.audioInput] == 6 && usage[.cacheRead] == nil)
        #expect(usage[.output] == 3 && usage[.reasoning] == 2 && usage.reportedTotal == 19)
        #expect(usage.totalTokens == 19)
        guard case .ended? = found.last else { return #expect(Bool(false), "no end") }
    }

    @Test(arguments: [sse, array])
    func `However a stream is cut, its events are the same`(text: String) {
        let whole = say(events(Self.sse, streams: true))
        let count = text.utf8.count
        #expect(say(events(text, streams: true, pieces: (0..<count).map { $0..<$0 + 1 })) == whole)
        for cut in 0...count where say(events(text, streams: true, pieces: [0..<cut, cut..<count])) != whole {
            Issue.record("cut at \(cut)")
            break
        }
    }

    @Test func `An array of a stream holds each message as it came`() throws {
        let request = try geminiRequest(#"{"contents":[{}]}"#, streams: true)
        let bytes = Array(Self.sse.utf8)
        let wanted = "[" + Self.messages.joined(separator: ",\r\n") + "]"
        for cut in bytes.indices {
            var facts = ReplyFacts()
            let decoder = GeminiProvider().decoder(for: request, target: geminiTarget("m"))
            #expect(decoder.contentType?.hasPrefix("application/json") == true)
            let replay = Replay(decoder, [bytes[..<cut], bytes[cut...]], facts: &facts)
            #expect(String(decoding: replay.output, as: UTF8.self) == wanted)
            #expect(facts.terminated && facts.finishReasons == ["STOP"])
            if String(decoding: replay.output, as: UTF8.self) != wanted { break }
        }
    }

    @Test func `An array that the provider sends by itself passes as it came, cut anywhere`() {
        for cut in 0...Self.array.utf8.count {
            var decoder = GeminiArrayReply()
            var facts = ReplyFacts()
            let bytes = Array(Self.array.utf8)
            var passed = decoder.decode(ByteBuffer(bytes: bytes[..<cut]), into: &facts)
            passed.writeImmutableBuffer(decoder.decode(ByteBuffer(bytes: bytes[cut...]), into: &facts))
            passed.writeImmutableBuffer(decoder.end(into: &facts))
            #expect(String(buffer: passed) == Self.array)
            #expect(facts.terminated)
        }
    }

    @Test func `A cut stream leaves its array open for the failure that ends it`() throws {
        let request = try geminiRequest(#"{"contents":[{}]}"#, streams: true)
        let decoder = GeminiProvider().decoder(for: request, target: geminiTarget("m"))
        let bytes = Array("data: \(Self.messages[1])\r\n\r\n".utf8)
        var facts = ReplyFacts()
        let passed = Replay(decoder, [bytes[...]], facts: &facts).output
        #expect(!facts.terminated)
        let rest = GeminiClient().renderInStream(Failure(.upstreamCut, "Gone."), framing: .array)
        let whole = try JSONDocument(ByteBuffer(bytes: passed + Array(rest.readableBytesView))).root
        #expect(whole.elements.count == 2 && whole.elements.last?["error"] != nil)
    }

    @Test(arguments: [
        (#"{"candidates":[{"finishReason":1}]}"#, "1", FinishReason.stop),
        (#"{"candidates":[{"finishReason":"MAX_TOKENS"}]}"#, "MAX_TOKENS", .length),
        (#"{"candidates":[{"finishReason":"SAFETY","content":{}}]}"#, "SAFETY", .contentFilter),
        (#"{"candidates":[{"finishReason":"MODEL_ARMOR"}]}"#, "MODEL_ARMOR", .contentFilter),
        (#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#, "MALFORMED_FUNCTION_CALL", .error),
        (#"{"candidates":[{"finishReason":"NEW_WORD"}]}"#, "NEW_WORD", .other),
        (#"{"promptFeedback":{"blockReason":"OTHER"}}"#, "OTHER", .contentFilter),
    ])
    func `Each end has its meaning and keeps its word`(text: String, word: String, reason: FinishReason) {
        for streams in [false, true] {
            let found = events(streams ? "data: \(text)\n\n" : text, streams: streams)
            var facts = ReplyFacts()
            for event in found { facts.note(event) }
            #expect(facts.finishReasons == [word] && facts.terminated)
            #expect(assemble(found).choices.first?.finish == reason)
        }
    }

    @Test(arguments: ["", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n", "data: x\n\n"])
    func `A stream without an end has not come to its proper end`(text: String) {
        var facts = ReplyFacts()
        for event in events(text, streams: true) { facts.note(event) }
        #expect(!facts.terminated)
    }

    @Test func `An error in a stream is the provider's failure, and no end`() {
        let text = #"data: {"error":{"code":503,"message":"Overloaded.","status":"UNAVAILABLE"}}"# + "\n\n"
        for before in ["", "data: \(Self.messages[0])\n\n"] {
            var facts = ReplyFacts()
            for event in events(before + text, streams: true) { facts.note(event) }
            #expect(facts.failure?.reason == .upstreamError && facts.failure?.upstreamMessage == "Overloaded.")
            #expect(facts.failure?.retryable == before.isEmpty)
            #expect(!facts.terminated)
        }
    }

    @Test func `Images, logprobs and sources of a reply are read and shown again`() throws {
        let text =
            #"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},"#
            + #""logprobsResult":{"topCandidates":[{"candidates":[{"token":"b","logProbability":-2}]}],"#
            + #""chosenCandidates":[{"token":"a","logProbability":-0.5}]},"groundingMetadata":{"groundingChunks":["#
            + #"{"web":{"uri":"https://a","title":"A"}}]},"finishReason":"STOP"}]}"#
        let first = try #require(assemble(text, streams: false).choices.first)
        #expect(first.parts == [.media(Media(.image, .base64("AAAA"), mimeType: "image/png"))])
        let likely = TokenLogprob(token: "b", logprob: -2)
        #expect(first.logprobs == [TokenLogprob(token: "a", logprob: -0.5, alternatives: [likely])])
        #expect(first.citations == [Citation(url: "https://a", title: "A")])
        for streams in [false, true] {
            let again = try renderGemini(events(text, streams: false), streams: streams)
            let choice = try #require(assemble(again, streams: streams).choices.first)
            #expect(choice.parts == first.parts && choice.logprobs == first.logprobs)
            #expect(choice.citations == first.citations)
        }
    }

    @Test func `Calls are shown whole when their arguments have come, and usage in the last message`() throws {
        var usage = Usage(source: .provider)
        usage[.input] = 3
        usage[.cacheRead] = 2
        usage[.output] = 4
        usage[.reasoning] = 1
        let said: [ModelEvent] = [
            .began(id: "i", model: "served"), .reasoning("hm", choice: 0),
            .signature(Signature(origin: .anthropic, text: "p"), choice: 0), .text("a", choice: 0),
            .toolCall(ToolCall(id: "c", name: "f", arguments: ""), index: 0, choice: 0),
            .toolArguments(#"{"x""#, index: 0, choice: 0), .toolArguments(":1}", index: 0, choice: 0),
            .usage(usage), .finished(.toolCalls, word: "tool_use", stopSequence: nil, choice: 0),
        ]
        let text = try renderGemini(said, streams: true)
        let chunks = text.components(splitBy: "\r\n\r\n").filter { !$0.isEmpty }
        #expect(chunks.allSatisfy { $0.hasPrefix("data: {") } && chunks.count == 5)
        #expect(chunks[3].contains(#"{"functionCall":{"id":"c","name":"f","args":{"x":1}}}"#))
        let counts =
            #""usageMetadata":{"promptTokenCount":5,"cachedContentTokenCount":2,"candidatesTokenCount":4,"#
            + #""thoughtsTokenCount":1,"totalTokenCount":10}"#
        #expect(chunks[4].contains(counts) && chunks[4].contains(#""finishReason":"STOP""#))
        #expect(!chunks[3].contains("usageMetadata"))
        let array = try renderGemini(said, streams: true, framing: .array)
        #expect(try JSONDocument(ByteBuffer(string: array)).root.elements.count == 5)
        let whole = try renderGemini(said, streams: false)
        #expect(whole.contains(counts) && whole.contains(#""modelVersion":"served","responseId":"i"}"#))
        let thought = GeminiSignature.shown(Signature(origin: .anthropic, text: "p"))
        #expect(whole.contains(#"{"text":"hm","thought":true,"thoughtSignature":"\#(thought)"}"#))
    }

    @Test(
        arguments: [
            (#"{"embedding":{"values":[1,0.5]},"usageMetadata":{"promptTokenCount":7}}"#, [[1, 0.5]]),
            (#"{"embeddings":[{"values":[1]},{"values":[2]}],"usageMetadata":{"promptTokenCount":7}}"#, [[1], [2]]),
            (
                #"{"predictions":[{"embeddings":{"values":[1],"statistics":{"token_count":3}}},"#
                    + #"{"embeddings":{"values":[2],"statistics":{"token_count":4}}}]}"#, [[1], [2]]
            ),
        ] as [(String, [[Double]])])
    func `Vectors are read in each of their shapes and shown as they were asked for`(
        text: String, vectors: [[Double]]
    ) throws {
        let found = events(text, streams: false)
        let reply = assemble(found)
        #expect(reply.embeddings.sorted { $0.key < $1.key }.map(\.value) == vectors)
        #expect(reply.usage?[.input] == 7)
        let body = vectors.count == 1 ? #"{"content":{}}"# : #"{"requests":[{"content":{}},{"content":{}}]}"#
        let request = try geminiRequest(body, .geminiEmbed)
        var renderer = GeminiClient().renderer(
            for: request, exchange: ExchangeID(high: 1, low: 2), at: WallTime(nanoseconds: 0))
        var bytes = ByteBuffer()
        for event in found { renderer.render(event, into: &bytes) }
        renderer.end(into: &bytes)
        let again = assemble(String(buffer: bytes), streams: false)
        #expect(again.embeddings == reply.embeddings && again.usage?[.input] == 7)
    }
}
