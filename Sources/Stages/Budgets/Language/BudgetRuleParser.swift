public import GatewayTypes

/// Reads the texts of a budget's rule: `when`, `until`, money and durations.
///
/// ```
/// condition: all ("or" all)*
/// all:       one ("and" one)*
/// one:       "(" condition ")" | term comparator (term | MONEY | PERCENT | N)
/// term:      [N "x"] signal
/// ```
public struct BudgetRuleParser {
    private let tokens: [RuleToken]
    private var position = 0

    private init(_ text: String) throws(RuleTextError) { tokens = try RuleLexer.tokens(text) }

    /// The text of `when` or `until`.
    public static func condition(_ text: String) throws(RuleTextError) -> Condition {
        var parser = try BudgetRuleParser(text)
        let condition = try parser.any()
        let rest = parser.current
        guard rest.kind == .end else {
            let words =
                if case .word(let word) = rest.kind {
                    NearWord.suggestion(for: word, among: ["and", "or"])
                } else {
                    ""
                }
            throw RuleTextError(
                column: rest.column, message: "expected \"and\", \"or\" or the end, found \(rest.quoted)\(words)")
        }
        return condition
    }

    /// `500 USD`: an exact decimal of at most 12 fraction digits.
    public static func money(_ text: String) throws(RuleTextError) -> Money {
        var parser = try BudgetRuleParser(text)
        let token = parser.advance()
        guard case .number(let digits) = token.kind else {
            throw RuleTextError(
                column: token.column, message: "expected an amount such as 500 USD, found \(token.quoted)")
        }
        let money = try parser.money(digits, at: token.column)
        guard parser.current.kind == .end else {
            throw RuleTextError(
                column: parser.current.column,
                message: "expected the end behind the amount, found \(parser.current.quoted)")
        }
        return money
    }

    /// `5m`, `1h30m`, `20s`.
    public static func duration(_ text: String) throws(RuleTextError) -> TimeSpan {
        if let span = TimeSpan(text) { return span }
        throw RuleTextError(column: 1, message: Self.notADuration(text))
    }

    private static func notADuration(_ text: String) -> String {
        let isBare = !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
        return isBare
            ? "\"\(text)\" has no unit; did you mean \"\(text)s\"?"
            : "\"\(text.prefix(40))\" is not a duration; write 20s, 5m, 1h30m or 7d"
    }

    // MARK: Steps

    private var current: RuleToken { tokens[position] }

    private mutating func advance() -> RuleToken {
        let token = tokens[position]
        if token.kind != .end { position += 1 }
        return token
    }

    private mutating func take(word: String) -> Bool {
        guard case .word(word) = current.kind else { return false }
        position += 1
        return true
    }

