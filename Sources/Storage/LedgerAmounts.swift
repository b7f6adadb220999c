import GatewayTypes

/// An amount as the ledger keeps it: two integers, because SQLite has none of 128 bits and its `SUM` fails beyond 64.
///
/// `amount = hi × 10¹⁸ + lo` picodollars, `lo` in 0 ..< 10¹⁸, so that `hi` counts whole millions of dollars.
struct LedgerAmount: Equatable {
    static let unit: Int128 = 1_000_000_000_000_000_000

    let hi: Int64
    let lo: Int64

    init(hi: Int64, lo: Int64) {
        self.hi = hi
        self.lo = lo
    }

    init(_ money: Money) {
        var (hi, lo) = money.picodollars.quotientAndRemainder(dividingBy: Self.unit)
        if lo < 0 {
            lo += Self.unit
            hi -= 1
        }
        self.hi = Int64(clamping: hi)
        self.lo = Int64(lo)
    }

    var money: Money { Money(picodollars: Int128(hi) * Self.unit + Int128(lo)) }

    /// Sums amounts in SQL without overflow: the low part is summed in halves of nine digits.
    static let sumColumns = """
        COALESCE(SUM(cost_hi), 0) AS sum_hi, COALESCE(SUM(cost_lo / 1000000000), 0) AS sum_middle,
        COALESCE(SUM(cost_lo % 1000000000), 0) AS sum_low
        """

    static func sum(hi: Int64, middle: Int64, low: Int64) -> Money {
        Money(picodollars: Int128(hi) * unit + Int128(middle) * 1_000_000_000 + Int128(low))
    }
}

/// The lines of a cost as text: `input 1000 2.5;output 200 10` — component, units, USD per million units, all exact.
enum CostLinesText {
    static func text(_ lines: [CostLine]) -> String {
        lines.map { "\($0.component.rawValue) \($0.units) \($0.price.usdPerMillion)" }.joined(separator: ";")
    }

    /// Nil when it is no such text.
    static func lines(_ text: String) -> [CostLine]? {
        var lines: [CostLine] = []
        for line in text.split(separator: ";") {
            let words = line.split(separator: " ")
            guard words.count == 3, let component = CostComponent(rawValue: String(words[0])),
                let units = Int64(words[1]), let price = UnitPrice(usdPerMillion: words[2])
            else { return nil }
            lines.append(CostLine(component: component, units: units, price: price))
        }
        return lines
    }
}
