import GatewayTypes
import JSON

/// What was masked in one exchange's request, and the words that stand in its place: the same for the same value.
struct Placeholders: Sendable {
    struct Entry: Sendable, Equatable {
        /// `[EMAIL_1]`
        let word: String
        let value: String
    }

    private(set) var entries: [Entry] = []
    private var counts: [Reason: Int] = [:]

    var isEmpty: Bool { entries.isEmpty }

    /// The word for a value; a new one is none of those that `isTaken` says to stand in the request already.
    mutating func word(for value: String, _ reason: Reason, isTaken: (String) -> Bool) -> String {
        let name = Self.name(of: reason)
        if let known = entries.first(where: { $0.value == value && $0.word.hasPrefix("[\(name)_") }) {
            return known.word
        }
        var word: String
        repeat {
            counts[reason, default: 0] += 1
            word = "[\(name)_\(counts[reason, default: 0])]"
        } while isTaken(word)
        entries.append(Entry(word: word, value: value))
        return word
    }

    /// What stands in the place of what a reply must not say: it is not restored.
    static func mark(of reason: Reason) -> String { "[\(name(of: reason))]" }

    private static func name(of reason: Reason) -> String { reason.text.uppercased() }
}

/// Puts values back where a text that comes in pieces holds their placeholders.
struct Restorer {
    private let entries: [(word: [UInt8], value: [UInt8])]
    private let wordBytesMax: Int
    /// What may be the beginning of a placeholder.
    private var held: [UInt8] = []

    /// `escapes`: the text is JSON, and values stand inside its strings.
    init(_ placeholders: Placeholders, escapes: Bool) {
        entries = placeholders.entries.map {
            (Array($0.word.utf8), Array(escapes ? $0.value.json.utf8.dropFirst().dropLast() : $0.value.utf8[...]))
        }
        wordBytesMax = entries.map(\.word.count).max() ?? 0
    }

    mutating func take(_ text: String) -> String {
        let bytes = held + Array(text.utf8)
        held = []
        var (result, index) = ([UInt8](), 0)
        result.reserveCapacity(bytes.count)
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "[") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let rest = bytes[index...]
            if let entry = entries.first(where: { rest.starts(with: $0.word) }) {
                result += entry.value
                index += entry.word.count
            } else if rest.count < wordBytesMax, entries.contains(where: { $0.word.starts(with: rest) }) {
                held = Array(rest)
                break
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text has ended: what was held was no placeholder.
    mutating func end() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }
}
