import NIOCore

/// Vectors as base64 (RFC 4648) of little-endian 32-bit floats, as `encoding_format: base64` has them.
enum FloatText {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// The numbers; those before the first letter that is none of base64.
    static func numbers(_ text: String) -> [Double] {
        var numbers: [Double] = []
        var bits: UInt64 = 0
        var bitCount = 0
        var word: UInt32 = 0
        var byteCount = 0
        for letter in text.utf8 {
            let value = values[Int(letter)]
            guard value != 255 else { break }
            bits = bits << 6 | UInt64(value)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            let byte = UInt32(truncatingIfNeeded: bits >> UInt64(bitCount)) & 0xFF
            bits &= 1 << UInt64(bitCount) - 1
            word |= byte << UInt32(byteCount * 8)
            byteCount += 1
            guard byteCount == 4 else { continue }
            numbers.append(Double(Float(bitPattern: word)))
            word = 0
            byteCount = 0
        }
        return numbers
    }

    static func text(_ numbers: [Double]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count * 4)
        for number in numbers {
            let word = Float(number).bitPattern
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for position in 0..<3 {
                bits = bits << 8 | (position < group.count ? UInt32(group[start + position]) : 0)
            }
            for position in 0..<4 {
                let letter = letters[Int(bits >> UInt32(18 - 6 * position) & 63)]
                text.append(position <= group.count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
