import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct CohereProviderTests {
    let provider = CohereProvider()

    private func target(_ model: String = "command-a") -> Target {
        var names = NameTable()
        return Target(
            index: 0, provider: names.declare("p"), providerKind: "cohere", servedModel: names.declare(model),
            weight: 1, ways: [], keyAlias: "k", injectsStreamUsage: false)
    }

    private func encode(_ request: NeutralRequest, cap: Int64? = nil) throws(Failure) -> (String, [ChatField]) {
        let encoded = try provider.encode(request, for: target(), outputTokensMax: cap)
        return (String(buffer: encoded.body), encoded.unsupported)
    }

    private func chat(_ change: (inout ChatRequest) -> Void) -> NeutralRequest {
        var chat = ChatRequest()
        chat.messages = [ChatMessage(.user, [.text("hi")])]
        change(&chat)
        return .chat(chat)
    }

    /// What stands behind the messages.
    private func settings(cap: Int64? = nil, _ change: (inout ChatRequest) -> Void) throws -> (String, [ChatField]) {
        let (body, unsupported) = try encode(chat(change), cap: cap)
        let head =
            #"{"model":"command-a","stream":false,"messages":["#
            + #"{"role":"user","content":[{"type":"text","text":"hi"}]}]"#
        #expect(body.hasPrefix(head))
        return (String(body.dropFirst(head.count)), unsupported)
    }

    @Test func `A conversation with tools is written in Cohere's order`() throws {
        let (body, unsupported) = try encode(
            chat { chat in
                chat.system = [.text("Be"), .cacheMark(seconds: nil), .text("brief.")]
                chat.stream = true
                chat.messages = [
                    ChatMessage(
                        .user, [.text("Time?"), .media(Media(.image, .url("https://e.x/a.png"), detail: "low"))]),
                    ChatMessage(
                        .assistant,
                        [
                            .reasoning(Reasoning(text: "I look.")), .text(""),
                            .toolCall(ToolCall(id: "a", name: "time", arguments: #"{"z":1}"#)),
                            .toolCall(ToolCall(id: "b", name: "ping", arguments: "")),
                        ]),
                    ChatMessage(
                        .user,
                        [
                            .toolResult(ToolResult(callID: "a", parts: [.text("noon")])),
                            .toolResult(ToolResult(callID: "b", parts: [.text("x"), .text("y")], isError: true)),
                        ]),
                    ChatMessage(.assistant, [.reasoning(Reasoning(text: "dropped")), .text("Noon.")]),
                    ChatMessage(.user, [.media(Media(.image, .base64("AAAA"), mimeType: "image/jpeg"))]),
                ]
            })
        #expect(unsupported.isEmpty)
        let expected = [
            #"{"role":"system","content":"Be\nbrief."}"#,
            #"{"role":"user","content":[{"type":"text","text":"Time?"},"#
                + #"{"type":"image_url","image_url":{"url":"https://e.x/a.png","detail":"low"}}]}"#,
            #"{"role":"assistant","content":[{"type":"text","text":""}],"tool_plan":"I look.","tool_calls":["#
                + #"{"id":"a","type":"function","function":{"name":"time","arguments":"{\"z\":1}"}},"#
                + #"{"id":"b","type":"function","function":{"name":"ping","arguments":"{}"}}]}"#,
            #"{"role":"tool","tool_call_id":"a","content":"noon"}"#,
            #"{"role":"tool","tool_call_id":"b","content":"x\ny"}"#,
            #"{"role":"assistant","content":[{"type":"text","text":"Noon."}]}"#,
            #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AAAA"}}]}"#,
        ]
        #expect(
            body == #"{"model":"command-a","stream":true,"messages":["# + expected.joined(separator: ",") + "]}")
    }

    @Test func `Settings have Cohere's names`() throws {
        let (text, unsupported) = try settings { chat in
            chat.outputTokensMax = 100
            chat.temperature = 0.5
            chat.topP = 0.75
            chat.topK = 40
            chat.stop = ["END"]
            chat.seed = 7
            chat.presencePenalty = 0.25
            chat.frequencyPenalty = 1
            chat.logprobs = true
            chat.format = .schema(name: "n", description: nil, schema: #"{"type":"object"}"#, strict: true)
            chat.reasoning = ReasoningWish(effort: .high, tokensMax: 500)
        }
        #expect(unsupported.isEmpty)
        #expect(
            text == #","max_tokens":100,"temperature":0.5,"p":0.75,"k":40,"stop_sequences":["END"],"seed":7,"#
                + #""presence_penalty":0.25,"frequency_penalty":1,"logprobs":true,"#
                + #""response_format":{"type":"json_object","json_schema":{"type":"object"}},"#
                + #""thinking":{"type":"enabled","token_budget":500}}"#)
    }

    @Test(arguments: [(nil, 50, 50), (100, 50, 50), (20, 50, 20), (20, nil, 20)] as [(Int64?, Int64?, Int64)])
    func `The lower of wish and cap counts`(wish: Int64?, cap: Int64?, expected: Int64) throws {
        let (text, _) = try settings(cap: cap) { $0.outputTokensMax = wish }
        #expect(text == #","max_tokens":\#(expected)}"#)
    }

    @Test(
        arguments: [
            (ToolChoice.none, #","tool_choice":"NONE""#, ["a", "b"]),
            (.required, #","tool_choice":"REQUIRED""#, ["a", "b"]),
            (.automatic, "", ["a", "b"]), (.tool(name: "b"), #","tool_choice":"REQUIRED""#, ["b"]),
        ] as [(ToolChoice, String, [String])])
    func `A choice of tools is said`(choice: ToolChoice, said: String, names: [String]) throws {
        let (text, unsupported) = try settings { chat in
            chat.tools = [
                ChatTool(name: "a", description: "A", parameters: #"{"type":"object"}"#), ChatTool(name: "b"),
            ]
            chat.toolChoice = choice
        }
        #expect(unsupported.isEmpty)
        let tools = [
            "a": #"{"name":"a","description":"A","parameters":{"type":"object"}}"#,
            "b": #"{"name":"b","parameters":{"type":"object","properties":{}}}"#,
        ]
        let list = names.map { #"{"type":"function","function":\#(tools[$0] ?? "")}"# }.joined(separator: ",")
        #expect(text == #","tools":[\#(list)]\#(said)}"#)
    }

    @Test func `Strict tools are asked for where all are`() throws {
        let (strict, _) = try settings { $0.tools = [ChatTool(name: "a", parameters: "{}", strict: true)] }
        #expect(strict.hasSuffix(#"],"strict_tools":true}"#))
        let (mixed, _) = try settings { chat in
            chat.tools = [ChatTool(name: "a", parameters: "{}", strict: true), ChatTool(name: "b", parameters: "{}")]
        }
        #expect(!mixed.contains("strict_tools"))
    }

    @Test(arguments: [ReasoningWish(effort: ReasoningWish.Effort.none), ReasoningWish(tokensMax: 0)])
    func `No thinking is said`(wish: ReasoningWish) throws {
        #expect(try settings { $0.reasoning = wish }.0 == #","thinking":{"type":"disabled"}}"#)
    }

    @Test func `What Cohere lacks is named`() throws {
        let (text, unsupported) = try settings { chat in
            chat.tools = []
            chat.choiceCount = 2
            chat.logprobs = true
            chat.topLogprobs = 3
            chat.endUser = "u"
            chat.serviceTier = "flex"
        }
        #expect(text == #","logprobs":true}"#)
        #expect(unsupported == [.choiceCount, .topLogprobs, .endUser, .serviceTier])
        let (_, ofTools) = try settings { chat in
            chat.tools = [ChatTool(name: "a")]
            chat.toolChoice = .tool(name: "z")
            chat.parallelToolCalls = false
        }
        #expect(ofTools == [.toolChoice, .parallelToolCalls])
    }

    @Test(arguments: [
        (ChatPart.media(Media(.audio, .base64("AA"), mimeType: "audio/wav")), ChatMessage.Role.user),
        (.media(Media(.image, .fileID("f"))), .user), (.media(Media(.image, .url("https://e.x/a"))), .assistant),
        (.toolResult(ToolResult(callID: "a", parts: [.media(Media(.image, .url("u")))])), .user),
        (.media(Media(.image, .url("https://e.x/a"))), .system),
    ])
    func `A part that cannot be said is refused by its place`(part: ChatPart, role: ChatMessage.Role) {
        let request = chat { $0.messages.append(ChatMessage(role, [.text("a"), part])) }
        let failure = #expect(throws: Failure.self) { _ = try encode(request) }
        #expect(failure?.reason == .badRequest)
        #expect(failure?.param?.hasPrefix("messages[1].content[1]") == true)
    }

    @Test func `Texts to be embedded are written`() throws {
        var request = EmbeddingsRequest()
        request.inputs = ["a", "b\"c"]
        #expect(
            try encode(.embeddings(request)).0
                == #"{"model":"command-a","texts":["a","b\"c"],"input_type":"search_document","embedding_types":["float"]}"#
        )
        request.purpose = "search_query"
        request.dimensions = 256
        request.endUser = "u"
        let (text, unsupported) = try encode(.embeddings(request))
        #expect(text.hasSuffix(#""input_type":"search_query","embedding_types":["float"],"output_dimension":256}"#))
        #expect(unsupported == [.endUser])
    }

    @Test func `Documents to be ordered are written`() throws {
        var request = RerankRequest()
        request.query = "q"
        request.documents = ["a", "b"]
        request.resultsMax = 1
        #expect(
            try encode(.rerank(request)).0 == #"{"model":"command-a","query":"q","documents":["a","b"],"top_n":1}"#)
    }

    @Test func `A client's rerank passes with another model's name`() throws {
        let text = #"{"query":"q","model":"asked","documents":["a"],"x":1}"#
        var body = ByteBuffer(string: "##" + text)
        body.moveReaderIndex(forwardBy: 2)
        var facts = RequestFacts()
        facts.modelRange = 21..<28
        let request = ModelRequest(surface: .rerank, askedModel: "asked", stream: false, body: body, facts: facts)
        let sent = try provider.encode(request, for: target("rerank-v3.5"), outputTokensMax: nil)
        #expect(String(buffer: sent) == #"{"query":"q","model":"rerank-v3.5","documents":["a"],"x":1}"#)
        #expect(String(buffer: try provider.encode(request, for: target("asked"), outputTokensMax: nil)) == text)
        let bytes = try CohereReplay.fixture("rerank.json")
        var taught = ReplyFacts()
        let replay = Replay(provider.decoder(for: request, target: target()), [bytes[...]], facts: &taught)
        #expect(replay.output == bytes)
        #expect(taught.usage.units == [.search: 1])
        #expect(taught.terminated)
    }

    @Test func `Each operation has its path`() {
        #expect(Surface.allCases.compactMap { provider.path(for: $0, model: "m", stream: false) } == ["/rerank"])
        #expect(
            Operation.allCases.compactMap { provider.path(translating: $0, model: "m", stream: true) }
                == ["/chat", "/embed", "/rerank"])
    }

    @Test(arguments: [
        (400, "bad", FailureReason.upstreamRejected, false), (401, "key", .upstreamUnauthenticated, true),
        (402, "pay", .upstreamQuota, true), (403, "no", .upstreamUnauthenticated, true),
        (404, "model 'x' was removed", .upstreamRejected, true), (404, "no such path", .upstreamRejected, false),
        (422, "field", .upstreamRejected, false), (429, "slow down", .upstreamRateLimited, true),
        (429, "limited to 1000 API calls / month", .upstreamQuota, true),
        (498, "token", .upstreamUnauthenticated, true),
        (499, "closed", .upstreamError, true), (500, "oh", .upstreamError, true), (503, "oh", .upstreamError, true),
    ])
    func `An error reply has its meaning`(status: Int, said: String, reason: FailureReason, retryable: Bool) {
        let body = ByteBuffer(string: #"{"id":"1","message":"\#(said)"}"#)
        let head = UpstreamHead(status: status, fields: [ReplyField("retry-after", "7")])
        let failure = provider.failure(status: status, head: head, body: body)
        #expect(failure.reason == reason)
        #expect(failure.retryable == retryable)
        #expect(failure.retryAfterSeconds == 7)
        let isOfKey = status == 401 || status == 498
        #expect(failure.upstreamMessage == (isOfKey ? nil : said))
        #expect(failure.upstreamReply?.body == (isOfKey ? nil : body))
    }

    @Test(arguments: ["", "<html>", "[]", #"{"message":7}"#]) func `An error without words has none`(text: String) {
        let head = UpstreamHead(status: 500, fields: [])
        let failure = provider.failure(status: 500, head: head, body: ByteBuffer(string: text))
        #expect(failure.reason == .upstreamError)
        #expect(failure.upstreamMessage == nil)
    }

    @Test func `A long sentence of the provider is cut`() {
        let body = ByteBuffer(string: #"{"message":"\#(String(repeating: "ä", count: 900))"}"#)
        let failure = provider.failure(status: 400, head: UpstreamHead(status: 400, fields: []), body: body)
        #expect(failure.upstreamMessage?.count == 500)
    }
}
