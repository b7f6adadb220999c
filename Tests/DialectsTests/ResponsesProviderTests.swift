import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct ResponsesProviderTests {
    let provider = ResponsesProvider()

    private func target(_ model: String, kind: String = "openai") -> Target {
        var names = NameTable()
        return Target(
            index: 0, provider: names.declare("p"), providerKind: kind, servedModel: names.declare(model), weight: 1,
            ways: [], keyAlias: "k", injectsStreamUsage: true)
    }

    @Test(
        arguments: [
            (#"{"model":"m","input":"x"}"#, nil, #"{"model":"m","input":"x"}"#),
            (#" {"input":"x", "model" : "a" ,"z":1.50}"#, nil, #" {"input":"x", "model" : "m" ,"z":1.50}"#),
            (#"{"model":"m","input":"x"}"#, 5, #"{"max_output_tokens":5,"model":"m","input":"x"}"#),
            (
                #"{"model":"m","input":"x","max_output_tokens": 9 }"#, 5,
                #"{"model":"m","input":"x","max_output_tokens": 5 }"#
            ),
            (
                #"{"model":"m","input":"x","max_output_tokens":null}"#, 5,
                #"{"model":"m","input":"x","max_output_tokens":5}"#
            ),
            (
                #"{"model":"m","input":"x","max_output_tokens":4}"#, 5,
                #"{"model":"m","input":"x","max_output_tokens":4}"#
            ),
            (#"{"input":"x"}"#, nil, #"{"model":"m","input":"x"}"#),
        ] as [(String, Int64?, String)])
    func `Of the client's bytes only the model and the cap change`(text: String, cap: Int64?, sent: String) throws {
        // Ranges count from the reader index, wherever it is.
        var body = ByteBuffer(string: "##" + text)
        body.moveReaderIndex(forwardBy: 2)
        let request = try ResponsesClient().parse(call(.openAIResponses, model: "path"), body: body)
        #expect(String(buffer: try provider.encode(request, for: target("m"), outputTokensMax: cap)) == sent)
    }

    @Test func `Only responses pass, and every chat can be translated`() {
        for surface in Surface.allCases {
            let path = provider.path(for: surface, model: "m", stream: true)
            #expect(path == (surface == .openAIResponses ? "/responses" : nil))
        }
        for operation in Operation.allCases {
            let path = provider.path(translating: operation, model: "m", stream: false)
            #expect(path == (operation == .chat ? "/responses" : nil))
        }
    }

    private func encode(_ chat: ChatRequest, cap: Int64? = nil, kind: String = "openai") throws -> (
        JSONValue, [ChatField]
    ) {
        let encoded = try provider.encode(.chat(chat), for: target("m", kind: kind), outputTokensMax: cap)
        return (try JSONDocument(encoded.body, strict: true).root, encoded.unsupported)
    }

    @Test func `A conversation that was encoded reads as the same conversation`() throws {
        var chat = ChatRequest()
        chat.system = [.text("Be kind")]
        chat.messages = [
            ChatMessage(
                .user,
                [
                    .text("See"), .media(Media(.image, .base64("AA=="), mimeType: "image/gif", detail: "low")),
                    .media(Media(.file, .base64("BB=="), mimeType: "application/pdf", name: "a")),
                    .media(Media(.audio, .base64("CC=="), mimeType: "audio/mpeg")),
                ]),
            ChatMessage(
                .assistant,
                [
                    .reasoning(Reasoning(text: "Hm", signature: Signature(origin: .responses, text: "E"))),
                    .text("Ok"), .refusal("No"), .toolCall(ToolCall(id: "1", name: "f", arguments: "{}")),
                ]),
            ChatMessage(.user, [.toolResult(ToolResult(callID: "1", parts: [.text("yes")]))]),
        ]
        chat.tools = [ChatTool(name: "f", description: "d", parameters: "{}", strict: true)]
        chat.toolChoice = .required
        chat.parallelToolCalls = false
        chat.format = .schema(name: "n", description: nil, schema: "{}", strict: true)
        chat.reasoning = ReasoningWish(effort: .low, shows: true)
        chat.temperature = 0.5
        chat.outputTokensMax = 9
        chat.endUser = "u"
        chat.stream = true
        let (root, unsupported) = try encode(chat, cap: 7)
        let read = try ResponsesRequestTranslation(root).chat
        #expect(read.system == chat.system)
        #expect(read.messages == chat.messages)
        #expect(read.tools == chat.tools)
        #expect(read.toolChoice == .required && read.parallelToolCalls == false)
        #expect(read.format == chat.format)
        #expect(read.reasoning == chat.reasoning)
        #expect(read.temperature == 0.5 && read.outputTokensMax == 7 && read.endUser == "u" && read.stream)
        #expect(read.others.isEmpty && unsupported.isEmpty)
        #expect(root["store"]?.bool == false)
        #expect(root["include"]?.raw == #"["reasoning.encrypted_content"]"#)
        #expect(root["safety_identifier"]?.string == "u")
        #expect(try encode(chat, kind: "x_ai").0["user"]?.string == "u")
    }

    @Test func `What the API lacks is named, and a function is strict only where that is asked`() throws {
        var chat = ChatRequest()
        chat.tools = [ChatTool(name: "f")]
        (chat.topK, chat.seed, chat.choiceCount, chat.stop) = (1, 2, 2, ["x"])
        (chat.presencePenalty, chat.frequencyPenalty) = (0, 1)
        let (root, unsupported) = try encode(chat)
        #expect(Set(unsupported) == [.topK, .seed, .choiceCount, .stop, .frequencyPenalty])
        #expect(root["tools"]?.elements.first?["strict"]?.bool == false)
        #expect(root["reasoning"] == nil && root["include"] == nil)
    }

    @Test(arguments: [(0, "none"), (1_024, "low"), (8_000, "medium"), (32_000, "high")] as [(Int64, String)])
    func `A number of tokens to think becomes an effort`(tokens: Int64, effort: String) throws {
        var chat = ChatRequest()
        chat.reasoning = ReasoningWish(tokensMax: tokens)
        #expect(try encode(chat).0["reasoning"]?["effort"]?.string == effort)
    }

    @Test func `Thoughts of another provider are left out`() throws {
        var chat = ChatRequest()
        let thought = Reasoning(text: "Hm", signature: Signature(origin: .anthropic, text: "E"))
        chat.messages = [ChatMessage(.assistant, [.reasoning(thought), .reasoning(Reasoning(text: "x")), .text("a")])]
        #expect(try encode(chat).0["input"]?.elements.map { $0["type"]?.string } == ["message"])
    }

    @Test func `A part that the API cannot say is refused by its place`() {
        var chat = ChatRequest()
        chat.messages = [ChatMessage(.user, [.text("a"), .media(Media(.audio, .url("https://example.com")))])]
        #expect { try encode(chat) } throws: { ($0 as? Failure)?.param == "messages[0].content[1]" }
    }
}
