/// Payment cards (ISO/IEC 7812): issuer's range, its lengths, Luhn's digit, and the grouping of cards.
enum PaymentCards {
    /// How many of the groups are a card's; nil where they are none.
    static func groups(_ number: DigitGroups, _ text: Span<UInt8>, _ touched: inout Bool) -> Int? {
        guard number.digitCount >= 12, !number.hasPlus, !number.isInner(text) else { return nil }
        for groups in (1...min(6, number.count)).reversed() {
            let digits = number.digits(in: groups)
            guard (12...19).contains(digits), isGrouped(number, groups), number.ends(groups, text, &touched),
                lengths(number).contains(digits), digits != 17, digits != 18, CheckDigits.luhn(number, 0..<digits)
            else { continue }
            if digits > 13 || ContextWords.kinds(in: text, before: number.start).contains(.card) {
                return groups
            }
        }
        return nil
    }

    /// In one piece, or in the groups of cards: fours, or 4-6-5 and 4-6-4.
    private static func isGrouped(_ number: DigitGroups, _ groups: Int) -> Bool {
        if groups == 1 { return true }
        guard let separator = number.uniform(groups), separator == .space || separator == .hyphen,
            number.stands(alone: groups, groupLength: 4)
        else { return false }
        switch number.shape(groups) {
        case 0x444, 0x4441, 0x4442, 0x4443, 0x4444, 0x44441, 0x44442, 0x44443, 0x465, 0x464, 0x445, 0x85: return true
        default: return false
        }
    }

    /// The lengths of the issuer's cards; empty where no issuer has the range.
    private static func lengths(_ number: DigitGroups) -> ClosedRange<Int> {
        let (two, three, four) = (number.value(0..<2), number.value(0..<3), number.value(0..<4))
        switch two {
        case 40...49: return 13...19
        case 51...55: return 16...16
        case 34, 37: return 15...15
        case 36, 38, 39: return 14...19
        case 30 where three <= 305 || three == 309: return 14...19
        case 35 where four >= 3528: return 16...19
        case 18 where four == 1800, 21 where four == 2131: return 15...15
        case 22...27 where (2221...2720).contains(four): return 16...16
        case 22 where (2200...2204).contains(four): return 16...19
        case 50, 56...58: return 12...19
        case 60 where four == 6011: return 16...19
        case 60...61, 63, 66...69: return 12...19
        case 62, 64, 65: return 16...19
        case 81 where (8100...8171).contains(four): return 16...19
        default: return 99...99
        }
    }
}

extension DigitGroups {
    /// Whether digits and a space stand before: it is the middle of something longer.
    func isInner(_ text: Span<UInt8>) -> Bool {
        text.before(start) == UInt8(ascii: " ") && text.before(start - 1).isDigit
    }

    /// Whether no other group of the same length follows: four of many are a table, and no number that somebody has.
    func stands(alone groups: Int, groupLength: Int) -> Bool {
        groups == count || length(ofGroup: groups) != groupLength
    }

    /// Whether the number may end with these groups: what follows is no part of it.
    func ends(_ groups: Int, _ text: Span<UInt8>, _ touched: inout Bool) -> Bool {
        if groups < count { return separator(after: groups - 1) == .space }
        return Self.isEnd(text, end(of: groups), &touched)
    }

    /// Whether nothing that follows continues a number or a word.
    static func isEnd(_ text: Span<UInt8>, _ end: Int, _ touched: inout Bool) -> Bool {
        let next = text.peek(end, &touched)
        if next.isWord { return false }
        switch next {
        case UInt8(ascii: "@"), UInt8(ascii: "%"): return false
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="):
            return !text.peek(end + 1, &touched).isWord
        case UInt8(ascii: ","), UInt8(ascii: ":"): return !text.peek(end + 1, &touched).isDigit
        default: return true
        }
    }
}
