import NIOCore

/// A batch in a segment of a spool: a head of 32 bytes, then the message, compressed with gzip. All numbers are
/// little-endian.
struct SpoolRecord: Equatable {
    static let headBytes = 32
    /// Where in the head it says whether the batch still waits; the only byte that is ever written again.
    static let stateOffset = 4
    static let waiting: UInt8 = 1
    static let done: UInt8 = 2
    /// Longest message that is believed to be one.
    static let bytesMax = 64 << 20
    private static let magic: UInt32 = 0x3150_5357

    var isWaiting = true
    var isText: Bool
    /// Of the message.
    var length: Int
    /// Items in it.
    var count: Int
    /// When it was appended, in Unix seconds.
    var time: Int64
    /// Over all of the above but `isWaiting`, and the message.
    var checksum: UInt64

    var size: Int { Self.headBytes + length }

    init(_ message: ByteBuffer, count: Int, isText: Bool, time: Int64) {
        self.isText = isText
        length = message.readableBytes
        self.count = count
        self.time = time
        checksum = 0
        checksum = Self.checksum(self, message)
    }

    /// Nil where the bytes are no head.
    init?(head: ByteBuffer) {
        var rest = head
        guard rest.readInteger(endianness: .little, as: UInt32.self) == Self.magic,
            let state = rest.readInteger(as: UInt8.self), let format = rest.readInteger(as: UInt8.self),
            rest.readInteger(as: UInt16.self) == 0,
            let length = rest.readInteger(endianness: .little, as: UInt32.self), length <= Self.bytesMax,
            let count = rest.readInteger(endianness: .little, as: UInt32.self),
            let time = rest.readInteger(endianness: .little, as: Int64.self),
            let checksum = rest.readInteger(endianness: .little, as: UInt64.self),
            state == Self.waiting || state == Self.done, format <= 1
        else { return nil }
        isWaiting = state == Self.waiting
        isText = format == 1
        self.length = Int(length)
        self.count = Int(count)
        self.time = time
        self.checksum = checksum
    }

    func bytes(with message: ByteBuffer) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: size)
        bytes.writeInteger(Self.magic, endianness: .little)
        bytes.writeInteger(isWaiting ? Self.waiting : Self.done)
        bytes.writeInteger(UInt8(isText ? 1 : 0))
        bytes.writeInteger(UInt16(0))
        bytes.writeInteger(UInt32(length), endianness: .little)
        bytes.writeInteger(UInt32(count), endianness: .little)
        bytes.writeInteger(time, endianness: .little)
        bytes.writeInteger(checksum, endianness: .little)
        bytes.writeImmutableBuffer(message)
        return bytes
    }

    func holds(_ message: ByteBuffer) -> Bool {
        message.readableBytes == length && Self.checksum(self, message) == checksum
    }

    /// FNV-1a (64 bits): tells a torn or damaged record, not a forged one.
    private static func checksum(_ record: SpoolRecord, _ message: ByteBuffer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        take(record.isText ? 1 : 0)
        for number in [UInt64(record.length), UInt64(record.count), UInt64(bitPattern: record.time)] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) { take(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        message.withUnsafeReadableBytes { for byte in $0 { take(byte) } }
        return hash
    }
}
