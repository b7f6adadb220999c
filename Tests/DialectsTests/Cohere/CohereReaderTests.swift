import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct CohereReaderTests {
    static let fixtures = [
        "text.sse", "text.json", "tools.sse", "tools.json", "error.sse", "v1-chat.lines", "v1-chat.json",
        "v1-generate.json", "embed.json", "rerank.json",
    ]

    @Test(arguments: fixtures) func `A reply says the same wherever its bytes are cut`(name: String) throws {
        let bytes = try CohereReplay.fixture(name)
        let framing = CohereReplay.framing(of: name)
        let whole = CohereReplay(bytes, framing)
        #expect(!whole.events.isEmpty)
        #expect(CohereReplay(bytes.indices.map { bytes[$0...$0] }, framing) == whole)
        for cut in bytes.indices.dropFirst() {
            #expect(CohereReplay([bytes[..<cut], bytes[cut...]], framing) == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: [("text.sse", "text.json"), ("tools.sse", "tools.json"), ("v1-chat.lines", "v1-chat.json")])
    func `A stream says what the whole reply says`(stream: String, whole: String) throws {
        #expect(try CohereReplay(fixture: stream) == CohereReplay(fixture: whole))
    }

    @Test func `Text, thoughts, sources and counts are read`() throws {
        let replay = try CohereReplay(fixture: "text.sse")
        let choice = try #require(replay.reply.choices.first)
        #expect(choice.parts == [.reasoning(Reasoning(text: "Let me think.")), .text("The \"wöir\" holds\n🌊.")])
        #expect(choice.finish == .stopSequence)
        #expect(choice.logprobs.map(\.logprob) == [-0.5, -0.25, -1])
        #expect(
            choice.citations == [
                Citation(url: "https://example.com/dams", title: "Dams", start: 6, end: 11),
                Citation(url: "https://example.com/t", title: "https://example.com/t", start: 6, end: 11),
            ])
        let facts = replay.facts
        #expect(facts.responseID == "m-1")
        #expect(facts.finishReasons == ["STOP_SEQUENCE"])
        #expect(facts.terminated)
        #expect(facts.visibleTokenSeen)
        var usage = Usage(source: .provider)
        usage[.input] = 7
        usage[.cacheRead] = 5
        usage[.output] = 19
        usage[.reasoning] = 11
        #expect(facts.usage == usage)
    }

    @Test func `A plan is a thought, and calls keep their order and arguments`() throws {
        let replay = try CohereReplay(fixture: "tools.sse")
        let choice = try #require(replay.reply.choices.first)
        #expect(choice.reasoning == [Reasoning(text: "I look.")])
        #expect(
            choice.toolCalls == [
                ToolCall(id: "a1", name: "get_time", arguments: #"{"zone":"UTC"}"#),
                ToolCall(id: "b2", name: "ping", arguments: ""),
            ])
        #expect(choice.finish == .toolCalls)
        #expect(!replay.facts.visibleTokenSeen)
        // More was cached than was billed.
        #expect(replay.facts.usage[.cacheRead] == 10)
        #expect(replay.facts.usage[.input] == 0)
    }

    @Test func `An error at the end is a failure, and what it cost is kept`() throws {
        let replay = try CohereReplay(fixture: "error.sse")
        let failure = try #require(replay.facts.failure)
        #expect(failure.reason == .upstreamError)
        #expect(!failure.retryable, "text has been sent")
        #expect(failure.message.contains("INTERNAL"))
        #expect(failure.upstreamMessage == "the model stumbled")
        #expect(replay.facts.usage.totalTokens == 4)
        #expect(!replay.facts.terminated)
    }

    @Test func `A stream that was cut has no end`() throws {
        let bytes = try CohereReplay.fixture("text.sse")
        let events = String(decoding: bytes, as: UTF8.self).split(separator: "\n\n")
        let text = events.prefix { !$0.hasPrefix("event: message-end") }.joined(separator: "\n\n")
        #expect(text.utf8.count < bytes.count)
        let replay = CohereReplay(Array(text.utf8), .byFirstByte)
        #expect(!replay.facts.terminated)
        #expect(replay.facts.usage.isEmpty)
        #expect(replay.facts.outputTextBytes > 0)
    }

    @Test func `Version 1 is read too`() throws {
        let chat = try CohereReplay(fixture: "v1-chat.lines")
        #expect(chat.facts.responseID == "g-1")
        #expect(chat.facts.finishReasons == ["MAX_TOKENS"])
        #expect(chat.reply.choices.first?.text == "Hello ö")
        #expect(chat.reply.choices.first?.toolCalls.map(\.arguments) == [#"{"q": 1}"#])
        #expect(chat.facts.usage.totalTokens == 10)
        let generate = try CohereReplay(fixture: "v1-generate.json")
        #expect(generate.reply.choices.map(\.text) == ["one", "two"])
        #expect(generate.facts.finishReasons == ["COMPLETE", "MAX_TOKENS"])
        #expect(generate.facts.terminated)
    }

    @Test func `Vectors and scores are read`() throws {
        let embed = try CohereReplay(fixture: "embed.json")
        #expect(embed.reply.embeddings == [0: [0.5, -1], 1: [0.002, 0]])
        #expect(embed.facts.usage[.input] == 4)
        #expect(embed.facts.usage[.image] == 6)
        let old = CohereReplay(Array(#"{"id":"x","embeddings":[[1,2]],"meta":{}}"#.utf8), .document)
        #expect(old.reply.embeddings == [0: [1, 2]])
        let rerank = try CohereReplay(fixture: "rerank.json")
        #expect(rerank.reply.relevances.map(\.index) == [2, 0])
        #expect(rerank.reply.relevances.map(\.score) == [0.99, 0.1])
        #expect(rerank.facts.usage.units == [.search: 1])
        #expect(rerank.facts.terminated)
    }

    @Test(arguments: [#"{"message":"no such key"}"#, #"{"id":"x","message":"nope"}"#, "[]", "null", #"{"message":{"#])
    func `What is no reply has no end`(text: String) {
        #expect(CohereReplay(Array(text.utf8), .document).events.isEmpty)
    }

    @Test(arguments: [
        ("COMPLETE", FinishReason.stop), ("STOP_SEQUENCE", .stopSequence), ("MAX_TOKENS", .length),
        ("TOOL_CALL", .toolCalls), ("ERROR", .error), ("TIMEOUT", .error), ("ERROR_TOXIC", .contentFilter),
        ("ERROR_LIMIT", .length), ("USER_CANCEL", .other),
    ])
    func `A word for the end has its meaning`(word: String, meaning: FinishReason) {
        #expect(FinishReason(cohere: word) == meaning)
    }
}
