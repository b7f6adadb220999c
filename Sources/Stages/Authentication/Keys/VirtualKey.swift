/// A key that Weir makes: `wk_`, ten digits that it is found by, `_`, and 43 that are secret; digits of base 62.
///
/// 43 of them hold 256 bits. The form is fixed, so that scanners for leaked secrets can look for it:
/// `wk_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}`.
public struct VirtualKey: Sendable {
    /// The key itself: to be shown once, and never to be kept.
    public let text: String
    /// What it is found by, as a number: not secret.
    public let prefix: KeyPrefix

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let secretDigits = 43

    /// `random` gives that many random bytes, fit for keys.
    public init<Problem>(random: (Int) throws(Problem) -> [UInt8]) throws(Problem) {
        let count = KeyPrefix.digits + Self.secretDigits
        var digits: [UInt8] = []
        while digits.count < count {
            // 248 is four times 62: what lies above would make some digits more likely than others.
            for byte in try random(2 * count) where byte < 248 && digits.count < count {
                digits.append(Self.alphabet[Int(byte) % 62])
            }
        }
        let head = KeyPrefix.introduction + String(decoding: digits.prefix(KeyPrefix.digits), as: UTF8.self)
        text = head + "_" + String(decoding: digits.dropFirst(KeyPrefix.digits), as: UTF8.self)
        prefix = KeyPrefix(ofKey: text) ?? KeyPrefix(number: 0)
    }
}

/// The public beginning of a virtual key.
public struct KeyPrefix: Hashable, Sendable, CustomStringConvertible {
    static let introduction = "wk_"
    static let digits = 10
    private static let keyBytes = 57

    /// Ten digits of base 62, the first one the highest.
    public let number: UInt64

    init(number: UInt64) { self.number = number }

    /// Nil: the text does not have the form of a virtual key.
    public init?(ofKey text: String) {
        guard text.utf8.count == Self.keyBytes, text.hasPrefix(Self.introduction) else { return nil }
        var number: UInt64 = 0
        var position = 0
        for byte in text.utf8 {
            defer { position += 1 }
            if position < 3 { continue }
            if position == 13 {
                guard byte == UInt8(ascii: "_") else { return nil }
                continue
            }
            guard let digit = Self.digit(byte) else { return nil }
            if position < 13 { number = number * 62 + digit }
        }
        self.number = number
    }

    /// Nil: not what `description` writes.
    public init?(_ text: String) {
        guard text.utf8.count == 13, text.hasPrefix(Self.introduction) else { return nil }
        var number: UInt64 = 0
        for byte in text.utf8.dropFirst(3) {
            guard let digit = Self.digit(byte) else { return nil }
            number = number * 62 + digit
        }
        self.number = number
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x5A: UInt64(byte - 0x41) + 10
        case 0x61...0x7A: UInt64(byte - 0x61) + 36
        case _: nil
        }
    }

    public var description: String {
        var rest = number
        var digits: [UInt8] = []
        for _ in 0..<Self.digits {
            let digit = UInt8(rest % 62)
            digits.append(digit < 10 ? 0x30 + digit : digit < 36 ? 0x41 + digit - 10 : 0x61 + digit - 36)
            rest /= 62
        }
        return Self.introduction + String(decoding: digits.reversed(), as: UTF8.self)
    }
}
