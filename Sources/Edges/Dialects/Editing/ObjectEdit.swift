import JSON
import NIOCore

/// A JSON object whose members are exchanged, added or taken out. What is not touched keeps its bytes.
struct ObjectEdit {
    /// Of a value: bytes of the text that was read, or new JSON.
    enum Piece {
        case source(Range<Int>)
        case json(String)
    }

    private struct Member {
        let key: String
        let name: Piece
        var value: [Piece]
    }

    private var members: [Member] = []

    /// Empty where `object` is none. All parts of an edit must be of one document.
    init(_ object: JSONValue?) {
        for (key, value) in object?.members ?? [] {
            members.append(Member(key: key, name: .source(value.key.range), value: [.source(value.range)]))
        }
    }

    mutating func set(_ key: String, _ value: [Piece]) {
        if let position = members.firstIndex(where: { $0.key == key }) {
            members[position].value = value
        } else {
            members.append(Member(key: key, name: .json(Self.string(key)), value: value))
        }
    }

    mutating func set(_ key: String, json: String) { set(key, [.json(json)]) }

    mutating func remove(_ key: String) { members.removeAll { $0.key == key } }

    /// The object as a value of another.
    var pieces: [Piece] {
        var pieces: [Piece] = [.json("{")]
        for (position, member) in members.enumerated() {
            if position > 0 { pieces.append(.json(",")) }
            pieces.append(member.name)
            pieces.append(.json(":"))
            pieces += member.value
        }
        pieces.append(.json("}"))
        return pieces
    }

    /// The whole text; `source` is the one that was read.
    func text(of source: ByteBuffer) -> ByteBuffer {
        var result = ByteBufferAllocator().buffer(capacity: source.readableBytes + 256)
        source.withUnsafeReadableBytes { bytes in
            for piece in pieces {
                switch piece {
                case .source(let range): result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[range]))
                case .json(let json): result.writeString(json)
                }
            }
        }
        return result
    }

    // MARK: Making values

    /// The array with more elements before the one at `position`.
    static func inserting(_ elements: [String], at position: Int, in array: JSONValue?) -> [Piece] {
        let old = array?.elements ?? []
        let new = elements.joined(separator: ",")
        guard let array, !old.isEmpty, !elements.isEmpty else {
            guard let array, elements.isEmpty else { return [.json("[" + new + "]")] }
            return [.source(array.range)]
        }
        let range = array.range
        guard position < old.count else {
            let end = old[old.count - 1].range.upperBound
            return [.source(range.lowerBound..<end), .json("," + new), .source(end..<range.upperBound)]
        }
        let start = old[position].range.lowerBound
        return [.source(range.lowerBound..<start), .json(new + ","), .source(start..<range.upperBound)]
    }

    /// The array with some elements before its first, and others before the one at `position`.
    static func inserting(
        _ first: [String], _ others: [String], splitAt position: Int, in array: JSONValue?
    ) -> [Piece] {
        guard let array, let start = array.elements.first?.range.lowerBound else {
            return inserting(first + others, at: 0, in: array)
        }
        guard position > 0, !first.isEmpty else { return inserting(first + others, at: position, in: array) }
        let rest = inserting(others, at: position, in: array).dropFirst()
        let old = array.elements
        let open = array.range.lowerBound
        let new = Piece.json(first.joined(separator: ",") + ",")
        guard !others.isEmpty else { return [.source(open..<start), new, .source(start..<array.range.upperBound)] }
        let end = position < old.count ? old[position].range.lowerBound : old[old.count - 1].range.upperBound
        return [.source(open..<start), new, .source(start..<end)] + rest
    }

    static func string(_ text: String) -> String {
        var bytes = ByteBuffer()
        bytes.writeJSONString(text)
        return String(buffer: bytes)
    }

    static func object(_ members: [(key: StaticString, text: String)]) -> String {
        var json = JSONBuilder()
        json.openObject()
        for member in members {
            json.key(member.key)
            json.string(member.text)
        }
        json.closeObject()
        return String(buffer: json.bytes)
    }
}
