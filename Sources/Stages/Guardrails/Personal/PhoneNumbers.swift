/// Telephone numbers: with `+` or `00` and a country's code, as the packs' countries write them at home, and any number near
/// a word such as "call".
struct PhoneNumbers: Sendable {
    /// Bit n: with the trunk prefix 0, n digits.
    private var trunkLengths: UInt32 = 0
    /// Shapes without a trunk prefix, and bits of their first digits.
    private var shapes: [UInt32: UInt16] = [:]
    /// In one piece: the first two digits and the length, as `prefix * 100 + length`.
    private var whole: Set<Int> = []

    init(_ countries: [CountryPack]) {
        for country in countries {
            let plan = Self.plan(country)
            for length in plan.trunk { trunkLengths |= 1 << UInt32(length) }
            for (shape, digits) in plan.shapes {
                for digit in digits { shapes[shape, default: 0] |= 1 << UInt16(digit) }
            }
            whole.formUnion(plan.whole)
        }
    }

    /// How many of the groups are a telephone number's; nil where they are none.
    func groups(_ number: DigitGroups, _ text: Span<UInt8>, _ touched: inout Bool) -> Int? {
        guard number.digitCount >= 6, !isDate(number) else { return nil }
        if number.hasPlus { return international(number, from: 0, text, &touched) }
        if number.isInner(text) { return nil }
        let isAbroad = number.digits[0] == 0 && number.digits[1] == 0
        if isAbroad, number.count > 1, number.length(ofGroup: 0) != 4 || number.length(ofGroup: 1) != 4,
            let groups = international(number, from: 2, text, &touched)
        {
            return groups
        }
        var kinds: ContextWords.Kinds?
        for groups in (1...min(8, number.count)).reversed() {
            let digits = number.digits(in: groups)
            guard (6...17).contains(digits), ends(number, groups, text, &touched) else { continue }
            if isNational(number, groups, digits) { return groups }
            // Looked for only where there are digits enough.
            let near = kinds ?? ContextWords.kinds(in: text, before: number.start)
            kinds = near
            if near.contains(.phone), !near.contains(.card), isPlausible(number, groups, digits) { return groups }
        }
        return nil
    }

    private func international(
        _ number: DigitGroups, from skipped: Int, _ text: Span<UInt8>, _ touched: inout Bool
    ) -> Int? {
        guard Self.isCountryCode(number, at: skipped) else { return nil }
        for groups in (1...min(8, number.count)).reversed() {
            let digits = number.digits(in: groups) - skipped
            if groups == 2, number.separator(after: 0) == .dot { continue }
            if (8...15).contains(digits), ends(number, groups, text, &touched) { return groups }
        }
        return nil
    }

    /// As a pack's country writes it, without any word near it.
    private func isNational(_ number: DigitGroups, _ groups: Int, _ digits: Int) -> Bool {
        if groups == 1 { return whole.contains(number.value(0..<2) * 100 + digits) && hasVariety(number, digits) }
        let first = number.digits[0]
        if first == 0 {
            guard trunkLengths & 1 << UInt32(digits) != 0, number.digits[1] != 0 || number.hasParen else {
                return false
            }
            // Groups of a telephone number: an area code, then no crumbs of one digit.
            guard number.length(ofGroup: 0) > 1 || number.hasParen else { return false }
            for index in 1..<groups where number.length(ofGroup: index) < 2 { return false }
            // A post code of the United States; numbers of standards and of characters.
            if number.shape(groups) == 0x54 && number.separator(after: 0) == .hyphen || number.shape(groups) == 0x44 {
                return false
            }
            return groups <= 6 && number.length(ofGroup: 0) <= 6 && hasVariety(number, digits)
        }
        guard let firsts = shapes[number.shape(groups)], firsts & 1 << UInt16(first) != 0 else { return false }
        for index in 0..<groups - 1 {
            let separator = number.separator(after: index)
            if separator == .slash || separator == .dot && (groups == 2 || number.uniform(groups) == nil) {
                return false
            }
        }
        guard hasVariety(number, number.digits(in: groups)) else { return false }
        // Thousands and millions are written in threes too.
        if number.length(ofGroup: groups - 1) == 3 {
            guard number.separator(after: 0) != .dot, number.uniform(groups) != nil else { return false }
            let digits = number.digits(in: groups)
            return number.value(digits - 3..<digits) != 0
        }
        return isNoRange(number, groups)
    }

