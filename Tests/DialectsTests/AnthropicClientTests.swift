import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct AnthropicClientTests {
    let client = AnthropicClient()

    private func parse(_ text: String, _ surface: Surface = .anthropicMessages) throws -> ModelRequest {
        try client.parse(call(surface), body: ByteBuffer(string: text))
    }

    private func chat(_ text: String) throws -> ChatRequest {
        guard case .chat(let chat) = try client.neutral(try parse(text)) else {
            Issue.record("no chat")
            return ChatRequest()
        }
        return chat
    }

    private func slice(_ text: String, _ range: Range<Int>?) -> String {
        range.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) } ?? ""
    }

    @Test func `A request teaches all its facts`() throws {
        let text = #"""
             { "max_tokens" : 77, "system":[{"type":"text","text":"Sei kürz"}],"model":"cl\u0061ude","stream":true,
              "messages":[{"role":"user","content":[{"type":"text","text":"a\n"},{"type":"image","source":{}},
              {"type":"document","source":{"type":"text","data":"doc"}}]},
              {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"1234"},
              {"type":"image","source":{}}]}]},{"role":"user","content":"hi"}],"tools":[{},{}],"temperature":0.5,
              "top_p":0.9,"metadata":{"user_id":"u-1"},"service_tier":"auto",
              "output_config":{"format":{"type":"json_schema","schema":{}}}}
            """#
        let request = try parse(text)
        let facts = request.facts
        #expect(request.askedModel == "claude")
        #expect(request.stream)
        #expect(slice(text, facts.modelRange) == #""cl\u0061ude""#)
        #expect(slice(text, facts.maxTokensRange) == "77")
        #expect(facts.outputTokensMax == 77)
        #expect(facts.objectStart == 2)
        #expect(facts.textBytes == 9 + 2 + 3 + 7 + 4 + 2)
        #expect(facts.imageCount == 2)
        #expect(facts.messageCount == 4)
        #expect(facts.toolCount == 2)
        #expect(facts.wantsJSONSchema)
        #expect(facts.temperature == 0.5)
        #expect(facts.topP == 0.9)
        #expect(facts.endUser == "u-1")
        #expect(facts.serviceTier == "auto")
        #expect(try !parse(text, .anthropicCountTokens).stream)
    }

    @Test(arguments: [
        ("", nil), ("[]", nil), ("{", nil), ("{}", "model"), (#"{"model":"m"}"#, "messages"),
        (#"{"model":"","messages":[]}"#, "model"), (#"{"model":3,"messages":[]}"#, "model"),
        (#"{"model":"m","messages":"hi"}"#, "messages"), (#"{"model":"m","messages":[],"stream":1}"#, "stream"),
        (#"{"model":"m","messages":[],"max_tokens":-1}"#, "max_tokens"),
        (#"{"model":"m","messages":[],"max_tokens":"9"}"#, "max_tokens"),
        (#"{"model":"m","messages":[],"temperature":"hot"}"#, "temperature"),
        (#"{"model":"m","messages":[],"tools":{}}"#, "tools"),
        (#"{"model":"m","messages":[],"metadata":{"user_id":7}}"#, "metadata.user_id"),
        (#"{"mod\u0065l":"m","messages":[]}"#, "model"), (#"{"model":"m","Model":"n","messages":[]}"#, "model"),
        (#"{"model":"m","model":"n","messages":[]}"#, "model"), (#"{"model":"m","x":1,"\u0078":2}"#, "x"),
        (#"{"model":"m","messages":[],"Max_tokens":9}"#, "max_tokens"),
        (#"{"model":"m","meſſages":[],"messages":[]}"#, "messages"),
        (#"{"model":"m","messages":[{"role":"user","role":"assistant"}]}"#, "role"),
        (#"{"model":"m","messages":[],}"#, nil), (#"{"model":"m","messages":[]}{}"#, nil),
    ])
    func `A request that readers could disagree about is refused`(body: String, param: String?) throws {
        let failure = #expect(throws: Failure.self) { try parse(body) }
        #expect(failure?.reason == .badRequest)
        #expect(failure?.param == param)
    }

    @Test func `A request becomes neutral with all that it says`() throws {
        let chat = try chat(
            #"""
            {"model":"m","max_tokens":9,"stream":true,"temperature":0.5,"top_p":0.9,"top_k":3,"stop_sequences":["a","b"],
             "system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral","ttl":"1h"}}],
             "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[
              {"type":"thinking","thinking":"T","signature":"gemini~x"},{"type":"redacted_thinking","data":"r"},
              {"type":"text","text":"A"},{"type":"tool_use","id":"t1","name":"f","input":{"a": 1}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"no"},
              {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},
              {"type":"image","source":{"type":"url","url":"https://example.com/i"},"cache_control":{"type":"ephemeral"}},
              {"type":"document","title":"D","source":{"type":"base64","media_type":"application/pdf","data":"BB=="}}]}],
             "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true}],
             "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
             "thinking":{"type":"enabled","budget_tokens":2000},"metadata":{"user_id":"u"},"service_tier":"standard_only",
             "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}}}
            """#)
        #expect(chat.system == [.text("S"), .cacheMark(seconds: 3600)])
        #expect(
            chat.messages == [
                ChatMessage(.user, [.text("Hi")]),
                ChatMessage(
                    .assistant,
                    [
                        .reasoning(Reasoning(text: "T", signature: Signature(origin: .gemini, text: "x"))),
                        .reasoning(Reasoning(text: "", sealed: Signature(origin: .anthropic, text: "r"))), .text("A"),
                        .toolCall(ToolCall(id: "t1", name: "f", arguments: #"{"a": 1}"#)),
                    ]),
                ChatMessage(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "t1", parts: [.text("no")], isError: true)),
                        .media(Media(.image, .base64("AA=="), mimeType: "image/png")),
                        .media(Media(.image, .url("https://example.com/i"))), .cacheMark(seconds: nil),
                        .media(Media(.file, .base64("BB=="), mimeType: "application/pdf", name: "D")),
                    ]),
            ])
        #expect(chat.tools == [ChatTool(name: "f", description: "d", parameters: #"{"type":"object"}"#, strict: true)])
        #expect(chat.toolChoice == .tool(name: "f"))
        #expect(chat.parallelToolCalls == false)
        #expect(chat.outputTokensMax == 9)
        #expect(chat.temperature == 0.5 && chat.topP == 0.9 && chat.topK == 3)
        #expect(chat.stop == ["a", "b"])
        #expect(chat.reasoning == ReasoningWish(effort: .low, tokensMax: 2000, shows: true))
        #expect(chat.format == .schema(name: "output", description: nil, schema: #"{"type":"object"}"#, strict: true))
        #expect(chat.endUser == "u" && chat.serviceTier == "default")
        #expect(chat.stream && chat.streamsUsage)
        #expect(chat.others == [])
    }

    @Test func `A call's proof goes out in front of the call and comes back with it`() throws {
        let proof = Signature(origin: .gemini, text: "abc")
        let events: [ModelEvent] = [
            .toolCall(ToolCall(id: "a", name: "f", arguments: "", signature: proof), index: 0, choice: 0),
            .toolArguments("{}", index: 0, choice: 0),
            .toolCall(ToolCall(id: "b", name: "f", arguments: ""), index: 1, choice: 0),
            .toolArguments("{}", index: 1, choice: 0), .finished(.stop, word: "STOP", stopSequence: nil, choice: 0),
        ]
        let block = #"{"type":"redacted_thinking","data":"@gemini~abc"}"#
        for stream in [true, false] {
            let text = AnthropicFixtures.rendered(events, stream: stream)
            let start = try #require(text.firstRange(of: block)).upperBound
            #expect(text[start...].contains(#""id":"a""#) && !text[start...].contains(block))
        }
        let calls = ["a", "b"].map { #"{"type":"tool_use","id":"\#($0)","name":"f","input":{}}"# }
        let content = ([block] + calls).joined(separator: ",")
        let chat = try chat(#"{"model":"m","messages":[{"role":"assistant","content":[\#(content)]}]}"#)
        #expect(
            chat.messages[0].parts == [
                .toolCall(ToolCall(id: "a", name: "f", arguments: "{}", signature: proof)),
                .toolCall(ToolCall(id: "b", name: "f", arguments: "{}")),
            ])
    }

    @Test func `What only Anthropic knows is named, and what asks for nothing is not`() throws {
        let chat = try chat(
            #"""
            {"model":"m","messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f"}]}],"tools":[
             {"type":"web_search_20250305","name":"web_search"},{"name":"f","defer_loading":true,"input_examples":[]}],
             "mcp_servers":[{"url":"u"}],"container":"c","context_management":null,"metadata":{"x":1},"speed":false}
            """#)
        #expect(
            chat.others == [
                "messages[0].content[0]", "tools[0]", "tools[1].defer_loading", "mcp_servers", "container",
                "metadata.x",
            ])
        #expect(chat.tools.map(\.name) == ["f"])
    }

    @Test(
        arguments: [
            (#""thinking":{"type":"disabled"}"#, ReasoningWish(effort: ReasoningWish.Effort.none)),
            (#""thinking":{"type":"adaptive","display":"omitted"}"#, ReasoningWish(shows: false)),
            (#""output_config":{"effort":"max"}"#, ReasoningWish(effort: .max)),
            (
                #""thinking":{"type":"disabled"},"output_config":{"effort":"max"}"#,
                ReasoningWish(effort: ReasoningWish.Effort.none)
            ),
        ] as [(String, ReasoningWish)])
    func `Thinking is understood in each of its forms`(member: String, wish: ReasoningWish) throws {
        #expect(try chat(#"{"model":"m","messages":[],"# + member + "}").reasoning == wish)
    }

    @Test(arguments: [
        (#"{"role":"robot","content":"x"}"#, "messages[0].role"), (#"{"role":"user"}"#, "messages[0].content"),
        (#"{"role":"user","content":3}"#, "messages[0].content"),
        (#"{"role":"user","content":[{"type":"text"}]}"#, "messages[0].content[0].text"),
        (#"{"role":"user","content":[{"type":"image","source":{}}]}"#, "messages[0].content[0].source"),
        (#"{"role":"user","content":[{"type":"tool_result"}]}"#, "messages[0].content[0].tool_use_id"),
    ])
    func `What cannot be understood is refused by its path`(message: String, param: String) throws {
        let failure = #expect(throws: Failure.self) { try chat(#"{"model":"m","messages":["# + message + "]}") }
        #expect(failure?.param == param)
    }

    // MARK: Failures

    @Test(
        arguments: [
            (.badRequest, 400, "invalid_request_error"), (.unauthenticated, 401, "authentication_error"),
            (.notPermitted, 403, "permission_error"), (.modelNotFound, 404, "not_found_error"),
            (.payloadTooLarge, 413, "request_too_large"), (.upstreamRateLimited, 429, "rate_limit_error"),
            (.rateLimited, 429, "rate_limit_error"), (.budgetExceeded, 429, "billing_error"),
            (.internalError, 500, "api_error"),
            (.draining, 503, "overloaded_error"), (.upstreamTimeout, 504, "timeout_error"),
        ] as [(FailureReason, Int, String)])
    func `A failure has Anthropic's shape and type`(reason: FailureReason, status: Int, type: String) {
        let reply = client.render(Failure(reason, "Do \"this\".", retryAfterSeconds: 7))
        #expect(reply.status == status)
        let body = #"{"type":"error","error":{"type":"\#(type)","message":"Do \"this\"."}}"#
        #expect(String(buffer: reply.body) == body)
        #expect(reply.fields.map(\.name) == ["content-type", "retry-after"])
        let event = String(buffer: client.renderInStream(Failure(reason, "Do \"this\".")))
        #expect(event == "event: error\ndata: \(body)\n\n")
    }

    @Test func `The member that is wrong and the provider's words stand in the message`() {
        var failure = Failure(.upstreamRejected, "No.", param: "tools[0]")
        failure.upstreamMessage = "Too many."
        #expect(String(buffer: client.render(failure).body).contains(#""tools[0]: No. The provider says: Too many.""#))
    }

    @Test func `A provider's own error passes byte for byte`() {
        let body = ByteBuffer(string: "{ \"type\" : \"error\" }")
        let upstream = UpstreamErrorReply(status: 529, contentType: "application/json; x", body: body)
        let reply = client.render(Failure(.upstreamError, "x", upstreamReply: upstream))
        #expect(reply.status == 529 && reply.body == body)
        #expect(reply.fields.first?.value == "application/json; x")
    }

    @Test func `The models are listed in Anthropic's shape`() {
        let entry = #"{"type":"model","id":"a\"b","display_name":"a\"b","created_at":"1970-01-01T00:00:00Z"}"#
        let body = String(buffer: AnthropicClient.modelsReply(names: ["a\"b"]).body)
        #expect(body == #"{"data":["# + entry + #"],"has_more":false,"first_id":"a\"b","last_id":"a\"b"}"#)
        #expect(String(buffer: AnthropicClient.modelsReply(names: []).body).contains(#""first_id":null"#))
    }
}
