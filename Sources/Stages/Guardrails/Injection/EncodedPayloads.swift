/// Texts in base64, hexadecimal, escapes or bits that say what would be a finding in plain words.
///
/// Of each run the first 1024 bytes are decoded, and what comes out is looked at once more for base64 within.
struct EncodedPayloads {
    let words: InjectionWords
    private var depth = 0

    private static let runBytesMax = InjectionDetector.evidenceBytesMax
    private static let base64Min = 20
    /// Units of other encodings that make a run.
    private static let unitsMin = 8

    init(words: InjectionWords) { self.words = words }

    func collect(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence]) {
        base64Runs(text, into: &evidence)
        units(text, into: &evidence)
    }

    private func judge(_ decoded: [UInt8], _ range: Range<Int>, into evidence: inout [InjectionEvidence]) {
        if says(decoded) { evidence.append(InjectionEvidence(range: range, weight: 110, kind: .encodedPayload)) }
    }

    private func says(_ decoded: [UInt8]) -> Bool {
        guard decoded.count >= 12, Self.isText(decoded[...]) else { return false }
        if words.points(decoded.span) >= InjectionWords.concealedThreshold { return true }
        guard depth < 2 else { return false }
        var (inner, found) = (self, [InjectionEvidence]())
        inner.depth += 1
        inner.base64Runs(decoded.span, into: &found)
        return !found.isEmpty
    }

    /// Nearly all of it printable, or bytes of other scripts.
    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        let odd = bytes.count { $0 < 0x20 && !Scalars.isSpace($0) || $0 == 0x7F }
        return odd * 20 <= bytes.count
    }

    // MARK: Base64 and hexadecimal without spaces

    private func base64Runs(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence]) {
        var index = 0
        while index < text.count {
            guard Self.digit(text[index]) != nil else {
                index += 1
                continue
            }
            if Scalars.has("0x", in: text, at: index) { index += 2 }
            let start = index
            var isHex = true
            while index < text.count, Self.digit(text[index]) != nil {
                isHex = isHex && Scalars.hexDigit(text[index]) != nil
                index += 1
            }
            guard index - start >= Self.base64Min else { continue }
            let range = start..<min(index, start + Self.runBytesMax)
            if isHex {
                judge(Self.fromHex(text, range), range, into: &evidence)
            } else {
                // What stands before without a space may have shifted it; its first bytes tell.
                for shift in 0..<4 {
                    let part = range.lowerBound + shift..<range.upperBound
                    guard part.count >= Self.base64Min, Self.isText(Self.fromBase64(text, part, bytesMax: 18)[...])
                    else {
                        continue
                    }
                    judge(Self.fromBase64(text, part, bytesMax: Self.runBytesMax), range, into: &evidence)
                }
            }
        }
    }

    /// Both alphabets: `+/` and `-_`.
    @inline(__always) private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        case _: nil
        }
    }

    static func fromBase64(_ text: Span<UInt8>, _ range: Range<Int>, bytesMax: Int) -> [UInt8] {
        var decoded: [UInt8] = []
        var (word, bits) = (0 as UInt32, 0 as UInt32)
        for index in range {
            guard decoded.count < bytesMax, let digit = digit(text[index]) else { break }
            word = word << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                decoded.append(UInt8(truncatingIfNeeded: word >> bits))
            }
        }
        return decoded
    }

    private static func fromHex(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        stride(from: range.lowerBound, to: range.upperBound - 1, by: 2).compactMap { index in
            guard let high = Scalars.hexDigit(text[index]), let low = Scalars.hexDigit(text[index + 1]) else {
                return nil
            }
            return high << 4 | low
        }
    }

    // MARK: Escapes, hexadecimal with spaces, bits

    /// Runs of `%69`, `\x69`, `\u0069`, `&#105;`, `&#x69;`, `69 `, `01101001 `, with plain letters among those that mark
    /// themselves.
    private func units(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence]) {
        var index = 0
        while index < text.count {
            guard Self.mayBegin(text, at: index), let first = Self.unit(text, at: index) else {
                index += 1
                continue
            }
            let start = index
            var (decoded, count, position) = ([first.value], 1, index + first.length)
            while position < text.count, position - start < Self.runBytesMax {
                if let next = Self.unit(text, at: position), next.isMarked == first.isMarked {
                    decoded.append(next.value)
                    count += 1
                    position += next.length
                } else if first.isMarked, text[position] > 0x20, text[position] < 0x7F {
                    decoded.append(text[position])
                    position += 1
                } else {
                    break
                }
            }
            if count >= Self.unitsMin || first.isMarked && count >= 3 {
                judge(decoded, start..<position, into: &evidence)
            }
            index = position
        }
    }

    private struct Unit {
        let value: UInt8
        let length: Int
        /// Whether it says that it is one; else it is digits between spaces.
        let isMarked: Bool
    }

    /// Digits between spaces begin behind one.
    @inline(__always) private static func mayBegin(_ text: Span<UInt8>, at index: Int) -> Bool {
        switch text[index] {
        case UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "&"): true
        case 0x30...0x39, 0x41...0x46, 0x61...0x66:
            index == 0 || !Scalars.isLetter(text[index - 1]) && !Scalars.isDigit(text[index - 1])
        case _: false
        }
    }

    private static func unit(_ text: Span<UInt8>, at index: Int) -> Unit? {
        switch text[index] {
        case UInt8(ascii: "%"):
            return hex(text, at: index + 1, digits: 2).map { Unit(value: $0, length: 3, isMarked: true) }
        case UInt8(ascii: "\\"):
            if Scalars.has("\\x", in: text, at: index) {
                return hex(text, at: index + 2, digits: 2).map { Unit(value: $0, length: 4, isMarked: true) }
            }
            guard Scalars.has("\\u", in: text, at: index) else { return nil }
            return hex(text, at: index + 2, digits: 4).map { Unit(value: $0, length: 6, isMarked: true) }
        case UInt8(ascii: "&"): return entity(text, at: index)
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: return spaced(text, at: index)
        default: return nil
        }
    }

    /// Nil where they are not all hexadecimal digits, or name no byte.
    private static func hex(_ text: Span<UInt8>, at index: Int, digits: Int) -> UInt8? {
        guard index + digits <= text.count else { return nil }
        var value = 0
        for position in index..<index + digits {
            guard let digit = Scalars.hexDigit(text[position]) else { return nil }
            value = value << 4 | Int(digit)
        }
        return UInt8(exactly: value)
    }

    private static func entity(_ text: Span<UInt8>, at index: Int) -> Unit? {
        guard Scalars.has("&#", in: text, at: index) else { return nil }
        let isHex = Scalars.has("&#x", in: text, at: index)
        var (position, value) = (index + (isHex ? 3 : 2), 0)
        let end = min(position + 7, text.count)
        while position < end, let digit = Scalars.hexDigit(text[position]), isHex || digit < 10 {
            value = value * (isHex ? 16 : 10) + Int(digit)
            position += 1
        }
        guard position < text.count, text[position] == UInt8(ascii: ";"), let byte = UInt8(exactly: value) else {
            return nil
        }
        return Unit(value: byte, length: position + 1 - index, isMarked: true)
    }

    /// Two hexadecimal digits or eight bits, and a space or the end.
    private static func spaced(_ text: Span<UInt8>, at index: Int) -> Unit? {
        var end = index
        while end < text.count, end < index + 9, Scalars.hexDigit(text[end]) != nil { end += 1 }
        guard end == text.count || Scalars.isSpace(text[end]) else { return nil }
        let length = min(end + 1, text.count) - index
        if end - index == 2 {
            return hex(text, at: index, digits: 2).map { Unit(value: $0, length: length, isMarked: false) }
        }
        guard end - index == 8 else { return nil }
        var value: UInt8 = 0
        for position in index..<end {
            guard text[position] == 0x30 || text[position] == 0x31 else { return nil }
            value = value << 1 | (text[position] - 0x30)
        }
        return Unit(value: value, length: length, isMarked: false)
    }
}
