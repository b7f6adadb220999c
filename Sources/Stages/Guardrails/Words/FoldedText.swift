/// Reads well-formed UTF-8 scalar by scalar, folded for comparing: lower-case, every white space a blank.
enum FoldedText {
    /// Stands for white space of any kind.
    static let blank: UInt32 = 0x20
    /// Is not looked at: it shows nothing and could hide a word.
    static let nothing: UInt32 = 0

    /// The folded scalar at `index`, and its bytes.
    @inline(__always)
    static func next(in text: Span<UInt8>, at index: Int) -> (scalar: UInt32, bytes: Int) {
        let first = text[index]
        if first < 0x80 {
            if first &- 0x41 < 26 { return (UInt32(first | 0x20), 1) }
            return (first <= 0x20 ? blank : UInt32(first), 1)
        }
        let (scalar, bytes) = raw(in: text, at: index)
        return (folded(scalar), bytes)
    }

    /// What is not UTF-8 counts as one byte that is no letter.
    static func raw(in text: Span<UInt8>, at index: Int) -> (scalar: UInt32, bytes: Int) {
        let first = UInt32(text[index])
        let wanted = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 0
        guard wanted > 0, index + wanted <= text.count else { return (0xFFFD, 1) }
        var scalar = wanted == 1 ? first : first & (0x7F >> UInt32(wanted))
        for offset in 1..<max(2, wanted) where offset < wanted {
            scalar = scalar << 6 | UInt32(text[index + offset] & 0x3F)
        }
        return (scalar, wanted)
    }

    static func folded(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x00AD, 0x200B...0x200D, 0x2060, 0xFEFF: return nothing
        // Letters of one case, and symbols: the bulk of what is not Latin, Greek or Cyrillic.
        case 0x2E80...0xA63F, 0xAC00...0xD7FF, 0x1F000...0x1FFFF: return scalar == 0x3000 ? blank : scalar
        default: break
        }
        guard let known = Unicode.Scalar(scalar) else { return scalar }
        if known.properties.isWhitespace { return blank }
        let lower = known.properties.lowercaseMapping.unicodeScalars
        guard let only = lower.first, lower.count == 1 else { return scalar }
        return only.value
    }

    /// Whether a word may go on with it, so that what stands beside it is only a part of a word.
    static func isWord(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 {
            return (0x30...0x39).contains(scalar) || (0x61...0x7A).contains(scalar) || (0x41...0x5A).contains(scalar)
                || scalar == 0x5F
        }
        guard let known = Unicode.Scalar(scalar) else { return false }
        return known.properties.isAlphabetic || known.properties.numericType != nil
    }

    /// Whether it belongs to a script that puts no blanks between words.
    static func isUnspaced(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0x31FF, 0x3400...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
