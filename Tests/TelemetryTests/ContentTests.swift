import GatewayTypes
import NIOCore
import Testing

@testable import Telemetry

/// A conversation that was read already, and a reply that is.
private struct ToldDialect: ClientDialect {
    let chat: ChatRequest?
    var name: DialectName { .openAI }
    func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest { throw Failure(.badRequest, "") }
    func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        guard let chat else { throw Failure(.badRequest, "cannot be read") }
        return .chat(chat)
    }
    func edited(_ body: ByteBuffer, of surface: Surface, by edit: RequestEdit) throws(Failure) -> ByteBuffer { body }
    func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        NoRenderer()
    }
    func fieldName(_ field: ChatField) -> String { field.rawValue }
    func render(_ failure: Failure) -> Reply { Reply(status: 500, fields: [], body: ByteBuffer()) }
    func renderInStream(_ failure: Failure) -> ByteBuffer { ByteBuffer() }

    private struct NoRenderer: ReplyRenderer {
        var contentType: String { "" }
        mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {}
        mutating func end(into bytes: inout ByteBuffer) {}
    }
}

@Suite struct ContentTests {
    private func content(_ chat: ChatRequest?, capture: Capture = .input) -> CapturedContent {
        let request = ModelRequest(
            surface: .openAIChat, askedModel: "smart", stream: false, body: ByteBuffer(), facts: RequestFacts())
        return CapturedContent(capture: capture, request: request, dialect: ToldDialect(chat: chat), reply: nil)
    }

    private func rendered(_ chat: ChatRequest?, bytesMax: Int = 65_536) -> RenderedContent {
        var style = SpanStyle()
        style.contentBytesMax = bytesMax
        return RenderedContent(content(chat), style)
    }

    private func chat(_ messages: [ChatMessage]) -> ChatRequest {
        var chat = ChatRequest()
        chat.messages = messages
        return chat
    }

