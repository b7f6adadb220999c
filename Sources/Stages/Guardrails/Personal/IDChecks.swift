/// The check digits of personal numbers, country by country.
enum IDChecks {
    /// Brazil, CPF: two digits, modulus 11.
    static func cpf(_ number: DigitGroups) -> Bool {
        let first = CheckDigits.sum(number, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
        let second = CheckDigits.sum(number, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
        return first == Int(number.digits[9]) && second == Int(number.digits[10])
    }

    /// Chile, RUT: the check digit of a body; 10 is K.
    static func chile(_ number: DigitGroups, body: Int) -> Int {
        var sum = 0
        for offset in 0..<body { sum += Int(number.digits[body - 1 - offset]) * (offset % 6 + 2) }
        return (11 - sum % 11) % 11
    }

    /// Russia, SNILS: the weighted sum modulus 101.
    static func snils(_ number: DigitGroups) -> Bool {
        CheckDigits.sum(number, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100 == number.value(9..<11)
    }

    /// Russia, INN of a person: two digits.
    static func russiaTax(_ number: DigitGroups) -> Bool {
        CheckDigits.sum(number, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == Int(number.digits[10])
            && CheckDigits.sum(number, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == Int(number.digits[11])
    }

    /// Belgium: 97 less the remainder; those born since 2000 with a 2 before.
    static func belgium(_ number: DigitGroups) -> Bool {
        let (body, check) = (number.value(0..<9), number.value(9..<11))
        let (month, day) = (number.value(2..<4), number.value(4..<6))
        guard month == 0 || CheckDigits.isDate(month: month % 20, day: day) else { return false }
        return check == 97 - body % 97 || check == 97 - (2_000_000_000 + body) % 97
    }

    /// Norway: two digits, modulus 11.
    static func norway(_ number: DigitGroups) -> Bool {
        CheckDigits.sum(number, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0
            && CheckDigits.sum(number, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    }

    /// Germany, tax number: of the first ten digits exactly one stands twice or thrice; modulus 11,10.
    static func germany(_ number: DigitGroups) -> Bool {
        var counts = InlineArray<10, Int>(repeating: 0)
        for index in 0..<10 { counts[Int(number.digits[index])] += 1 }
        var repeated = 0
        for digit in 0..<10 {
            if counts[digit] > 3 { return false }
            if counts[digit] > 1 { repeated += 1 }
        }
        return repeated == 1 && CheckDigits.mod11And10(number)
    }

    /// Poland: a date whose month tells the century, and a digit.
    static func pesel(_ number: DigitGroups) -> Bool {
        CheckDigits.isDate(month: number.value(2..<4) % 20, day: number.value(4..<6))
            && CheckDigits.sum(number, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
    }

    /// Türkiye: two digits.
    static func turkey(_ number: DigitGroups) -> Bool {
        guard number.digits[0] != 0 else { return false }
        let tenth = CheckDigits.sum(number, [7, -1, 7, -1, 7, -1, 7, -1, 7])
        return (tenth % 10 + 10) % 10 == Int(number.digits[9])
            && CheckDigits.sum(number, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 == Int(number.digits[10])
    }

    /// Estonia and Lithuania: century and sex, a date, and a digit in two stages.
    static func baltic(_ number: DigitGroups) -> Bool {
        guard (1...6).contains(number.digits[0]),
            CheckDigits.isDate(month: number.value(3..<5), day: number.value(5..<7))
        else { return false }
        var check = CheckDigits.sum(number, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
        if check == 10 { check = CheckDigits.sum(number, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10 }
        return check == Int(number.digits[10])
    }

    /// Spain, social security: ten digits modulus 97.
    static func spainSecurity(_ number: DigitGroups) -> Bool {
        let (province, serial, check) = (number.value(0..<2), number.value(2..<10), number.value(10..<12))
        // A serial of seven digits is counted with or without its zero.
        let isShort = serial < 10_000_000 && (province * 10_000_000 + serial) % 97 == check
        return province != 0 && (isShort || (province * 100_000_000 + serial) % 97 == check)
    }

    /// Japan, My Number.
    static func japan(_ number: DigitGroups) -> Bool {
        let remainder = CheckDigits.sum(number, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
        return (remainder <= 1 ? 0 : 11 - remainder) == Int(number.digits[11])
    }

    /// Greece (AFM), Hungary (TAJ) and New Zealand (IRD), of nine digits.
    static func nine(_ number: DigitGroups) -> Bool {
        CheckDigits.sum(number, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == Int(number.digits[8])
            || CheckDigits.sum(number, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 == Int(number.digits[8])
            || CheckDigits.sum(number, [3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    }

    /// France, NIR with its key: thirteen digits modulus 97.
    static func france(_ number: DigitGroups) -> Bool {
        let (sex, month) = (number.digits[0], number.value(3..<5))
        guard sex == 1 || sex == 2, (1...12).contains(month) || (20...42).contains(month) || month >= 50 else {
            return false
        }
        return 97 - number.value(0..<13) % 97 == number.value(13..<15)
    }

    /// China: a region, a date, and ISO 7064 modulus 11-2; 10 is X.
    static func china(_ number: DigitGroups, last: Int) -> Bool {
        guard (11...91).contains(number.value(0..<2)), (1880...2099).contains(number.value(6..<10)),
            CheckDigits.isDate(month: number.value(10..<12), day: number.value(12..<14))
        else { return false }
        let sum = CheckDigits.sum(number, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        return (12 - sum % 11) % 11 == last
    }
}
