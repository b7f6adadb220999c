/// Personal numbers that are digits alone. Those whose check digits and shape leave little to chance are found wherever they
/// stand; the others only near a word such as "SSN".
struct NumberIDs: Sendable {
    private let countries: CountrySet

    init(_ countries: CountrySet) { self.countries = countries }

    /// How sure it is that digits are a personal number.
    private enum Strength {
        case no, nearWord, sure
    }

    /// How many of the groups are a personal number's; nil where they are none.
    func groups(_ number: DigitGroups, _ text: Span<UInt8>, _ touched: inout Bool) -> Int? {
        guard number.digitCount >= 8, !number.hasPlus, !number.hasParen, !number.isInner(text) else { return nil }
        for groups in (1...min(7, number.count)).reversed() {
            let digits = number.digits(in: groups)
            guard (8...18).contains(digits), number.ends(groups, text, &touched) else { continue }
            switch strength(Candidate(number: number, groups: groups, digits: digits)) {
            case .no: continue
            case .sure: return groups
            case .nearWord:
                if ContextWords.kinds(in: text, before: number.start).contains(.identity) { return groups }
            }
        }
        return nil
    }

    private struct Candidate {
        let number: DigitGroups
        let groups: Int
        let digits: Int

        var isWhole: Bool { groups == 1 }

        /// Whether the groups have these lengths, with the same separator between all.
        func has(_ shape: UInt32, _ separators: DigitGroups.Separator...) -> Bool {
            guard number.shape(groups) == shape, let between = number.uniform(groups) else { return false }
            return separators.contains(between)
        }

        func value(_ start: Int, _ count: Int) -> Int { number.value(start..<start + count) }
        func digit(_ index: Int) -> Int { Int(number.digits[index]) }
        func sum(_ weights: [Int], from: Int = 0) -> Int { CheckDigits.sum(number, from: from, weights) }
        func luhn(from: Int = 0) -> Bool { CheckDigits.luhn(number, from..<digits) }
        /// Year, month, day at an index of the digits.
        func isDate(at index: Int) -> Bool {
            CheckDigits.isDate(month: value(index + 2, 2), day: value(index + 4, 2))
        }
        /// Day, month, year.
        func isDayFirst(at index: Int) -> Bool {
            CheckDigits.isDate(month: value(index + 2, 2), day: value(index, 2))
        }
        var isOneDigit: Bool {
            for index in 1..<digits where number.digits[index] != number.digits[0] { return false }
            return true
        }
    }

    private func strength(_ candidate: Candidate) -> Strength {
        if candidate.isOneDigit { return .no }
        switch candidate.digits {
        case 8, 9: return eightOrNine(candidate)
        case 10: return ten(candidate)
        case 11: return eleven(candidate)
        case 12: return twelve(candidate)
        case 13: return thirteen(candidate)
        case 15: return fifteen(candidate)
        case 18: return eighteen(candidate)
        default: return .no
        }
    }

