import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct ResponsesClientTests {
    let client = ResponsesClient()

    private func parse(_ text: String) throws -> ModelRequest {
        try client.parse(call(.openAIResponses), body: ByteBuffer(string: text))
    }

    private func chat(_ text: String) throws -> ChatRequest {
        guard case .chat(let chat) = try client.neutral(try parse(text)) else { throw Failure(.internalError, "") }
        return chat
    }

    private func refusal(_ work: () throws -> some Any) -> Failure? {
        do {
            _ = try work()
            return nil
        } catch {
            return error as? Failure
        }
    }

    @Test func `A request teaches all its facts`() throws {
        let text = #"""
             {"instructions":"Sei kürz","input":[{"role":"user","content":[{"type":"input_text","text":"a\n"},
              {"type":"input_image","image_url":"data:,x"}]},{"type":"function_call","arguments":"{}"},
              {"type":"function_call_output","call_id":"c","output":"12"},"x"],
             "stream" : true, "m\u006fdel":"sm\u0061rt", "max_output_tokens": 7 , "temperature":0.25, "top_p":1,
             "safety_identifier":"s","tools":[{},{}],"text":{"format":{"type":"json_schema"}},"service_tier":"flex"}
            """#
        let request = try parse(text)
        let facts = request.facts
        #expect(request.askedModel == "smart")
        #expect(request.stream && request.operation == .chat)
        #expect(slice(text, facts.modelRange) == #""sm\u0061rt""#)
        #expect(facts.maxTokensRange.map { slice(text, $0) } == "7")
        #expect(facts.objectStart == 2)
        #expect(facts.outputTokensMax == 7)
        #expect(facts.textBytes == 9 + 2 + 2 + 2)
        #expect([facts.imageCount, facts.toolCount, facts.messageCount] == [1, 2, 4])
        #expect(facts.wantsJSONSchema)
        #expect(facts.serviceTier == "flex")
        #expect(facts.endUser == "s")
        #expect(facts.temperature == 0.25)
        #expect(facts.topP == 1)
    }

    @Test func `A kept prompt stands for input, and its variables are text`() throws {
        let text =
            #"{"model":"m","prompt":{"id":"p","variables":{"a":"xy","b":{"type":"input_image"},"c":{"text":"z"}}}}"#
        let facts = try parse(text).facts
        #expect(facts.textBytes == 3)
        #expect(facts.imageCount == 1)
    }

    private func slice(_ text: String, _ range: Range<Int>) -> String {
        String(decoding: Array(text.utf8)[range], as: UTF8.self)
    }

    @Test(arguments: [
        ("", nil), ("[]", nil), (#"{"model":"m","input":"x""#, nil), (#"{"input":"x"}"#, "model"),
        (#"{"model":"","input":"x"}"#, "model"), (#"{"model":"m"}"#, "input"), (#"{"model":"m","input":3}"#, "input"),
        (#"{"model":"m","input":"x","input":"y"}"#, "input"), (#"{"model":"m","mod\u0065l":"n","input":"x"}"#, "model"),
        (#"{"model":"m","Model":"n","input":"x"}"#, "model"), (#"{"model":"m","input":"x","stream":1}"#, "stream"),
        (#"{"model":"m","input":"x","max_output_tokens":0}"#, "max_output_tokens"),
        (#"{"model":"m","input":"x","temperature":"hot"}"#, "temperature"),
        (#"{"model":"m","input":"x","tools":{}}"#, "tools"), (#"{"model":"m","input":"x","user":7}"#, "user"),
    ])
    func `A request that cannot be served is refused by the member's name`(body: String, param: String?) throws {
        let failure = try #require(refusal { try parse(body) })
        #expect(failure.reason == .badRequest)
        #expect(failure.param == param)
    }

    @Test func `A conversation is read with its calls, results and thoughts`() throws {
        let chat = try chat(
            #"""
            {"model":"m","instructions":"Be kind","stream":true,"input":[
             {"role":"developer","content":"And short"},
             {"role":"user","content":[{"type":"input_text","text":"See"},
              {"type":"input_image","image_url":"data:image/gif;base64,AA==","detail":"low"},
              {"type":"input_image","image_url":"https://example.com/a"},
              {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,BB=="},
              {"type":"input_audio","input_audio":{"data":"CC==","format":"mp3"}}]},
             {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"Hm"}],"encrypted_content":"EE"},
             {"type":"reasoning","id":"rs","summary":[],"encrypted_content":"!anthropic~FF"},
             {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Ok","annotations":[]}]},
             {"type":"reasoning","id":"rs","summary":[],"encrypted_content":"@gemini~GG"},
             {"type":"function_call","call_id":"1","name":"f","arguments":"{}"},
             {"type":"function_call","call_id":"2","name":"g","arguments":"{}"},
             {"type":"function_call_output","call_id":"1","output":"yes"},
             {"type":"function_call_output","call_id":"2","output":[{"type":"input_text","text":"no"}]},
             {"role":"system","content":"Go on"}]}
            """#)
        #expect(chat.system == [.text("Be kind"), .text("And short")])
        #expect(
            chat.messages == [
                ChatMessage(
                    .user,
                    [
                        .text("See"),
                        .media(Media(.image, .base64("AA=="), mimeType: "image/gif", detail: "low")),
                        .media(Media(.image, .url("https://example.com/a"))),
                        .media(Media(.file, .base64("BB=="), mimeType: "application/pdf", name: "a.pdf")),
                        .media(Media(.audio, .base64("CC=="), mimeType: "audio/mpeg")),
                    ]),
                ChatMessage(
                    .assistant,
                    [
                        .reasoning(Reasoning(text: "Hm", signature: Signature(origin: .responses, text: "EE"))),
                        .reasoning(Reasoning(text: "", sealed: Signature(origin: .anthropic, text: "FF"))), .text("Ok"),
                        .toolCall(
                            ToolCall(
                                id: "1", name: "f", arguments: "{}", signature: Signature(origin: .gemini, text: "GG"))),
                        .toolCall(ToolCall(id: "2", name: "g", arguments: "{}")),
                    ]),
                ChatMessage(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "1", parts: [.text("yes")])),
                        .toolResult(ToolResult(callID: "2", parts: [.text("no")])),
                    ]),
                ChatMessage(.system, [.text("Go on")]),
            ])
        #expect(chat.stream && chat.streamsUsage && chat.others.isEmpty)
    }

    @Test func `What is asked of the answer is read`() throws {
        let chat = try chat(
            #"""
            {"model":"m","input":"x","max_output_tokens":9,"temperature":0.5,"top_p":0.9,"top_logprobs":2,
             "include":["reasoning.encrypted_content","message.output_text.logprobs"],"store":false,"user":"u",
             "reasoning":{"effort":"high","summary":"auto"},"parallel_tool_calls":false,"service_tier":"flex",
             "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}},
             "tools":[{"type":"function","name":"f","description":"d","parameters":{"a":1},"strict":false}],
             "tool_choice":{"type":"function","name":"f"},"metadata":{"a":"b"},"previous_response_id":null,
             "truncation":"disabled","background":false}
            """#)
        #expect(chat.outputTokensMax == 9 && chat.temperature == 0.5 && chat.topP == 0.9)
        #expect(chat.logprobs && chat.topLogprobs == 2)
        #expect(chat.reasoning == ReasoningWish(effort: .high, shows: true))
        #expect(chat.format == .schema(name: "n", description: nil, schema: #"{"type":"object"}"#, strict: true))
        #expect(chat.tools == [ChatTool(name: "f", description: "d", parameters: #"{"a":1}"#, strict: false)])
        #expect(chat.toolChoice == .tool(name: "f"))
        #expect(chat.parallelToolCalls == false)
        #expect(chat.endUser == "u" && chat.serviceTier == "flex")
        #expect(chat.others.isEmpty)
    }

    @Test(arguments: [
        (#""store":true"#, "store"), (#""previous_response_id":"r""#, "previous_response_id"),
        (#""conversation":"c""#, "conversation"), (#""background":true"#, "background"),
        (#""prompt":{"id":"p"}"#, "prompt"), (#""tools":[{"type":"web_search"}]"#, "tools.web_search"),
        (#""tools":[{"type":"function","name":"f","defer_loading":true}]"#, "tools[0].defer_loading"),
        (#""include":["file_search_call.results"]"#, "include.file_search_call.results"),
        (#""truncation":"auto""#, "truncation"), (#""text":{"verbosity":"low"}"#, "text.verbosity"),
        (#""reasoning":{"effort":"huge"}"#, "reasoning.effort"), (#""tool_choice":{"type":"mcp"}"#, "tool_choice"),
        (#""whatever":0"#, "whatever"),
    ])
    func `What has no neutral place is named`(member: String, name: String) throws {
        #expect(try chat(#"{"model":"m","input":"x",\#(member)}"#).others == [name])
    }

    @Test(arguments: [
        (#"{"type":"web_search_call","id":"w"}"#, "input[0]"), (#"{"type":"item_reference","id":"w"}"#, "input[0]"),
        (#"{"role":"user","content":[{"type":"x"}]}"#, "input[0].content[0]"),
        (#"{"role":"wizard","content":"x"}"#, "input[0].role"),
        (#"{"type":"function_call","call_id":"c","arguments":"{}"}"#, "input[0].name"),
        (#"{"role":"user","content":[{"type":"input_image"}]}"#, "input[0].content[0]"),
    ])
    func `An item that cannot be said is refused by its place`(item: String, param: String) {
        #expect(refusal { try chat(#"{"model":"m","input":[\#(item)]}"#) }?.param == param)
    }

    @Test func `A failure inside a stream is an event on which SDKs raise`() throws {
        let text = String(buffer: client.renderInStream(Failure(.upstreamRateLimited, "Slow \"down\".")))
        #expect(text.hasPrefix("event: error\ndata: {"))
        #expect(text.hasSuffix("}\n\n"))
        let root = try JSONDocument(ByteBuffer(string: String(text.dropFirst(19)))).root
        #expect(root["type"]?.string == "error")
        #expect(root["message"]?.string == "Slow \"down\".")
        #expect(root["error"]?["code"]?.string == "rate_limit_exceeded")
        #expect(ResponsesReplies.lines(ResponsesReplies.events(text)).first?.hasPrefix("failed: upstream_rate") == true)
    }

    @Test func `Every part of the neutral form has a name here`() {
        for field in ChatField.allCases { #expect(!client.fieldName(field).isEmpty) }
        #expect(client.fieldName(.format) == "text.format")
    }
}
