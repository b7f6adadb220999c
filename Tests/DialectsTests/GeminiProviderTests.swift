import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct GeminiProviderTests {
    let studio = GeminiProvider()
    let vertex = GeminiProvider(hosting: .vertex)

    // MARK: Paths

    @Test func `The model stands in the path`() {
        let path = studio.path(for: .geminiGenerate, model: "a b:c/é", stream: false)
        #expect(path == "/models/a%20b%3Ac%2F%C3%A9:generateContent")
        #expect(
            studio.path(for: .geminiGenerate, model: "tunedModels/t", stream: true)
                == "/tunedModels/t:streamGenerateContent?alt=sse")
        #expect(studio.path(for: .geminiCountTokens, model: "m", stream: false) == "/models/m:countTokens")
        #expect(studio.path(for: .geminiEmbed, model: "m", stream: false) == "/models/m:batchEmbedContents")
        #expect(studio.path(for: .openAIChat, model: "m", stream: false) == nil)
        #expect(
            vertex.path(translating: .chat, model: "m@001", stream: true)
                == "/publishers/google/models/m@001:streamGenerateContent?alt=sse")
        #expect(vertex.path(translating: .chat, model: "endpoints/7", stream: false) == "/endpoints/7:generateContent")
        #expect(vertex.path(for: .geminiEmbed, model: "m", stream: false) == nil)
        let predict = vertex.path(translating: .embeddings, model: "text-embedding-005", stream: false)
        #expect(predict == "/publishers/google/models/text-embedding-005:predict")
        let embed = vertex.path(translating: .embeddings, model: "gemini-embedding-2", stream: false)
        #expect(embed == "/publishers/google/models/gemini-embedding-2:embedContent")
        #expect(studio.path(translating: .rerank, model: "m", stream: false) == nil)
    }

    // MARK: Passing

    @Test(arguments: [
        (#"{"contents":[{}]}"#, #"{"generationConfig":{"maxOutputTokens":50},"contents":[{}]}"#),
        (
            #"{"contents":[{}],"generationConfig":null}"#,
            #"{"contents":[{}],"generationConfig":{"maxOutputTokens":50}}"#
        ),
        (
            #"{"contents":[{}],"generation_config":{}}"#,
            #"{"contents":[{}],"generation_config":{"maxOutputTokens":50}}"#
        ),
        (
            #"{"generationConfig":{ "topP":1},"contents":[{}]}"#,
            #"{"generationConfig":{"maxOutputTokens":50, "topP":1},"contents":[{}]}"#
        ),
        (
            #"{"contents":[{}],"generationConfig":{"max_output_tokens": "90" }}"#,
            #"{"contents":[{}],"generationConfig":{"max_output_tokens": 50 }}"#
        ),
        (
            #"{"contents":[{}],"generationConfig":{"maxOutputTokens":9}}"#,
            #"{"contents":[{}],"generationConfig":{"maxOutputTokens":9}}"#
        ),
    ])
    func `A cap lowers what the client wrote and stands in where it wrote none`(text: String, sent: String) throws {
        let request = try geminiRequest(text)
        let encoded = try studio.encode(request, for: geminiTarget("m"), outputTokensMax: 50)
        #expect(String(buffer: encoded) == sent)
        #expect(try studio.encode(request, for: geminiTarget("m"), outputTokensMax: nil) == request.body)
    }

    @Test func `Where the body repeats the model it names the one that serves`() throws {
        let batch = #"{"requests":[{"model":"models/m","content":{}},{"content":{},"model":"models/m"}]}"#
        let request = try geminiRequest(batch, .geminiEmbed)
        #expect(try studio.encode(request, for: geminiTarget("m"), outputTokensMax: nil) == request.body)
        let sent = try studio.encode(request, for: geminiTarget("n"), outputTokensMax: nil)
        #expect(String(buffer: sent) == batch.replacing("models/m", with: "models/n"))
        let count = #"{"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"abc"}]}]}}"#
        let counting = try geminiRequest(count, .geminiCountTokens)
        #expect(counting.facts.textBytes == 3)
        let counted = try studio.encode(counting, for: geminiTarget("n"), outputTokensMax: 5)
        #expect(String(buffer: counted) == count.replacing("models/m", with: "models/n"))
    }

    @Test func `One text goes as a batch of one and comes back as one`() throws {
        let request = try geminiRequest(#"{"content":{"parts":[{"text":"a"}]},"x":1}"#, .geminiEmbed)
        let sent = try studio.encode(request, for: geminiTarget("n"), outputTokensMax: nil)
        #expect(
            String(buffer: sent)
                == #"{"requests":[{"model":"models/n","content":{"parts":[{"text":"a"}]},"x":1}]}"#)
        let reply = Array(#"{"embeddings":[{"values":[0.5,1e-3]}],"usageMetadata":{"promptTokenCount":4}}"#.utf8)
        for cut in reply.indices {
            var facts = ReplyFacts()
            let decoder = studio.decoder(for: request, target: geminiTarget("n"))
            let replay = Replay(decoder, [reply[..<cut], reply[cut...]], facts: &facts)
            let text = #"{"embedding":{"values":[0.5,1e-3]},"usageMetadata":{"promptTokenCount":4}}"#
            #expect(String(decoding: replay.output, as: UTF8.self) == text)
            #expect(facts.terminated && facts.usage[.input] == 4)
        }
    }

    // MARK: Translating

    private func encode(
        _ change: (inout ChatRequest) -> Void, _ model: String = "gemini-2.5-flash", _ provider: GeminiProvider? = nil,
        cap: Int64? = nil
    ) throws -> (text: String, unsupported: [ChatField]) {
        var chat = ChatRequest()
        chat.messages = [ChatMessage(.user, [.text("q")])]
        change(&chat)
        let encoded = try (provider ?? studio).encode(.chat(chat), for: geminiTarget(model), outputTokensMax: cap)
        _ = try JSONDocument(encoded.body, strict: true)
        return (String(buffer: encoded.body), encoded.unsupported)
    }

    @Test func `A conversation is said in turns, results in one turn behind their calls`() throws {
        let own = Signature(origin: .gemini, text: "QQ==")
        let found = try encode { chat in
            chat.system = [.text("s")]
            chat.messages = [
                ChatMessage(.user, [.text("q"), .cacheMark(seconds: nil)]),
                ChatMessage(
                    .assistant,
                    [
                        .reasoning(Reasoning(text: "x", signature: Signature(origin: .anthropic, text: "p"))),
                        .reasoning(Reasoning(text: "y", signature: own)), .text("t"),
                        .toolCall(ToolCall(id: "1", name: "f", arguments: "", signature: own)),
                        .toolCall(ToolCall(id: "2", name: "g", arguments: #"{"a":1}"#)),
                    ]),
                ChatMessage(.user, [.toolResult(ToolResult(callID: "1", parts: [.text(#"{"r":1}"#)]))]),
                ChatMessage(.system, [.text("later")]),
                ChatMessage(.user, [.toolResult(ToolResult(callID: "2", parts: [.text("no")], isError: true))]),
            ]
        }
        #expect(found.unsupported == [])
        #expect(
            found.text
                == #"{"systemInstruction":{"parts":[{"text":"s"},{"text":"later"}]},"contents":["#
                + #"{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":["#
                + #"{"text":"y","thought":true,"thoughtSignature":"QQ=="},{"text":"t"},"#
                + #"{"functionCall":{"id":"1","name":"f","args":{}},"thoughtSignature":"QQ=="},"#
                + #"{"functionCall":{"id":"2","name":"g","args":{"a":1}}}]},{"role":"user","parts":["#
                + #"{"functionResponse":{"id":"1","name":"f","response":{"r":1}}},"#
                + #"{"functionResponse":{"id":"2","name":"g","response":{"error":"no"}}}]}],"generationConfig":{}}"#)
    }

    @Test func `Calls of other models are marked for models that want signatures, and Vertex knows no ids`() throws {
        let call = ChatMessage(.assistant, [.toolCall(ToolCall(id: "1", name: "f", arguments: "{}"))])
        let found = try encode({ $0.messages.append(call) }, "gemini-3-pro", vertex)
        #expect(
            found.text.contains(
                #"{"functionCall":{"name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}"#))
        #expect(try !encode({ $0.messages.append(call) }).text.contains("thoughtSignature"))
    }

    @Test func `What was asked for has Google's names`() throws {
        let found = try encode(
            { chat in
                chat.outputTokensMax = 90
                chat.temperature = 0.5
                chat.topP = 0.25
                chat.topK = 4
                chat.stop = ["a"]
                chat.seed = 3
                chat.choiceCount = 2
                chat.logprobs = true
                chat.topLogprobs = 2
                chat.format = .schema(name: "n", description: nil, schema: #"{"type":"object"}"#, strict: true)
                chat.reasoning = ReasoningWish(effort: .medium, shows: true)
                chat.tools = [ChatTool(name: "f", parameters: #"{"$ref":"x"}"#)]
                chat.toolChoice = .required
                chat.endUser = "u-1"
            }, "gemini-2.5-flash", vertex, cap: 50)
        #expect(found.unsupported == [])
        #expect(
            found.text
                == #"{"contents":[{"role":"user","parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":["#
                + #"{"name":"f","parametersJsonSchema":{"$ref":"x"}}]}],"toolConfig":{"functionCallingConfig":"#
                + #"{"mode":"ANY"}},"generationConfig":{"maxOutputTokens":50,"temperature":0.5,"topP":0.25,"topK":4,"#
                + #""stopSequences":["a"],"candidateCount":2,"seed":3,"responseLogprobs":true,"logprobs":2,"#
                + #""responseMimeType":"application/json","responseJsonSchema":{"type":"object"},"#
                + #""thinkingConfig":{"thinkingBudget":8192,"includeThoughts":true}},"labels":{"user":"u-1"}}"#)
    }

    @Test func `What Google's models cannot do is named`() throws {
        let found = try encode { chat in
            chat.stop = ["1", "2", "3", "4", "5", "6"]
            chat.seed = 1 << 40
            chat.topLogprobs = 21
            chat.parallelToolCalls = false
            chat.endUser = "u"
            chat.serviceTier = "scale"
        }
        let fields: Set<ChatField> = [.stop, .seed, .topLogprobs, .parallelToolCalls, .endUser, .serviceTier]
        #expect(Set(found.unsupported) == fields)
    }

    @Test(
        arguments: [
            ("gemini-2.5-flash", ReasoningWish(effort: ReasoningWish.Effort.none), #"{"thinkingBudget":0}"#),
            ("gemini-2.5-flash", ReasoningWish(tokensMax: 7), #"{"thinkingBudget":7}"#),
            ("gemini-3-flash-preview", ReasoningWish(effort: .minimal), #"{"thinkingLevel":"minimal"}"#),
            ("gemini-3.1-pro", ReasoningWish(effort: .xhigh, tokensMax: 9), #"{"thinkingLevel":"high"}"#),
            ("gemini-flash-latest", ReasoningWish(shows: true), #"{"includeThoughts":true}"#),
            ("gemini-2.0-flash", ReasoningWish(effort: ReasoningWish.Effort.none), ""),
            ("gemini-2.0-flash", ReasoningWish(effort: .low), nil),
            ("gemini-2.5-pro", ReasoningWish(effort: ReasoningWish.Effort.none), nil),
        ] as [(String, ReasoningWish, String?)])
    func `The wish to think is said as each generation takes it`(
        model: String, wish: ReasoningWish, config: String?
    ) throws {
        let found = try encode({ $0.reasoning = wish }, model)
        #expect(found.unsupported == (config == nil ? [.reasoning] : []))
        let said = config.flatMap { $0.isEmpty ? nil : #""thinkingConfig":"# + $0 }
        #expect(found.text.contains(said ?? #""generationConfig":{}"#))
    }

    @Test func `Media go inline or by their address, or are refused by their place`() throws {
        func said(_ media: Media, _ provider: GeminiProvider) throws -> String {
            try encode({ $0.messages = [ChatMessage(.user, [.media(media)])] }, "gemini-3-pro", provider).text
        }
        let data = try said(Media(.image, .url("data:image/gif;base64,AAAA")), studio)
        #expect(data.contains(#"{"inlineData":{"mimeType":"image/gif","data":"AAAA"}}"#))
        let url = try said(Media(.image, .url("https://a/b.jpg?x")), vertex)
        #expect(url.contains(#"{"fileData":{"mimeType":"image/jpeg","fileUri":"https://a/b.jpg?x"}}"#))
        #expect(try said(Media(.file, .url("https://a/b")), studio).contains(#"{"fileUri":"https://a/b"}"#))
        for media in [Media(.image, .url("https://a/b")), Media(.file, .fileID("file-1"))] {
            let failure = #expect(throws: Failure.self) { try said(media, vertex) }
            #expect(failure?.param == "messages[0].content[0]")
        }
    }

    @Test func `Embeddings are asked for as each service takes them`() throws {
        var request = EmbeddingsRequest()
        request.inputs = ["a", "b"]
        request.dimensions = 3
        request.purpose = "search_query"
        func text(_ provider: GeminiProvider, _ model: String) throws -> String {
            let encoded = try provider.encode(.embeddings(request), for: geminiTarget(model), outputTokensMax: nil)
            #expect(encoded.unsupported == [])
            return String(buffer: encoded.body)
        }
        let one = #""taskType":"RETRIEVAL_QUERY","outputDimensionality":3}"#
        #expect(
            try text(studio, "m")
                == #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"# + one
                + #",{"model":"models/m","content":{"parts":[{"text":"b"}]},"# + one + "]}")
        #expect(
            try text(vertex, "text-embedding-005")
                == #"{"instances":[{"content":"a","task_type":"RETRIEVAL_QUERY"},"#
                + #"{"content":"b","task_type":"RETRIEVAL_QUERY"}],"parameters":{"outputDimensionality":3}}"#)
        #expect(throws: Failure.self) { try text(vertex, "gemini-embedding-2") }
    }

    // MARK: Failures

    private func fail(_ status: Int, _ body: String) -> Failure {
        studio.failure(
            status: status, head: UpstreamHead(status: status, fields: []), body: ByteBuffer(string: body))
    }

    @Test(
        arguments: [
            (400, #"{"error":{"details":[{"reason":"API_KEY_INVALID"}]}}"#, .upstreamUnauthenticated, true),
            (400, #"{"error":{"status":"INVALID_ARGUMENT"}}"#, .upstreamRejected, false),
            (400, #"[{"error":{"status":"FAILED_PRECONDITION"}}]"#, .upstreamRejected, true),
            (401, "{}", .upstreamUnauthenticated, true), (403, "{}", .upstreamUnauthenticated, true),
            (404, "{}", .upstreamRejected, true), (429, "slow", .upstreamRateLimited, true),
            (
                429, #"{"error":{"details":[{"violations":[{"quotaId":"RequestsPerDayPerProject"}]}]}}"#,
                .upstreamQuota, true
            ),
            (499, "{}", .upstreamError, true), (500, "<html>", .upstreamError, true), (503, "{}", .upstreamError, true),
            (504, "{}", .upstreamTimeout, true),
        ] as [(Int, String, FailureReason, Bool)])
    func `An error reply is understood`(status: Int, body: String, reason: FailureReason, retryable: Bool) {
        let failure = fail(status, body)
        #expect(failure.reason == reason)
        #expect(failure.retryable == retryable)
    }

    @Test func `The wait and the provider's own words are taken from the body`() {
        let text = String(repeating: "w", count: 900)
        let body =
            #"[{"error":{"code":429,"message":"\#(text)","details":[{"@type":"x"},{"retryDelay":"36.2s"}]}}]"#
        let failure = fail(429, body)
        #expect(failure.retryAfterSeconds == 37)
        #expect(failure.upstreamMessage == String(text.prefix(500)))
        #expect(failure.upstreamReply.map { String(buffer: $0.body) } == body)
        let key = fail(400, #"{"error":{"message":"key x","details":[{"reason":"API_KEY_INVALID"}]}}"#)
        #expect(key.upstreamMessage == nil && key.upstreamReply == nil)
    }
}
