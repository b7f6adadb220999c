import GatewayTypes
import JSON
import NIOCore

/// Writes the events of a response, numbered, and the response itself. Of a reply in one piece, only the latter.
struct ResponsesEvents {
    let streams: Bool
    var finish: FinishReason?
    var usage: Usage?
    var serviceTier: String?
    private let echo: ResponsesEcho
    private let createdSeconds: Int64
    /// 32 hexadecimal digits that tell this reply's items from all others.
    private let mark: String
    private var id: String
    private var model: String
    private var number: Int64 = 0

    init(_ echo: ResponsesEcho, exchange: ExchangeID, at time: WallTime, streams: Bool) {
        self.echo = echo
        self.streams = streams
        createdSeconds = time.nanoseconds / 1_000_000_000
        mark = Hex.text(exchange.high) + Hex.text(exchange.low)
        id = "resp_" + mark
        model = echo.model
    }

    mutating func name(id: String?, model: String?) {
        if let id, !id.isEmpty { self.id = id }
        if let model, !model.isEmpty { self.model = model }
    }

    func itemID(_ prefix: String, _ index: Int64) -> String { "\(prefix)_\(mark)\(index)" }

    var isIncomplete: Bool { incompleteReason != nil }

    private var incompleteReason: String? {
        switch finish {
        case .length: "max_output_tokens"
        case .contentFilter: "content_filter"
        case .stop, .stopSequence, .toolCalls, .refusal, .pause, .error, .other, nil: nil
        }
    }

    // MARK: The response

    mutating func begin(_ bytes: inout ByteBuffer) {
        for type in ["response.created", "response.in_progress"] {
            event(type, &bytes) { events, json in
                json.key("response")
                events.writeResponse("in_progress", [], &json)
            }
        }
    }

    mutating func end(_ items: [ResponsesItem], _ bytes: inout ByteBuffer) {
        let status = isIncomplete ? "incomplete" : "completed"
        guard streams else {
            var json = JSONBuilder(bytes)
            bytes = ByteBuffer()
            writeResponse(status, items, &json)
            bytes = json.bytes
            return
        }
        event("response.\(status)", &bytes) { events, json in
            json.key("response")
            events.writeResponse(status, items, &json)
        }
    }

    private func writeResponse(_ status: String, _ items: [ResponsesItem], _ json: inout JSONBuilder) {
        json.openObject()
        json.member("id", id)
        json.member("object", "response")
        json.member("created_at", createdSeconds)
        json.member("status", status)
        json.member("background", false)
        json.nullMember("error")
        json.key("incomplete_details")
        if status == "incomplete", let reason = incompleteReason {
            json.openObject()
            json.member("reason", reason)
            json.closeObject()
        } else {
            json.null()
        }
        json.member("model", model)
        json.openArray("output")
        for item in items { item.write(&json) }
        json.closeArray()
        echo.write(&json)
        json.member("service_tier", serviceTier)
        json.key("usage")
        ResponsesUsage.write(status == "in_progress" ? nil : usage, &json)
        json.closeObject()
    }

    private mutating func event(
        _ type: String, _ bytes: inout ByteBuffer, _ write: (Self, inout JSONBuilder) -> Void
    ) {
        guard streams else { return }
        bytes.writeStaticString("event: ")
        bytes.writeString(type)
        bytes.writeStaticString("\ndata: ")
        bytes.writeJSONObject { json in
            json.member("type", type)
            json.member("sequence_number", number)
            write(self, &json)
        }
        bytes.writeStaticString("\n\n")
        number += 1
    }

    // MARK: Items

    mutating func added(_ item: ResponsesItem, _ bytes: inout ByteBuffer) {
        whole(item, "response.output_item.added", &bytes)
    }

    mutating func done(_ item: ResponsesItem, _ bytes: inout ByteBuffer) {
        whole(item, "response.output_item.done", &bytes)
    }

    private mutating func whole(_ item: ResponsesItem, _ type: String, _ bytes: inout ByteBuffer) {
        event(type, &bytes) { _, json in
            json.member("output_index", item.index)
            json.key("item")
            item.write(&json)
        }
    }

