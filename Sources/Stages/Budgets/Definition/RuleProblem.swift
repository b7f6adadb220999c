public import GatewayTypes

/// What `weir check` has to say of a rule.
public struct RuleProblem: Sendable, Equatable {
    public enum Gravity: Sendable { case error, warning }

    public let gravity: Gravity
    public let rule: ConfiguredName
    public let message: String
}

extension BudgetDefinition {
    /// What is wrong with its rules, and what is doubtful.
    public var problems: [RuleProblem] {
        let twice = rules.indices.filter { index in rules[..<index].contains { $0.name == rules[index].name } }.map {
            RuleProblem(gravity: .error, rule: rules[$0].name, message: "another rule of this budget has the same name")
        }
        return twice + rules.flatMap { problems(of: $0) }
    }

    private func problems(of rule: BudgetRule) -> [RuleProblem] {
        var found: [RuleProblem] = []
        func report(_ gravity: RuleProblem.Gravity, _ message: String) {
            found.append(RuleProblem(gravity: gravity, rule: rule.name, message: message))
        }
        if rule.isPerRequest {
            if rule.action == nil {
                report(.error, "a rule on request.cost is decided for each request; it needs a then")
            }
            if rule.until != nil || rule.holdFor > .zero || rule.minDwell > .zero || rule.severity != nil {
                report(
                    .error,
                    "a rule on request.cost is decided for each request; for, until, min_dwell and severity have no meaning"
                )
            }
            return found
        }
        if rule.until?.signals.contains(.requestCost) == true {
            report(.error, "until cannot look at request.cost: no request is at hand when it is evaluated")
        }
        for signal in rule.conditions.flatMap(\.signals) where !canBeKnown(signal) {
            report(
                .warning,
                "\(signal) is never known for a budget \"\(window)\", so that the rule cannot fire or resolve by it")
        }
        if case .lifetime = window, !isResolvable(rule) {
            report(.warning, "it can never resolve: spend of a lifetime budget never falls")
        }
        if case .calendar(let unit) = window, !isResolvable(rule) {
            report(
                .warning,
                "once it fires it cannot resolve before the \(unit.rawValue) ends: spend only grows until then")
        }
        if rule.until != nil, isAlreadyResolved(rule) {
            report(
                .warning,
                "until holds already when the rule fires, so that it will flap; leave a gap between when and until")
        }
        return found
    }

    private func canBeKnown(_ signal: Signal) -> Bool {
        switch (signal, window) {
        case (.forecast, .rolling), (.forecast, .lifetime), (.burn, .lifetime): false
        case (.spent, _), (.remaining, _), (.spentOver, _), (.requestCost, _), (.forecast, .calendar),
            (.burn, .calendar), (.burn, .rolling):
            true
        }
    }

    /// Whether what lets go of the rule can become true before its window ends.
    private func isResolvable(_ rule: BudgetRule) -> Bool {
        guard let until = rule.until ?? inverse(rule.when) else { return true }
        return canHold(until)
    }

    /// Whether a condition can come to hold late in a window, when spend has only grown.
    private func canHold(_ condition: Condition) -> Bool {
        switch condition {
        case .comparison(let comparison): canHold(comparison)
        case .and(let parts): parts.allSatisfy { canHold($0) }
        case .or(let parts): parts.contains { canHold($0) }
        }
    }

    private func canHold(_ comparison: Comparison) -> Bool {
        if case .term = comparison.right { return true }
        switch comparison.left.signal {
        case .spent: return comparison.comparator.isUpward
        case .remaining: return !comparison.comparator.isUpward
        case .forecast, .spentOver, .burn, .requestCost: return true
        }
    }

    /// What holds when `condition` does not.
    private func inverse(_ condition: Condition) -> Condition? {
        switch condition {
        case .comparison(let comparison):
            let opposite: Comparator =
                switch comparison.comparator {
                case .atLeast: .below
                case .atMost: .above
                case .above: .atMost
                case .below: .atLeast
                }
            return .comparison(Comparison(left: comparison.left, comparator: opposite, right: comparison.right))
        case .and(let parts): return .or(parts.compactMap { inverse($0) })
        case .or(let parts): return .and(parts.compactMap { inverse($0) })
        }
    }

    /// Whether `when` and `until` compare the same signal with fixed values that leave no gap between them.
    private func isAlreadyResolved(_ rule: BudgetRule) -> Bool {
        guard case .comparison(let when) = rule.when, case .comparison(let until)? = rule.until,
            when.left == until.left, when.comparator.isUpward != until.comparator.isUpward,
            let fires = fixed(when.right), let ends = fixed(until.right)
        else { return false }
        return when.comparator.isUpward ? ends > fires : ends < fires
    }

    /// Comparable within one kind of signal: picodollars, or millionths of the even pace.
    private func fixed(_ operand: Operand) -> Int128? {
        switch operand {
        case .money(let money): money.picodollars
        case .percent(let percent): limit.picodollars * Int128(percent.millionths) / 100_000_000
        case .number(let number): Int128(number.millionths)
        case .term: nil
        }
    }
}
