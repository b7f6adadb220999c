import Budgets
import GatewayTypes

/// The configuration's budgets as definitions, with every name resolved and every text read.
struct BudgetDesk {
    /// Where something is wrong, and what.
    typealias Report = (_ path: SettingPath, _ message: String, _ isError: Bool) -> Void

    private let configuration: Configuration
    private let names: NameBook
    private let report: Report

    /// `report` hears of everything that keeps a budget from being made; a budget with an error is left out.
    static func definitions(
        _ configuration: Configuration, names: NameBook, report: @escaping Report = { _, _, _ in }
    ) -> [BudgetDefinition] {
        let desk = BudgetDesk(configuration: configuration, names: names, report: report)
        return configuration.budgets.enumerated().compactMap { position, budget in
            desk.definition(budget, at: SettingPath.root.key("budgets").index(position))
        }
    }

    private func definition(_ budget: Configuration.Budget, at path: SettingPath) -> BudgetDefinition? {
        let limit = read(at: path.key("limit")) { () throws(RuleTextError) in try BudgetRuleParser.money(budget.limit) }
        let window = read(at: path.key("per")) { () throws(RuleTextError) in try BudgetWindow(parsing: budget.per) }
        let rules = budget.rules.enumerated().map { rule($0.element, at: path.key("rules").index($0.offset)) }
        guard let limit, let window, rules.allSatisfy({ $0 != nil }) else { return nil }
        guard limit > .zero else {
            report(path.key("limit"), "must be more than 0 USD", true)
            return nil
        }
        let definition = BudgetDefinition(
            name: names.budgets[budget.name],
            scope: BudgetScope(
                teams: budget.scope.teams.map { names.teams[$0] },
                callers: budget.scope.callers.map { names.callers[$0] },
                routes: budget.scope.models.map { names.routes[$0] }),
            limit: limit, window: window, enforcement: budget.enforce == .hard ? .hard : .soft,
            unpriced: Self.unpriced(budget.unpriced), reserving: budget.reserve == .strict ? .strict : .expected,
            owner: budget.owner, rules: rules.compactMap { $0 })
        for problem in definition.problems {
            let position = budget.rules.firstIndex { $0.name == problem.rule.text } ?? 0
            report(path.key("rules").index(position), problem.message, problem.gravity == .error)
        }
        return definition
    }

    private func rule(_ written: Configuration.BudgetRule, at path: SettingPath) -> BudgetRule? {
        let when = read(at: path.key("when")) { () throws(RuleTextError) in try BudgetRuleParser.condition(written.when)
        }
        var until: Condition?
        if let text = written.until {
            until = read(at: path.key("until")) { () throws(RuleTextError) in try BudgetRuleParser.condition(text) }
            if until == nil { return nil }
        }
        guard let when else { return nil }
        var action: BudgetRule.Action?
        if let then = written.action {
            action = self.action(then, at: path.key("then"))
            if action == nil { return nil }
        }
        return BudgetRule(
            name: names.rules[written.name], when: when, until: until, holdFor: Self.span(written.forSeconds),
            minDwell: Self.span(written.minDwellSeconds), severity: written.severity == .page ? .page : .ticket,
            notify: written.notify, action: action,
            except: (written.action?.except ?? []).map { $0 == "free" ? .free : .model($0) })
    }

    private func action(_ written: Configuration.BudgetAction, at path: SettingPath) -> BudgetRule.Action? {
        let chosen = [written.reroute != nil, written.refuse, written.clamp != nil].filter { $0 }.count
        guard chosen == 1 else {
            report(path, "write one of reroute, refuse and clamp, found \(chosen)", true)
            return nil
        }
        if written.refuse { return .refuse }
        if let clamp = written.clamp { return .clamp(outputTokensMax: Int64(clamp.maxTokens)) }
        guard let name = written.reroute else { return nil }
        guard let reroute = configuration.reroutes.first(where: { $0.name == name }) else {
            let known = configuration.reroutes.map(\.name)
            report(
                path.key("reroute"),
                "unknown reroute \(Words.quoted(name))\(Words.suggestion(for: name, among: known))", true)
            return nil
        }
        guard let share = Int(written.share.dropLast()), (1...100).contains(share) else {
            report(path.key("share"), "must be from 1% to 100%", true)
            return nil
        }
        let moves = reroute.map.map { BudgetRule.Move(from: names.routes[$0.from], to: names.routes[$0.to]) }
        return .reroute(map: name, moves: moves, sharePercent: share)
    }

    /// Reads a text; a fault is reported with its column.
    private func read<Value>(
        at path: SettingPath, _ parse: () throws(RuleTextError) -> Value
    ) -> Value? {
        do throws(RuleTextError) {
            return try parse()
        } catch {
            report(path, error.description, true)
            return nil
        }
    }

    private static func span(_ seconds: Double) -> TimeSpan { TimeSpan(nanoseconds: Int64(seconds * 1e9)) }

    private static func unpriced(_ written: Configuration.Budget.Unpriced) -> BudgetDefinition.Unpriced {
        switch written {
        case .assume: .assume
        case .refuse: .refuse
        case .allow: .allow
        }
    }
}
