/// Check digits, as the standards and the tax offices define them.
enum CheckDigits {
    /// ISO/IEC 7812-1: every second digit from the right doubled, the digits' sum divisible by 10.
    static func luhn(_ number: DigitGroups, _ range: Range<Int>) -> Bool {
        var (sum, isDoubled) = (0, false)
        for index in range.reversed() {
            let digit = Int(number.digits[index])
            sum += isDoubled ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit
            isDoubled.toggle()
        }
        return sum % 10 == 0
    }

    /// The digits from `from` on, each by its weight.
    static func sum(_ number: DigitGroups, from: Int = 0, _ weights: [Int]) -> Int {
        var sum = 0
        for (offset, weight) in weights.enumerated() { sum += Int(number.digits[from + offset]) * weight }
        return sum
    }

    /// ISO 7064, modulus 11,10 over ten digits and their check digit.
    static func mod11And10(_ number: DigitGroups) -> Bool {
        var product = 10
        for index in 0..<10 {
            var sum = (Int(number.digits[index]) + product) % 10
            if sum == 0 { sum = 10 }
            product = 2 * sum % 11
        }
        return (11 - product) % 10 == Int(number.digits[10])
    }

    /// Verhoeff's scheme over all of twelve digits.
    static func verhoeff(_ number: DigitGroups, count: Int) -> Bool {
        var check = 0
        for position in 0..<count {
            let digit = Int(number.digits[count - 1 - position])
            check = product[check * 10 + permutation[position % 8 * 10 + digit]]
        }
        return check == 0
    }

    /// Multiplication of the dihedral group of ten elements.
    private static let product: [Int] = (0..<100).map { cell in
        let (left, right) = (cell / 10, cell % 10)
        switch (left < 5, right < 5) {
        case (true, true): return (left + right) % 5
        case (true, false): return 5 + (left + right - 5) % 5
        case (false, true): return 5 + (left - 5 - right + 5) % 5
        case (false, false): return (left - right + 5) % 5
        }
    }

    private static let permutation: [Int] = {
        let first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
        var rows = [Array(0...9)]
        while rows.count < 8 { rows.append(first.map { rows[rows.count - 1][$0] }) }
        // Each row applies the permutation to the row before: p(i, n) = p(i - 1, p(1, n)).
        return rows.flatMap { $0 }
    }()

    /// Whether a day exists in some year; the century does not matter but for the 29th of February, which is let pass.
    static func isDate(month: Int, day: Int) -> Bool {
        guard (1...12).contains(month), day >= 1 else { return false }
        switch month {
        case 2: return day <= 29
        case 4, 6, 9, 11: return day <= 30
        default: return day <= 31
        }
    }
}
