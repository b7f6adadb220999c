/// Writes integers (little-endian) and texts one behind another, and a hash of them at the end.
struct SnapshotWriter {
    private var bytes: [UInt8]

    init(_ head: [UInt8]) { bytes = head }

    mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func put(optional value: Int64?) {
        put(value == nil ? 0 : 1 as UInt8)
        if let value { put(value) }
    }

    mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    consuming func finish() -> [UInt8] {
        put(SnapshotHash.of(bytes[...]))
        return bytes
    }
}

/// Reads what a `SnapshotWriter` wrote; once something is missing, everything further is zero and `failed` is set.
struct SnapshotReader {
    private var rest: ArraySlice<UInt8>
    private(set) var failed = false

    /// Nil where the hash at the end is not that of what comes before it.
    init?(_ bytes: [UInt8], skipping head: Int) {
        let content = bytes.dropLast(MemoryLayout<UInt64>.size)
        guard content.count >= head else { return nil }
        rest = bytes.suffix(from: content.endIndex)
        guard integer(UInt64.self) == SnapshotHash.of(content) else { return nil }
        rest = content.dropFirst(head)
    }

    var isAtEnd: Bool { !failed && rest.isEmpty }

    mutating func fail() { failed = true }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value {
        let size = MemoryLayout<Value>.size
        guard !failed, rest.count >= size else {
            failed = true
            return 0
        }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    mutating func optional(_: Int64.Type) -> Int64? { integer(UInt8.self) == 0 ? nil : integer(Int64.self) }

    mutating func text() -> String {
        let length = Int(integer(UInt32.self))
        guard !failed, rest.count >= length else {
            failed = true
            return ""
        }
        defer { rest = rest.dropFirst(length) }
        return String(decoding: rest.prefix(length), as: UTF8.self)
    }
}

/// FNV-1a, 64 bits: tells damaged bytes from whole ones; no defence against someone who wants a collision.
enum SnapshotHash {
    static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
