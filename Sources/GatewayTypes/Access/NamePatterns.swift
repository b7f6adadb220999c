/// Names, some of them with `*` for any text: which models or routes a permission means.
public struct NamePatterns: Sendable, Equatable {
    /// As they are written.
    public let texts: [String]
    private let exact: Set<String>
    private let wild: [[UInt8]]

    public init(_ texts: [String] = []) {
        self.texts = texts
        exact = Set(texts.filter { !Self.isWild($0) })
        wild = texts.filter(Self.isWild).map { Array($0.utf8) }
    }

    public var isEmpty: Bool { texts.isEmpty }

    public static func isWild(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "*")) }

    public func match(_ name: String) -> Bool {
        if exact.contains(name) { return true }
        guard !wild.isEmpty else { return false }
        var name = name
        return name.withUTF8 { bytes in wild.contains { Self.match($0, bytes) } }
    }

    /// In time that grows with the product of both lengths at worst: only the last `*` is ever widened.
    private static func match(_ pattern: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var (p, n) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                p = last.pattern + 1
                n = last.name + 1
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}
