public import GatewayTypes

/// What a rule looks at.
public enum Signal: Hashable, Sendable, CustomStringConvertible {
    /// Money spent in the budget's window.
    case spent
    /// The limit less what is spent; may be negative.
    case remaining
    /// What will be spent by the window's end at this pace.
    case forecast
    /// Money spent in the last stretch of that length.
    case spentOver(TimeSpan)
    /// Pace over the last stretch ÷ the even pace that uses the budget up exactly at its window's end.
    case burn(TimeSpan)
    /// The most that the request at hand may cost.
    case requestCost

    /// Words of the grammar; `spent` also takes a duration.
    static let words = ["spent", "remaining", "forecast", "burn", "request.cost"]

    public var isMoney: Bool {
        switch self {
        case .spent, .remaining, .forecast, .spentOver, .requestCost: true
        case .burn: false
        }
    }

    /// The stretch that it looks back over.
    public var span: TimeSpan? {
        switch self {
        case .spentOver(let span), .burn(let span): span
        case .spent, .remaining, .forecast, .requestCost: nil
        }
    }

    public var description: String {
        switch self {
        case .spent: "spent"
        case .remaining: "remaining"
        case .forecast: "forecast"
        case .spentOver(let span): "spent(\(span))"
        case .burn(let span): "burn(\(span))"
        case .requestCost: "request.cost"
        }
    }
}

/// A decimal number of at most 6 fraction digits, exact.
public struct Factor: Hashable, Sendable, CustomStringConvertible {
    public let millionths: Int64

    public init(millionths: Int64) { self.millionths = millionths }

    public static let one = Factor(millionths: 1_000_000)

    public var value: Double { Double(millionths) / 1e6 }

    public var description: String { Money(picodollars: Int128(millionths) * 1_000_000).description }
}

/// A signal, perhaps multiplied.
public struct Term: Hashable, Sendable, CustomStringConvertible {
    public let factor: Factor
    public let signal: Signal

    public init(factor: Factor = .one, signal: Signal) {
        self.factor = factor
        self.signal = signal
    }

    public var description: String { factor == .one ? signal.description : "\(factor) x \(signal)" }
}

/// What a term is compared with.
public enum Operand: Hashable, Sendable, CustomStringConvertible {
    case term(Term)
    case money(Money)
    /// Of the limit; `Factor.one` is 1 %.
    case percent(Factor)
    case number(Factor)

    public var description: String {
        switch self {
        case .term(let term): term.description
        case .money(let money): "\(money) USD"
        case .percent(let factor): "\(factor)%"
        case .number(let factor): factor.description
        }
    }
}

public enum Comparator: String, CaseIterable, Sendable {
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .atLeast: left >= right
        case .atMost: left <= right
        case .above: left > right
        case .below: left < right
        }
    }

    /// Whether it asks for large values on the left.
    var isUpward: Bool {
        switch self {
        case .atLeast, .above: true
        case .atMost, .below: false
        }
    }
}

/// `spent >= 80%`
public struct Comparison: Hashable, Sendable, CustomStringConvertible {
    public let left: Term
    public let comparator: Comparator
    public let right: Operand

    public init(left: Term, comparator: Comparator, right: Operand) {
        self.left = left
        self.comparator = comparator
        self.right = right
    }

    public var description: String { "\(left) \(comparator.rawValue) \(right)" }
}

/// The text of `when` and `until` as a tree. `and` binds more tightly than `or`.
public indirect enum Condition: Hashable, Sendable, CustomStringConvertible {
    case comparison(Comparison)
    case and([Condition])
    case or([Condition])

    public var comparisons: [Comparison] {
        switch self {
        case .comparison(let comparison): [comparison]
        case .and(let parts), .or(let parts): parts.flatMap(\.comparisons)
        }
    }

    /// Every signal, in the order of the text, each once.
    public var signals: [Signal] {
        var found: [Signal] = []
        for comparison in comparisons {
            var signals = [comparison.left.signal]
            if case .term(let term) = comparison.right { signals.append(term.signal) }
            for signal in signals where !found.contains(signal) { found.append(signal) }
        }
        return found
    }

    /// The canonical text: only the parentheses that are needed.
    public var description: String {
        switch self {
        case .comparison(let comparison): comparison.description
        case .or(let parts): parts.map(\.description).joined(separator: " or ")
        case .and(let parts):
            parts.map { part in
                if case .or = part { return "(\(part))" }
                return part.description
            }.joined(separator: " and ")
        }
    }
}
