/// Personal numbers with letters in them.
struct LetterIDs: Sendable {
    private let countries: CountrySet

    init(_ countries: CountrySet) { self.countries = countries }

    /// The longest that is looked at, in bytes.
    static let bytesMax = 20

    /// Where a personal number that begins at the beginning of a word ends; nil where there is none. `wordEnd`: where letters
    /// and digits end.
    func end(_ text: Span<UInt8>, _ start: Int, _ wordEnd: Int, _ touched: inout Bool) -> Int? {
        let length = wordEnd - start
        guard length <= Self.bytesMax, let end = match(text, start, length, &touched),
            DigitGroups.isEnd(text, end, &touched)
        else { return nil }
        return end
    }

    private func match(_ text: Span<UInt8>, _ start: Int, _ length: Int, _ touched: inout Bool) -> Int? {
        let end = start + length
        switch length {
        case 1:
            if countries.has(.es), foreigner(text, start, &touched) { return start + 11 }
        case 2:
            if countries.has(.gb), let end = insurance(text, start, &touched) { return end }
        case 6:
            if countries.has(.fi), finland(text, start, &touched) { return start + 11 }
        case 8:
            if countries.has(.ie), ireland(text, start, length) { return end }
            if countries.has(.es), dni(text, start, digits: 8, hyphen: true, &touched) { return start + 10 }
        case 9:
            if countries.has(.es), dni(text, start, digits: 8, hyphen: false, &touched) || nie(text, start) {
                return end
            }
            if countries.has(.gb), insurance(text, start, &touched) == end { return end }
            if countries.has(.sg), singapore(text, start) { return end }
            if countries.has(.ie), ireland(text, start, length) { return end }
        case 10:
            if countries.has(.india), pan(text, start) { return end }
            if countries.has(.tw), taiwan(text, start) { return end }
        case 11:
            if countries.has(.fi), finland(text, start, &touched) { return end }
        case 12:
            if countries.has(.de), pension(text, start) { return end }
        case 15:
            if countries.has(.fr), corsica(text, start) { return end }
        case 16:
            if countries.has(.it), ItalianCode.isValid(text, start) { return end }
        case 18:
            if countries.has(.cn), china(text, start) { return end }
            if countries.has(.mx), curp(text, start) { return end }
        default: break
        }
        return nil
    }

    private static let spain: StaticString = "TRWAGMYFPDXBNJZSQVHLCKE"

    /// The digits of `count` bytes as a number; nil where another byte is among them.
    private func number(_ text: Span<UInt8>, _ start: Int, _ count: Int, _ touched: inout Bool) -> Int? {
        var value = 0
        for index in start..<start + count {
            let byte = text.peek(index, &touched)
            if !byte.isDigit { return nil }
            value = value * 10 + Int(byte &- 48)
        }
        return value
    }

    private func number(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var touched = false
        return number(text, start, count, &touched)
    }

    /// Spain, DNI: eight digits and the letter of their remainder by 23.
    private func dni(_ text: Span<UInt8>, _ start: Int, digits: Int, hyphen: Bool, _ touched: inout Bool) -> Bool {
        guard let value = number(text, start, digits, &touched), value > 0 else { return false }
        var index = start + digits
        if hyphen {
            guard text.peek(index, &touched) == UInt8(ascii: "-") else { return false }
            index += 1
        }
        return text.peek(index, &touched).uppercased == Self.spain.utf8Start[value % 23]
    }

    /// Spain, NIE: X, Y or Z for 0, 1, 2; seven digits, the letter.
    private func nie(_ text: Span<UInt8>, _ start: Int) -> Bool {
        let lead = text[start].uppercased
        guard lead >= UInt8(ascii: "X"), lead <= UInt8(ascii: "Z"), let value = number(text, start + 1, 7) else {
            return false
        }
        return text[start + 8].uppercased
            == Self.spain.utf8Start[(Int(lead - UInt8(ascii: "X")) * 10_000_000 + value) % 23]
    }