    private func eightOrNine(_ it: Candidate) -> Strength {
        if countries.has(.cl), it.number.shape(it.groups) & 0xFFF == 0x331, it.groups == 4 {
            let body = it.digits - 1
            return IDChecks.chile(it.number, body: body) == it.digit(body) ? .sure : .no
        }
        guard it.digits == 9 else { return .no }
        if countries.has(.us), it.isWhole || it.has(0x324, .hyphen, .space) {
            let (area, group, serial) = (it.value(0, 3), it.value(3, 2), it.value(5, 4))
            let isSecurity = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
            // A taxpayer's number is of the same shape.
            let isTaxpayer = area >= 900 && group >= 50 && serial != 0
            if isSecurity || isTaxpayer { return it.has(0x324, .hyphen) ? .sure : .nearWord }
        }
        if countries.has(.ca), it.isWhole || it.has(0x333, .space, .hyphen), it.luhn() { return .nearWord }
        if countries.has(.nl), it.isWhole || it.has(0x423, .dot), it.sum([9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0 {
            return .nearWord
        }
        guard it.isWhole || it.has(0x333, .space) else { return .no }
        if countries.has(.pt), it.sum([9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 <= 1 { return .nearWord }
        if countries.has(.au), it.sum([1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0 { return .nearWord }
        if countries.has(.il), it.luhn() { return .nearWord }
        if countries.has(.gr) || countries.has(.hu) || countries.has(.nz) {
            return IDChecks.nine(it.number) ? .nearWord : .no
        }
        return .no
    }

    private func ten(_ it: Candidate) -> Strength {
        if countries.has(.se), it.has(0x64, .hyphen), it.luhn(),
            CheckDigits.isDate(month: it.value(2, 2), day: it.value(4, 2) > 60 ? it.value(4, 2) - 60 : it.value(4, 2))
        {
            return .sure
        }
        if countries.has(.fi), it.has(0x64, .hyphen), it.isDayFirst(at: 0),
            it.value(0, 9) % 31 == it.digit(9)
        {
            return .sure
        }
        if countries.has(.dk), it.has(0x64, .hyphen), it.isDayFirst(at: 0) { return .nearWord }
        if countries.has(.cz) || countries.has(.sk), it.isWhole || it.has(0x64, .slash),
            it.number.value(0..<10) % 11 == 0,
            CheckDigits.isDate(month: it.value(2, 2) % 50 % 20, day: it.value(4, 2))
        {
            return it.isWhole ? .nearWord : .sure
        }
        if countries.has(.at), it.isWhole || it.has(0x46, .space, .hyphen), it.isDayFirst(at: 4), it.digit(0) != 0,
            it.sum([3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == it.digit(3)
        {
            return it.isWhole ? .nearWord : .sure
        }
        if countries.has(.gb), it.isWhole || it.has(0x334, .space, .hyphen),
            it.sum([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
        {
            return .nearWord
        }
        guard it.isWhole else { return .no }
        if countries.has(.se), it.luhn(), it.isDate(at: 0) { return .nearWord }
        if countries.has(.dk), it.isDayFirst(at: 0) { return .nearWord }
        if countries.has(.bg), it.sum([2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == it.digit(9),
            CheckDigits.isDate(month: it.value(2, 2) % 20, day: it.value(4, 2))
        {
            return .nearWord
        }
        if countries.has(.ua), (it.sum([-1, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 + 11) % 11 % 10 == it.digit(9) {
            return .nearWord
        }
        return .no
    }

    private func eleven(_ it: Candidate) -> Strength {
        if countries.has(.br), it.isWhole || it.number.shape(it.groups) == 0x3332, IDChecks.cpf(it.number) {
            return .sure
        }
        if countries.has(.lv), it.has(0x65, .hyphen), it.isDayFirst(at: 0) || it.value(0, 2) == 32 { return .sure }
        if countries.has(.ru), it.number.shape(it.groups) == 0x3332, IDChecks.snils(it.number) { return .sure }
        if countries.has(.be), it.isWhole || it.number.shape(it.groups) == 0x22232, IDChecks.belgium(it.number) {
            return .sure
        }
        if countries.has(.no), it.isWhole || it.has(0x65, .space), it.isDayFirst(at: 0), IDChecks.norway(it.number) {
            return .sure
        }
        if countries.has(.de), it.isWhole || it.has(0x2333, .space), it.digit(0) != 0, IDChecks.germany(it.number) {
            return .sure
        }
        guard it.isWhole else { return .no }
        if countries.has(.pl), IDChecks.pesel(it.number) { return .sure }
        if countries.has(.tr), IDChecks.turkey(it.number) { return .sure }
        if countries.has(.ee) || countries.has(.lt), IDChecks.baltic(it.number) { return .sure }
        if countries.has(.gr), it.isDayFirst(at: 0), it.luhn() { return .sure }
        if countries.has(.hr), CheckDigits.mod11And10(it.number) { return .nearWord }
        if countries.has(.mx), it.luhn() { return .nearWord }
        if countries.has(.ru), IDChecks.snils(it.number) { return .nearWord }
        return .no
    }

    private func twelve(_ it: Candidate) -> Strength {
        if countries.has(.india), it.isWhole || it.has(0x444, .space, .hyphen), it.digit(0) >= 2,
            it.number.stands(alone: it.groups, groupLength: 4), CheckDigits.verhoeff(it.number, count: 12)
        {
            return it.isWhole ? .nearWord : .sure
        }
        if countries.has(.se), it.isWhole || it.has(0x84, .hyphen), (1890...2099).contains(it.value(0, 4)),
            it.isDate(at: 2),
            it.luhn(from: 2)
        {
            return .sure
        }
        if countries.has(.es), it.isWhole || it.has(0x282, .slash, .hyphen, .space), IDChecks.spainSecurity(it.number) {
            return .nearWord
        }
        if countries.has(.jp), it.isWhole || it.has(0x444, .space, .hyphen), IDChecks.japan(it.number) {
            return .nearWord
        }
        if countries.has(.ru), it.isWhole, IDChecks.russiaTax(it.number) { return .nearWord }
        return .no
    }

    private func thirteen(_ it: Candidate) -> Strength {
        if countries.has(.ch), it.value(0, 3) == 756, it.isWhole || it.has(0x3442, .dot, .space),
            it.sum([1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0
        {
            return .sure
        }
        if countries.has(.kr), it.has(0x67, .hyphen), it.isDate(at: 0), (1...8).contains(it.digit(6)) { return .sure }
        if countries.has(.th), it.isWhole || it.has(0x14521, .hyphen, .space), it.digit(0) != 0,
            (11 - it.sum([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10 == it.digit(12)
        {
            return it.isWhole ? .nearWord : .sure
        }
        guard it.isWhole else { return .no }
        if countries.has(.ro), it.digit(0) != 0, it.isDate(at: 1),
            it.sum([2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 % 10 == it.digit(12)
                || it.sum([2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 == 10 && it.digit(12) == 1
        {
            return .sure
        }
        if countries.has(.za), it.isDate(at: 0), it.digit(10) <= 2, it.luhn() { return .sure }
        return .no
    }

    private func fifteen(_ it: Candidate) -> Strength {
        guard countries.has(.fr), IDChecks.france(it.number) else { return .no }
        return it.isWhole || it.number.separator(after: 0) == .space ? .sure : .no
    }

    private func eighteen(_ it: Candidate) -> Strength {
        guard countries.has(.cn), it.isWhole, IDChecks.china(it.number, last: it.digit(17)) else { return .no }
        return .sure
    }
}
