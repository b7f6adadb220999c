/// `tracestate` (W3C Trace Context, level 2, §3.3): other systems' members are passed on as they came; Weir's own is
/// OpenTelemetry's `ot`.
public enum TraceState {
    private static let membersMax = 32

    /// The header's values in order, as one; nil when there is none, or when any member is not valid. Of two members with
    /// one key the first stays. A bad `tracestate` never makes the `traceparent` bad.
    public static func combine(_ values: [String]) -> String? {
        var members: [String] = []
        var keys = Set<String>()
        for member in values.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: true) {
            let text = trim(member)
            if text.isEmpty { continue }
            guard let equals = text.firstIndex(of: "=") else { return nil }
            let key = String(text[..<equals])
            guard isKey(key), isValue(text[text.index(after: equals)...]) else { return nil }
            guard keys.insert(key).inserted else { continue }
            members.append(String(text))
            guard members.count <= membersMax else { return nil }
        }
        return members.isEmpty ? nil : members.joined(separator: ",")
    }

    /// The value of a member of what `combine` made; nil where there is none.
    static func value(of key: String, in state: String) -> Substring? {
        for member in state.split(separator: ",") where isMember(member, key) {
            return member.dropFirst(key.count + 1)
        }
        return nil
    }

    /// What `combine` made with one member changed, which then stands first, or taken out. Of too many members the last
    /// goes.
    static func setting(_ key: String, to value: String?, in state: String?) -> String? {
        var members = (state ?? "").split(separator: ",").filter { !isMember($0, key) }
        if let value { members.insert(Substring(key + "=" + value), at: 0) }
        return members.isEmpty ? nil : members.prefix(membersMax).joined(separator: ",")
    }

    private static func isMember(_ member: Substring, _ key: String) -> Bool {
        member.utf8.count > key.utf8.count && member.hasPrefix(key)
            && member.utf8[member.utf8.index(member.utf8.startIndex, offsetBy: key.utf8.count)] == UInt8(ascii: "=")
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
