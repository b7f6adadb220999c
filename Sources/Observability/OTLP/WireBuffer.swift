import COTLP
import Glibc
import NIOCore

/// Writes the wire format of Protocol Buffers into memory that is used again. Fields come in the order of their numbers
/// and lengths in as few bytes as they need, so what is written is what the generated code would write.
struct WireBuffer: ~Copyable {
    enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    private(set) var count = 0
    private var base: UnsafeMutableRawPointer
    private var capacity: Int

    init(capacity: Int = 16 * 1_024) {
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit { base.deallocate() }

    /// A copy of what was written since the last time; the memory stays.
    mutating func take() -> ByteBuffer {
        defer { count = 0 }
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: base, count: count))
    }

    mutating func varint(_ field: UInt64, _ value: UInt64) {
        key(field, .varint)
        varint(value)
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        key(field, .fixed64)
        store(value.littleEndian)
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        key(field, .fixed32)
        store(value.littleEndian)
    }

    /// Most significant byte first.
    mutating func bytes(_ field: UInt64, _ words: UInt64...) {
        key(field, .lengthDelimited)
        varint(UInt64(words.count * 8))
        for word in words { store(word.bigEndian) }
    }

    /// Fields that were written before.
    mutating func append(_ content: ByteBuffer) {
        content.withUnsafeReadableBytes { source in
            makeRoom(source.count)
            UnsafeMutableRawBufferPointer(start: base + count, count: source.count).copyMemory(from: source)
            count += source.count
        }
    }

    /// Text of anybody: a NUL becomes a space, as it would end the text for readers in C, and databases refuse it.
    mutating func text(_ field: UInt64, _ text: String) {
        let start = count
        name(field, text)
        let written = base + start
        guard memchr(written, 0, count - start) != nil else { return }
        // Neither the key nor a length of fewest bytes holds a zero, but that of an empty text.
        for position in 2..<max(2, count - start) where written.load(fromByteOffset: position, as: UInt8.self) == 0 {
            written.storeBytes(of: 0x20, toByteOffset: position, as: UInt8.self)
        }
    }

    /// Text of our own.
    mutating func name(_ field: UInt64, _ text: String) {
        var text = text
        text.withUTF8 { source in
            key(field, .lengthDelimited)
            varint(UInt64(source.count))
            makeRoom(source.count)
            UnsafeMutableRawBufferPointer(start: base + count, count: source.count).copyMemory(
                from: UnsafeRawBufferPointer(source))
            count += source.count
        }
    }

    /// The key and length of a message whose bytes follow.
    mutating func message(_ field: UInt64, size: Int) {
        key(field, .lengthDelimited)
        varint(UInt64(size))
    }

    /// A struct of the generated code, with all that it points to.
    mutating func message(_ field: UInt64, packing message: UnsafePointer<ProtobufCMessage>) {
        let size = protobuf_c_message_get_packed_size(message)
        self.message(field, size: size)
        makeRoom(size)
        count += protobuf_c_message_pack(message, (base + count).assumingMemoryBound(to: UInt8.self))
    }

    /// What `write` writes, as a message. Its length is written afterwards; two bytes hold those of nearly all.
    mutating func message(_ field: UInt64, _ write: (inout WireBuffer) -> Void) {
        key(field, .lengthDelimited)
        let start = count
        makeRoom(2)
        count += 2
        write(&self)
        let size = count - start - 2
        let width = Self.width(UInt64(size))
        if width != 2 {
            makeRoom(width)
            memmove(base + start + width, base + start + 2, size)
        }
        count = start
        varint(UInt64(size))
        count += size
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) {
        makeRoom(10)
        var rest = value
        while rest > 0x7F {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            count += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// How many bytes a number takes.
    static func width(_ value: UInt64) -> Int { (70 - (value | 1).leadingZeroBitCount) / 7 }

    /// How many bytes a text takes with its length.
    static func size(of text: String) -> Int {
        let count = text.utf8.count
        return width(UInt64(count)) + count
    }

    private mutating func key(_ field: UInt64, _ type: WireType) { varint(field << 3 | type.rawValue) }

    private mutating func store(_ value: some FixedWidthInteger & BitwiseCopyable) {
        makeRoom(8)
        base.storeBytes(of: value, toByteOffset: count, as: type(of: value))
        count += MemoryLayout.size(ofValue: value)
    }

    private mutating func makeRoom(_ size: Int) {
        if count + size > capacity { grow(to: count + size) }
    }

    @inline(never)
    private mutating func grow(to size: Int) {
        capacity = max(size, capacity * 2)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }
}
