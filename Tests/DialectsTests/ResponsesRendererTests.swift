import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

struct ResponsesRendererTests {
    private func render(_ events: [ModelEvent], stream: Bool) throws -> String {
        let body =
            #"{"model":"m","input":"x","stream":\#(stream),"instructions":"Be","temperature":0.5,"#
            + #""tools":[{"type":"function","name":"look","parameters":{},"strict":true}],"reasoning":{"effort":"low"}}"#
        let request = try ResponsesClient().parse(call(.openAIResponses), body: ByteBuffer(string: body))
        var renderer = ResponsesClient().renderer(
            for: request, exchange: ExchangeID(high: 1, low: 2), at: WallTime(nanoseconds: 5_500_000_000))
        var bytes = ByteBuffer()
        for event in events { renderer.render(event, into: &bytes) }
        renderer.end(into: &bytes)
        return String(buffer: bytes)
    }

    /// The data of each event.
    private func data(_ stream: String) throws -> [JSONValue] {
        try stream.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map {
            try JSONDocument(ByteBuffer(string: String($0.dropFirst(6)))).root
        }
    }

    private func everything() throws -> [ModelEvent] {
        ResponsesReplies.events([try ResponsesReplies.fixture("everything.sse")[...]])
    }

    @Test func `A stream is the official sequence of events, each named and numbered`() throws {
        let text = try render(try everything(), stream: true)
        let names = text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
        let data = try data(text)
        #expect(data.map { $0["type"]?.string } == names)
        #expect(data.map { $0["sequence_number"]?.integer } == names.indices.map { Int64($0) })
        #expect(
            names.map { $0.replacing("response.", with: "") } == [
                "created", "in_progress", "output_item.added", "reasoning_summary_part.added",
                "reasoning_summary_text.delta", "reasoning_summary_text.delta", "reasoning_summary_text.delta",
                "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done", "output_item.added",
                "content_part.added", "output_text.delta", "output_text.delta", "output_text.done",
                "content_part.done", "content_part.added", "refusal.delta", "refusal.delta", "refusal.done",
                "content_part.done", "output_item.done", "output_item.added", "function_call_arguments.delta",
                "function_call_arguments.delta", "output_item.added", "output_item.done", "output_item.added",
                "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
                "function_call_arguments.done", "output_item.done", "completed",
            ])
        #expect(!text.contains("[DONE]"))
    }

    @Test func `Items have their own ids, and a source follows its text`() throws {
        let source = Citation(url: "https://example.com", title: nil, start: 1, end: 2)
        let text = try render(
            [.text("abc", choice: 0), .citation(source, choice: 0), .reasoning("d", choice: 0)], stream: true)
        let added = try data(text).filter { $0["type"]?.string == "response.output_text.annotation.added" }
        #expect(added.first?["annotation"]?["start_index"]?.integer == 1)
        let ids = try data(try render(try everything(), stream: true)).last?["response"]?["output"]?.elements
            .compactMap { $0["id"]?.string }
        #expect(Set(ids ?? []).count == 5)
    }

    @Test func `A whole response is the one that ends its stream`() throws {
        let stream = try data(try render(try everything(), stream: true))
        let whole = try render(try everything(), stream: false)
        #expect(stream.last?["response"]?.raw == whole)
        let root = try JSONDocument(ByteBuffer(string: whole)).root
        #expect(root["id"]?.string == "resp_1")
        #expect(root["created_at"]?.integer == 5)
        #expect(root["status"]?.string == "completed")
        #expect(root["instructions"]?.string == "Be")
        #expect(root["tools"]?.elements.first?["name"]?.string == "look")
        #expect(root["store"]?.bool == false)
        #expect(root["usage"]?["input_tokens"]?.integer == 100)
        #expect(root["usage"]?["input_tokens_details"]?["cache_write_tokens"]?.integer == 10)
        #expect(root["usage"]?["output_tokens_details"]?["reasoning_tokens"]?.integer == 30)
        #expect(root["usage"]?["total_tokens"]?.integer == 150)
    }

    @Test(arguments: [(FinishReason.length, "max_output_tokens"), (.contentFilter, "content_filter")])
    func `What was cut short is incomplete and says why`(reason: FinishReason, word: String) throws {
        let events: [ModelEvent] = [
            .text("Hi", choice: 0), .finished(reason, word: "w", stopSequence: nil, choice: 0),
        ]
        let last = try #require(try data(try render(events, stream: true)).last)
        #expect(last["type"]?.string == "response.incomplete")
        #expect(last["response"]?["incomplete_details"]?["reason"]?.string == word)
        #expect(last["response"]?["output"]?.elements.first?["status"]?.string == "incomplete")
        #expect(last["response"]?["id"]?.string == "resp_00000000000000010000000000000002")
    }

    @Test func `Arguments of parallel calls may come in turns`() throws {
        let events: [ModelEvent] = [
            .toolCall(ToolCall(id: "a", name: "f", arguments: ""), index: 0, choice: 0),
            .toolCall(ToolCall(id: "b", name: "g", arguments: ""), index: 1, choice: 0),
            .toolArguments("[1", index: 0, choice: 0), .toolArguments("[2", index: 1, choice: 0),
            .toolArguments("]", index: 0, choice: 0), .toolArguments("]", index: 1, choice: 0),
        ]
        let again = ResponsesReplies.events(try render(events, stream: true))
        var reply = AssembledReply()
        for event in again { reply.take(event) }
        #expect(reply.choices.first?.toolCalls.map(\.arguments) == ["[1]", "[2]"])
    }

    @Test func `Proofs of another dialect come back as they were`() throws {
        let signature = Signature(origin: .gemini, text: "S")
        let events: [ModelEvent] = [
            .reasoning("Hm", choice: 0), .signature(signature, choice: 0), .sealedReasoning(signature, choice: 0),
            .toolCall(ToolCall(id: "a", name: "f", arguments: "", signature: signature), index: 0, choice: 0),
            .toolArguments("{}", index: 0, choice: 0), .ended,
        ]
        let response = try JSONDocument(ByteBuffer(string: try render(events, stream: false))).root
        var input = ResponsesInputTranslation()
        try input.read(try #require(response["output"]))
        #expect(
            input.messages == [
                ChatMessage(
                    .assistant,
                    [
                        .reasoning(Reasoning(text: "Hm", signature: signature)),
                        .reasoning(Reasoning(text: "", sealed: signature)),
                        .toolCall(ToolCall(id: "a", name: "f", arguments: "{}", signature: signature)),
                    ])
            ])
    }
}
