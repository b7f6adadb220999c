import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct ReplyDecoderTests {
    @Test func `The fixtures are found`() { #expect(ReplyFixture.all.count == 22) }

    @Test(arguments: ReplyFixture.all)
    func `A reply passes untouched and teaches its facts`(fixture: ReplyFixture) {
        var facts = ReplyFacts()
        let replay = Replay(fixture.decoder(), [fixture.bytes[...]], facts: &facts)
        #expect(replay.output == fixture.bytes)
        fixture.expected.check(facts)
    }

    @Test(arguments: ReplyFixture.all, [false, true])
    func `However a reply is cut, bytes and facts are the same`(fixture: ReplyFixture, hidesUsage: Bool) {
        let bytes = fixture.bytes
        let whole = Replay(fixture.decoder(hidesUsage: hidesUsage), [bytes[...]])
        let single = Replay(fixture.decoder(hidesUsage: hidesUsage), bytes.indices.map { bytes[$0...$0] })
        #expect(single == whole)
        for cut in bytes.indices {
            let halves = Replay(fixture.decoder(hidesUsage: hidesUsage), [bytes[..<cut], bytes[cut...]])
            #expect(halves == whole, "cut at \(cut)")
            if halves != whole { break }
        }
    }

    @Test(arguments: ReplyFixture.streams)
    func `Only a chunk of nothing but usage is hidden, with its blank line`(fixture: ReplyFixture) {
        let text = String(decoding: fixture.bytes, as: UTF8.self)
        let lineEnd = text.contains("\r\n") ? "\r\n" : text.contains("\r") ? "\r" : "\n"
        let blank = lineEnd + lineEnd
        var events = text.components(splitBy: blank)
        events.removeAll { $0.contains(#""choices":[]"#) && $0.contains(#""usage":{"#) }
        var facts = ReplyFacts()
        let replay = Replay(fixture.decoder(hidesUsage: true), [fixture.bytes[...]], facts: &facts)
        #expect(String(decoding: replay.output, as: UTF8.self) == events.joined(separator: blank))
        fixture.expected.check(facts)
    }

    @Test func `Bytes go on at once when nothing is to be hidden`() {
        var decoder = OpenAIStreamDecoder(rule: .standard, hidesUsage: false)
        var facts = ReplyFacts()
        let piece = ByteBuffer(string: #"data: {"choices":[{"delta":{"con"#)
        #expect(decoder.decode(piece, into: &facts) == piece)
    }

    @Test func `When hiding, whole events go on at once and a begun one waits`() {
        var decoder = OpenAIStreamDecoder(rule: .standard, hidesUsage: true)
        var facts = ReplyFacts()
        let first = decoder.decode(ByteBuffer(string: "data: {\"id\":\"1\"}\n\ndata: {\"cho"), into: &facts)
        #expect(String(buffer: first) == "data: {\"id\":\"1\"}\n\n")
        let second = decoder.decode(ByteBuffer(string: "ices\":[{}]}\n\n"), into: &facts)
        #expect(String(buffer: second) == "data: {\"choices\":[{}]}\n\n")
    }

    @Test(arguments: [false, true])
    func `An event without an end is a failure of the provider, and its bytes still pass`(hidesUsage: Bool) {
        var decoder = OpenAIStreamDecoder(rule: .standard, hidesUsage: hidesUsage)
        var facts = ReplyFacts()
        let piece = ByteBuffer(string: "data: " + String(repeating: "x", count: 300_000))
        var passed = 0
        for _ in 0..<5 { passed += decoder.decode(piece, into: &facts).readableBytes }
        passed += decoder.end(into: &facts).readableBytes
        #expect(facts.failure?.reason == .upstreamProtocol)
        #expect(facts.failure?.retryable == true)
        #expect(passed == 5 * piece.readableBytes)
        #expect(!facts.terminated)
    }

    @Test func `An error after the first token is not retryable`() {
        var facts = ReplyFacts()
        let text = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":\"gone\"}\n\n"
        _ = Replay(OpenAIStreamDecoder(rule: .standard, hidesUsage: false), [Array(text.utf8)[...]], facts: &facts)
        #expect(facts.failure?.reason == .upstreamError)
        #expect(facts.failure?.retryable == false)
    }

    @Test func `A document in answer to a wish for a stream is read as one`() {
        let text =
            #"{"id":"d","choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}"#
        var facts = ReplyFacts()
        let replay = Replay(
            OpenAIStreamDecoder(rule: .standard, hidesUsage: true), [Array(text.utf8)[...]], facts: &facts)
        #expect(String(decoding: replay.output, as: UTF8.self) == text)
        #expect(facts.usage[.input] == 3)
        #expect(facts.usage[.output] == nil)
        #expect(facts.terminated)
    }

    @Test(arguments: ["", "{", "<html></html>", "{} x", "[]", #"{"usage":{"prompt_tokens":1}"#])
    func `What is not a whole JSON object has not come to its proper end`(text: String) {
        var facts = ReplyFacts()
        _ = Replay(OpenAIDocumentDecoder(rule: .standard), [Array(text.utf8)[...]], facts: &facts)
        #expect(!facts.terminated)
    }

    @Test func `A chunk in the frame of the last one is counted as if it were read`() {
        let frame = #"{"id":"1","choices":[{"index":0,"delta":{"content":"@"},"finish_reason":null}],"obfuscation":"#
        let texts = ["a", "", "\\n\\\"", "\\ud83d\\ude00", "é", String(repeating: "long ", count: 20)]
        let bytes = [1, 0, 2, 4, 2, 100]
        var decoder = OpenAIStreamDecoder(rule: .standard, hidesUsage: false)
        var facts = ReplyFacts()
        for (position, text) in texts.enumerated() {
            let before = facts.outputTextBytes
            let chunk = "data: " + frame.replacing("@", with: text) + "\"" + String(repeating: "p", count: position)
            _ = decoder.decode(ByteBuffer(string: chunk + "\"}\n\n"), into: &facts)
            #expect(facts.outputTextBytes - before == bytes[position])
        }
        let finish = frame.replacing("null", with: "\"stop\"").replacing("@", with: "b")
        _ = decoder.decode(ByteBuffer(string: "data: " + finish + "\"\"}\n\n"), into: &facts)
        #expect(facts.finishReasons == ["stop"])
    }
}

extension String {
    func components(splitBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
