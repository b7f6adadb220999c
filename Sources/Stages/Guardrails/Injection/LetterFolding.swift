/// What a scalar is within a word, and which letter it stands for.
struct LetterFolding: Sendable {
    enum Kind: UInt8 {
        case separator
        /// Neither ends a word nor is part of it: marks, zero widths.
        case transparent
        case latin, digit, cyrillic, greek
        /// Letters of other scripts that set words apart by spaces.
        case other
        /// Of scripts that do not, or that grow words by endings without end: Han, Kana, Hangul, Thai.
        case unspaced
    }

    static let shared = LetterFolding()

    /// Latin letters with marks, and styled ones, by what they are without: 0 where they are none.
    private let latin: [UInt8]
    private let latinAdditional: [UInt8]
    private let mathematical: [UInt8]

    private init() {
        latin = Self.bases(0xC0..<0x250)
        latinAdditional = Self.bases(0x1E00..<0x1F00)
        mathematical = Self.bases(0x1D400..<0x1D800)
    }

    /// By the names of Unicode: `LATIN SMALL LETTER A WITH ACUTE`, `MATHEMATICAL BOLD CAPITAL A`.
    private static func bases(_ range: Range<UInt32>) -> [UInt8] {
        range.map { value in
            guard let name = Unicode.Scalar(value)?.properties.name else { return 0 }
            let words = name.split(separator: " ")
            let letter: Substring?
            if words.first == "MATHEMATICAL" {
                letter = words.last
            } else {
                letter = words.firstIndex(of: "LETTER").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
            }
            guard let letter, letter.utf8.count == 1, let byte = letter.utf8.first, Scalars.isLetter(byte) else {
                return value == 0xDF ? UInt8(ascii: "s") : value == 0x131 ? UInt8(ascii: "i") : 0
            }
            return byte | 0x20
        }
    }

    /// Not for ASCII.
    func fold(_ value: UInt32) -> (kind: Kind, letter: UInt32) {
        switch value {
        case 0xAD, 0x300...0x36F, 0x483...0x489, 0x61C, 0x640, 0x64B...0x65F, 0x670, 0x180E, 0x200B...0x200F,
            0x202A...0x202E, 0x2060...0x206F, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFEFF, 0xE0000...0xE0FFF:
            return (.transparent, 0)
        case 0xC0..<0x250: return latinLetter(latin[Int(value - 0xC0)])
        case 0x1E00..<0x1F00: return latinLetter(latinAdditional[Int(value - 0x1E00)])
        case 0x1D400..<0x1D800: return latinLetter(mathematical[Int(value - 0x1D400)])
        case 0xFF21...0xFF3A: return (.latin, value - 0xFF21 + 0x61)
        case 0xFF41...0xFF5A: return (.latin, value - 0xFF41 + 0x61)
        case 0x24B6...0x24CF: return (.latin, value - 0x24B6 + 0x61)
        case 0x24D0...0x24E9: return (.latin, value - 0x24D0 + 0x61)
        case 0x1F130...0x1F149: return (.latin, value - 0x1F130 + 0x61)
        case 0x1F150...0x1F169: return (.latin, value - 0x1F150 + 0x61)
        case 0x1F170...0x1F189: return (.latin, value - 0x1F170 + 0x61)
        case 0x370...0x3FF:
            return (.greek, (0x391...0x3A9).contains(value) ? value + 0x20 : value)
        case 0x400...0x40F: return (.cyrillic, value + 0x50)
        case 0x410...0x42F: return (.cyrillic, value + 0x20)
        case 0x430...0x52F: return (.cyrillic, value)
        case 0x622, 0x623, 0x625: return (.other, 0x627)
        case 0x629: return (.other, 0x647)
        case 0x649: return (.other, 0x64A)
        case 0x900...0xDFF: return (.other, value)
        case 0xE00...0xEFF, 0x1100...0x11FF, 0x3041...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7AF:
            return (.unspaced, value)
        case 0x2000...0x2BFF, 0x3000...0x303F, 0xFF00...0xFFEF, 0x1F000...0x1FAFF: return (.separator, 0)
        case _:
            let isLetter = Unicode.Scalar(value)?.properties.isAlphabetic ?? false
            return isLetter ? (.other, value) : (.separator, 0)
        }
    }

    private func latinLetter(_ letter: UInt8) -> (kind: Kind, letter: UInt32) {
        // A letter without a base is a letter still.
        letter == 0 ? (.latin, 0x7F) : (.latin, UInt32(letter))
    }

    /// The Latin letter that a small Cyrillic or Greek one is taken for; nil: it looks like none.
    static func lookAlike(_ letter: UInt32) -> UInt32? {
        let latin: Unicode.Scalar? =
            switch letter {
            case 0x430, 0x3B1: "a"
            case 0x432: "b"
            case 0x435, 0x451, 0x3B5: "e"
            case 0x43A, 0x3BA: "k"
            case 0x43C: "m"
            case 0x43D, 0x3B7: "h"
            case 0x43E, 0x3BF: "o"
            case 0x440, 0x3C1: "p"
            case 0x441, 0x3F2: "c"
            case 0x442, 0x3C4: "t"
            case 0x443, 0x3C5: "y"
            case 0x445, 0x3C7: "x"
            case 0x455: "s"
            case 0x456, 0x457, 0x3B9: "i"
            case 0x458: "j"
            case 0x4BB: "h"
            case 0x501: "d"
            case 0x51B: "q"
            case 0x51D: "w"
            case 0x3BD: "v"
            case _: nil
            }
        return latin?.value
    }

    /// The letter that a digit or sign is written for.
    static func letter(for digit: UInt32, oneIsL: Bool) -> UInt32 {
        switch digit {
        case 0x30: 0x6F
        case 0x31: oneIsL ? 0x6C : 0x69
        case 0x33: 0x65
        case 0x34, 0x40: 0x61
        case 0x35, 0x24: 0x73
        case 0x37: 0x74
        case 0x38: 0x62
        case 0x39: 0x67
        case _: digit
        }
    }
}
