import GatewayTypes

/// The text of a matter as somebody else is given it.
enum JudgedText {
    /// The turns from the last one back, as many bytes of them as may be sent: what was said last counts most.
    static func latest(_ turns: [Prompt.Turn], bytesMax: Int) -> String {
        var parts: [Substring] = []
        var left = bytesMax
        for turn in turns.reversed() where left > 0 && !turn.text.isEmpty {
            let part = suffix(of: turn.text, bytesMax: left)
            parts.append(part)
            left -= part.utf8.count + 1
        }
        return parts.reversed().joined(separator: "\n")
    }

    /// The end of a text, from a character's beginning on.
    static func suffix(of text: String, bytesMax: Int) -> Substring {
        guard text.utf8.count > bytesMax else { return text[...] }
        var start = text.utf8.index(text.utf8.endIndex, offsetBy: -bytesMax)
        while start < text.utf8.endIndex, text.utf8[start] & 0xC0 == 0x80 { start = text.utf8.index(after: start) }
        return text[start...]
    }
}
