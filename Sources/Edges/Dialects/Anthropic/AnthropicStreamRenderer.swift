import GatewayTypes
import JSON
import NIOCore

/// Renders a translated reply as Anthropic's events. Its blocks come one after another, so the calls of a provider
/// that mixes their arguments wait for the one that is open.
struct AnthropicStreamRenderer: ReplyRenderer {
    private enum Open: Equatable {
        case none, text, thinking
        case tool(Int)
    }

    /// A call that has begun and waits for its block.
    private struct WaitingCall {
        let call: ToolCall
        let index: Int
        var arguments = ""
    }

    private let fallback: AnthropicReplyNames
    private var names: AnthropicReplyNames
    private var hasBegun = false
    private var hasEnded = false
    private var open = Open.none
    private var blockCount: Int64 = 0
    private var calledTool = false
    /// The arguments of the call that is open, as far as they have come.
    private var arguments = JSONObjectEnd()
    private var waiting: [WaitingCall] = []
    private var usage: Usage?
    private var finish: FinishReason?
    private var stopSequence: String?

    init(_ fallback: AnthropicReplyNames) {
        self.fallback = fallback
        names = fallback
    }

    var contentType: String { "text/event-stream" }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .began(let id, let model):
            if !hasBegun { names = AnthropicReplyNames(id: id ?? fallback.id, model: model ?? fallback.model) }
        case .usage(let usage): self.usage = usage
        case .text(let text, 0), .refusal(let text, 0): say(text, &bytes)
        case .reasoning(let text, 0): think(text, &bytes)
        case .signature(let signature, 0): prove(signature, &bytes)
        case .sealedReasoning(let sealed, 0):
            close(&bytes)
            say(.thought(sealed), &bytes)
        case .toolCall(let call, let index, 0): begin(call, index, &bytes)
        case .toolArguments(let text, let index, 0): add(text, to: index, &bytes)
        case .citation(let citation, 0): cite(citation, &bytes)
        case .finished(let reason, _, let stopSequence, 0):
            finish = reason
            self.stopSequence = stopSequence
        case .text, .refusal, .reasoning, .signature, .sealedReasoning, .toolCall, .toolArguments, .citation,
            .finished:
            // Anthropic's replies have one choice.
            break
        case .media, .logprobs, .serviceTier, .systemFingerprint, .embedding, .relevance, .failed, .ended: break
        }
    }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        start(&bytes)
        close(&bytes)
        let (finish, stop, called, usage) = (finish, stopSequence, calledTool, usage)
        Self.write("message_delta", &bytes) { json in
            json.openObject("delta")
            json.key("stop_reason")
            if let finish {
                json.string(AnthropicWords.stopReason(finish, calledTool: called))
            } else {
                json.null()
            }
            json.key("stop_sequence")
            if let stop { json.string(stop) } else { json.null() }
            json.closeObject()
            json.key("usage")
            AnthropicUsage.write(usage, to: &json)
        }
        Self.write("message_stop", &bytes) { _ in }
    }

    // MARK: Events

    private static func write(
        _ type: StaticString, _ bytes: inout ByteBuffer, _ members: (inout JSONBuilder) -> Void
    ) {
        bytes.writeStaticString("event: ")
        bytes.writeStaticString(type)
        bytes.writeStaticString("\ndata: ")
        bytes.writeJSONObject { json in
            json.member("type", word: type)
            members(&json)
        }
        bytes.writeStaticString("\n\n")
    }

    private mutating func start(_ bytes: inout ByteBuffer) {
        guard !hasBegun else { return }
        hasBegun = true
        let (names, usage) = (names, usage)
        Self.write("message_start", &bytes) { json in
            json.openObject("message")
            json.member("id", names.id)
            json.member("type", "message")
            json.member("role", "assistant")
            json.member("model", names.model)
            json.openArray("content")
            json.closeArray()
            json.nullMember("stop_reason")
            json.nullMember("stop_sequence")
            json.key("usage")
            AnthropicUsage.write(usage, to: &json)
            json.closeObject()
        }
    }

    private mutating func begin(
        _ kind: Open, _ bytes: inout ByteBuffer, _ members: (inout JSONBuilder) -> Void
    ) {
        start(&bytes)
        let index = blockCount
        Self.write("content_block_start", &bytes) { json in
            json.member("index", index)
            json.openObject("content_block")
            members(&json)
            json.closeObject()
        }
        open = kind
    }

    /// Written without a builder, as most of a stream is these.
    private func delta(_ bytes: inout ByteBuffer, _ type: StaticString, _ key: StaticString, _ text: String) {
        bytes.writeStaticString(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        bytes.writeString(String(blockCount))
        bytes.writeStaticString(",\"delta\":{\"type\":\"")
        bytes.writeStaticString(type)
        bytes.writeStaticString("\",\"")
        bytes.writeStaticString(key)
        bytes.writeStaticString("\":")
        bytes.writeJSONString(text)
        bytes.writeStaticString("}}\n\n")
    }

    private mutating func endBlock(_ bytes: inout ByteBuffer) {
        let index = blockCount
        Self.write("content_block_stop", &bytes) { $0.member("index", index) }
        blockCount += 1
        open = .none
    }

    /// Ends the block that is open, and says the calls that waited for it.
    private mutating func close(_ bytes: inout ByteBuffer) {
        if open != .none { endBlock(&bytes) }
        let calls = waiting
        waiting = []
        for waited in calls {
            openTool(waited.call, waited.index, &bytes)
            if !waited.arguments.isEmpty {
                delta(&bytes, "input_json_delta", "partial_json", waited.arguments)
            }
            endBlock(&bytes)
        }
    }

    // MARK: Text and thought

    private mutating func say(_ text: String, _ bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        if open != .text {
            close(&bytes)
            begin(.text, &bytes) {
                $0.member("type", "text")
                $0.member("text", "")
            }
        }
        delta(&bytes, "text_delta", "text", text)
    }

    private mutating func openThinking(_ bytes: inout ByteBuffer) {
        guard open != .thinking else { return }
        close(&bytes)
        begin(.thinking, &bytes) {
            $0.member("type", "thinking")
            $0.member("thinking", "")
            $0.member("signature", "")
        }
    }

    private mutating func think(_ text: String, _ bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        openThinking(&bytes)
        delta(&bytes, "thinking_delta", "thinking", text)
    }

    /// A thought that has its proof is whole.
    private mutating func prove(_ signature: Signature, _ bytes: inout ByteBuffer) {
        openThinking(&bytes)
        delta(&bytes, "signature_delta", "signature", signature.written(in: .anthropic))
        close(&bytes)
    }

    private mutating func say(_ seal: AnthropicSeal, _ bytes: inout ByteBuffer) {
        begin(.none, &bytes) { seal.write(into: &$0) }
        endBlock(&bytes)
    }

    private func cite(_ citation: Citation, _ bytes: inout ByteBuffer) {
        guard open == .text, let url = citation.url else { return }
        let index = blockCount
        Self.write("content_block_delta", &bytes) { json in
            json.member("index", index)
            json.openObject("delta")
            json.member("type", "citations_delta")
            json.openObject("citation")
            json.member("type", "web_search_result_location")
            json.member("url", url)
            json.member("title", citation.title ?? "")
            json.member("cited_text", "")
            json.member("encrypted_index", "")
            json.closeObject()
            json.closeObject()
        }
    }

    // MARK: Calls

    private mutating func begin(_ call: ToolCall, _ index: Int, _ bytes: inout ByteBuffer) {
        if case .tool = open, !arguments.isComplete { return waiting.append(WaitingCall(call: call, index: index)) }
        close(&bytes)
        openTool(call, index, &bytes)
    }

    private mutating func openTool(_ call: ToolCall, _ index: Int, _ bytes: inout ByteBuffer) {
        calledTool = true
        arguments = JSONObjectEnd()
        if let signature = call.signature { say(.call(signature), &bytes) }
        begin(.tool(index), &bytes) {
            $0.member("type", "tool_use")
            $0.member("id", call.id)
            $0.member("name", call.name)
            $0.openObject("input")
            $0.closeObject()
        }
    }

    private mutating func add(_ text: String, to index: Int, _ bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        if open == .tool(index) {
            arguments.follow(text)
            delta(&bytes, "input_json_delta", "partial_json", text)
            // Others may have waited only for this.
            if arguments.isComplete, !waiting.isEmpty { goOn(&bytes) }
        } else if let place = waiting.firstIndex(where: { $0.index == index }) {
            waiting[place].arguments += text
        }
    }

    /// The open call is whole: the next of those that wait takes its place.
    private mutating func goOn(_ bytes: inout ByteBuffer) {
        while arguments.isComplete, !waiting.isEmpty {
            endBlock(&bytes)
            let next = waiting.removeFirst()
            openTool(next.call, next.index, &bytes)
            guard !next.arguments.isEmpty else { return }
            arguments.follow(next.arguments)
            delta(&bytes, "input_json_delta", "partial_json", next.arguments)
        }
    }
}

/// Follows a JSON object that comes in pieces, to see it end.
private struct JSONObjectEnd {
    private var quotes = JSONQuotes()
    private var depth = 0
    private(set) var isComplete = false

    mutating func follow(_ text: String) {
        for byte in text.utf8 where !quotes.take(byte) {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { isComplete = true }
            default: break
            }
        }
    }
}
