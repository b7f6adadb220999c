import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct AnthropicProviderTests {
    let provider = AnthropicProvider()
    let vertex = AnthropicProvider(hosting: .vertex)

    private func splice(
        _ text: String, _ provider: AnthropicProvider, cap: Int64? = nil, _ surface: Surface = .anthropicMessages
    ) throws -> String {
        // Ranges count from the reader index, wherever it is.
        var body = ByteBuffer(string: "##" + text)
        body.moveReaderIndex(forwardBy: 2)
        let request = try AnthropicClient().parse(call(surface), body: body)
        let target = AnthropicFixtures.target("served")
        return String(buffer: try provider.encode(request, for: target, outputTokensMax: cap))
    }

    @Test(
        arguments: [
            (#"{ "model" : "served", "messages":[] , "x":1.50}"#, nil, nil),
            (#"{ "model" : "m", "messages":[] }"#, nil, #"{ "model" : "served", "messages":[] }"#),
            (
                #"{"max_tokens":9,"messages":[],"model":"served"}"#, 5,
                #"{"max_tokens":5,"messages":[],"model":"served"}"#
            ),
            (#"{"max_tokens":4,"messages":[],"model":"served"}"#, 5, nil),
            (#"{"messages":[],"model":"served"}"#, 5, #"{"max_tokens":5,"messages":[],"model":"served"}"#),
            (
                #"{"max_tokens":9000,"messages":[],"model":"served","thinking":{"type":"enabled","budget_tokens":4000}}"#,
                2000,
                #"{"max_tokens":2000,"messages":[],"model":"served","thinking":{"type":"enabled","budget_tokens":1999}}"#
            ),
            (
                #"{"max_tokens":9000,"messages":[],"model":"served","thinking":{"type":"enabled","budget_tokens":4000}}"#,
                500, #"{"max_tokens":500,"messages":[],"model":"served","thinking":{"type":"disabled"}}"#
            ),
        ] as [(String, Int64?, String?)])
    func `Only the model and the cap are spliced`(text: String, cap: Int64?, sent: String?) throws {
        #expect(try splice(text, provider, cap: cap) == sent ?? text)
    }

    @Test(
        arguments: [
            (
                #"{"model" : "m","messages":[]}"#, nil, #"{"anthropic_version":"vertex-2023-10-16","messages":[]}"#
            ),
            (
                #"{"model":"m","messages":[]}"#, 5,
                #"{"max_tokens":5,"anthropic_version":"vertex-2023-10-16","messages":[]}"#
            ),
            (
                #"{"anthropic_version":"x","model":"m" , "messages":[]}"#, nil,
                #"{"anthropic_version":"vertex-2023-10-16", "messages":[]}"#
            ),
            (
                #"{"messages":[],"anthropic_version":"x", "model":"m" }"#, nil,
                #"{"messages":[],"anthropic_version":"vertex-2023-10-16" }"#
            ),
        ] as [(String, Int64?, String)])
    func `On Vertex the version takes the model's place`(text: String, cap: Int64?, sent: String) throws {
        #expect(try splice(text, vertex, cap: cap) == sent)
    }

    @Test func `The counting of tokens on Vertex keeps the model`() throws {
        let text = #"{"model":"m","messages":[]}"#
        #expect(try splice(text, vertex, .anthropicCountTokens) == #"{"model":"served","messages":[]}"#)
    }

    @Test func `Paths exist for what the dialect can do`() {
        #expect(provider.path(for: .anthropicMessages, model: "m", stream: true) == "/v1/messages")
        #expect(provider.path(for: .anthropicCountTokens, model: "m", stream: false) == "/v1/messages/count_tokens")
        #expect(provider.path(for: .openAIChat, model: "m", stream: false) == nil)
        #expect(provider.path(translating: .chat, model: "m", stream: false) == "/v1/messages")
        #expect(provider.path(translating: .embeddings, model: "m", stream: false) == nil)
        let base = "/publishers/anthropic/models/"
        #expect(vertex.path(translating: .chat, model: "c@1", stream: false) == base + "c@1:rawPredict")
        #expect(vertex.path(for: .anthropicMessages, model: "a/b", stream: true) == base + "a%2Fb:streamRawPredict")
    }

    @Test func `No credential, cookie or account is passed on, and a version always is`() {
        let names = (provider.forwardedFields + provider.returnedFields).map(\.text)
        for name in ["authorization", "cookie", "set-cookie", "x-api-key", "anthropic-organization-id"] {
            #expect(!names.contains(name))
        }
        #expect(names.contains("anthropic-ratelimit-input-tokens-remaining"))
        #expect(provider.defaultFields.map(\.name) == ["anthropic-version"])
        #expect(vertex.defaultFields.isEmpty)
    }

    // MARK: Translated

    private func encode(
        _ chat: ChatRequest, _ model: String = "claude-sonnet-4-5", cap: Int64? = nil, abilities: Int64? = nil,
        _ provider: AnthropicProvider = AnthropicProvider()
    ) throws -> (body: String, unsupported: [ChatField]) {
        let target = AnthropicFixtures.target(model, outputTokensMax: abilities)
        let encoded = try provider.encode(.chat(chat), for: target, outputTokensMax: cap)
        return (String(buffer: encoded.body), encoded.unsupported)
    }

    private func hello(_ change: (inout ChatRequest) -> Void = { _ in }) -> ChatRequest {
        var chat = ChatRequest()
        chat.messages = [ChatMessage(.user, [.text("Hi")])]
        change(&chat)
        return chat
    }

    @Test func `A conversation is said in turns, results first, ids valid, with its marks`() throws {
        var chat = ChatRequest()
        chat.system = [.text("S"), .cacheMark(seconds: 3600)]
        let foreign = Reasoning(text: "x", signature: Signature(origin: .gemini, text: "y"))
        let own = Reasoning(text: "x", signature: Signature(origin: .anthropic, text: "y"))
        chat.messages = [
            ChatMessage(.user, [.text("a"), .text(" ")]), ChatMessage(.user, [.text("b")]),
            ChatMessage(
                .assistant,
                [
                    .reasoning(foreign), .reasoning(own), .refusal("r"),
                    .toolCall(ToolCall(id: "call:1", name: "f", arguments: "")),
                ]),
            ChatMessage(.system, [.text("mid")]),
            ChatMessage(
                .user,
                [
                    .toolResult(ToolResult(callID: "call:1", parts: [.text("ok")], isError: true)),
                    .cacheMark(seconds: nil),
                ]),
        ]
        chat.tools = [ChatTool(name: "f", parameters: #"{"properties":{}}"#)]
        chat.parallelToolCalls = false
        chat.stream = true
        let (body, unsupported) = try encode(chat)
        #expect(
            body == #"{"model":"claude-sonnet-4-5","max_tokens":4096,"stream":true,"#
                + #""system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral","ttl":"1h"}}],"#
                + #""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"#
                + #"{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"y"},"#
                + #"{"type":"text","text":"r"},{"type":"tool_use","id":"call_1","name":"f","input":{}}]},"#
                + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","#
                + #""content":[{"type":"text","text":"ok"}],"is_error":true,"cache_control":{"type":"ephemeral"}},"#
                + #"{"type":"text","text":"mid"}]}],"#
                + #""tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"#
                + #""tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"#)
        #expect(unsupported == [])
    }

    @Test(
        arguments: [
            (nil, nil, nil, 4096), (nil, nil, 8000, 8000), (nil, 100, 8000, 100), (50, 100, 8000, 50),
            (200, 100, nil, 100),
        ] as [(Int64?, Int64?, Int64?, Int64)])
    func `There is always a bound of the reply`(wish: Int64?, cap: Int64?, model: Int64?, sent: Int64) throws {
        let body = try encode(hello { $0.outputTokensMax = wish }, cap: cap, abilities: model).body
        #expect(body.contains("\"max_tokens\":\(sent),"))
    }

    @Test func `Vertex has the version in the body instead of the model`() throws {
        let body = try encode(hello(), "claude-x", vertex).body
        #expect(body.hasPrefix(#"{"anthropic_version":"vertex-2023-10-16","max_tokens":"#) && !body.contains("model"))
    }

    @Test(
        arguments: [
            (
                "claude-sonnet-4-5", ReasoningWish(effort: .low), 9000,
                #""thinking":{"type":"enabled","budget_tokens":2048}"#
            ),
            ("claude-sonnet-4-5", ReasoningWish(effort: .max), 4000, #""budget_tokens":3000"#),
            ("claude-3-7-sonnet-20250219", ReasoningWish(tokensMax: 5), 4000, #""budget_tokens":1024"#),
            (
                "claude-sonnet-5", ReasoningWish(effort: .minimal), 9000,
                #""output_config":{"effort":"low"},"thinking":{"type":"adaptive"}"#
            ),
            (
                "claude-opus-4-6", ReasoningWish(effort: .xhigh, shows: true), 9000,
                #""effort":"high"},"thinking":{"type":"adaptive","display":"summarized"}"#
            ),
            ("smart", ReasoningWish(effort: .xhigh), 9000, #""effort":"xhigh""#),
            (
                "claude-sonnet-5", ReasoningWish(effort: ReasoningWish.Effort.none), 9000,
                #""thinking":{"type":"disabled"}"#
            ),
        ] as [(String, ReasoningWish, Int64, String)])
    func `A wish for reasoning is said as the model understands it`(
        model: String, wish: ReasoningWish, tokensMax: Int64, member: String
    ) throws {
        let (body, unsupported) = try encode(
            hello {
                $0.reasoning = wish
                $0.outputTokensMax = tokensMax
            }, model)
        #expect(body.contains(member), "\(body)")
        #expect(unsupported == [])
    }

    @Test func `Thinking that is not to be had is named, or left out where Anthropic would refuse it`() throws {
        func encoded(_ model: String, _ change: (inout ChatRequest) -> Void) throws -> (String, [ChatField]) {
            let chat = hello {
                $0.reasoning = ReasoningWish(effort: .high)
                change(&$0)
            }
            let encoded = try encode(chat, model)
            return (encoded.body, encoded.unsupported)
        }
        #expect(try encoded("claude-3-5-haiku-20241022") { _ in }.1 == [.reasoning])
        #expect(try encoded("claude-sonnet-4-5") { $0.outputTokensMax = 1024 }.1 == [.reasoning])
        let forced = try encoded("claude-sonnet-4-5") {
            $0.tools = [ChatTool(name: "f")]
            $0.toolChoice = .required
        }
        #expect(forced.1 == [] && !forced.0.contains("thinking"))
        let lost = try encoded("claude-sonnet-4-5") {
            $0.messages += [
                ChatMessage(.assistant, [.toolCall(ToolCall(id: "t", name: "f", arguments: "{}"))]),
                ChatMessage(.user, [.toolResult(ToolResult(callID: "t", parts: []))]),
            ]
        }
        #expect(lost.1 == [] && !lost.0.contains("thinking"))
    }

    @Test func `What Anthropic cannot be told is named`() throws {
        let chat = hello {
            $0.temperature = 1.5
            $0.topP = 1
            $0.topK = 4
            $0.stop = ["\n", "END"]
            $0.choiceCount = 2
            $0.seed = 1
            $0.presencePenalty = 0.5
            $0.frequencyPenalty = 0
            $0.logprobs = true
            $0.topLogprobs = 2
            $0.format = .json
            $0.serviceTier = "flex"
            $0.endUser = "u"
        }
        let (body, unsupported) = try encode(chat)
        #expect(
            unsupported == [
                .format, .temperature, .stop, .serviceTier, .choiceCount, .seed, .presencePenalty, .logprobs,
                .topLogprobs,
            ])
        #expect(body.hasSuffix(#""top_k":4,"stop_sequences":["END"],"metadata":{"user_id":"u"}}"#))
    }

    @Test func `A schema and images are said`() throws {
        let chat = hello {
            $0.format = .schema(name: "n", description: nil, schema: #"{"type":"object"}"#, strict: true)
            $0.messages[0].parts = [
                .media(Media(.image, .base64("/9j/AA"))), .media(Media(.image, .url("https://example.com/i"))),
                .media(Media(.file, .base64("JVBERi0"), name: "D")),
            ]
        }
        let body = try encode(chat).body
        #expect(body.contains(#""output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#))
        #expect(
            body.contains(#"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/AA"}}"#))
        #expect(body.contains(#"{"type":"image","source":{"type":"url","url":"https://example.com/i"}}"#))
        #expect(
            body.contains(
                #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0"},"title":"D"}"#
            ))
    }

    @Test(
        arguments: [
            .media(Media(.audio, .base64("AA"), mimeType: "audio/wav")),
            .media(Media(.file, .base64("AA"), mimeType: "text/csv")),
            .toolCall(ToolCall(id: "a", name: "f", arguments: "[1]")),
            .toolCall(ToolCall(id: "a", name: "f", arguments: "{")),
        ] as [ChatPart])
    func `What cannot be said is refused by its place`(part: ChatPart) {
        let chat = hello { $0.messages[0].parts = [.text("a"), part] }
        let failure = #expect(throws: Failure.self) { try encode(chat) }
        #expect(failure?.param == "messages[0].content[1]")
    }

    @Test func `An instruction alone is the user's turn, and no more than four marks are sent, the last ones`() throws {
        var chat = ChatRequest()
        chat.system = [.text("S")]
        #expect(
            try encode(chat).body.hasSuffix(#""messages":[{"role":"user","content":[{"type":"text","text":"S"}]}]}"#))
        chat.messages = [
            ChatMessage(
                .user, ["a", "b", "c", "d", "e", "f"].flatMap { [ChatPart.text($0), .cacheMark(seconds: nil)] })
        ]
        let blocks = try encode(chat).body.components(splitBy: #""cache_control""#)
        #expect(blocks.count == 5 && blocks[0].contains(#""text":"b"},"#))
    }

    // MARK: Failures

    @Test(
        arguments: [
            (400, "invalid_request_error", "x", .upstreamRejected, false),
            (400, "invalid_request_error", "Your credit balance is too low", .upstreamQuota, true),
            (401, "authentication_error", "invalid x-api-key", .upstreamUnauthenticated, true),
            (402, "billing_error", "x", .upstreamQuota, true),
            (403, "permission_error", "x", .upstreamUnauthenticated, true),
            (404, "not_found_error", "model: nope", .upstreamRejected, true),
            (404, "not_found_error", "Not found", .upstreamRejected, false),
            (413, "request_too_large", "x", .upstreamRejected, false),
            (429, "rate_limit_error", "x", .upstreamRateLimited, true), (500, "api_error", "x", .upstreamError, true),
            (529, "overloaded_error", "Overloaded", .upstreamError, true),
        ] as [(Int, String, String, FailureReason, Bool)])
    func `An error reply is understood`(
        status: Int, type: String, message: String, reason: FailureReason, retryable: Bool
    ) {
        let body = #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#
        let head = UpstreamHead(status: status, fields: [ReplyField("retry-after", "9")])
        let failure = provider.failure(status: status, head: head, body: ByteBuffer(string: body))
        #expect(failure.reason == reason)
        #expect(failure.retryable == retryable)
        #expect(failure.retryAfterSeconds == 9)
        #expect(failure.upstreamMessage == (status == 401 ? nil : message))
        #expect(failure.upstreamReply.map { String(buffer: $0.body) } == (status == 401 ? nil : body))
    }

    @Test func `A provider's message is cut, and what is no JSON is not passed on`() {
        let head = UpstreamHead(status: 500, fields: [])
        let long = #"{"error":{"message":""# + String(repeating: "é", count: 600) + #""}}"#
        let failure = provider.failure(status: 500, head: head, body: ByteBuffer(string: long))
        #expect(failure.upstreamMessage == String(repeating: "é", count: 500))
        let page = provider.failure(status: 502, head: head, body: ByteBuffer(string: "<html>"))
        #expect(page.upstreamReply == nil && page.upstreamMessage == nil && page.retryable)
        let google = provider.failure(
            status: 429, head: head, body: ByteBuffer(string: #"[{"error":{"message":"q"}}]"#))
        #expect(google.upstreamMessage == "q" && google.reason == .upstreamRateLimited)
    }
}
