/// A length of time in a budget's text, with Prometheus's units.
public struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// At least 0, at most ten years.
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func seconds(_ seconds: Int64) -> TimeSpan { TimeSpan(nanoseconds: seconds * 1_000_000_000) }

    public static let zero = TimeSpan(nanoseconds: 0)

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }

    static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000),
    ]

    /// Each unit at most once, the largest first: `5m`, `1h30m`, `250ms`; nil where it is not one or is too long.
    public init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        var total: Int64 = 0
        var allowed = Self.units[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { $0.isLetter }
            rest = rest[letters.endIndex...]
            guard let amount = Int64(digits), let unit = allowed.firstIndex(where: { $0.suffix == letters }) else {
                return nil
            }
            let (product, tooMany) = amount.multipliedReportingOverflow(by: Self.units[unit].nanoseconds)
            let (sum, tooLong) = total.addingReportingOverflow(product)
            guard !tooMany, !tooLong, sum <= 315_360_000_000_000_000 else { return nil }
            total = sum
            allowed = allowed[(unit + 1)...]
        }
        nanoseconds = total
    }

    public var description: String {
        guard nanoseconds != 0 else { return "0s" }
        var rest = nanoseconds
        var text = ""
        for unit in Self.units where rest >= unit.nanoseconds {
            // Weeks read better as days unless they are the whole.
            if unit.suffix == "w", rest % unit.nanoseconds != 0 { continue }
            text += "\(rest / unit.nanoseconds)\(unit.suffix)"
            rest %= unit.nanoseconds
        }
        return text.isEmpty ? "\(nanoseconds)ns" : text
    }
}
