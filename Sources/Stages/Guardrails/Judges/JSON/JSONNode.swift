/// A JSON value. Texts are kept as their UTF-8, since two that only look the same are two.
enum JSONNode: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumeral)
    case string([UInt8])
    case array([JSONNode])
    case object([[UInt8]: JSONNode])

    var text: String? {
        guard case .string(let bytes) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    subscript(key: String) -> JSONNode? {
        guard case .object(let members) = self else { return nil }
        return members[Array(key.utf8)]
    }
}

/// A number: exact where it is whole and fits 64 bits, however it was written.
struct JSONNumeral: Hashable, Sendable, Comparable {
    let value: Double
    let whole: Int64?

    init(_ text: String) {
        value = Double(text) ?? 0
        whole = Int64(text) ?? Int64(exactly: value)
    }

    init(_ whole: Int) {
        value = Double(whole)
        self.whole = Int64(whole)
    }

    var isInteger: Bool { whole != nil || value == value.rounded() && value.isFinite }

    static func == (left: JSONNumeral, right: JSONNumeral) -> Bool {
        if let left = left.whole, let right = right.whole { return left == right }
        return left.value == right.value
    }

    static func < (left: JSONNumeral, right: JSONNumeral) -> Bool {
        if let left = left.whole, let right = right.whole { return left < right }
        return left.value < right.value
    }

    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
