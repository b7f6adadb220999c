import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Requests of OpenAI's shape into the neutral form, and from it.
struct OpenAITranslationTests {
    private func chat(_ members: String) throws -> ChatRequest {
        let body = #"{"model":"m","# + members + "}"
        let request = try OpenAIClient().parse(call(.openAIChat), body: ByteBuffer(string: body))
        guard case .chat(let chat) = try OpenAIClient().neutral(request) else { throw Unexpected() }
        return chat
    }

    private struct Unexpected: Error {}

    private func refusal(_ members: String) -> Failure? {
        do {
            _ = try chat(members)
            return nil
        } catch {
            return error as? Failure
        }
    }

    private func encode(
        _ chat: ChatRequest, _ kind: String = "generic", cap: Int64? = nil
    ) throws -> (body: String, unsupported: [ChatField]) {
        let encoded = try OpenAIProvider().encode(
            NeutralRequest.chat(chat), for: translationTarget(kind), outputTokensMax: cap)
        return (String(buffer: encoded.body), encoded.unsupported)
    }

    @Test func `Messages of every role become turns`() throws {
        let chat = try chat(
            #"""
            "messages":[{"role":"developer","content":"Be brief."},{"role":"system","content":[{"type":"text","text":"Kind."}]},
             {"role":"user","content":[{"type":"text","text":"see"},
               {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
               {"type":"image_url","image_url":{"url":"https://x/y.png"}},
               {"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}},
               {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}},
               {"type":"text","text":"kept","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
             {"role":"assistant","content":null,"reasoning_details":[{"type":"reasoning.text","text":"t","signature":"anthropic~s"},
                {"type":"reasoning.encrypted","data":"d"}],
               "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"},
                 "extra_content":{"google":{"thought_signature":"gemini~g"}}}]},
             {"role":"tool","tool_call_id":"c1","content":"ok"},{"role":"system","content":"late"},
             {"role":"assistant","content":"","refusal":"no"},
             {"role":"assistant","function_call":{"name":"g","arguments":""}},{"role":"function","name":"g","content":"r"}]
            """#)
        #expect(chat.system == [.text("Be brief."), .text("Kind.")])
        #expect(
            chat.messages.first
                == ChatMessage(
                    .user,
                    [
                        .text("see"), .media(Media(.image, .base64("AAAA"), mimeType: "image/png", detail: "low")),
                        .media(Media(.image, .url("https://x/y.png"))),
                        .media(Media(.audio, .base64("BBBB"), mimeType: "audio/mpeg")),
                        .media(Media(.file, .base64("CCCC"), mimeType: "application/pdf", name: "a.pdf")),
                        .text("kept"), .cacheMark(seconds: 3600),
                    ]))
        #expect(
            Array(chat.messages.dropFirst()) == [
                ChatMessage(
                    .assistant,
                    [
                        .reasoning(Reasoning(text: "t", signature: Signature(origin: .anthropic, text: "s"))),
                        .reasoning(Reasoning(text: "", sealed: Signature(origin: .openAI, text: "d"))),
                        .toolCall(
                            ToolCall(
                                id: "c1", name: "f", arguments: #"{"a":1}"#,
                                signature: Signature(origin: .gemini, text: "g"))),
                    ]),
                ChatMessage(.user, [.toolResult(ToolResult(callID: "c1", parts: [.text("ok")]))]),
                ChatMessage(.system, [.text("late")]), ChatMessage(.assistant, [.refusal("no")]),
                ChatMessage(.assistant, [.toolCall(ToolCall(id: "call_function_0", name: "g", arguments: "{}"))]),
                ChatMessage(
                    .user, [.toolResult(ToolResult(callID: "call_function_0", name: "g", parts: [.text("r")]))]),
            ])
        #expect(chat.others.isEmpty)
    }

    @Test func `Every option is read, and what changes nothing is not named`() throws {
        let chat = try chat(
            #"""
            "messages":[],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
            "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"max_tokens":5,
            "temperature":0.5,"top_p":0.9,"top_k":4,"stop":"x","n":2,"seed":7,"presence_penalty":0.1,"frequency_penalty":-1,
            "logprobs":true,"top_logprobs":3,"reasoning_effort":"low","user":"u","service_tier":"flex","stream":true,
            "stream_options":{"include_usage":true,"include_obfuscation":false},"store":false,"metadata":null,
            "modalities":["text"],"logit_bias":{},"verbosity":"medium","prediction":null,
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}
            """#)
        #expect(
            chat.tools == [ChatTool(name: "f", description: "d", parameters: #"{"type":"object"}"#, strict: true)])
        #expect(chat.toolChoice == .tool(name: "f") && chat.parallelToolCalls == false)
        #expect(chat.outputTokensMax == 5 && chat.temperature == 0.5 && chat.topP == 0.9 && chat.topK == 4)
        #expect(chat.stop == ["x"] && chat.choiceCount == 2 && chat.seed == 7)
        #expect(chat.presencePenalty == 0.1 && chat.frequencyPenalty == -1)
        #expect(chat.logprobs && chat.topLogprobs == 3 && chat.reasoning == ReasoningWish(effort: .low))
        #expect(chat.endUser == "u" && chat.serviceTier == "flex" && chat.stream && chat.streamsUsage)
        #expect(
            chat.format == .schema(name: "n", description: nil, schema: #"{"type":"object"}"#, strict: true))
        #expect(chat.others.isEmpty)
    }

    @Test func `What has no place is named`() throws {
        let chat = try chat(
            #"""
            "messages":[{"role":"user","content":"a","name":"n"},{"role":"assistant","audio":{"id":"x"}}],"store":true,
            "modalities":["text","audio"],"tools":[{"type":"web_search"}],"logit_bias":{"1":2},"web_search_options":{},
            "tool_choice":{"type":"allowed_tools"},"metadata":{"a":"b"},"x":1
            """#)
        #expect(
            Set(chat.others) == [
                "messages[0].name", "messages[1].audio", "store", "modalities", "tools[0].type", "logit_bias",
                "web_search_options", "tool_choice", "metadata", "x",
            ])
    }

    @Test(arguments: [
        (#""messages":[{"role":"user","content":[{"type":"video_url"}]}]"#, "messages[0].content[0].type"),
        (#""messages":[{"role":"king","content":""}]"#, "messages[0].role"), (#""messages":[3]"#, "messages[0]"),
        (#""messages":[{"role":"user","content":3}]"#, "messages[0].content"),
        (#""messages":[{"role":"tool","content":""}]"#, "messages[0].tool_call_id"),
        (#""messages":[],"stop":[1]"#, "stop"), (#""messages":[],"reasoning_effort":"huge"# + "\"", "reasoning_effort"),
        (#""messages":[],"tools":[{"type":"function"}]"#, "tools[0].function.name"),
        (#""messages":[],"response_format":{"type":"json_schema"}"#, "response_format.json_schema.schema"),
    ])
    func `What is wrong is named by its place`(members: String, param: String) throws {
        let failure = try #require(refusal(members))
        #expect(failure.reason == .badRequest)
        #expect(failure.param == param)
    }

    @Test func `A request survives the way through the neutral form`() throws {
        let members = #"""
            "messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},
            {"role":"assistant","content":"a","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c","content":"r"}],
            "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"required",
            "max_tokens":9,"temperature":0.5,"stop":["x"],"stream":true,"response_format":{"type":"json_object"}
            """#
        let (body, unsupported) = try encode(try chat(members), cap: 7)
        #expect(unsupported.isEmpty)
        #expect(
            body
                == #"{"model":"served","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},"#
                + #"{"role":"assistant","content":"a","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"c","content":"r"}],"#
                + #""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"required","#
                + #""max_tokens":7,"temperature":0.5,"stop":["x"],"response_format":{"type":"json_object"},"#
                + #""stream":true,"stream_options":{"include_usage":true}}"#)
    }

    @Test func `Each variant has its own words`() throws {
        let text = try chat(
            #""messages":[{"role":"system","content":"s"},{"role":"assistant","reasoning_content":"t","tool_calls":[{"id":"toolu_0123","function":{"name":"f","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"toolu_0123","content":"r"}],"tools":[{"function":{"name":"f"}}],"#
                + #""tool_choice":"required","seed":3,"max_tokens":4,"stream":true,"reasoning_effort":"high""#)
        let mistral = try encode(text, "mistral_ai").body
        let id = OpenAIMessageEncoder(variant: .mistral).id("toolu_0123")
        #expect(id.utf8.count == 9 && id == OpenAIMessageEncoder(variant: .mistral).id("toolu_0123"))
        #expect(mistral.contains(#""id":"\#(id)""#) && mistral.contains(#""tool_call_id":"\#(id)""#))
        #expect(mistral.contains(#""random_seed":3"#) && mistral.contains(#""tool_choice":"any""#))
        #expect(mistral.contains(#"{"type":"thinking","thinking":[{"type":"text","text":"t"}]}"#))
        #expect(!mistral.contains("stream_options"))
        let openAI = try encode(text, "openai").body
        #expect(openAI.contains(#""role":"developer""#) && openAI.contains(#""max_completion_tokens":4"#))
        #expect(!openAI.contains("\"t\"") && openAI.contains(#""reasoning_effort":"high""#))
        let deepseek = try encode(text, "deepseek")
        #expect(deepseek.body.contains(#""reasoning_content":"t""#) && deepseek.unsupported == [.seed])
        #expect(deepseek.body.contains(#""thinking":{"type":"enabled"}"#))
        let openRouter = try encode(text, "openrouter").body
        #expect(openRouter.contains(#""reasoning_details":[{"type":"reasoning.text","text":"t","index":0}]"#))
        #expect(openRouter.contains(#""reasoning":{"effort":"high"}"#))
    }

    @Test func `A part that a provider cannot be shown is refused by its place`() throws {
        let chat = try chat(#""messages":[{"role":"user","content":[{"type":"image_url","image_url":"https://x"}]}]"#)
        let failure = #expect(throws: Failure.self) { _ = try encode(chat, "deepseek") }
        #expect(failure?.param == "messages[0].content[0]")
        #expect(try encode(chat, "openai").body.contains(#"{"url":"https://x"}"#))
    }

    @Test func `Azure's paths name the deployment`() {
        let azure = OpenAIProvider(variant: .azure, azureVersion: "2024-10-21")
        let path = "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"
        #expect(azure.path(for: .openAIChat, model: "my gpt", stream: true) == path)
        #expect(azure.path(translating: .chat, model: "my gpt", stream: false) == path)
        #expect(OpenAIProvider().path(translating: .rerank, model: "m", stream: false) == "/rerank")
    }

    // MARK: Vectors and order

    private func neutral(_ surface: Surface, _ body: String) throws -> (ModelRequest, NeutralRequest) {
        let request = try OpenAIClient().parse(call(surface), body: ByteBuffer(string: body))
        return (request, try OpenAIClient().neutral(request))
    }

    private func render(_ request: ModelRequest, _ events: [ModelEvent]) -> String {
        var renderer = OpenAIClient().renderer(
            for: request, exchange: ExchangeID(high: 0, low: 0), at: WallTime(nanoseconds: 0))
        var bytes = ByteBuffer()
        for event in events { renderer.render(event, into: &bytes) }
        renderer.end(into: &bytes)
        return String(buffer: bytes)
    }

    @Test(arguments: [false, true])
    func `Vectors come as they were asked for`(wantsBase64: Bool) throws {
        let format = wantsBase64 ? "base64" : "float"
        let (request, neutral) = try neutral(
            .openAIEmbeddings,
            #"{"model":"e","input":["a","b"],"dimensions":3,"user":"u","x":1,"encoding_format":"\#(format)"}"#)
        guard case .embeddings(let asked) = neutral else { throw Unexpected() }
        #expect(asked.inputs == ["a", "b"] && asked.dimensions == 3 && asked.endUser == "u" && asked.others == ["x"])
        let reply = render(request, [.embedding([1, -0.5, 0.25], index: 1), .embedding([0], index: 0), .ended])
        #expect(reply.contains(wantsBase64 ? #""embedding":"AACAPwAAAL8AAIA+""# : #""embedding":[1,-0.5,0.25]"#))
        let read = ReadReply(OpenAIReader(rule: .standard), reply)
        #expect(read.reply.embeddings == [0: [0], 1: [1, -0.5, 0.25]])
        #expect(read.facts.terminated)
    }

    @Test func `Documents are put in order and repeated where that is wanted`() throws {
        let (request, neutral) = try neutral(
            .rerank, #"{"model":"r","query":"q","documents":["a",{"text":"b"},"c"],"top_n":2,"return_documents":true}"#)
        guard case .rerank(let asked) = neutral else { throw Unexpected() }
        #expect(asked.query == "q" && asked.documents == ["a", "b", "c"] && asked.resultsMax == 2)
        let reply = render(
            request, [.relevance(0.1, index: 0), .relevance(0.9, index: 1), .relevance(0.5, index: 2), .ended])
        #expect(reply.contains(#"[{"index":1,"relevance_score":0.9,"document":{"text":"b"}},{"index":2,"#))
        #expect(!reply.contains(#""index":0"#))
        let sent = try OpenAIProvider().encode(neutral, for: translationTarget("vllm"), outputTokensMax: nil)
        #expect(
            String(buffer: sent.body) == #"{"model":"served","query":"q","documents":["a","b","c"],"top_n":2}"#)
    }
}
