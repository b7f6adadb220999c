import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct BedrockRequestTests {
    private func encode(
        _ request: ChatRequest, model: String = "us.anthropic.claude-sonnet-4-5-20250929-v1:0", cap: Int64? = nil
    ) throws -> (body: String, unsupported: [ChatField]) {
        let encoded = try BedrockProvider().encode(.chat(request), for: bedrockTarget(model), outputTokensMax: cap)
        // What is written must be one JSON text without a key twice.
        _ = try JSONDocument(encoded.body, strict: true)
        return (String(buffer: encoded.body), encoded.unsupported)
    }

    private func chat(_ messages: [ChatMessage] = [ChatMessage(.user, [.text("hi")])]) -> ChatRequest {
        var request = ChatRequest()
        request.messages = messages
        return request
    }

    private func failure(_ part: ChatPart) -> Failure? {
        do {
            _ = try encode(chat([ChatMessage(.user, [.text("see")]), ChatMessage(.user, [.text("x"), part])]))
            return nil
        } catch {
            return error as? Failure
        }
    }

    @Test func `A plain conversation is messages, instructions and settings`() throws {
        var request = chat()
        request.system = [.text("Be kind."), .text(" "), .cacheMark(seconds: nil)]
        request.temperature = 0.5
        request.topP = 0.9
        request.topK = 3
        request.stop = ["END", ""]
        request.outputTokensMax = 100
        request.serviceTier = "flex"
        let (body, unsupported) = try encode(request, cap: 50)
        let expected = [
            #"{"messages":[{"role":"user","content":[{"text":"hi"}]}]"#,
            #""system":[{"text":"Be kind."},{"cachePoint":{"type":"default"}}]"#,
            #""inferenceConfig":{"maxTokens":50,"temperature":0.5,"topP":0.9,"stopSequences":["END"]}"#,
            #""additionalModelResponseFieldPaths":["/stop_sequence"]"#,
            #""additionalModelRequestFields":{"top_k":3},"serviceTier":{"type":"flex"}}"#,
        ]
        #expect(body == expected.joined(separator: ","))
        #expect(unsupported.isEmpty)
        #expect(try encode(chat(), cap: 9).body.contains(#""inferenceConfig":{"maxTokens":9}"#))
        #expect(try encode(chat()).body.contains(#""inferenceConfig":{}"#))
    }

    @Test func `Sides take turns and the user begins`() throws {
        let (body, _) = try encode(
            chat([
                ChatMessage(.assistant, [.text("Hello.")]), ChatMessage(.user, [.text("a")]),
                ChatMessage(.system, [.text("now rhyme")]), ChatMessage(.user, [.text("b"), .text("\n")]),
                ChatMessage(.assistant, [.text("")]), ChatMessage(.user, [.text("c")]),
            ]))
        let expected = [
            #"{"messages":[{"role":"user","content":[{"text":"Continue."}]}"#,
            #"{"role":"assistant","content":[{"text":"Hello."}]}"#,
            #"{"role":"user","content":[{"text":"a"},{"text":"b"},{"text":"c"}]}],"system":[{"text":"now rhyme"}]"#,
        ]
        #expect(body.hasPrefix(expected.joined(separator: ",")))
        #expect(try encode(chat([])).body.hasPrefix(#"{"messages":[{"role":"user""#))
    }

    @Test func `Calls, results and thoughts go back as they came`() throws {
        let own = Signature(origin: .bedrock, text: "s")
        let other = Signature(origin: .anthropic, text: "s")
        let messages = [
            ChatMessage(.user, [.text("go")]),
            ChatMessage(
                .assistant,
                [
                    .reasoning(Reasoning(text: "mine", signature: own)),
                    .reasoning(Reasoning(text: "foreign", signature: other)), .reasoning(Reasoning(text: "bare")),
                    .reasoning(Reasoning(text: "", sealed: own)),
                    .toolCall(ToolCall(id: "c1", name: "add", arguments: #"{"a":1}"#)),
                    .toolCall(ToolCall(id: "c 2", name: "now", arguments: "")),
                ]),
            ChatMessage(
                .user,
                [
                    .toolResult(ToolResult(callID: "c1", parts: [.text("2")])),
                    .toolResult(ToolResult(callID: "c 2", parts: [.text("")], isError: true)),
                    .cacheMark(seconds: 3600),
                ]),
        ]
        let (body, unsupported) = try encode(chat(messages))
        let id = ConverseTurns.callID("c 2")
        #expect(id != "c 2" && id.utf8.count <= 64 && id != ConverseTurns.callID("c  2"))
        let said = [
            #"{"reasoningContent":{"reasoningText":{"text":"mine","signature":"s"}}}"#,
            #"{"reasoningContent":{"redactedContent":"s"}}"#,
            #"{"toolUse":{"toolUseId":"c1","name":"add","input":{"a":1}}}"#,
            #"{"toolUse":{"toolUseId":"\#(id)","name":"now","input":{}}}"#,
        ]
        #expect(body.contains("[" + said.joined(separator: ",") + "]"))
        let answered = [
            #"{"toolResult":{"toolUseId":"c1","content":[{"text":"2"}]}}"#,
            #"{"toolResult":{"toolUseId":"\#(id)","content":[],"status":"error"}}"#,
            #"{"cachePoint":{"type":"default","ttl":"1h"}}"#,
        ]
        #expect(body.contains("[" + answered.joined(separator: ",") + "]"))
        // Tools that the client no longer declares are declared for it.
        #expect(body.contains(#"{"toolSpec":{"name":"now","inputSchema":{"json":{"type":"object","properties":{}}}}}"#))
        #expect(unsupported.isEmpty)
        #expect(!(try encode(chat(messages), model: "meta.llama3-1-70b-instruct-v1:0").body.contains("cachePoint")))
        var broken = messages
        broken[1].parts = [.toolCall(ToolCall(id: "c", name: "n", arguments: "[1]"))]
        #expect(throws: Failure.self) { try encode(chat(broken)) }
    }

    @Test func `Tools and the choice among them`() throws {
        var request = chat()
        request.tools = [
            ChatTool(name: "f", description: "d", parameters: #"{"type":"object"}"#, strict: true),
            ChatTool(name: "g", description: ""),
        ]
        let tools =
            #""tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object"}},"strict":true}},"#
            + #"{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}}]"#
        #expect(try encode(request).body.contains(#""toolConfig":{\#(tools)}"#))
        let choices: [(ToolChoice, String)] = [
            (.automatic, #"{"auto":{}}"#), (.required, #"{"any":{}}"#), (.tool(name: "f"), #"{"tool":{"name":"f"}}"#),
        ]
        for (choice, json) in choices {
            request.toolChoice = choice
            #expect(try encode(request).body.contains(#""toolConfig":{\#(tools),"toolChoice":\#(json)}"#))
        }
        request.toolChoice = ToolChoice.none
        #expect(!(try encode(request).body.contains("toolConfig")))
        request.messages.append(
            ChatMessage(.assistant, [.toolCall(ToolCall(id: "1", name: "f", arguments: "{}"))]))
        #expect(try encode(request).body.contains(#""toolConfig":{\#(tools)}"#))
        request.parallelToolCalls = false
        #expect(try encode(request).unsupported == [.parallelToolCalls])
    }

    @Test func `Images and documents go as bytes or by their place in S3`() throws {
        let parts: [ChatPart] = [
            .media(Media(.image, .base64("QUJD"), mimeType: "image/jpg")), .media(Media(.image, .base64("iVBORw0K"))),
            .media(Media(.image, .url("s3://b/k.webp"))),
            .media(Media(.file, .base64("JVBE"), mimeType: "application/pdf", name: "Q3 report_v2.pdf")),
            .media(Media(.file, .base64("JVBE"), name: "Q3 report v2.pdf")),
            .media(Media(.file, .base64("YQ=="), mimeType: "text/plain")),
        ]
        let (body, _) = try encode(chat([ChatMessage(.user, parts)]))
        let blocks = [
            #"{"image":{"format":"jpeg","source":{"bytes":"QUJD"}}}"#,
            #"{"image":{"format":"png","source":{"bytes":"iVBORw0K"}}}"#,
            #"{"image":{"format":"webp","source":{"s3Location":{"uri":"s3://b/k.webp"}}}}"#,
            #"{"document":{"format":"pdf","name":"Q3 report v2","source":{"bytes":"JVBE"}}}"#,
            #"{"document":{"format":"pdf","name":"Q3 report v2 2","source":{"bytes":"JVBE"}}}"#,
            #"{"document":{"format":"txt","name":"document","source":{"bytes":"YQ=="}}}"#,
        ]
        #expect(body.contains("[" + blocks.joined(separator: ",") + "]"))
    }

    @Test func `What cannot be said is refused with its place`() {
        let refused: [ChatPart] = [
            .media(Media(.image, .url("https://example.com/a.png"), mimeType: "image/png")),
            .media(Media(.image, .fileID("f"), mimeType: "image/png")),
            .media(Media(.image, .base64("QUJD"), mimeType: "image/tiff")),
            .media(Media(.audio, .base64("QUJD"), mimeType: "audio/wav")),
            .media(Media(.file, .base64("QUJD"), mimeType: "video/mp4")),
            .toolCall(ToolCall(id: "c", name: "n", arguments: "{")),
        ]
        for part in refused {
            #expect(failure(part)?.reason == .badRequest)
            #expect(failure(part)?.param == "messages[1].content[1]")
        }
    }

    @Test func `A schema goes as a text`() throws {
        var request = chat()
        request.format = .schema(name: "n", description: nil, schema: #"{"type":"object"}"#, strict: true)
        #expect(
            try encode(request).body.contains(
                #""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"n","#
                    + #""schema":"{\"type\":\"object\"}"}}}}"#))
        request.format = .json
        #expect(try encode(request).unsupported == [.format])
    }

    @Test func `Thinking is asked of Claude in its own words`() throws {
        func thinking(_ wish: ReasoningWish, _ model: String, max: Int64? = nil) throws -> (String?, [ChatField]) {
            var request = chat()
            request.reasoning = wish
            request.outputTokensMax = max
            let (body, unsupported) = try encode(request, model: model)
            let fields = try JSONDocument(ByteBuffer(string: body)).root["additionalModelRequestFields"]?.raw
            return (fields, unsupported)
        }
        let old = "us.anthropic.claude-sonnet-4-20250514-v1:0"
        let new = "global.anthropic.claude-opus-4-6-v1"
        let budget = #"{"thinking":{"type":"enabled","budget_tokens":4096}}"#
        #expect(try thinking(ReasoningWish(effort: .medium), old).0 == budget)
        #expect(try thinking(ReasoningWish(tokensMax: 9000), old, max: 4097).0 == budget)
        #expect(try thinking(ReasoningWish(effort: .high), old, max: 1024).1 == [.reasoning])
        #expect(
            try thinking(ReasoningWish(effort: ReasoningWish.Effort.none), old).0
                == #"{"thinking":{"type":"disabled"}}"#)
        let adaptive = #"{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#
        #expect(try thinking(ReasoningWish(effort: .high), new).0 == adaptive)
        #expect(try thinking(ReasoningWish(effort: .high), "us.anthropic.claude-sonnet-5").0 == adaptive)
        #expect(try thinking(ReasoningWish(effort: .high), "meta.llama3-1-70b-instruct-v1:0").1 == [.reasoning])
        #expect(try thinking(ReasoningWish(tokensMax: 0), "meta.llama3-1-70b-instruct-v1:0").1.isEmpty)
        #expect(try thinking(ReasoningWish(shows: true), old).0 == nil)
    }

    @Test func `What Converse lacks is listed`() throws {
        var request = chat()
        request.choiceCount = 2
        request.seed = 1
        request.presencePenalty = 1
        request.frequencyPenalty = 1
        request.logprobs = true
        request.topLogprobs = 2
        request.endUser = "u"
        request.topK = 1
        request.serviceTier = "scale"
        let fields: [ChatField] = [
            .choiceCount, .seed, .presencePenalty, .frequencyPenalty, .logprobs, .topLogprobs, .endUser, .topK,
            .serviceTier,
        ]
        #expect(try encode(request, model: "meta.llama3-1-70b-instruct-v1:0").unsupported == fields)
        #expect(
            try encode(request, model: "us.amazon.nova-2-lite-v1:0").body.contains(
                #""additionalModelRequestFields":{"inferenceConfig":{"topK":1}}"#))
        request = chat()
        request.serviceTier = "auto"
        request.presencePenalty = 0
        #expect(try encode(request).unsupported.isEmpty)
    }
}
