import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct GeminiClientTests {
    let client = GeminiClient()

    private func chat(_ body: String) throws -> ChatRequest {
        guard case .chat(let chat) = try client.neutral(try geminiRequest(body)) else {
            throw Failure(.internalError, "no conversation")
        }
        return chat
    }

    // MARK: Facts

    @Test func `The facts of a request are found in either spelling of its members`() throws {
        let tail = #""temperature":0.5,"seed":"7"}}"#
        let camel =
            #"{"contents":[{"parts":[{"text":"héé"},{"inlineData":{"mimeType":"image/png","data":"AA"}}]}],"#
            + #""tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"}]},{"googleSearch":{}}],"#
            + #""generationConfig":{"maxOutputTokens":9,"topP":1,"candidateCount":2,"responseSchema":{},"# + tail
        let snake = camel.replacing("inlineData", with: "inline_data").replacing("mimeType", with: "mime_type")
            .replacing("functionDeclarations", with: "function_declarations")
            .replacing("generationConfig", with: "generation_config")
            .replacing("maxOutputTokens", with: "max_output_tokens").replacing("topP", with: "top_p")
            .replacing("candidateCount", with: "candidate_count").replacing("responseSchema", with: "response_schema")
        for body in [camel, snake] {
            let facts = try geminiRequest(body).facts
            #expect(facts.textBytes == 5)
            #expect(facts.imageCount == 1)
            #expect(facts.toolCount == 3)
            #expect(facts.messageCount == 1)
            #expect(facts.outputTokensMax == 9)
            #expect(facts.temperature == 0.5 && facts.topP == 1 && facts.choiceCount == 2 && facts.seed == 7)
            #expect(facts.wantsJSONSchema)
            let range = try #require(facts.maxTokensRange)
            #expect(String(decoding: Array(body.utf8)[range], as: UTF8.self) == "9")
        }
    }

    @Test(arguments: [
        ("m", "m"), ("models/m", "m"), ("publishers/google/models/m", "m"), ("tunedModels/t", "tunedModels/t"),
        ("projects/p/locations/l/publishers/google/models/m-1", "m-1"),
    ])
    func `The model's name is what the path says without its kind`(path: String, model: String) throws {
        #expect(try geminiRequest(#"{"contents":[{}]}"#, model: path).askedModel == model)
    }

    @Test(
        arguments: [
            (true, "alt=sse", true, StreamFraming.events), (true, "key=k&$alt=sse", true, .events),
            (true, nil, true, .array), (true, "alt=json", true, .array), (false, "alt=sse", false, .events),
        ] as [(Bool, String?, Bool, StreamFraming)])
    func `Path and query say whether and how it streams`(
        path: Bool, query: String?, streams: Bool, framing: StreamFraming
    ) throws {
        let request = try geminiRequest(#"{"contents":[{}]}"#, streams: path, query: query)
        #expect(request.stream == streams)
        #expect(request.facts.framing == framing)
    }

    @Test(
        arguments: [
            ("", nil), ("[]", nil), ("{", nil), ("{}", "contents"), (#"{"contents":[]}"#, "contents"),
            (#"{"contents":[{}],"generationConfig":{},"generation_config":{}}"#, "generationConfig"),
            (#"{"contents":[{}],"contents":[{}]}"#, "contents"),
            (#"{"contents":[{}],"generationConfig":{"maxOutputTokens":0}}"#, "generationConfig.maxOutputTokens"),
            (
                #"{"contents":[{}],"generationConfig":{"maxOutputTokens":9,"max_output_tokens":1}}"#,
                "generationConfig.maxOutputTokens"
            ),
            (#"{"contents":[{}],"generationConfig":{"topP":"much"}}"#, "generationConfig.topP"),
        ] as [(String, String?)])
    func `A request that is none is refused by the name of what is wrong`(body: String, param: String?) {
        let failure = #expect(throws: Failure.self) { try geminiRequest(body) }
        #expect(failure?.reason == .badRequest)
        #expect(failure?.param == param)
    }

    @Test func `A member spelt with escapes is the same member`() throws {
        let body = #"{"contents":[{}],"generationConfi\u0067":{"maxOutputToken\u0073":"99"}}"#
        #expect(try geminiRequest(body).facts.outputTokensMax == 99)
    }

    // MARK: Neutral

    @Test func `Calls and responses without ids find each other by name and order`() throws {
        let call = #"{"functionCall":{"name":"f","args":{"x": 1}}}"#
        let other = #"{"functionCall":{"name":"g","args":{}},"thoughtSignature":"c2ln"}"#
        let result = #"{"functionResponse":{"name":"f","response":{"result":"one"}}}"#
        let body =
            #"{"contents":[{"role":"model","parts":[\#(other),\#(call),\#(call)]},{"role":"function","parts":["#
            + #"\#(result),{"functionResponse":{"name":"g","response":{"error":"no"}}},\#(result)]}]}"#
        let messages = try chat(body).messages
        #expect(messages.map(\.role) == [.assistant, .user])
        let signature = Signature(origin: .gemini, text: "c2ln")
        #expect(
            messages[0].parts == [
                .toolCall(ToolCall(id: "call_0", name: "g", arguments: "{}", signature: signature)),
                .toolCall(ToolCall(id: "call_1", name: "f", arguments: #"{"x":1}"#)),
                .toolCall(ToolCall(id: "call_2", name: "f", arguments: #"{"x":1}"#)),
            ])
        #expect(
            messages[1].parts == [
                .toolResult(ToolResult(callID: "call_1", name: "f", parts: [.text("one")])),
                .toolResult(ToolResult(callID: "call_0", name: "g", parts: [.text("no")], isError: true)),
                .toolResult(ToolResult(callID: "call_2", name: "f", parts: [.text("one")])),
            ])
    }

    @Test func `Everything that has a neutral place is read, and the rest is named`() throws {
        let body =
            #"{"system_instruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"text":"a"}]}],"#
            + #""tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","#
            + #""properties":{"a":{"type":"STRING","nullable":true},"type":{"type":"ARRAY","minItems":"1","#
            + #""items":{"type":"INTEGER"}}}}}]},{"googleSearch":{}}],"safetySettings":[{"category":1}],"#
            + #""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"#
            + #""labels":{"user":"u"},"cachedContent":"c","generationConfig":{"stopSequences":["x"],"topK":40.0,"#
            + #""responseMimeType":"application/json","responseSchema":{"type":"NUMBER"},"#
            + #""thinkingConfig":{"thinkingBudget":0,"includeThoughts":false},"responseModalities":["TEXT"],"#
            + #""mediaResolution":"LOW","speechConfig":null}}"#
        let chat = try chat(body)
        #expect(chat.system == [.text("s")])
        let schema =
            #"{"type":"object","properties":{"a":{"type":["string","null"]},"#
            + #""type":{"type":"array","minItems":1,"items":{"type":"integer"}}}}"#
        #expect(chat.tools == [ChatTool(name: "f", description: "d", parameters: schema)])
        #expect(chat.toolChoice == .tool(name: "f"))
        #expect(chat.stop == ["x"] && chat.topK == 40 && chat.endUser == "u")
        #expect(
            chat.format == .schema(name: "response", description: nil, schema: #"{"type":"number"}"#, strict: nil))
        #expect(chat.reasoning == ReasoningWish(effort: ReasoningWish.Effort.none, tokensMax: 0, shows: false))
        let others = ["tools[1].googleSearch", "generationConfig.mediaResolution", "safetySettings", "cachedContent"]
        #expect(Set(chat.others) == Set(others) && chat.others.count == others.count)
    }

    @Test func `Thoughts join until their proof, and a text's signature stands behind it`() throws {
        let foreign = GeminiSignature.shown(Signature(origin: .anthropic, text: "proof"))
        let body =
            #"{"contents":[{"role":"model","parts":[{"text":"a","thought":true},{"text":"b","thought":true},"#
            + #"{"text":"","thought":true,"thoughtSignature":"\#(foreign)"},{"text":"t","thoughtSignature":"QUJD"},"#
            + #"{"executableCode":{"code":"1"}}]}]}"#
        let chat = try chat(body)
        #expect(
            chat.messages[0].parts == [
                .reasoning(Reasoning(text: "ab", signature: Signature(origin: .anthropic, text: "proof"))),
                .text("t"), .reasoning(Reasoning(text: "", sealed: Signature(origin: .gemini, text: "QUJD"))),
            ])
        #expect(chat.others == ["contents[0].parts[4].executableCode"])
    }

    @Test func `Signatures of other dialects are base64, which Google's SDKs take`() {
        for text in ["", "a", "ab", "abc", "ü~/+="] {
            let signature = Signature(origin: .bedrock, text: text)
            let shown = GeminiSignature.shown(signature)
            #expect(GeminiSignature.decode(shown[...]).map { GeminiSignature.encode($0) } == shown)
            #expect(GeminiSignature.read(shown) == signature)
        }
        #expect(GeminiSignature.encode(Array("weir~".utf8)) == "d2Vpcn4=")
        #expect(GeminiSignature.read("d2Vpcn4=").origin == .gemini)
    }

    @Test func `Bytes in the alphabet of Google's SDKs are read in the one that all providers know`() throws {
        let part = #"{"inlineData":{"mimeType":"image/png","data":"-_a+/8=="}}"#
        let parts = try chat(#"{"contents":[{"parts":[\#(part)]}]}"#).messages[0].parts
        #expect(parts == [.media(Media(.image, .base64("+/a+/8=="), mimeType: "image/png"))])
    }

    @Test func `Embeddings are read one by one and in a batch`() throws {
        func embeddings(_ body: String) throws -> EmbeddingsRequest? {
            guard case .embeddings(let found) = try client.neutral(try geminiRequest(body, .geminiEmbed)) else {
                return nil
            }
            return found
        }
        let one = #"{"content":{"parts":[{"text":"a"}]},"task_type":"RETRIEVAL_QUERY","title":"t"}"#
        let single = try #require(try embeddings(one))
        #expect(single.inputs == ["a"] && single.purpose == "search_query" && single.others == ["title"])
        let batch = try #require(
            try embeddings(
                #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"outputDimensionality":3},"#
                    + #"{"model":"models/m","content":{"parts":[{"text":"b"}]}}]}"#))
        #expect(batch.inputs == ["a", "b"] && batch.dimensions == 3 && batch.others == [])
    }

    // MARK: Replies of Weir's own

    @Test func `A failure has Google's shape, with the field and the wait`() throws {
        var failure = Failure(.upstreamRateLimited, "Wait.", param: "contents", retryAfterSeconds: 3)
        failure.upstreamMessage = "Slow down."
        let reply = client.render(failure)
        #expect(reply.status == 429)
        #expect(reply.fields.contains { $0.name == "retry-after" && $0.value == "3" })
        let error = try #require(try JSONDocument(reply.body).root["error"])
        #expect(error["code"]?.integer == 429 && error["status"]?.string == "RESOURCE_EXHAUSTED")
        #expect(error["message"]?.string == "Wait. The provider said: Slow down.")
        let details = try #require(error["details"]?.elements)
        #expect(details.compactMap { $0["retryDelay"]?.string } == ["3s"])
        #expect(details.compactMap { $0["fieldViolations"]?.elements.first?["field"]?.string } == ["contents"])
    }

    @Test func `A failure in a stream is an event, or ends the array`() {
        let failure = Failure(.upstreamCut, "Gone.")
        let event = String(buffer: client.renderInStream(failure, framing: .events))
        #expect(event.hasPrefix("data: {\"error\":{\"code\":502") && event.hasSuffix("}\r\n\r\n"))
        #expect(event == String(buffer: client.renderInStream(failure)))
        let element = String(buffer: client.renderInStream(failure, framing: .array))
        #expect(element.hasPrefix(",\r\n{\"error\":") && element.hasSuffix("}]"))
    }

    @Test func `The list of models has Google's shape`() throws {
        let reply = GeminiClient.modelsReply(names: ["a\"b", "tunedModels/t"])
        let models = try #require(try JSONDocument(reply.body).root["models"]?.elements)
        #expect(models.map { $0["name"]?.string } == ["models/a\"b", "tunedModels/t"])
        #expect(models[0]["supportedGenerationMethods"]?.elements.first?.string == "generateContent")
    }
}
