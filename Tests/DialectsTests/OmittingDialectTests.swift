import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct OmittingDialectTests {
    private func encode(_ text: String, omits: [String]) throws -> String {
        let dialect = OmittingDialect(inner: OpenAIProvider(), omits: omits)
        let request = ModelRequest(
            surface: .openAIEmbeddings, askedModel: "served", stream: false, body: ByteBuffer(string: text),
            facts: RequestFacts())
        return String(
            buffer: try dialect.encode(request, for: translationTarget("openai"), outputTokensMax: nil))
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":2,"c":3}"#, ["a"], #"{"b":2,"c":3}"#), (#"{"a":1,"b":2,"c":3}"#, ["b"], #"{"a":1,"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["c"], #"{"a":1,"b":2}"#), (#"{"a":1,"b":2,"c":3}"#, ["a", "b"], #"{"c":3}"#),
            (#"{"a":1,"b":2,"c":3}"#, ["b", "c"], #"{"a":1}"#), (#"{"a":1,"b":2,"c":3}"#, ["a", "c"], #"{"b":2}"#),
            (#"{"a":1,"b":2}"#, ["a", "b"], "{}"), (#"{"a":1}"#, ["z"], #"{"a":1}"#),
            (#" { "a" : {"b":1} , "b":[1,{"a":2}], "c" :"x" } "#, ["b"], #" { "a" : {"b":1}, "c" :"x" } "#),
            (#"{ "\u0061":1, "b":1.50 }"#, ["a"], #"{ "b":1.50 }"#), ("[1]", ["a"], "[1]"), ("--x", ["a"], "--x"),
            ("{\"a\":1", ["a"], "{\"a\":1"), ("", ["a"], ""),
        ] as [(String, [String], String)])
    func `A member goes with its comma and every other byte stays`(
        text: String, omits: [String], expected: String
    ) throws {
        #expect(try encode(text, omits: omits) == expected)
    }

    @Test func `Translated bodies lose the member too`() throws {
        var chat = ChatRequest()
        chat.messages = [ChatMessage(.user, [.text("hi")])]
        chat.stream = true
        let dialect = OmittingDialect(inner: OpenAIProvider(), omits: ["stream_options"])
        let encoded = try dialect.encode(
            NeutralRequest.chat(chat), for: translationTarget("openai"), outputTokensMax: nil)
        #expect(
            String(buffer: encoded.body)
                == #"{"model":"served","messages":[{"role":"user","content":"hi"}],"stream":true}"#)
        #expect(dialect.path(translating: .chat, model: "m", stream: true) == "/chat/completions")
    }
}