    /// The same with hyphens: `X-1234567-L`.
    private func foreigner(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Bool {
        let lead = text[start]
        guard lead >= UInt8(ascii: "X"), lead <= UInt8(ascii: "Z"), text.peek(start + 1, &touched) == UInt8(ascii: "-"),
            let value = number(text, start + 2, 7, &touched), text.peek(start + 9, &touched) == UInt8(ascii: "-")
        else { return false }
        return text.peek(start + 10, &touched)
            == Self.spain.utf8Start[(Int(lead - UInt8(ascii: "X")) * 10_000_000 + value) % 23]
    }

    /// United Kingdom, National Insurance: two letters, six digits in pairs or not, and A to D.
    private func insurance(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Int? {
        let (first, second) = (text[start], text.peek(start + 1, &touched))
        guard first.isUpper, second.isUpper else { return nil }
        switch first {
        case UInt8(ascii: "D"), UInt8(ascii: "F"), UInt8(ascii: "I"), UInt8(ascii: "Q"), UInt8(ascii: "U"),
            UInt8(ascii: "V"):
            return nil
        default: break
        }
        switch second {
        case UInt8(ascii: "D"), UInt8(ascii: "F"), UInt8(ascii: "I"), UInt8(ascii: "O"), UInt8(ascii: "Q"),
            UInt8(ascii: "U"),
            UInt8(ascii: "V"):
            return nil
        default: break
        }
        var (index, digits) = (start + 2, 0)
        while digits < 6 {
            let byte = text.peek(index, &touched)
            if byte == UInt8(ascii: " "), digits % 2 == 0, text.before(index) != byte {
                index += 1
            } else if byte.isDigit {
                digits += 1
                index += 1
            } else {
                return nil
            }
        }
        if text.peek(index, &touched) == UInt8(ascii: " ") { index += 1 }
        let suffix = text.peek(index, &touched)
        return suffix >= UInt8(ascii: "A") && suffix <= UInt8(ascii: "D") ? index + 1 : nil
    }

    /// Finland: a date, the century's sign, a serial and the check character of their remainder by 31.
    private func finland(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> Bool {
        let marks: StaticString = "0123456789ABCDEFHJKLMNPRSTUVWXY"
        guard let date = number(text, start, 6, &touched),
            CheckDigits.isDate(month: date / 100 % 100, day: date / 10_000)
        else { return false }
        let century = text.peek(start + 6, &touched)
        guard
            century == UInt8(ascii: "-") || century == UInt8(ascii: "+")
                || (century >= UInt8(ascii: "A") && century <= UInt8(ascii: "F"))
                || (century >= UInt8(ascii: "U") && century <= UInt8(ascii: "Y")),
            let serial = number(text, start + 7, 3, &touched)
        else { return false }
        return text.peek(start + 10, &touched) == marks.utf8Start[(date * 1000 + serial) % 31]
    }

    /// Ireland, PPS: seven digits, a check letter, and since 2013 one more; only near a word.
    private func ireland(_ text: Span<UInt8>, _ start: Int, _ length: Int) -> Bool {
        guard let value = number(text, start, 7), text[start + 7].isUpper, length == 8 || text[start + 8].isUpper else {
            return false
        }
        var (sum, rest) = (0, value)
        for weight in 2...8 {
            sum += rest % 10 * weight
            rest /= 10
        }
        if length == 9, text[start + 8] != UInt8(ascii: "W") { sum += 9 * Int(text[start + 8] - 64) }
        let check = sum % 23
        return text[start + 7] == (check == 0 ? UInt8(ascii: "W") : UInt8(64 + check))
            && ContextWords.kinds(in: text, before: start).contains(.identity)
    }

    /// Singapore: S, T, F, G or M, seven digits, and a letter.
    private func singapore(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard var value = number(text, start + 1, 7), text[start + 8].isUpper else { return false }
        let (lead, last) = (text[start], text[start + 8])
        var sum = 0
        for weight in [2, 3, 4, 5, 6, 7, 2] {
            sum += value % 10 * weight
            value /= 10
        }
        let (local, foreign): (StaticString, StaticString) = ("JZIHGFEDCBA", "XWUTRQPNMLK")
        switch lead {
        case UInt8(ascii: "S"): return last == local.utf8Start[sum % 11]
        case UInt8(ascii: "T"): return last == local.utf8Start[(sum + 4) % 11]
        case UInt8(ascii: "F"): return last == foreign.utf8Start[sum % 11]
        case UInt8(ascii: "G"): return last == foreign.utf8Start[(sum + 4) % 11]
        default: return false
        }
    }

    /// India, PAN: five letters of which the fourth tells who, four digits, a letter.
    private func pan(_ text: Span<UInt8>, _ start: Int) -> Bool {
        for index in start..<start + 5 where !text[index].isUpper { return false }
        guard number(text, start + 5, 4) != nil, text[start + 9].isUpper else { return false }
        return text[start + 3] == UInt8(ascii: "P")
            || ContextWords.kinds(in: text, before: start).contains(.identity)
    }

    /// Taiwan: a letter of the place, nine digits.
    private func taiwan(_ text: Span<UInt8>, _ start: Int) -> Bool {
        let places: StaticString = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
        guard text[start].isUpper, let value = number(text, start + 1, 9), (1...2).contains(value / 100_000_000) else {
            return false
        }
        var place = 10
        while places.utf8Start[place - 10] != text[start] { place += 1 }
        var (sum, rest) = (place / 10 + place % 10 * 9 + value % 10, value / 10)
        for weight in 1...8 {
            sum += rest % 10 * weight
            rest /= 10
        }
        return sum % 10 == 0
    }

    /// Germany, pension insurance: area, date of birth, letter, serial, check digit.
    private func pension(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard let first = number(text, start, 8), text[start + 8].isUpper, let last = number(text, start + 9, 3),
            CheckDigits.isDate(month: first / 100 % 100, day: max(1, first / 10_000 % 100 % 50))
        else { return false }
        let letter = Int(text[start + 8] - 64)
        var (value, sum) = (first * 10_000 + letter * 100 + last / 10, 0)
        for weight in [1, 2, 1, 2, 1, 2, 1, 7, 5, 2, 1, 2] {
            let product = value % 10 * weight
            sum += product / 10 + product % 10
            value /= 10
        }
        return sum % 10 == last % 10
    }

    /// France, NIR of somebody born on Corsica: 2A counts as 19, 2B as 18.
    private func corsica(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard let head = number(text, start, 5), text[start + 5] == UInt8(ascii: "2"),
            let tail = number(text, start + 7, 6), let key = number(text, start + 13, 2),
            head / 10_000 == 1 || head / 10_000 == 2
        else { return false }
        let department: Int
        switch text[start + 6].uppercased {
        case UInt8(ascii: "A"): department = 19
        case UInt8(ascii: "B"): department = 18
        default: return false
        }
        return 97 - (head * 100_000_000 + department * 1_000_000 + tail) % 97 == key
    }

    /// China: seventeen digits and X.
    private func china(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard text[start + 17] | 32 == UInt8(ascii: "x") else { return false }
        var touched = false
        guard let number = DigitGroups(text, at: start, &touched), number.digitCount >= 17,
            number.length(ofGroup: 0) == 17
        else {
            return false
        }
        return IDChecks.china(number, last: 10)
    }

    /// Mexico, CURP: four letters, a date, sex, state, consonants, and a check digit over all.
    private func curp(_ text: Span<UInt8>, _ start: Int) -> Bool {
        for index in start..<start + 4 where !text[index].isUpper { return false }
        guard let date = number(text, start + 4, 6), CheckDigits.isDate(month: date / 100 % 100, day: date % 100),
            text[start + 17].isDigit
        else { return false }
        for index in start + 10..<start + 16 where !text[index].isUpper { return false }
        var sum = 0
        for offset in 0..<17 {
            let byte = text[start + offset]
            // Ñ stands between N and O in the alphabet that is counted.
            let value = byte.isDigit ? Int(byte - 48) : Int(byte.uppercased - 55) + (byte > UInt8(ascii: "N") ? 1 : 0)
            sum += value * (18 - offset)
        }
        return (10 - sum % 10) % 10 == Int(text[start + 17] - 48)
    }
}
