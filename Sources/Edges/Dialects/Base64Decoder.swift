import NIOCore

/// Base64 text to bytes (RFC 4648, section 4).
enum Base64Decoder {
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: 0xFF, count: 256)
        for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            digits[Int(byte)] = UInt8(value)
        }
        return digits
    }()

    /// Nil where it is no base64.
    static func bytes(of text: String) -> ByteBuffer? {
        guard text.utf8.count % 4 == 0 else { return nil }
        let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(text.utf8.count / 4 * 3)
        var word: UInt32 = 0
        var count = 0
        for byte in text.utf8.dropLast(padding) {
            let digit = digits[Int(byte)]
            guard digit != 0xFF else { return nil }
            word = word << 6 | UInt32(digit)
            count += 1
            guard count == 4 else { continue }
            buffer.writeMultipleIntegers(UInt8(word >> 16 & 0xFF), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF))
            word = 0
            count = 0
        }
        if padding == 1 { buffer.writeMultipleIntegers(UInt8(word >> 10 & 0xFF), UInt8(word >> 2 & 0xFF)) }
        if padding == 2 { buffer.writeInteger(UInt8(word >> 4 & 0xFF)) }
        return buffer
    }
}
