/// `tracestate` (W3C Trace Context, level 2, §3.3). Weir adds no member of its own and passes the caller's on.
public enum TraceState {
    private static let membersMax = 32

    /// The header's values in order, as one; nil when there is none, or when any member is not valid. A bad `tracestate`
    /// never makes the `traceparent` bad.
    public static func combine(_ values: [String]) -> String? {
        var members: [String] = []
        var keys = Set<String>()
        for member in values.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: true) {
            let text = trim(member)
            if text.isEmpty { continue }
            guard let equals = text.firstIndex(of: "=") else { return nil }
            let key = String(text[..<equals])
            guard isKey(key), isValue(text[text.index(after: equals)...]), keys.insert(key).inserted else { return nil }
            members.append(String(text))
            guard members.count <= membersMax else { return nil }
        }
        return members.isEmpty ? nil : members.joined(separator: ",")
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }

    private static func isKey(_ key: String) -> Bool {
        guard let first = key.utf8.first, isLetterOrDigit(first), key.utf8.count <= 256 else { return false }
        return key.utf8.allSatisfy { isLetterOrDigit($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isValue(_ value: Substring) -> Bool {
        guard (1...256).contains(value.utf8.count) else { return false }
        return value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x3D }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
