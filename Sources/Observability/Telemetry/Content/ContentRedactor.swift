/// Takes secrets that have a known form out of a text: keys of APIs, bearer tokens, private keys, addresses of e-mail and
/// numbers of payment cards. One pass; what it takes grows with the text's length, whatever the text is.
struct ContentRedactor {
    static func redact(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var redactor = ContentRedactor(bytes)
            redactor.run()
            return redactor.isChanged ? String(decoding: redactor.output, as: UTF8.self) : nil
        } ?? text
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var output: [UInt8] = []
    private var position = 0
    /// What lies before is replaced, and is not looked at again.
    private var replacedUpTo = 0
    private var isChanged: Bool { replacedUpTo > 0 }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        output.reserveCapacity(bytes.count)
    }

    private mutating func run() {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "-"), let end = privateKeyEnd() {
                replace(upTo: end, "private key")
            } else if byte == UInt8(ascii: "@"), let range = mailRange() {
                output.removeLast(position - range.lowerBound)
                replace(upTo: range.upperBound, "e-mail")
            } else if isWordStart, let end = keyEnd() {
                replace(upTo: end, "key")
            } else if isWordStart, let range = bearerRange() {
                output.append(contentsOf: bytes[position..<range.lowerBound])
                replace(upTo: range.upperBound, "token")
            } else if Self.isDigit(byte), position == 0 || !Self.isDigit(bytes[position - 1]), let end = cardEnd() {
                replace(upTo: end, "card")
            } else {
                output.append(byte)
                position += 1
            }
        }
    }

    private mutating func replace(upTo end: Int, _ what: StaticString) {
        output += "[redacted: \(what)]".utf8
        position = end
        replacedUpTo = end
    }

    // MARK: Private keys

    private static let begin = Array("-----BEGIN ".utf8)
    private static let label = Array("PRIVATE KEY".utf8)
    private static let end = Array("-----END ".utf8)

    /// A key without its end goes on to the end of the text.
    private func privateKeyEnd() -> Int? {
        guard has(Self.begin, at: position) else { return nil }
        var start = position + Self.begin.count
        // `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `PGP PRIVATE KEY BLOCK` …
        let labelEnd = min(bytes.count, start + 32)
        while start < labelEnd, !has(Self.label, at: start) { start += 1 }
        guard start < labelEnd else { return nil }
        while start < bytes.count, !has(Self.end, at: start) { start += 1 }
        guard start < bytes.count else { return bytes.count }
        start += Self.end.count
        let last = min(bytes.count, start + 64)
        while start < last, bytes[start] != UInt8(ascii: "-") { start += 1 }
        while start < bytes.count, bytes[start] == UInt8(ascii: "-") { start += 1 }
        return start
    }

    // MARK: Keys and tokens

    /// How keys begin. All of them are longer than 20 characters.
    private static let prefixes = [
        "sk-", "sk_", "rk_", "pk-lf-", "AKIA", "ASIA", "AIza", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
        "glpat-", "xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "hf_", "gsk_", "xai-", "pplx-", "r8_", "npm_",
        "pypi-", "dop_v1_", "ya29.", "eyJ",
    ].map { Array($0.utf8) }
    private static let keyBytesMin = 20

    private func keyEnd() -> Int? {
        guard Self.prefixes.contains(where: { has($0, at: position) }) else { return nil }
        var end = position
        while end < bytes.count, Self.isOfKey(bytes[end]) { end += 1 }
        return end - position >= Self.keyBytesMin ? end : nil
    }

    /// What follows `bearer`: long, or short with a digit, so that the word alone may be written.
    private func bearerRange() -> Range<Int>? {
        guard hasWord("bearer") else { return nil }
        var start = position + 6
        while start < bytes.count, bytes[start] == UInt8(ascii: " "), start < position + 16 { start += 1 }
        guard start > position + 6 else { return nil }
        var end = start
        var hasDigit = false
        while end < bytes.count, Self.isOfToken(bytes[end]) {
            hasDigit = hasDigit || Self.isDigit(bytes[end])
            end += 1
        }
        return end - start >= 20 || (end - start >= 8 && hasDigit) ? start..<end : nil
    }

    private func hasWord(_ word: StaticString) -> Bool {
        guard position + word.utf8CodeUnitCount <= bytes.count else { return false }
        return word.withUTF8Buffer { letters in
            letters.indices.allSatisfy { bytes[position + $0] | 0x20 == letters[$0] }
        }
    }

    // MARK: E-mail

    private func mailRange() -> Range<Int>? {
        var start = position
        while start > replacedUpTo, position - start < 64, Self.isOfMailbox(bytes[start - 1]) { start -= 1 }
        guard start < position else { return nil }
        var end = position + 1
        var lastDot: Int?
        while end < bytes.count, end - position < 255, Self.isOfHost(bytes[end]) {
            if bytes[end] == UInt8(ascii: "."), end + 1 < bytes.count, Self.isLetter(bytes[end + 1]) { lastDot = end }
            end += 1
        }
        guard let lastDot, lastDot > position + 1 else { return nil }
        var last = lastDot + 1
        while last < end, Self.isLetter(bytes[last]) { last += 1 }
        return last - lastDot > 2 ? start..<last : nil
    }

    // MARK: Cards

    /// 13 to 19 digits, single spaces or dashes among them, whose check digit is right.
    private func cardEnd() -> Int? {
        var digits = InlineArray<19, Int>(repeating: 0)
        var ends = InlineArray<19, Int>(repeating: 0)
        var count = 0
        var next = position
        while next < bytes.count, count < 19 {
            if Self.isDigit(bytes[next]) {
                digits[count] = Int(bytes[next] - UInt8(ascii: "0"))
                ends[count] = next + 1
                count += 1
            } else if !Self.isGap(bytes[next]) || next + 1 >= bytes.count || !Self.isDigit(bytes[next + 1]) {
                break
            }
            next += 1
        }
        while count >= 13 {
            let end = ends[count - 1]
            let goesOn = end < bytes.count && Self.isDigit(bytes[end])
            if !goesOn, Self.checks(digits, count) { return end }
            count -= 1
        }
        return nil
    }

    /// The sum of Luhn's formula ends in 0. Zeros alone are no card.
    private static func checks(_ digits: InlineArray<19, Int>, _ count: Int) -> Bool {
        var sum = 0
        for position in 0..<count {
            let digit = digits[count - 1 - position]
            let value = position % 2 == 1 ? digit * 2 : digit
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0 && sum > 0
    }

    // MARK: Bytes

    private func has(_ wanted: [UInt8], at start: Int) -> Bool {
        guard start + wanted.count <= bytes.count, bytes[start] == wanted[0] else { return false }
        return wanted.indices.allSatisfy { bytes[start + $0] == wanted[$0] }
    }

    private var isWordStart: Bool { position == 0 || !Self.isWord(bytes[position - 1]) }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
    private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_") }
    private static func isGap(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") }
    private static func isHyphen(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") }
    private static func isOfKey(_ byte: UInt8) -> Bool { isWord(byte) || isHyphen(byte) }
    private static func isOfHost(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || isHyphen(byte) }
    private static func isOfMailbox(_ byte: UInt8) -> Bool {
        isOfKey(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "%")
    }
    private static func isOfToken(_ byte: UInt8) -> Bool {
        isOfMailbox(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "~")
    }
}