    /// An event of an item: of one of its parts where `part` is given.
    private mutating func of(
        _ item: ResponsesItem, _ type: String, part: (key: StaticString, index: Int)?, _ bytes: inout ByteBuffer,
        _ write: (inout JSONBuilder) -> Void
    ) {
        event(type, &bytes) { _, json in
            json.member("item_id", item.id)
            json.member("output_index", item.index)
            if let part { json.member(part.key, Int64(part.index)) }
            write(&json)
        }
    }

    // MARK: Messages

    mutating func partAdded(
        _ item: ResponsesItem, _ index: Int, _ part: ResponsesItem.Part, _ bytes: inout ByteBuffer
    ) {
        of(item, "response.content_part.added", part: ("content_index", index), &bytes) { json in
            json.key("part")
            part.write(&json)
        }
    }

    mutating func partDelta(
        _ item: ResponsesItem, _ index: Int, _ text: String, _ logprobs: [TokenLogprob], isRefusal: Bool,
        _ bytes: inout ByteBuffer
    ) {
        let type = isRefusal ? "response.refusal.delta" : "response.output_text.delta"
        of(item, type, part: ("content_index", index), &bytes) { json in
            json.member("delta", text)
            guard !isRefusal else { return }
            json.key("logprobs")
            ResponsesItem.write(logprobs, &json)
        }
    }

    mutating func partDone(
        _ item: ResponsesItem, _ index: Int, _ part: ResponsesItem.Part, _ bytes: inout ByteBuffer
    ) {
        let type = part.isRefusal ? "response.refusal.done" : "response.output_text.done"
        of(item, type, part: ("content_index", index), &bytes) { json in
            guard !part.isRefusal else { return json.member("refusal", part.text) }
            json.member("text", part.text)
            json.key("logprobs")
            ResponsesItem.write(part.logprobs, &json)
        }
        of(item, "response.content_part.done", part: ("content_index", index), &bytes) { json in
            json.key("part")
            part.write(&json)
        }
    }

    mutating func annotationAdded(
        _ item: ResponsesItem, _ index: Int, _ annotation: Int, _ citation: ResponsesCitation,
        _ bytes: inout ByteBuffer
    ) {
        of(item, "response.output_text.annotation.added", part: ("content_index", index), &bytes) { json in
            json.member("annotation_index", Int64(annotation))
            json.key("annotation")
            citation.write(&json)
        }
    }

    // MARK: Thoughts

    mutating func summaryAdded(_ item: ResponsesItem, _ bytes: inout ByteBuffer) {
        of(item, "response.reasoning_summary_part.added", part: ("summary_index", 0), &bytes) { json in
            json.key("part")
            ResponsesItem.writeSummary("", &json)
        }
    }

    mutating func summaryDelta(_ item: ResponsesItem, _ text: String, _ bytes: inout ByteBuffer) {
        of(item, "response.reasoning_summary_text.delta", part: ("summary_index", 0), &bytes) { json in
            json.member("delta", text)
        }
    }

    mutating func summaryDone(_ item: ResponsesItem, _ text: String, _ bytes: inout ByteBuffer) {
        of(item, "response.reasoning_summary_text.done", part: ("summary_index", 0), &bytes) { json in
            json.member("text", text)
        }
        of(item, "response.reasoning_summary_part.done", part: ("summary_index", 0), &bytes) { json in
            json.key("part")
            ResponsesItem.writeSummary(text, &json)
        }
    }

    // MARK: Calls

    mutating func argumentsDelta(_ item: ResponsesItem, _ text: String, _ bytes: inout ByteBuffer) {
        of(item, "response.function_call_arguments.delta", part: nil, &bytes) { $0.member("delta", text) }
    }

    mutating func argumentsDone(_ item: ResponsesItem, _ arguments: String, _ bytes: inout ByteBuffer) {
        of(item, "response.function_call_arguments.done", part: nil, &bytes) { $0.member("arguments", arguments) }
    }
}