    /// Of a shape that telephone numbers have, where a word says that it is one.
    private func isPlausible(_ number: DigitGroups, _ groups: Int, _ digits: Int) -> Bool {
        guard (7...15).contains(digits), groups <= 6 else { return false }
        if groups == 1 { return hasVariety(number, digits) }
        for index in 1..<groups where number.length(ofGroup: index) < 2 { return false }
        if groups == 2, number.separator(after: 0) == .dot, number.shape(2) != 0x34, number.shape(2) != 0x44 {
            return false
        }
        return isNoRange(number, groups)
    }

    /// Not a range of years.
    private func isNoRange(_ number: DigitGroups, _ groups: Int) -> Bool {
        if groups == 2, number.shape(2) == 0x44, number.separator(after: 0) == .hyphen {
            let (first, second) = (number.value(0..<4), number.value(4..<8))
            return !((1000...2100).contains(first) && (1000...2100).contains(second))
        }
        return true
    }

    /// Not one digit over and over, nor the digits in their order.
    private func hasVariety(_ number: DigitGroups, _ digits: Int) -> Bool {
        var (seen, steps): (UInt16, Int) = (0, 0)
        for index in 0..<digits {
            seen |= 1 << UInt16(number.digits[index])
            if index > 0, number.digits[index] == (number.digits[index - 1] + 1) % 10 { steps += 1 }
        }
        return seen.nonzeroBitCount > 2 && steps < digits - 2
    }

    /// A number ends as others do, or with an extension: `x123`.
    private func ends(_ number: DigitGroups, _ groups: Int, _ text: Span<UInt8>, _ touched: inout Bool) -> Bool {
        if number.ends(groups, text, &touched) { return true }
        guard groups == number.count, text.peek(number.end(of: groups), &touched) | 32 == UInt8(ascii: "x") else {
            return false
        }
        return text.peek(number.end(of: groups) + 1, &touched).isDigit
    }

    /// Year, month and day in one of their orders, alone or before a time.
    private func isDate(_ number: DigitGroups) -> Bool {
        guard number.count >= 3, !number.hasPlus, !number.hasParen else { return false }
        let separator = number.separator(after: 0)
        guard separator == number.separator(after: 1), separator == .hyphen || separator == .dot || separator == .slash
        else { return false }
        switch number.shape(3) {
        case 0x422, 0x412, 0x421, 0x411:
            return CheckDigits.isDate(
                month: number.value(4..<number.digits(in: 2)),
                day: number.value(number.digits(in: 2)..<number.digits(in: 3)))
        case 0x222 where number.count > 3 && number.separator(after: 2) == separator: return false
        case 0x224, 0x124, 0x214, 0x114, 0x222:
            let (first, second) = (
                number.value(0..<number.digits(in: 1)), number.value(number.digits(in: 1)..<number.digits(in: 2))
            )
            return CheckDigits.isDate(month: second, day: first) || CheckDigits.isDate(month: first, day: second)
        default: return false
        }
    }

    /// Where an extension that follows a number ends: ` x123`, `x123`, ` ext. 123`.
    static func extensionEnd(_ text: Span<UInt8>, _ end: Int, _ touched: inout Bool) -> Int {
        var index = end
        while index < end + 2, text.peek(index, &touched) == UInt8(ascii: " ") { index += 1 }
        if text.peek(index, &touched) | 32 == UInt8(ascii: "e") {
            guard text.has("ext", at: index, &touched) else { return end }
            index += 3
            while index < end + 7, [46, 32, 58].contains(text.peek(index, &touched)) { index += 1 }
        } else if text.peek(index, &touched) | 32 == UInt8(ascii: "x") {
            index += 1
        } else {
            return end
        }
        let first = index
        while index < first + 6, text.peek(index, &touched).isDigit { index += 1 }
        return index > first && !text.peek(index, &touched).isWord ? index : end
    }
}
