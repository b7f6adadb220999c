import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Simulator

/// One conversation in every provider's shape.
struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    /// Path and body for a model, whole or streamed.
    let ask: @Sendable (_ model: String, _ stream: Bool) -> InboundRequest
    /// The visible text of a whole reply.
    let text: @Sendable (JSON) -> String?
    /// Prompt and output tokens of a whole reply.
    let usage: @Sendable (JSON) -> [Int?]

    var testDescription: String { name }

    private static let messages = #""messages":[{"role":"user","content":"How high is the \u0077ater?"}]"#
    private static let contents = #"{"contents":[{"role":"user","parts":[{"text":"How high is the water?"}]}]}"#

    static let all: [Shape] = [
        Shape(
            name: "chat",
            ask: { inbound(.post, "/v1/chat/completions", body: #"{"model":"\#($0)","stream":\#($1),\#(messages)}"#) },
            text: { $0["choices"][0]["message"]["content"].string },
            usage: { [$0["usage"]["prompt_tokens"].int, $0["usage"]["completion_tokens"].int] }),
        Shape(
            name: "azure",
            ask: {
                let model = $0.replacingOccurrences(of: "=", with: "%3D").replacingOccurrences(of: ":", with: "%3A")
                return inbound(
                    .post, "/openai/deployments/\(model)/chat/completions", body: #"{"stream":\#($1),\#(messages)}"#)
            },
            text: { $0["choices"][0]["message"]["content"].string },
            usage: { [$0["usage"]["prompt_tokens"].int, $0["usage"]["completion_tokens"].int] }),
        Shape(
            name: "responses",
            ask: {
                inbound(
                    .post, "/v1/responses",
                    body: #"{"input":"How high is the water?","model":"\#($0)","stream":\#($1)}"#)
            },
            text: { $0["output"].list.last?["content"][0]["text"].string },
            usage: { [$0["usage"]["input_tokens"].int, $0["usage"]["output_tokens"].int] }),
        Shape(
            name: "completions",
            ask: {
                inbound(
                    .post, "/v1/completions",
                    body: #"{"model":"\#($0)","prompt":"How high is the water?","stream":\#($1)}"#)
            },
            text: { $0["choices"][0]["text"].string },
            usage: { [$0["usage"]["prompt_tokens"].int, $0["usage"]["completion_tokens"].int] }),
        Shape(
            name: "anthropic",
            ask: {
                inbound(
                    .post, "/v1/messages", [("anthropic-version", "2023-06-01")],
                    body: #"{"model":"\#($0)","max_tokens":1000,"stream":\#($1),\#(messages)}"#)
            },
            text: { $0["content"].list.last?["text"].string },
            usage: { [$0["usage"]["input_tokens"].int, $0["usage"]["output_tokens"].int] }),
        Shape(
            name: "gemini",
            ask: {
                inbound(
                    .post, "/v1beta/models/\($0):\($1 ? "streamGenerateContent" : "generateContent")", body: contents)
            },
            text: { $0["candidates"][0]["content"]["parts"].list.last?["text"].string },
            usage: {
                let usage = $0["usageMetadata"]
                return [
                    usage["promptTokenCount"].int,
                    (usage["candidatesTokenCount"].int ?? 0) + (usage["thoughtsTokenCount"].int ?? 0),
                ]
            }),
        Shape(
            name: "bedrock",
            ask: {
                inbound(
                    .post, "/model/\($0)/\($1 ? "converse-stream" : "converse")", [("authorization", "Bearer k")],
                    body: #"{"messages":[{"role":"user","content":[{"text":"How high is the water?"}]}]}"#)
            },
            text: { $0["output"]["message"]["content"].list.last?["text"].string },
            usage: { [$0["usage"]["inputTokens"].int, $0["usage"]["outputTokens"].int] }),
        Shape(
            name: "cohere",
            ask: { inbound(.post, "/v2/chat", body: #"{"model":"\#($0)","stream":\#($1),\#(messages)}"#) },
            text: { $0["message"]["content"].list.last?["text"].string },
            usage: { [$0["usage"]["tokens"]["input_tokens"].int, $0["usage"]["tokens"]["output_tokens"].int] }),
        Shape(
            name: "ollama",
            ask: { inbound(.post, "/api/chat", body: #"{"model":"\#($0)","stream":\#($1),\#(messages)}"#) },
            text: { $0["message"]["content"].string },
            usage: { [$0["prompt_eval_count"].int, $0["eval_count"].int] }),
    ]
}

@Suite struct ShapesTests {
    @Test(arguments: Shape.all) func `One conversation says the same in every shape`(shape: Shape) async {
        let chat = await Bench().chat("sim:tokens=9,reasoning=4").json["choices"][0]["message"]["content"].string
        let reply = await Bench().ask(shape.ask("sim:tokens=9,reasoning=4", false))
        #expect(reply.head?.status == 200 && reply.ended)
        #expect(shape.text(reply.json) == chat && chat?.isEmpty == false)
        #expect(shape.usage(reply.json)[1] == 13)
        let silent = await Bench().ask(shape.ask("sim:usage=none", false))
        #expect(shape.usage(silent.json).allSatisfy { $0 == nil || $0 == 0 })
    }

    @Test(arguments: Shape.all) func `A stream holds every word of the whole reply, in order`(shape: Shape) async {
        let whole = await Bench().ask(shape.ask("sim:tokens=9", false))
        let stream = await Bench().ask(shape.ask("sim:tokens=9", true))
        #expect(stream.head?.bodyBytes == nil && stream.ended && !stream.aborted)
        var rest = String(decoding: stream.body.readableBytesView, as: UTF8.self)[...]
        for (index, word) in (shape.text(whole.json) ?? "").split(separator: " ").enumerated() {
            let quoted = index == 0 ? "\"\(word)\"" : "\" \(word)\""
            guard let place = rest.range(of: quoted) else {
                Issue.record("word \(index) is missing")
                return
            }
            rest = rest[place.upperBound...]
        }
        #expect(stream.writes.count >= 10)
    }

    @Test(arguments: Shape.all) func `Faults strike every shape`(shape: Shape) async {
        #expect(await Bench().ask(shape.ask("sim:error=500", false)).head?.status == 500)
        let limited = await Bench().ask(shape.ask("sim:error=429,retry_after=7", true))
        #expect(limited.head?.status == 429)
        let told = limited.head?.fields.contains { $0.name == "retry-after" && $0.value == "7" } == true
        #expect(told || limited.text.contains("\"retryDelay\":\"7s\""))
        let cut = await Bench().ask(shape.ask("sim:abort_after=3", true))
        #expect(cut.aborted && !cut.ended)
        let broken = await Bench().ask(shape.ask("sim:in_band_error_after=2", true))
        #expect(broken.ended && broken.head?.status == 200)
        #expect(String(decoding: broken.body.readableBytesView, as: UTF8.self).contains("error in the stream"))
    }

    @Test func `What a tool answered and what was thought changes the text alike, whatever the shape`() {
        func digest(_ body: String) -> UInt64 {
            let bytes = ByteBuffer(string: body)
            return bytes.withUnsafeReadableBytes { RequestScan($0, seed: 1).digest }
        }
        let chat = digest(
            #"""
            {"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c",
            "function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"high"}]}
            """#)
        let anthropic = digest(
            #"""
            {"max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use",
            "id":"c","name":"f","input":{"text":"x"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c",
            "content":[{"type":"text","text":"high"}]}]}]}
            """#)
        let gemini = digest(
            #"""
            {"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"hm","thought":true},
            {"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":
            {"text":"high"}}}]}]}
            """#)
        let responses = digest(
            #"""
            {"input":[{"role":"user","content":"q"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
            {"type":"function_call_output","call_id":"c","output":"high"}]}
            """#)
        let bedrock = digest(
            #"""
            {"messages":[{"role":"user","content":[{"text":"q"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c",
            "name":"f","input":{"text":"x"}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c",
            "content":[{"text":"high"}]}}]}]}
            """#)
        #expect(Set([chat, anthropic, gemini, responses, bedrock]).count == 1)
        #expect(digest(#"{"messages":[{"role":"user","content":"q"}]}"#) != chat)
    }
}
