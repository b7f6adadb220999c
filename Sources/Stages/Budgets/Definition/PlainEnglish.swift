import GatewayTypes

/// What a budget and its rules mean, in sentences that need no manual.
extension BudgetDefinition {
    /// `search: 500 USD per month for team search; refuses what could go over it. Owner: search-oncall.`
    public var plainEnglish: String {
        let per =
            switch window {
            case .calendar(let unit): "per calendar \(unit.rawValue) (UTC)"
            case .rolling(let span): "in any \(span.words)"
            case .lifetime: "in all, without a reset"
            }
        let keeps =
            switch enforcement {
            case .hard where reserving == .expected: "refuses what would as a rule go over it"
            case .hard: "refuses what could go over it"
            case .soft: "refuses nothing by itself"
            }
        let unknown =
            switch unpriced {
            case .assume: "counts at the dearest configured price"
            case .refuse: enforcement == .hard ? "is refused" : "counts as nothing"
            case .allow: "counts as nothing"
            }
        return "\(name.text): \(limit) USD \(per) for \(scope.words); \(keeps). What has no known price \(unknown). "
            + "Owner: \(owner)."
    }

    /// One sentence for a rule of this budget.
    public func plainEnglish(of rule: BudgetRule) -> String {
        if rule.isPerRequest {
            return "\(rule.name.text): for each request for which \(words(rule.when)), "
                + "\(rule.action.map { words($0) } ?? "nothing happens")\(exceptions(rule))."
        }
        var text = "\(rule.name.text): when \(words(rule.when))"
        if rule.holdFor > .zero { text += " for \(rule.holdFor.words)" }
        var deeds: [String] = []
        switch rule.severity {
        case .page: deeds.append("\(owner) is paged")
        case .ticket: deeds.append("\(owner) gets a ticket")
        case nil: break
        }
        if let action = rule.action { deeds.append(words(action) + exceptions(rule)) }
        text += ", " + (deeds.isEmpty ? "the rule fires and nothing else happens" : deeds.joined(separator: " and "))
        return text + ending(rule) + "."
    }

    private func ending(_ rule: BudgetRule) -> String {
        let demand = rule.isReroute ? ", counted as if nothing had been moved" : ""
        var text = rule.until.map { ", until \(words($0))\(demand)" } ?? ", until that no longer holds\(demand)"
        if rule.minDwell > .zero { text += ", but for \(rule.minDwell.words) at least" }
        if case .calendar(let unit) = window, rule.looksAtWindow {
            text += ", at the latest until the \(unit.rawValue) ends"
        }
        return text
    }

    private func words(_ action: BudgetRule.Action) -> String {
        switch action {
        case .refuse: return "requests are refused"
        case .clamp(let tokens): return "replies have at most \(tokens) output tokens"
        case .reroute(_, let moves, let share):
            let list = moves.map { "\($0.from.text) by \($0.to.text)" }.joined(separator: ", ")
            return share == 100
                ? "requests are served instead: \(list)" : "\(share)% of requests are served instead: \(list)"
        }
    }

    private func exceptions(_ rule: BudgetRule) -> String {
        let names = rule.except.map { exception in
            switch exception {
            case .free: "what is free"
            case .model(let name): name
            }
        }
        return names.isEmpty ? "" : " (but not \(names.joined(separator: ", ")))"
    }

    private func words(_ condition: Condition) -> String {
        switch condition {
        case .comparison(let comparison): return words(comparison)
        case .and(let parts):
            return parts.map { part in
                if case .or = part { return "(\(words(part)))" }
                return words(part)
            }.joined(separator: " and ")
        case .or(let parts): return parts.map { words($0) }.joined(separator: ", or ")
        }
    }

    private func words(_ comparison: Comparison) -> String {
        let right: String
        switch comparison.right {
        case .money(let money): right = "\(money) USD"
        case .percent(let percent):
            let share = limit.picodollars * Int128(percent.millionths) / 100_000_000
            right = "\(percent)% of the limit (\(Money(picodollars: share)) USD)"
        case .number(let number): right = "\(number) times the even pace"
        case .term(let term): right = words(term)
        }
        let verb =
            switch comparison.comparator {
            case .atLeast: "is at least"
            case .atMost: "is at most"
            case .above: "is more than"
            case .below: "is less than"
            }
        return "\(words(comparison.left)) \(verb) \(right)"
    }

    private func words(_ term: Term) -> String {
        let signal =
            switch term.signal {
            case .spent: "spend"
            case .remaining: "what remains"
            case .forecast: "the forecast for the whole window"
            case .spentOver(let span): "spend of the last \(span.lastWords)"
            case .burn(let span): "the pace of the last \(span.lastWords)"
            case .requestCost: "the most it may cost"
            }
        return term.factor == .one ? signal : "\(term.factor) times \(signal)"
    }
}

extension TimeSpan {
    /// Behind "the last": `hour`, `5 minutes`.
    var lastWords: String {
        let words = words
        return words.hasPrefix("1 ") && !words.hasSuffix("s") ? String(words.dropFirst(2)) : words
    }

    /// `5 minutes`, `1 hour 30 minutes`.
    var words: String {
        let names: [(nanoseconds: Int64, name: String)] = [
            (86_400_000_000_000, "day"), (3_600_000_000_000, "hour"), (60_000_000_000, "minute"),
            (1_000_000_000, "second"), (1_000_000, "millisecond"),
        ]
        var rest = nanoseconds
        var parts: [String] = []
        for unit in names where rest >= unit.nanoseconds {
            let count = rest / unit.nanoseconds
            parts.append("\(count) \(unit.name)\(count == 1 ? "" : "s")")
            rest %= unit.nanoseconds
        }
        return parts.isEmpty ? "no time" : parts.joined(separator: " ")
    }
}
