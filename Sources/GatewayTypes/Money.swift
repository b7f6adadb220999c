/// An exact amount of US dollars, in picodollars (10⁻¹² USD), 128 bits wide. Never a floating-point number.
public struct Money: Hashable, Comparable, Sendable, AdditiveArithmetic {
    public var picodollars: Int128

    @inlinable public init(picodollars: Int128) { self.picodollars = picodollars }

    public static let zero = Money(picodollars: 0)

    /// The nearest floating-point number of US dollars, for those who only draw it. Exact sums never pass through here.
    public var approximateUSD: Double {
        // Converting 64 bits is one instruction, 128 bits a generic function.
        if let narrow = Int64(exactly: picodollars) { return Double(narrow) / 1e12 }
        return Double(picodollars) / 1e12
    }

    @inlinable public static func < (left: Money, right: Money) -> Bool { left.picodollars < right.picodollars }
    @inlinable public static func + (left: Money, right: Money) -> Money {
        Money(picodollars: left.picodollars + right.picodollars)
    }
    @inlinable public static func - (left: Money, right: Money) -> Money {
        Money(picodollars: left.picodollars - right.picodollars)
    }
}

extension Money: CustomStringConvertible {
    /// The exact decimal in US dollars without trailing zeros: `0.00012`, `3`, `-0.5`.
    public var description: String { Decimal12.text(picodollars) }

    /// Reads an exact decimal of at most 12 fraction digits; nil when it is not one.
    public init?(_ text: some StringProtocol) {
        guard let value = Decimal12.parse(text) else { return nil }
        picodollars = value
    }
}

/// Decimal numbers with exactly 12 implied fraction digits, to and from text.
enum Decimal12 {
    static let one: Int128 = 1_000_000_000_000

    static func text(_ value: Int128) -> String {
        let magnitude = value.magnitude
        let whole = magnitude / UInt128(one)
        var fraction = UInt64(magnitude % UInt128(one))
        var text = value < 0 ? "-\(whole)" : "\(whole)"
        guard fraction != 0 else { return text }
        var digits = [UInt8](repeating: UInt8(ascii: "0"), count: 12)
        for position in digits.indices.reversed() {
            digits[position] = UInt8(ascii: "0") + UInt8(fraction % 10)
            fraction /= 10
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        text += "."
        text += String(decoding: digits, as: UTF8.self)
        return text
    }

    static func parse(_ text: some StringProtocol) -> Int128? {
        var digits = Substring(text)[...]
        let negative = digits.hasPrefix("-")
        if negative { digits.removeFirst() }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.count <= 24, whole.utf8.allSatisfy(isDigit) else {
            return nil
        }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= 12, fraction.utf8.allSatisfy(isDigit), parts.count == 1 || !fraction.isEmpty else {
            return nil
        }
        let padded = String(fraction) + String(repeating: "0", count: 12 - fraction.count)
        guard let left = Int128(whole), let right = Int128(padded) else { return nil }
        let value = left * one + right
        return negative ? -value : value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

/// Picodollars per 10⁶ units: a list price of 3 USD per million tokens is 3 × 10¹².
public struct UnitPrice: Hashable, Sendable {
    public let picodollarsPerMillion: Int128

    @inlinable public init(picodollarsPerMillion: Int128) { self.picodollarsPerMillion = picodollarsPerMillion }

    /// USD per million units as an exact decimal of at most 12 fraction digits; nil when it is not one.
    public init?(usdPerMillion text: some StringProtocol) {
        guard let value = Decimal12.parse(text) else { return nil }
        picodollarsPerMillion = value
    }

    /// Units × price ÷ 10⁶, rounded once, half to even.
    public func amount(of units: Int64) -> Money {
        let product = Int128(units) * picodollarsPerMillion
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: 1_000_000)
        let twice = remainder.magnitude * 2
        let away: Int128 = product < 0 ? -1 : 1
        if twice > 1_000_000 || (twice == 1_000_000 && quotient % 2 != 0) { return Money(picodollars: quotient + away) }
        return Money(picodollars: quotient)
    }

    /// The price of a thousandth of a unit, rounded once, half to even.
    public var perThousandth: UnitPrice {
        let (quotient, remainder) = picodollarsPerMillion.quotientAndRemainder(dividingBy: 1000)
        let isUp = remainder > 500 || (remainder == 500 && quotient % 2 != 0)
        return UnitPrice(picodollarsPerMillion: isUp ? quotient + 1 : quotient)
    }

    /// USD per million units, as an exact decimal.
    public var usdPerMillion: String { Decimal12.text(picodollarsPerMillion) }
}