    @Test func `A conversation has the form of the conventions' schema`() {
        var whole = chat([
            ChatMessage(
                .user,
                [
                    .text("Look \"here\"\n"), .media(Media(.image, .url("https://h/x.png"), mimeType: "image/png")),
                    .media(Media(.image, .base64("AAAA"), mimeType: "image/png")),
                    .media(Media(.file, .fileID("file_1"))), .cacheMark(seconds: nil),
                ]),
            ChatMessage(
                .assistant,
                [
                    .reasoning(Reasoning(text: "hm")),
                    .toolCall(ToolCall(id: "c1", name: "gauge", arguments: #"{"place":"A"}"#)),
                ]),
            ChatMessage(.user, [.toolResult(ToolResult(callID: "c1", parts: [.text("3 m")]))]),
        ])
        whole.system = [.text("Be brief.")]
        let shown = rendered(whole)
        #expect(shown.systemJSON == #"[{"type":"text","content":"Be brief."}]"#)
        #expect(
            shown.inputJSON
                == #"[{"role":"user","parts":[{"type":"text","content":"Look \"here\"\u000a"},"#
                + #"{"type":"uri","modality":"image","mime_type":"image/png","uri":"https://h/x.png"},"#
                + #"{"type":"blob","modality":"image","mime_type":"image/png","content":""},"#
                + #"{"type":"file","modality":"document","file_id":"file_1"}]},"#
                + #"{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},"#
                + #"{"type":"tool_call","id":"c1","name":"gauge","arguments":"{\"place\":\"A\"}"}]},"#
                + #"{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"3 m"}]}]"#)
        #expect(!shown.isTruncated)
        #expect(shown.lastQuestion == "Look \"here\"\n")
    }

    @Test func `A reply's pieces become one message for each choice, secrets across pieces are found`() {
        let events: [ModelEvent] = [
            .began(id: "1", model: "m"), .reasoning("let ", choice: 0), .reasoning("me", choice: 0),
            .text("key sk-abcdefghij", choice: 0), .text("klmnopqrstuv!", choice: 0), .text("two", choice: 1),
            .toolCall(ToolCall(id: "a", name: "f", arguments: ""), index: 0, choice: 1),
            .toolCall(ToolCall(id: "b", name: "g", arguments: ""), index: 1, choice: 1),
            .toolArguments("{}", index: 1, choice: 1), .toolArguments("{\"x\":", index: 0, choice: 1),
            .toolArguments("1}", index: 0, choice: 1),
            .finished(.stop, word: "stop", stopSequence: nil, choice: 0),
            .finished(.toolCalls, word: "tool_calls", stopSequence: nil, choice: 1), .ended,
        ]
        let messages = ContentReading.messages(of: events)
        #expect(messages.map(\.finish) == ["stop", "tool_call"])
        #expect(messages[0].parts.map(\.text) == ["let me", "key [redacted: key]!"])
        #expect(messages[1].parts.map(\.text) == ["two", "{\"x\":1}", "{}"])
    }

    @Test func `What cannot be read is not shown, which is said`() {
        let shown = rendered(nil)
        #expect(shown.inputJSON == nil && shown.isTruncated)
    }

    /// At every bound: valid JSON within it, the newest turns, and an honest word about it.
    @Test(arguments: [2, 60, 100, 150, 200, 300, 400, 500])
    func `What does not fit is cut so that JSON stays JSON`(bytesMax: Int) throws {
        let turns = (0..<5).map { turn in
            ChatMessage(
                turn % 2 == 0 ? .user : .assistant, [.text("\(turn) \"é\" \u{1}" + String(repeating: "x", count: 20))])
        }
        let whole = try #require(rendered(chat(turns)).inputJSON)
        let shown = rendered(chat(turns), bytesMax: bytesMax)
        let text = shown.inputJSON ?? "[]"
        #expect(text.utf8.count <= bytesMax)
        #expect(shown.isTruncated == (whole.utf8.count > bytesMax))
        #expect(WellFormed.isJSON(text), "\(text)")
        if !shown.isTruncated { #expect(text == whole) }
        if let last = shown.input.last { #expect(last.parts[0].text.isEmpty || last.parts[0].text.hasPrefix("4")) }
    }

    @Test func `Of too much content that waits, what was said goes before what happened`() {
        let queue = OutcomeQueue(countMax: 10, keepsContent: true)
        let request = ModelRequest(
            surface: .openAIChat, askedModel: "smart", stream: false,
            body: ByteBuffer(repeating: 0x20, count: 30 << 20),
            facts: RequestFacts())
        var outcome = Fixture().outcome()
        outcome.content = CapturedContent(
            capture: .input, request: request, dialect: ToldDialect(chat: nil), reply: nil)
        for _ in 0..<3 { queue.put(outcome) }
        let taken = queue.takeAll()
        #expect(taken.map { $0.content != nil } == [true, true, false])
        #expect(taken[2].notes.last?.text == "the content is not shown: too much of it waits")
        queue.put(outcome)
        #expect(queue.takeAll()[0].content != nil)
    }

    @Test func `Where no spans are made nothing that was said is kept`() {
        let queue = OutcomeQueue(countMax: 10, keepsContent: false)
        var outcome = Fixture().outcome()
        outcome.content = content(nil)
        queue.put(outcome)
        #expect(queue.takeAll()[0].content == nil)
    }

    @Test func `Neither the access line nor the log record shows what was said`() {
        var outcome = Fixture().outcome()
        outcome.content = content(chat([ChatMessage(.user, [.text("a planted word")])]), capture: .both)
        var style = SpanStyle()
        style.profiles = Set(SpanProfile.allCases)
        var renderer = SpanRenderer(style: style)
        let spans = renderer.render(outcome)
        #expect(spans.contains { "\($0.attributes.all)".contains("planted") })
        #expect(!String(decoding: AccessLine.render(outcome), as: UTF8.self).contains("planted"))
        let record = LogRecord(of: outcome)
        #expect(!"\(record.attributes.all) \(record.body)".contains("planted"))
    }

    @Test func `OpenInference spreads the messages out`() throws {
        var outcome = Fixture().outcome()
        var whole = chat([ChatMessage(.user, [.text("How high?")])])
        whole.system = [.text("Be brief.")]
        outcome.content = content(whole)
        var style = SpanStyle()
        style.profiles = [.openinference]
        var renderer = SpanRenderer(style: style)
        let spans = renderer.render(outcome)
        #expect(spans[0].attributes["input.value"] == .text("How high?"))
        #expect(spans[0].attributes["input.mime_type"] == .text("text/plain"))
        let attributes = try #require(spans.last).attributes
        #expect(attributes["llm.input_messages.0.message.role"] == .text("system"))
        #expect(attributes["llm.input_messages.1.message.content"] == .text("How high?"))
        #expect(attributes["input.mime_type"] == .text("application/json"))
    }
}

/// Whether a text is one JSON value; strict enough for what is written here.
private enum WellFormed {
    static func isJSON(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        return value(&bytes) && bytes.isEmpty
    }

    private static func value(_ bytes: inout ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.popFirst() else { return false }
        switch first {
        case UInt8(ascii: "["): return list(&bytes, until: UInt8(ascii: "]")) { value(&$0) }
        case UInt8(ascii: "{"):
            return list(&bytes, until: UInt8(ascii: "}")) {
                $0.popFirst() == UInt8(ascii: "\"") && string(&$0) && $0.popFirst() == UInt8(ascii: ":") && value(&$0)
            }
        case UInt8(ascii: "\""): return string(&bytes)
        case _: return false
        }
    }

    private static func list(
        _ bytes: inout ArraySlice<UInt8>, until end: UInt8, _ item: (inout ArraySlice<UInt8>) -> Bool
    ) -> Bool {
        if bytes.first == end { return bytes.popFirst() != nil }
        while item(&bytes) {
            let next = bytes.popFirst()
            if next == end { return true }
            if next != UInt8(ascii: ",") { return false }
        }
        return false
    }

    private static func string(_ bytes: inout ArraySlice<UInt8>) -> Bool {
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard let escaped = bytes.popFirst() else { return false }
                if escaped == UInt8(ascii: "u") {
                    for _ in 0..<4 where !(bytes.popFirst().map { $0.isHex } ?? false) { return false }
                } else if escaped != UInt8(ascii: "\""), escaped != UInt8(ascii: "\\") {
                    return false
                }
            case 0..<0x20: return false
            case _: break
            }
        }
        return false
    }
}

extension UInt8 {
    fileprivate var isHex: Bool { self &- 0x30 < 10 || (self | 0x20) &- 0x61 < 6 }
}
