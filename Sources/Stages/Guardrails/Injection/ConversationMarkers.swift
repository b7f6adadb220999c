/// Marks that chat templates put between turns.
enum ConversationMarkers {
    /// Sources of marks stand behind those of rules.
    static let firstSource = 160

    private struct Mark {
        let text: StaticString
        let weight: Int
    }

    static func collect(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence]) {
        var lineStart = true
        for index in 0..<text.count {
            let byte = text[index]
            // Inside a word nothing begins.
            if Scalars.isLetter(byte), !lineStart, index > 0, Scalars.isLetter(text[index - 1]) { continue }
            let (marks, base): ([Mark], Int)
            switch byte {
            case UInt8(ascii: "<"): (marks, base) = (angle, 0)
            case UInt8(ascii: "["): (marks, base) = (square, 32)
            case UInt8(ascii: "#"): (marks, base) = (lineStart ? heading : [], 44)
            case UInt8(ascii: "\""), UInt8(ascii: "'"): (marks, base) = (quote, 56)
            case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "b"), UInt8(ascii: "B"):
                (marks, base) = (bounds, 68)
            case UInt8(ascii: "s"), UInt8(ascii: "S"), UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "a"),
                UInt8(ascii: "A"), UInt8(ascii: "u"), UInt8(ascii: "U"):
                (marks, base) = (lineStart ? speaker : [], 80)
            default: (marks, base) = ([], 0)
            }
            if !marks.isEmpty { find(marks, base, in: text, at: index, into: &evidence) }
            if byte == 0x0A {
                lineStart = true
            } else if !Scalars.isSpace(byte), byte != UInt8(ascii: ">"), byte != UInt8(ascii: "*") {
                // Behind a sentence's end, what begins is as good as a line.
                lineStart = byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") && lineStart
            }
        }
    }

    /// The longest of those that fit; they are listed so.
    private static func find(
        _ marks: [Mark], _ base: Int, in text: Span<UInt8>, at index: Int, into evidence: inout [InjectionEvidence]
    ) {
        guard let position = marks.firstIndex(where: { Scalars.has($0.text, in: text, at: index) }) else { return }
        let mark = marks[position]
        let length = mark.text.utf8CodeUnitCount
        evidence.append(
            InjectionEvidence(
                range: index..<index + length, weight: mark.weight, kind: .conversationMarker,
                source: firstSource + base + position))
    }

    private static let angle = [
        Mark(text: "<|im_start|>system", weight: 110), Mark(text: "<|im_start|>user", weight: 100),
        Mark(text: "<|im_start|>assistant", weight: 100), Mark(text: "<|im_start|>", weight: 40),
        Mark(text: "<|im_end|>", weight: 30), Mark(text: "<|system|>", weight: 100), Mark(text: "<|user|>", weight: 60),
        Mark(text: "<|assistant|>", weight: 60), Mark(text: "<|channel|>", weight: 60),
        Mark(text: "<|message|>", weight: 50), Mark(text: "<|endoftext|>", weight: 50),
        Mark(text: "<|end_of_text|>", weight: 50), Mark(text: "<|begin_of_text|>", weight: 50),
        Mark(text: "<|eot_id|>", weight: 40), Mark(text: "<|start_header_id|>system", weight: 110),
        Mark(text: "<|start_header_id|>", weight: 60), Mark(text: "<|end_header_id|>", weight: 40),
        Mark(text: "<start_of_turn>", weight: 60), Mark(text: "<end_of_turn>", weight: 50),
        Mark(text: "<<sys>>", weight: 100), Mark(text: "<</sys>>", weight: 60),
        Mark(text: "<system-reminder>", weight: 100), Mark(text: "<system>", weight: 70),
        Mark(text: "</system>", weight: 40), Mark(text: "</user_input>", weight: 60), Mark(text: "</user>", weight: 20),
        Mark(text: "<assistant>", weight: 50), Mark(text: "</assistant>", weight: 30),
        Mark(text: "</instructions>", weight: 50), Mark(text: "</document>", weight: 20),
    ]

    private static let square = [
        Mark(text: "[/inst]", weight: 60), Mark(text: "[inst]", weight: 50),
        Mark(text: "[system message]", weight: 100),
        Mark(text: "[system prompt]", weight: 90), Mark(text: "[system](", weight: 110),
        Mark(text: "[system]", weight: 70), Mark(text: "[end system message]", weight: 60),
        Mark(text: "[assistant](", weight: 90),
    ]

    private static let heading = [
        Mark(text: "### system:", weight: 110), Mark(text: "### system prompt", weight: 100),
        Mark(text: "###system:", weight: 110), Mark(text: "## system prompt:", weight: 80),
        Mark(text: "### instruction:", weight: 70), Mark(text: "### response:", weight: 50),
        Mark(text: "### assistant:", weight: 70), Mark(text: "### human:", weight: 70),
        Mark(text: "### user:", weight: 60),
        Mark(text: "# system message", weight: 60),
    ]

    private static let quote = [
        Mark(text: "\"role\": \"system\"", weight: 50), Mark(text: "\"role\":\"system\"", weight: 50),
        Mark(text: "'role': 'system'", weight: 50),
    ]

    private static let bounds = [
        Mark(text: "end of user input", weight: 90), Mark(text: "end of user message", weight: 90),
        Mark(text: "end user input", weight: 80), Mark(text: "begin system prompt", weight: 80),
        Mark(text: "begin system message", weight: 80), Mark(text: "begin new instructions", weight: 90),
        Mark(text: "end system prompt", weight: 60), Mark(text: "end of system prompt", weight: 80),
        Mark(text: "end of prompt", weight: 60), Mark(text: "end of document", weight: 30),
    ]

    private static let speaker = [
        Mark(text: "system:", weight: 60), Mark(text: "system message:", weight: 80),
        Mark(text: "system prompt:", weight: 60),
        Mark(text: "system override", weight: 80), Mark(text: "human:", weight: 50),
        Mark(text: "assistant:", weight: 50),
        Mark(text: "user:", weight: 20),
    ]
}
