import GatewayTypes
import NIOCore

@testable import Dialects

/// Replies of our own writing, and what reads them.
enum AnthropicFixtures {
    /// Thought, text with a source, a tool that the provider runs, two calls (one without arguments), a stop.
    static let stream = #"""
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":30,"cache_read_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1,"service_tier":"standard"}} }

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

        event: ping
        data: {"type": "ping"}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm, "}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"so."}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"c2VhbA=="}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":1}

        event: content_block_start
        data: {"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"é\"}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":2}

        event: content_block_start
        data: {"type":"content_block_start","index":3,"content_block":{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[{"type":"web_search_result","url":"https://example.com/","title":"E"}]}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":3}

        event: content_block_start
        data: {"type":"content_block_start","index":4,"content_block":{"type":"text","text":"","citations":[]}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":4,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://example.com/","title":"E","cited_text":"x"}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":4,"delta":{"type":"text_delta","text":"Grü"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":4,"delta":{"type":"text_delta","text":"ße \ud83d\ude00\n"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":4}

        event: content_block_start
        data: {"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"toolu_1","name":"add","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":"[1,\"}\"]}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":5}

        event: content_block_start
        data: {"type":"content_block_start","index":6,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":6}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":12,"cache_creation_input_tokens":30,"cache_read_input_tokens":100,"output_tokens":50,"output_tokens_details":{"thinking_tokens":8},"server_tool_use":{"web_search_requests":1}}}

        event: message_stop
        data: {"type":"message_stop"}


        """#

    /// The same in one piece.
    static let whole = #"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
        {"type":"thinking","thinking":"Hm, so.","signature":"c2ln"},{"type":"redacted_thinking","data":"c2VhbA=="},
        {"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"query":"é"}},
        {"type":"web_search_tool_result","tool_use_id":"srv_1","content":[]},
        {"type":"text","text":"Grüße 😀\n","citations":[{"type":"web_search_result_location","url":"https://example.com/","title":"E"}]},
        {"type":"tool_use","id":"toolu_1","name":"add","input":{"a":[1,"}"]}},
        {"type":"tool_use","id":"toolu_2","name":"now","input":{}}],
        "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":30,
        "cache_read_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},
        "output_tokens":50,"output_tokens_details":{"thinking_tokens":8},"server_tool_use":{"web_search_requests":1},
        "service_tier":"standard"}}
        """#

    /// The events of a reply that comes in pieces.
    static func events(_ pieces: [ArraySlice<UInt8>]) -> [ModelEvent] {
        var reader = FramedReader(AnthropicReader(), framing: .byFirstByte)
        var events: [ModelEvent] = []
        for piece in pieces { reader.read(ByteBuffer(bytes: piece), into: &events) }
        reader.end(into: &events)
        return events
    }

    static func events(_ text: String) -> [ModelEvent] { events([Array(text.utf8)[...]]) }

    static func rendered(_ events: [ModelEvent], stream: Bool) -> String {
        let names = AnthropicReplyNames(id: "msg_0", model: "asked")
        var renderer: any ReplyRenderer =
            stream ? AnthropicStreamRenderer(names) : AnthropicDocumentRenderer(names)
        var bytes = ByteBuffer()
        for event in events { renderer.render(event, into: &bytes) }
        renderer.end(into: &bytes)
        renderer.end(into: &bytes)
        return String(buffer: bytes)
    }

    static func target(
        _ model: String, outputTokensMax: Int64? = nil
    ) -> Target {
        var names = NameTable()
        var abilities = Abilities()
        abilities.outputTokensMax = outputTokensMax
        return Target(
            index: 0, provider: names.declare("p"), providerKind: "anthropic", servedModel: names.declare(model),
            weight: 1, ways: [], keyAlias: "k", injectsStreamUsage: false, abilities: abilities)
    }
}

/// What a reply comes to, however it was cut.
struct ReplySummary: Equatable, CustomStringConvertible {
    var id: String?
    var model: String?
    var parts: [ChatPart] = []
    var citations: [Citation] = []
    var words: [String] = []
    var usage: Usage?
    var failures: [FailureReason] = []
    var hasEnded = false

    init(_ events: [ModelEvent]) {
        var reply = AssembledReply()
        for event in events {
            reply.take(event)
            switch event {
            case .finished(_, let word, let stop, _): words.append(stop.map { "\(word):\($0)" } ?? word)
            case .failed(let failure): failures.append(failure.reason)
            case .ended: hasEnded = true
            default: break
            }
        }
        (id, model, usage) = (reply.id, reply.model, reply.usage)
        parts = reply.choices.first?.parts ?? []
        citations = reply.choices.first?.citations ?? []
    }

    var description: String { "\(parts) \(citations) \(words) \(String(describing: usage)) \(failures) \(hasEnded)" }
}
