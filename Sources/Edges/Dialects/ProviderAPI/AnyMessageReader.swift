import GatewayTypes
import JSON
import NIOCore

/// Reads the messages of a reply of whatever shape: its usage, its text, its id and model, and what breaks it off.
struct AnyMessageReader: FrameReader {
    private var tally: UsageTally
    /// A conversation began whose end the provider marks, and the mark has not come.
    private var isUnended = false
    /// The last message began as JSON and is none: it was cut off.
    private(set) var isTorn = false
    private var messages = 0

    init(rule: OpenAIUsageRule) { tally = UsageTally(rule: rule) }

    /// Whether nothing shows that more should have come.
    var isWhole: Bool { !isUnended && !isTorn }

    mutating func begin(_ head: UpstreamHead, into events: inout [ModelEvent]) {
        tally.take(head)
        if let usage = tally.usage { events.append(.usage(usage)) }
    }

    // MARK: FrameReader

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        let first = frame.data.first { $0 > 0x20 }
        if frame.data.starts(with: "[DONE]".utf8) {
            isUnended = false
            return
        }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return }
        do throws(JSONProblem) {
            let root = try frame.json()
            if frame.isNamed("error") { fail(root, into: &events) }
            readMessage(root, into: &events)
            isTorn = false
        } catch {
            isTorn = true
        }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        readMessage(document, into: &events)
        events.append(.ended)
    }

    mutating func endStream(into events: inout [ModelEvent]) {
        if isWhole { events.append(.ended) }
    }

    // MARK: Messages

    /// A message of a stream, or one of several JSON texts.
    mutating func readMessage(_ root: JSONValue, into events: inout [ModelEvent]) {
        if let bytes = root["bytes"]?.string, let inner = Base64Decoder.bytes(of: bytes) {
            return readInner(inner, into: &events)
        }
        messages += 1
        begin(root, into: &events)
        if messages > 1, root["error"] != nil, !UsageTally.isBatchLine(root) { fail(root, into: &events) }
        follow(root, into: &events)
        ReplyText.find(root) { events.append(.text($0, choice: 0)) }
        if let tier = (root["service_tier"] ?? root["response"]?["service_tier"] ?? root["usage"]?["service_tier"])?
            .string
        {
            events.append(.serviceTier(tier))
        }
        if tally.take(root), let usage = tally.usage { events.append(.usage(usage)) }
    }

    private mutating func readInner(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        do throws(JSONProblem) {
            let root = try JSONDocument(bytes).root
            if root["bytes"] == nil { readMessage(root, into: &events) }
        } catch {
            // A model's own event that is no JSON holds no facts.
        }
    }

    private func begin(_ root: JSONValue, into events: inout [ModelEvent]) {
        guard !UsageTally.isBatchLine(root) else { return }
        let inner = root["response"] ?? root["message"] ?? root["interaction"]
        let id = root["id"]?.string ?? root["responseId"]?.string ?? inner?["id"]?.string
        let model = root["model"]?.string ?? root["modelVersion"]?.string ?? inner?["model"]?.string
        if id != nil || model != nil { events.append(.began(id: id, model: model)) }
    }

    /// Some streams mark their end: without it they were cut off.
    private mutating func follow(_ root: JSONValue, into events: inout [ModelEvent]) {
        switch root["type"]?.string ?? root["event_type"]?.string {
        case "message_start", "message-start", "response.created", "interaction.created", "stream-start":
            isUnended = true
        case "message_stop", "message-end", "response.completed", "response.incomplete", "interaction.completed",
            "stream-end":
            isUnended = false
        case "response.failed", "error":
            isUnended = false
            fail(root, into: &events)
        default:
            guard let choices = root["choices"]?.elements else { break }
            if choices.contains(where: { $0["finish_reason"] != nil }) {
                isUnended = false
            } else if messages == 1, root["object"]?.string == "chat.completion.chunk" {
                isUnended = true
            }
        }
    }

    /// Ends what no provider would go on with; its words are left to the client, who has them in the bytes.
    mutating func fail(_ root: JSONValue?, into events: inout [ModelEvent]) {
        let error = root?["error"] ?? root?["response"]?["error"] ?? root
        let word = error?["code"]?.string ?? error?["type"]?.string
        let suffix = word.map { " (\($0.prefix(64)))" } ?? ""
        events.append(
            .failed(Failure(.upstreamError, "The provider reported an error inside its reply\(suffix); try again.")))
    }
}
