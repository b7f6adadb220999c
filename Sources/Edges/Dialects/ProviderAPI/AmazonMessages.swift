import NIOCore

/// Cuts an `application/vnd.amazon.eventstream` into its messages: lengths of the whole and of its fields, a checksum of
/// both, fields, payload, a checksum of all. What merely passes is for the client to check.
struct AmazonMessages {
    struct Message {
        /// `event`, `exception` or `error`.
        var type = ""
        var payload: UnsafeRawBufferPointer
    }

    private static let preludeBytes = 12
    private static let messageBytesMax = 16 * 1024 * 1024

    private var pending = ByteBuffer()
    /// The bytes are no such stream after all.
    private(set) var isBroken = false

    /// Whether the stream ended, so far, with a whole message.
    var isComplete: Bool { pending.readableBytes == 0 }

    /// Whether bytes begin as such a stream does; at least 12 are needed.
    static func begin(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= preludeBytes, lengths(bytes, 0) != nil else { return false }
        return checksum(bytes[0..<8]) == word(bytes, 8)
    }

    mutating func read(_ bytes: ByteBuffer, _ found: (Message) -> Void) {
        guard !isBroken else { return }
        if pending.readableBytes == 0 { pending = bytes } else { pending.writeImmutableBuffer(bytes) }
        var source = pending
        pending = ByteBuffer()
        let consumed = source.withUnsafeReadableBytes { cut($0, found) }
        guard !isBroken, consumed < source.readableBytes else { return }
        // What is not consumed stays where it is: copied with each piece, a long message would cost its square.
        source.moveReaderIndex(forwardBy: consumed)
        if consumed > 0 { source.discardReadBytes() }
        pending = source
    }

    private mutating func cut(_ bytes: UnsafeRawBufferPointer, _ found: (Message) -> Void) -> Int {
        var start = 0
        while bytes.count - start >= Self.preludeBytes {
            guard let (total, fields) = Self.lengths(bytes, start) else {
                isBroken = true
                return start
            }
            guard bytes.count - start >= total else { break }
            let body = start + Self.preludeBytes + fields
            var message = Message(payload: UnsafeRawBufferPointer(rebasing: bytes[body..<start + total - 4]))
            message.type = Self.type(UnsafeRawBufferPointer(rebasing: bytes[start + Self.preludeBytes..<body]))
            found(message)
            start += total
        }
        return start
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func lengths(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> (total: Int, fields: Int)? {
        let total = Int(word(bytes, start))
        let fields = Int(word(bytes, start + 4))
        guard total <= messageBytesMax, total >= preludeBytes + fields + 4 else { return nil }
        return (total, fields)
    }

    /// The text of `:message-type`; all fields of these streams are texts (type 7).
    private static func type(_ fields: UnsafeRawBufferPointer) -> String {
        var position = 0
        while position < fields.count {
            let nameEnd = position + 1 + Int(fields[position])
            guard nameEnd + 3 <= fields.count, fields[nameEnd] == 7 else { return "" }
            let valueEnd = nameEnd + 3 + (Int(fields[nameEnd + 1]) << 8 | Int(fields[nameEnd + 2]))
            guard valueEnd <= fields.count else { return "" }
            if fields[position + 1..<nameEnd].elementsEqual(":message-type".utf8) {
                return String(decoding: fields[nameEnd + 3..<valueEnd], as: UTF8.self)
            }
            position = valueEnd
        }
        return ""
    }

    /// CRC-32 (ISO 3309), bit by bit: only a prelude is checked.
    private static func checksum(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~remainder
    }

    /// The bytes of base64 text (RFC 4648, section 4), as a model's own events come inside messages; nil where it is none.
    static func decodeBase64(_ text: String) -> ByteBuffer? {
        var bytes = ByteBufferAllocator().buffer(capacity: text.utf8.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for digit in text.utf8 where digit != UInt8(ascii: "=") {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.writeInteger(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
