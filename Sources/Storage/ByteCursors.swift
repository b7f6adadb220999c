import GatewayTypes

/// Writes integers (little-endian) and bounded texts one behind another into a piece of memory.
struct ByteSink {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private let stringBytesMax: Int
    /// Bytes asked for so far; more than `capacity` when they did not fit, and then nothing beyond it was touched.
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer, base: UnsafeMutableRawPointer, stringBytesMax: Int) {
        self.base = base
        capacity = memory.count
        self.stringBytesMax = stringBytesMax
    }

    var fits: Bool { count <= capacity }

    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let end = count + MemoryLayout<Value>.size
        if end <= capacity { base.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self) }
        count = end
    }

    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(optional value: Value?) {
        put(value == nil ? 0 : 1 as UInt8)
        if let value { put(value) }
    }

    /// A text longer than the bound is cut between two of its characters' encodings.
    mutating func put(_ text: String) {
        let start = count
        let room = capacity - start - 2
        let bound = stringBytesMax
        let length = text.utf8.withContiguousStorageIfAvailable { bytes -> Int in
            var length = min(bytes.count, bound)
            if length < bytes.count { while length > 0, bytes[length] & 0xC0 == 0x80 { length -= 1 } }
            if length <= room, let source = bytes.baseAddress {
                (base + start + 2).copyMemory(from: source, byteCount: length)
            }
            return length
        }
        guard let length else {
            var native = text
            native.makeContiguousUTF8()
            put(native)
            return
        }
        put(UInt16(length))
        count = start + 2 + length
    }

    mutating func put(optional text: String?) {
        if let text { put(text) } else { put(ByteSource.absent) }
    }
}

/// Reads what a `ByteSink` wrote; once something is missing, everything further is zero and `failed` is set.
struct ByteSource {
    /// The length that stands for "no text".
    static let absent = UInt16.max

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private(set) var failed = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func fail() { failed = true }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type = Value.self) -> Value {
        let size = MemoryLayout<Value>.size
        guard !failed, offset + size <= bytes.count else {
            failed = true
            return 0
        }
        defer { offset += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    mutating func optional<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type = Value.self) -> Value? {
        integer(UInt8.self) == 0 ? nil : integer(Value.self)
    }

    mutating func optionalText() -> String? {
        let length = integer(UInt16.self)
        guard !failed, length != Self.absent else { return nil }
        guard offset + Int(length) <= bytes.count else {
            failed = true
            return nil
        }
        defer { offset += Int(length) }
        return String(decoding: bytes[offset..<offset + Int(length)], as: UTF8.self)
    }

    mutating func text() -> String {
        guard let text = optionalText() else {
            failed = true
            return ""
        }
        return text
    }
}
