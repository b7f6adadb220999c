import NIOCore

/// A frame of `application/vnd.amazon.eventstream`: lengths, headers and payload, guarded by two CRCs.
enum EventFrame {
    enum Kind: String { case event, exception }

    static func append(kind: Kind, name: String, payload: String, to buffer: inout ByteBuffer) {
        var headers = ByteBuffer()
        appendHeader(":\(kind.rawValue)-type", name, to: &headers)
        appendHeader(":content-type", "application/json", to: &headers)
        appendHeader(":message-type", kind.rawValue, to: &headers)
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(16 + headers.readableBytes + payload.utf8.count))
        frame.writeInteger(UInt32(headers.readableBytes))
        frame.writeInteger(crc(frame))
        frame.writeImmutableBuffer(headers)
        frame.writeString(payload)
        frame.writeInteger(crc(frame))
        buffer.writeImmutableBuffer(frame)
    }

    /// Type 7 is a string.
    private static func appendHeader(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(name.utf8.count))
        buffer.writeString(name)
        buffer.writeInteger(UInt8(7))
        buffer.writeInteger(UInt16(value.utf8.count))
        buffer.writeString(value)
    }

    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }

    /// CRC-32 as in zlib (ISO 3309).
    static func crc(_ buffer: ByteBuffer) -> UInt32 {
        ~buffer.readableBytesView.reduce(~UInt32(0)) { crc, byte in table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8 }
    }
}
