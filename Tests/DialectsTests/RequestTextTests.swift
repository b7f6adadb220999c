import Dialects
import GatewayTypes
import NIOCore
import Testing

/// Which texts of a request the model reads, in every dialect.
@Suite struct RequestTextTests {
    private static func request(_ surface: Surface, _ json: String) -> ModelRequest {
        ModelRequest(
            surface: surface, askedModel: "m", stream: false, body: ByteBuffer(string: json), facts: RequestFacts())
    }

    @Test(arguments: [
        (
            Surface.openAIChat,
            #"{"model":"x","user":"x","metadata":{"a":"x"},"messages":[{"role":"system","content":"1"},{"role":"user","name":"x","content":[{"type":"text","text":"2"},{"type":"image_url","image_url":{"url":"x"}}]},{"role":"assistant","content":null,"refusal":"3","tool_calls":[{"id":"x","type":"function","function":{"name":"x","arguments":"{\"a\":4}"}}]},{"role":"tool","tool_call_id":"x","content":"5"}],"tools":[{"type":"function","function":{"name":"x","description":"6","parameters":{"type":"object","properties":{"text":{"type":"string","description":"7","enum":["x"]}}}}}],"stop":["x"]}"#,
            ["1", "2", "3", #"{"a":4}"#, "5", "6", "7"]
        ),
        (
            .openAIResponses,
            #"{"model":"x","instructions":"1","input":[{"role":"user","content":[{"type":"input_text","text":"2"}]},{"type":"function_call","call_id":"x","name":"x","arguments":"{}"},{"type":"function_call_output","call_id":"x","output":"3"}]}"#,
            ["1", "2", "{}", "3"]
        ),
        (.openAIResponses, #"{"input":"1","previous_response_id":"x"}"#, ["1"]),
        (
            .anthropicMessages,
            #"{"system":[{"type":"text","text":"1","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"2"},{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"x"},{"type":"tool_use","id":"x","name":"x","input":{"a":"3","b":{"c":["4"]}}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"5"}]},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"6"}},{"type":"image","source":{"type":"base64","media_type":"x","data":"x"}}]}]}"#,
            ["1", "2", "3", "4", "5", "6"]
        ),
        (
            .geminiGenerate,
            #"{"systemInstruction":{"parts":[{"text":"1"}]},"contents":[{"role":"user","parts":[{"text":"2"},{"inlineData":{"mimeType":"x","data":"x"}}]},{"role":"model","parts":[{"functionCall":{"name":"x","args":{"a":"3"}}}]},{"parts":[{"functionResponse":{"name":"x","response":{"b":"4"}}}]}]}"#,
            ["1", "2", "3", "4"]
        ),
        (.openAIEmbeddings, #"{"model":"x","input":["1","2"]}"#, ["1", "2"]),
        (.openAICompletions, #"{"prompt":["1","2"],"suffix":"3"}"#, ["1", "2", "3"]),
        (.rerank, #"{"query":"1","documents":["2",{"text":"3"}]}"#, ["1", "2", "3"]),
        (.openAIImages, #"{"prompt":"1","size":"x"}"#, ["1"]),
        (.openAIModels, "", []),
    ])
    func `the texts that the model reads are found, and nothing else`(
        surface: Surface, json: String, wanted: [String]
    ) throws {
        guard case .found(let texts) = DialectTextReader().texts(of: Self.request(surface, json)) else {
            Issue.record("unreadable")
            return
        }
        #expect(texts.map(\.text) == wanted)
    }

    @Test func `every byte but the replaced texts stays`() {
        let json = "{ \"messages\" :[{\"content\":\"a \\u00e9\\n\"}],\r\n \"x\":1e2, \"prompt\":\"b\"}"
        let request = Self.request(.openAIChat, json)
        guard case .found(let texts) = DialectTextReader().texts(of: request), texts.count == 2 else {
            Issue.record("unreadable")
            return
        }
        #expect(texts.map(\.text) == ["a é\n", "b"])
        let changed = DialectTextReader().replacing([(texts[1].range, "c\"\n")], in: request)
        #expect(String(buffer: changed.body) == json.replacing("\"b\"", with: #""c\"\n""#))
    }

    @Test func `a form, and what is no JSON, cannot be read`() {
        for body in ["--x\r\ncontent-disposition: form-data", "", "{"] {
            guard case .unreadable = DialectTextReader().texts(of: Self.request(.openAITranscriptions, body)) else {
                Issue.record("read")
                continue
            }
        }
    }
}
