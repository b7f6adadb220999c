import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct OpenAIClientTests {
    let client = OpenAIClient()

    private func parse(_ surface: Surface, _ text: String) throws -> ModelRequest {
        try client.parse(call(surface), body: ByteBuffer(string: text))
    }

    private func refusal(_ surface: Surface, _ body: ByteBuffer) -> Failure? {
        do throws(Failure) {
            _ = try client.parse(call(surface), body: body)
            return nil
        } catch {
            return error
        }
    }

    private func refusal(_ surface: Surface, _ text: String) -> Failure? {
        refusal(surface, ByteBuffer(string: text))
    }

    @Test func `A chat request teaches all its facts`() throws {
        let text = #"""
             {"messages":[{"role":"system","content":"Sei kürz"},
              {"role":"user","content":[{"type":"text","text":"a\n"},{"type":"image_url","image_url":{"url":"data:,x"}}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":1}"}}]}],
             "stream" : true, "model":"sm\u0061rt", "max_tokens":5, "max_completion_tokens":7, "temperature":0.25,
             "top_p":1, "n":2, "seed":-3, "user":"u-1", "safety_identifier":"s-1", "service_tier":"flex",
             "tools":[{},{}], "response_format":{"type":"json_schema","json_schema":{}},
             "stream_options":{"include_usage":false}}
            """#
        let request = try parse(.openAIChat, text)
        let facts = request.facts
        #expect(request.askedModel == "smart")
        #expect(request.stream)
        #expect(slice(text, facts.modelRange) == #""sm\u0061rt""#)
        #expect(facts.objectStart == 2)
        #expect(facts.streamOptionsRange.map { slice(text, $0) } == #"{"include_usage":false}"#)
        #expect(facts.includeUsageRange.map { slice(text, $0) } == "false")
        #expect(!facts.includeUsage)
        #expect(facts.outputTokensMax == 7)
        #expect(facts.textBytes == 9 + 2 + 7)
        #expect(facts.imageCount == 1)
        #expect(facts.messageCount == 3)
        #expect(facts.toolCount == 2)
        #expect(facts.wantsJSONSchema)
        #expect(facts.serviceTier == "flex")
        #expect(facts.endUser == "u-1")
        #expect(facts.temperature == 0.25)
        #expect(facts.topP == 1)
        #expect(facts.choiceCount == 2)
        #expect(facts.seed == -3)
    }

    private func slice(_ text: String, _ range: Range<Int>) -> String {
        String(decoding: Array(text.utf8)[range], as: UTF8.self)
    }

    @Test func `Optional members may be null and unknown ones may be anything`() throws {
        let text = #"""
            {"model":"m","messages":[],"stream":null,"max_tokens":null,"temperature":null,"user":null,"tools":null,
             "stream_options":null,"n":null,"x":{"model":1,"model":2},"y":[1e999,"\ud800"]}
            """#
        let request = try parse(.openAIChat, text)
        #expect(!request.stream)
        #expect(request.facts.choiceCount == 1)
        #expect(request.facts.streamOptionsRange.map { slice(text, $0) } == "null")
    }

    @Test(arguments: [(#""text""#, 4), (#"["ab","c"]"#, 3), ("[1,2,3]", 12), ("[[1],[2,3]]", 12)])
    func `Text to embed may be a string, strings or tokens`(input: String, bytes: Int) throws {
        let request = try parse(.openAIEmbeddings, #"{"input":"# + input + #","model":"e","stream":true}"#)
        #expect(request.facts.textBytes == bytes)
        #expect(!request.stream)
    }

    @Test func `A list of models needs no body`() throws {
        #expect(try parse(.openAIModels, "").askedModel == "")
    }

    @Test(arguments: [
        ("", nil), ("[]", nil), ("3", nil), ("{", nil), ("{}", "model"), (#"{"model":"m"}"#, "messages"),
        (#"{"model":"","messages":[]}"#, "model"), (#"{"model":3,"messages":[]}"#, "model"),
        (#"{"model":null,"messages":[]}"#, "model"), (#"{"model":"m","messages":{}}"#, "messages"),
        (#"{"model":"m","messages":"hi"}"#, "messages"), (#"{"model":"m","messages":[],"stream":1}"#, "stream"),
        (#"{"model":"m","messages":[],"stream":"true"}"#, "stream"),
        (#"{"model":"m","messages":[],"max_tokens":0}"#, "max_tokens"),
        (#"{"model":"m","messages":[],"max_tokens":1.5}"#, "max_tokens"),
        (#"{"model":"m","messages":[],"max_completion_tokens":"9"}"#, "max_completion_tokens"),
        (#"{"model":"m","messages":[],"max_tokens":99999999999999999999}"#, "max_tokens"),
        (#"{"model":"m","messages":[],"n":0}"#, "n"), (#"{"model":"m","messages":[],"seed":0.5}"#, "seed"),
        (#"{"model":"m","messages":[],"temperature":"hot"}"#, "temperature"),
        (#"{"model":"m","messages":[],"top_p":1e999}"#, "top_p"), (#"{"model":"m","messages":[],"user":7}"#, "user"),
        (#"{"model":"m","messages":[],"service_tier":[]}"#, "service_tier"),
        (#"{"model":"m","messages":[],"tools":{}}"#, "tools"),
        (#"{"model":"m","messages":[],"stream_options":true}"#, "stream_options"),
        (#"{"model":"m","messages":[],"stream_options":{"include_usage":0}}"#, "stream_options.include_usage"),
        (#"{"mod\u0065l":"m","messages":[]}"#, "model"), (#"{"model":"m","mod\u0065l":"n","messages":[]}"#, "model"),
        (#"{"model":"m","Model":"n","messages":[]}"#, "model"), (#"{"model":"m","model":"n","messages":[]}"#, "model"),
        (#"{"model":"m","meſſages":[],"messages":[]}"#, "messages"),
        (#"{"model":"m","messages":[],"x":1,"x":2}"#, "x"), (#"{"model":"m","messages":[],"x":1,"\u0078":2}"#, "x"),
        (#"{"model":"m","messages":[],"\u0078":1,"x":2}"#, "x"),
        (#"{"model":"m","messages":[],"stream_options":{"include\u005fusage":true}}"#, "stream_options.include_usage"),
        (
            #"{"model":"m","messages":[],"stream_options":{"include_usage":true,"include_usage":false}}"#,
            "stream_options.include_usage"
        ),
        (#"{"model":"m","messages":[{"content":"a","content":"b"}]}"#, "messages[].content"),
        (#"{"model":"m","messages":[]} x"#, nil), (#"{"model":"m","messages":[]}{}"#, nil),
        (#"{"model":"m","messages":[],}"#, nil), (#"{"model":"m","messages":[1 2]}"#, nil),
        (#"{"model":"m","messages":[],"x":NaN}"#, nil), (#"{"model":"m","messages":[],"x":-Infinity}"#, nil),
        (#"{"model":"m","messages":[],"x":01}"#, nil), (#"{"model":"m","messages":[],"x":+1}"#, nil),
        (#"{"model":"m","messages":[],"x":1.}"#, nil), (#"{"model":"m","messages":[],"x":tru}"#, nil),
        (#"{"model":"m","messages":[],"x":"\x"}"#, nil), (#"{"model":"m","messages":[],"x":"\u12g4"}"#, nil),
        (#"{"model":"\ud800","messages":[]}"#, nil), (#"{"model":"m","messages":[],"x":"a"#, nil),
        ("{\"model\":\"m\",\"messages\":[],\"x\":\"\n\"}", nil), ("\u{FEFF}{\"model\":\"m\",\"messages\":[]}", nil),
    ])
    func `A chat request that readers could disagree about is refused`(body: String, param: String?) throws {
        let failure = try #require(refusal(.openAIChat, body))
        #expect(failure.reason == .badRequest)
        #expect(failure.param == param)
        #expect(!failure.message.isEmpty)
        #expect(!failure.retryable)
    }

    @Test(arguments: [#"{"model":"e"}"#, #"{"model":"e","input":null}"#, #"{"model":"e","input":{}}"#])
    func `A request for embeddings needs input`(body: String) {
        #expect(refusal(.openAIEmbeddings, body)?.param == "input")
    }

    @Test(arguments: [
        [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0x80],
    ])
    func `Invalid UTF-8 is refused wherever it stands`(bytes: [UInt8]) {
        for text in [#"{"model":"m","messages":[],"x":"@"}"#, #"{"model":"m","messages":[],"@":1}"#] {
            let parts = text.split(separator: "@").map { Array($0.utf8) }
            #expect(refusal(.openAIChat, ByteBuffer(bytes: parts[0] + bytes + parts[1]))?.reason == .badRequest)
        }
    }

    @Test func `Nesting ends at 64`() {
        func body(_ levels: Int) -> String {
            let open = String(repeating: "[", count: levels), close = String(repeating: "]", count: levels)
            return #"{"model":"m","messages":[],"x":"# + open + close + "}"
        }
        #expect(refusal(.openAIChat, body(63))?.reason == nil)
        #expect(refusal(.openAIChat, body(64))?.reason == .badRequest)
        #expect(refusal(.openAIChat, body(100_000))?.reason == .badRequest)
    }
}
