import GatewayTypes

extension Kind where Value == Double {
    /// A length of time in seconds: `250ms`, `5s`, `1m30s`, `12h`, `30d`.
    static func duration(_ least: String, _ most: String) -> Kind {
        let range = (DurationText.milliseconds(least) ?? 0)...(DurationText.milliseconds(most) ?? .max)
        let words = "duration, `\(least)` to `\(most)`"
        let pattern = #"^([0-9]+(d|h|ms|m|s))+$"#
        return .scalar(.text(words, pattern: pattern), expected: "a duration such as 5s") { text, _ in
            guard let value = DurationText.milliseconds(text) else {
                if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                    return .wrong("\(Words.quoted(text)) has no unit; did you mean \(Words.quoted(text + "s"))?")
                }
                return .wrong("\(Words.quoted(text)) is not a duration; write 250ms, 5s, 1m, 12h or 30d")
            }
            guard range.contains(value) else {
                return .wrong("\(Words.shortened(text)) is out of bounds; write \(least) to \(most)")
            }
            return .value(Double(value) / 1000)
        } write: {
            DurationText.text(seconds: $0)
        }
    }
}

/// Lengths of time as text, with Prometheus's units.
enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Each unit at most once, the largest first; nil where it is not a duration.
    static func milliseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        var total: Int64 = 0
        var allowed = units[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) && $0.isASCII }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { $0.isLetter }
            rest = rest[letters.endIndex...]
            guard let amount = Int64(digits), let unit = allowed.firstIndex(where: { $0.suffix == letters }) else {
                return nil
            }
            let (product, tooMany) = amount.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, tooLong) = total.addingReportingOverflow(product)
            guard !tooMany, !tooLong else { return nil }
            total = sum
            allowed = allowed[(unit + 1)...]
        }
        return total
    }

    static func text(seconds: Double) -> String {
        let milliseconds = Int64((seconds * 1000).rounded())
        guard milliseconds != 0 else { return "0s" }
        for unit in units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
        }
        return "\(milliseconds)ms"
    }
}

extension Kind where Value == Int {
    /// An amount of bytes: `512B`, `64KiB`, `32MiB`, `1GiB`.
    static func bytes(_ least: String, _ most: String) -> Kind {
        let range = (ByteSize.bytes(least) ?? 0)...(ByteSize.bytes(most) ?? .max)
        let words = "size, `\(least)` to `\(most)`"
        return .scalar(.text(words, pattern: "^[0-9]+(B|KiB|MiB|GiB)$"), expected: "a size such as 64KiB") { text, _ in
            guard let value = ByteSize.bytes(text) else {
                return .wrong("\(Words.quoted(text)) is not a size; write 512B, 64KiB, 32MiB or 1GiB")
            }
            guard range.contains(value) else {
                return .wrong("\(Words.shortened(text)) is out of bounds; write \(least) to \(most)")
            }
            return .value(value)
        } write: {
            ByteSize.text($0)
        }
    }
}

/// Amounts of bytes as text.
enum ByteSize {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) && $0.isASCII }
        guard let amount = Int(digits), let unit = units.first(where: { $0.suffix == text[digits.endIndex...] }) else {
            return nil
        }
        let (bytes, tooMany) = amount.multipliedReportingOverflow(by: unit.bytes)
        return tooMany ? nil : bytes
    }

    static func text(_ bytes: Int) -> String {
        for unit in units where bytes != 0 && bytes % unit.bytes == 0 { return "\(bytes / unit.bytes)\(unit.suffix)" }
        return "\(bytes)B"
    }
}

extension Kind where Value == Int {
    /// A part of something in whole hundredths: `20%`.
    static func percent(_ range: ClosedRange<Int>) -> Kind {
        let words = "a share, `\(range.lowerBound)%` to `\(range.upperBound)%`"
        return .scalar(.text(words, pattern: "^[0-9]{1,3}%$"), expected: "a share such as 20%") { text, _ in
            guard text.hasSuffix("%"), !text.dropLast().isEmpty,
                text.utf8.dropLast().allSatisfy({ (0x30...0x39).contains($0) })
            else { return .wrong("\(Words.quoted(text)) is not a share; write it in per cent, such as 20%") }
            guard let value = Int(text.dropLast()), range.contains(value) else {
                return .wrong(
                    "\(Words.shortened(text)) is out of bounds; write \(range.lowerBound)% to \(range.upperBound)%")
            }
            return .value(value)
        } write: {
            "\($0)%"
        }
    }
}

extension Kind where Value == UnitPrice {
    /// USD per million units, exact.
    static let perMillion = decimal("USD per million tokens") { UnitPrice(usdPerMillion: $0) }

    /// USD for each unit, exact.
    static let each = decimal("USD each") { text in
        guard let price = Money(text) else { return nil }
        return UnitPrice(picodollarsPerMillion: price.picodollars * 1_000_000)
    }

    private static func decimal(_ what: String, parse: @escaping @Sendable (String) -> UnitPrice?) -> Kind {
        return .scalar(.decimal(what), expected: "a decimal number") { text, _ in
            guard let price = parse(text) else {
                return .wrong("\(Words.quoted(text)) is not an exact decimal; write \(what), such as 1.25")
            }
            let wholeDigits = text.prefix { $0 != "." }.count
            guard price.picodollarsPerMillion >= 0, wholeDigits <= 9 else {
                return .wrong("\(Words.shortened(text)) is out of bounds; write 0 to 999999999")
            }
            return .value(price)
        }
    }
}

extension Kind where Value == WallTime {
    /// A day, from its first moment in UTC: `2026-07-01`.
    static let date = Kind.scalar(
        .text("date, `2026-07-01`", pattern: #"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"#), expected: "a date such as 2026-07-01"
    ) { text, _ in
        Parsed(day(text), else: "\(Words.quoted(text)) is not a date; write year-month-day, such as 2026-07-01")
    }

    private static func day(_ text: String) -> WallTime? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1970...2200).contains(year),
            (1...12).contains(month)
        else { return nil }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400 - 477
        let days = (year - 1970) * 365 + leapDays + lengths[..<(month - 1)].reduce(0, +) + day - 1
        return WallTime(nanoseconds: Int64(days) * 86_400_000_000_000)
    }
}
