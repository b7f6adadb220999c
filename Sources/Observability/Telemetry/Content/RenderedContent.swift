import GatewayTypes

/// What was said in an exchange, ready for its span: redacted, and cut to what fits.
struct RenderedContent {
    private(set) var system: [ContentPart] = []
    private(set) var input: [ContentMessage] = []
    private(set) var output: [ContentMessage] = []
    /// Something of what was said is missing: it was too long, or could not be read.
    let isTruncated: Bool

    init(_ content: CapturedContent, _ style: SpanStyle) {
        var fitting = ContentFitting(bytesMax: style.contentBytesMax)
        var isUnread = false
        if content.capture.hasInput {
            switch content.asked {
            case .chat(let chat):
                system = fitting.parts(ContentReading.system(of: chat))
                input = fitting.newest(ContentReading.messages(of: chat))
            // These are no story whose end matters most.
            case .texts(let texts): input = fitting.first(ContentReading.messages(of: texts))
            case nil: isUnread = true
            }
        }
        if content.capture.hasOutput {
            output = fitting.first(ContentReading.messages(of: content.events))
            // Since v1.41 a span's own finish reasons say it.
            if !style.vocabulary.writesPinned { for index in output.indices { output[index].finish = nil } }
        }
        isTruncated = isUnread || fitting.isCut || (content.capture.hasOutput && content.replyIsCut)
    }

    var systemJSON: String? { Self.list(system) { ContentJSON.append($0, to: &$1) } }
    var inputJSON: String? { Self.list(input) { ContentJSON.append($0, to: &$1) } }
    var outputJSON: String? { Self.list(output) { ContentJSON.append($0, to: &$1) } }

    /// What the user last wrote, and what came back, as plain text.
    var lastQuestion: String? { (input.last { $0.role == ChatMessage.Role.user.rawValue })?.plainText }
    var answer: String? { output.first?.plainText }

    private static func list<Item>(_ items: [Item], _ append: (Item, inout [UInt8]) -> Void) -> String? {
        guard !items.isEmpty else { return nil }
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (position, item) in items.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(item, &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ContentMessage {
    /// Its texts and tools' answers.
    var plainText: String {
        parts.filter { $0.kind == .text || $0.kind == .toolResponse }.map(\.text).joined(separator: "\n")
    }
}

extension SpanAttributes {
    mutating func set(_ content: RenderedContent?) {
        guard let content else { return }
        if let text = content.systemJSON { set(whole: Conventions.Key.systemInstructions, text) }
        if let text = content.inputJSON { set(whole: Conventions.Key.inputMessages, text) }
        if let text = content.outputJSON { set(whole: Conventions.Key.outputMessages, text) }
        if content.isTruncated { set(WeirKey.contentTruncated, true) }
    }
}
