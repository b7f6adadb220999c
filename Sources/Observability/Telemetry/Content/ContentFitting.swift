/// Makes content fit into a number of bytes of JSON: texts are cut, and of turns that do not fit, the oldest go.
struct ContentFitting {
    /// Of each attribute.
    let bytesMax: Int
    private(set) var isCut = false

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The newest turns that fit, in their order.
    mutating func newest(_ messages: [ContentMessage]) -> [ContentMessage] {
        Array(first(messages.reversed()).reversed())
    }

    /// The first turns that fit.
    mutating func first(_ messages: [ContentMessage]) -> [ContentMessage] {
        var room = bytesMax - 2
        var kept: [ContentMessage] = []
        for message in messages {
            guard let fitted = fitted(message, into: &room) else { break }
            kept.append(fitted)
        }
        if kept.count < messages.count { isCut = true }
        return kept
    }

    /// What fits of instructions.
    mutating func parts(_ parts: [ContentPart]) -> [ContentPart] {
        first([ContentMessage(role: "", parts: parts)]).first?.parts ?? []
    }

    /// Nil where not even its bare frame fits.
    private mutating func fitted(_ message: ContentMessage, into room: inout Int) -> ContentMessage? {
        var bare = message
        for index in bare.parts.indices { bare.parts[index].text = "" }
        // A comma parts it from the next.
        room -= Self.length(bare) + 1
        guard room >= 0 else { return nil }
        var fitted = message
        for index in fitted.parts.indices {
            let text = ContentJSON.prefix(of: message.parts[index].text, bytesMax: room)
            if text.utf8.count < message.parts[index].text.utf8.count { isCut = true }
            fitted.parts[index].text = text
            room -= Self.length(text)
        }
        return fitted
    }

    private static func length(_ message: ContentMessage) -> Int {
        var bytes: [UInt8] = []
        ContentJSON.append(message, to: &bytes)
        return bytes.count
    }

    /// Bytes of a text between its quotes.
    private static func length(_ text: String) -> Int {
        var bytes: [UInt8] = []
        ContentJSON.append(ContentPart(.text, text), to: &bytes)
        return bytes.count - frame
    }

    private static let frame: Int = {
        var bytes: [UInt8] = []
        ContentJSON.append(ContentPart(.text), to: &bytes)
        return bytes.count
    }()
}