    private mutating func any() throws(RuleTextError) -> Condition {
        var parts = [try all()]
        while take(word: "or") { parts.append(try all()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func all() throws(RuleTextError) -> Condition {
        var parts = [try one()]
        while take(word: "and") { parts.append(try one()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func one() throws(RuleTextError) -> Condition {
        if current.kind == .open {
            let opened = advance()
            let inner = try any()
            guard current.kind == .close else {
                throw RuleTextError(
                    column: current.column,
                    message: "expected \")\" for the \"(\" in column \(opened.column), found \(current.quoted)")
            }
            position += 1
            return inner
        }
        let left = try term()
        let token = advance()
        guard case .comparator(let comparator) = token.kind else {
            throw RuleTextError(
                column: token.column, message: "expected >=, >, <= or < behind \(left), found \(token.quoted)")
        }
        let rightColumn = current.column
        let right = try operand()
        try Self.check(left, right, rightColumn)
        return .comparison(Comparison(left: left, comparator: comparator, right: right))
    }

    private mutating func term() throws(RuleTextError) -> Term {
        var factor = Factor.one
        if case .number(let digits) = current.kind {
            let token = advance()
            factor = try Self.factor(digits, token.column)
            guard take(word: "x") else {
                throw RuleTextError(
                    column: current.column,
                    message: "expected \"x\" and a signal behind \(digits), found \(current.quoted)")
            }
        }
        return Term(factor: factor, signal: try signal())
    }

    private mutating func signal() throws(RuleTextError) -> Signal {
        let token = advance()
        guard case .word(let word) = token.kind else {
            throw RuleTextError(
                column: token.column,
                message: "expected a signal (\(Signal.words.joined(separator: ", "))), found \(token.quoted)")
        }
        switch word {
        case "spent": return current.kind == .open ? .spentOver(try span()) : .spent
        case "remaining": return .remaining
        case "forecast": return .forecast
        case "burn":
            guard current.kind == .open else {
                throw RuleTextError(
                    column: current.column, message: "burn looks back over a stretch of time; write burn(1h)")
            }
            return .burn(try span())
        case "request.cost": return .requestCost
        default:
            throw RuleTextError(
                column: token.column,
                message: "\"\(word)\" is not a signal\(NearWord.suggestion(for: word, among: Signal.words))")
        }
    }

    /// `(1h)`: at least a second, at most a year.
    private mutating func span() throws(RuleTextError) -> TimeSpan {
        position += 1
        let column = current.column
        var text = ""
        while current.kind != .close {
            switch advance().kind {
            case .word(let part), .number(let part): text += part
            case .comparator, .percent, .open, .close, .end:
                throw RuleTextError(column: column, message: "expected a duration and \")\", such as (1h)")
            }
        }
        position += 1
        guard let span = TimeSpan(text) else { throw RuleTextError(column: column, message: Self.notADuration(text)) }
        guard span >= .seconds(1), span <= .seconds(31_622_400) else {
            throw RuleTextError(column: column, message: "a stretch of \(text) is out of bounds; write 1s to 366d")
        }
        return span
    }

    private mutating func operand() throws(RuleTextError) -> Operand {
        guard case .number(let digits) = current.kind else {
            if case .word = current.kind { return .term(try term()) }
            throw RuleTextError(
                column: current.column,
                message: "expected 80%, 400 USD, a number or a signal, found \(current.quoted)")
        }
        if case .word("x") = tokens[position + 1].kind { return .term(try term()) }
        let token = advance()
        if current.kind == .percent {
            position += 1
            return .percent(try Self.factor(digits, token.column))
        }
        switch current.kind {
        case .word("and"), .word("or"), .end, .close: return .number(try Self.factor(digits, token.column))
        case .word, .number, .comparator, .percent, .open: return .money(try money(digits, at: token.column))
        }
    }

    /// An amount whose digits have been read.
    private mutating func money(_ digits: String, at column: Int) throws(RuleTextError) -> Money {
        let unit = advance()
        switch unit.kind {
        case .word("USD"): break
        case .end: throw RuleTextError(column: unit.column, message: "\(digits) has no unit; write \(digits) USD")
        case .word, .number, .comparator, .percent, .open, .close:
            throw RuleTextError(column: unit.column, message: "expected USD behind \(digits), found \(unit.quoted)")
        }
        guard let money = Money(digits), money.picodollars <= 1_000_000_000_000_000_000_000_000 else {
            throw RuleTextError(
                column: column, message: "\(digits) is not an exact amount of at most 12 fraction digits and 10¹² USD")
        }
        return money
    }

    private static func factor(_ digits: String, _ column: Int) throws(RuleTextError) -> Factor {
        guard let exact = Money(digits), exact.picodollars % 1_000_000 == 0,
            exact.picodollars <= 1_000_000_000_000_000_000
        else {
            throw RuleTextError(
                column: column, message: "\(digits) is not a number up to 1000000 of at most 6 fraction digits")
        }
        return Factor(millionths: Int64(exact.picodollars / 1_000_000))
    }

    /// Money is compared with money, a pace with a number.
    private static func check(_ left: Term, _ right: Operand, _ column: Int) throws(RuleTextError) {
        switch right {
        case .term(let term):
            guard term.signal.isMoney == left.signal.isMoney else {
                throw RuleTextError(
                    column: column,
                    message: "\(left.signal) and \(term.signal) cannot be compared: one is money, one a pace")
            }
        case .money, .percent:
            guard left.signal.isMoney else {
                throw RuleTextError(
                    column: column,
                    message: "\(left.signal) is a pace, a pure number; write for example \(left.signal) >= 6")
            }
        case .number(let number):
            guard !left.signal.isMoney else {
                throw RuleTextError(
                    column: column,
                    message: "\(left.signal) is money; write \(number)% (of the limit) or \(number) USD")
            }
        }
    }
}
