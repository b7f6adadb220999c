import GatewayTypes
import Testing

@testable import Budgets

@Suite struct GrammarTests {
    @Test(arguments: [
        ("spent >= 80%", "spent >= 80%"),
        ("burn(1h) >= 6 and burn(5m) >= 6", "burn(1h) >= 6 and burn(5m) >= 6"),
        ("forecast>100%", "forecast > 100%"),
        ("remaining < 12.50 USD", "remaining < 12.5 USD"),
        ("spent(24h) > 2 x spent(7d) or request.cost > 5 USD", "spent(1d) > 2 x spent(1w) or request.cost > 5 USD"),
        ("spent>1% or spent>2% and spent>3%", "spent > 1% or spent > 2% and spent > 3%"),
        ("(spent>1% or spent>2%) and ((spent>3%))", "(spent > 1% or spent > 2%) and spent > 3%"),
        ("2x spent(1h30m) ≥ 0.5 x remaining", "2 x spent(1h30m) >= 0.5 x remaining"),
        ("burn(90s) < 1.25 x burn(5m)", "burn(1m30s) < 1.25 x burn(5m)"),
    ])
    func `A condition reads as it is written`(text: String, canonical: String) throws {
        let condition = try BudgetRuleParser.condition(text)
        #expect(condition.description == canonical)
        #expect(try BudgetRuleParser.condition(canonical) == condition, "the canonical text means the same")
    }

    @Test(arguments: [
        ("", 1, "expected a signal (spent, remaining, forecast, burn, request.cost), found the end"),
        ("spnet >= 80%", 1, "\"spnet\" is not a signal; did you mean \"spent\"?"),
        ("usual(1h) > 3 USD", 1, "\"usual\" is not a signal; known: spent, remaining, forecast, burn, request.cost"),
        ("spent >= 80", 10, "spent is money; write 80% (of the limit) or 80 USD"),
        ("spent >= 80 EUR", 13, "expected USD behind 80, found \"EUR\""),
        ("spent 80%", 7, "expected >=, >, <= or < behind spent, found \"80\""),
        ("spent = 80%", 7, "money is never compared for equality; write >=, >, <= or <"),
        ("spent >= ", 10, "expected 80%, 400 USD, a number or a signal, found the end"),
        (
            "spent >= 80% adn burn(1h) > 2", 14,
            "expected \"and\", \"or\" or the end, found \"adn\"; did you mean \"and\"?"
        ),
        ("spent >= 80% and", 17, "expected a signal (spent, remaining, forecast, burn, request.cost), found the end"),
        ("(spent >= 80%", 14, "expected \")\" for the \"(\" in column 1, found the end"),
        ("spent >= 80%)", 13, "expected \"and\", \"or\" or the end, found \")\""),
        ("burn >= 6", 6, "burn looks back over a stretch of time; write burn(1h)"),
        ("burn(60) >= 6", 6, "\"60\" has no unit; did you mean \"60s\"?"),
        ("burn(1y) >= 6", 6, "\"1y\" is not a duration; write 20s, 5m, 1h30m or 7d"),
        ("burn(1ms) >= 6", 6, "a stretch of 1ms is out of bounds; write 1s to 366d"),
        ("burn(1h >= 6", 6, "expected a duration and \")\", such as (1h)"),
        ("burn(1h) >= 600%", 13, "burn(1h) is a pace, a pure number; write for example burn(1h) >= 6"),
        ("burn(1h) > spent", 12, "burn(1h) and spent cannot be compared: one is money, one a pace"),
        ("3 spent > 1%", 3, "expected \"x\" and a signal behind 3, found \"spent\""),
        ("spent > $5", 9, "\"$\" has no meaning here"),
        ("spent > 1.0000001%", 9, "1.0000001 is not a number up to 1000000 of at most 6 fraction digits"),
        (
            "spent > 1.0000000000001 USD", 9,
            "1.0000000000001 is not an exact amount of at most 12 fraction digits and 10¹² USD"
        ),
    ])
    func `A mistake is named with its column and the nearest word`(text: String, column: Int, message: String) {
        #expect(throws: RuleTextError(column: column, message: message)) { try BudgetRuleParser.condition(text) }
    }

    @Test func `No cut of a valid text crashes the parser`() throws {
        let text = "(2 x spent(1h30m) >= 0.5 x remaining or burn(1h) >= 6) and forecast > 100% and spent < 400 USD"
        var accepted = 0
        for end in text.indices {
            if (try? BudgetRuleParser.condition(String(text[..<end]))) != nil { accepted += 1 }
            _ = try? BudgetRuleParser.condition(String(text[end...]))
        }
        #expect(accepted < 10)
        let deep = String(repeating: "(", count: 999)
        #expect(throws: RuleTextError.self) { try BudgetRuleParser.condition(deep) }
        #expect(throws: RuleTextError.self) { try BudgetRuleParser.condition(deep + deep) }
    }

    @Test func `Money and durations are exact`() throws {
        #expect(try BudgetRuleParser.money("500 USD") == usd("500"))
        #expect(try BudgetRuleParser.money("0.000000000001 USD").picodollars == 1)
        #expect(try BudgetRuleParser.duration("1h30m") == .seconds(5400))
        #expect(throws: RuleTextError(column: 4, message: "500 has no unit; write 500 USD")) {
            try BudgetRuleParser.money("500")
        }
        #expect(throws: RuleTextError(column: 9, message: "expected the end behind the amount, found \"or\"")) {
            try BudgetRuleParser.money("500 USD or")
        }
        #expect(throws: RuleTextError(column: 1, message: "\"20\" has no unit; did you mean \"20s\"?")) {
            try BudgetRuleParser.duration("20")
        }
        #expect(TimeSpan("9223372036854775807w") == nil)
        #expect(TimeSpan("5m1h") == nil)
    }

    @Test func `A window is a calendar unit, a rolling stretch of ten seconds or more, or a lifetime`() throws {
        #expect(try BudgetWindow(parsing: "month") == .calendar(.month))
        #expect(try BudgetWindow(parsing: "rolling 20s") == .rolling(.seconds(20)))
        #expect(try BudgetWindow(parsing: "lifetime") == .lifetime)
        #expect(throws: RuleTextError(column: 9, message: "\"9s\" is not a duration of 10s to 366d")) {
            try BudgetWindow(parsing: "rolling 9s")
        }
        #expect(throws: RuleTextError(column: 1, message: "\"mont\" is not a window; did you mean \"month\"?")) {
            try BudgetWindow(parsing: "mont")
        }
    }

    @Test func `A rule is said in plain English`() throws {
        var town = Town()
        let rules = [
            try town.rule("warn", "spent >= 80%", holdFor: .seconds(300), severity: .ticket),
            try town.rule(
                "too-fast", "burn(1h) >= 6 and burn(5m) >= 6", until: "burn(1h) < 2", minDwell: .seconds(900),
                severity: .page, then: town.economy()),
            try town.rule("big", "request.cost > 5 USD", then: .refuse),
        ]
        let budget = town.budget(
            scope: BudgetScope(teams: [town.teams["search"]]), limit: "500", window: .calendar(.month), rules: rules)
        #expect(
            budget.plainEnglish
                == "search: 500 USD per calendar month (UTC) for team search; refuses what could go over it. What has no known price counts at the dearest configured price. Owner: search-oncall."
        )
        #expect(
            rules.map { budget.plainEnglish(of: $0) } == [
                "warn: when spend is at least 80% of the limit (400 USD) for 5 minutes, search-oncall gets a ticket, until that no longer holds, at the latest until the month ends.",
                "too-fast: when the pace of the last hour is at least 6 times the even pace and the pace of the last 5 minutes is at least 6 times the even pace, search-oncall is paged and requests are served instead: smart by fast (but not what is free), until the pace of the last hour is less than 2 times the even pace, counted as if nothing had been moved, but for 15 minutes at least.",
                "big: for each request for which the most it may cost is more than 5 USD, requests are refused (but not what is free).",
            ])
    }

    @Test func `A rule that cannot resolve, cannot be known or will flap is warned of`() throws {
        func messages(_ window: BudgetWindow, _ when: String, until: String? = nil) throws -> [String] {
            var town = Town()
            let rule = try town.rule("r", when, until: until)
            return town.budget(window: window, rules: [rule]).problems.map(\.message)
        }
        let toTheEnd = "once it fires it cannot resolve before the month ends: spend only grows until then"
        let month = BudgetWindow.calendar(.month)
        #expect(try messages(month, "spent >= 80%") == [toTheEnd])
        #expect(try messages(month, "forecast > 100%", until: "spent < 50%") == [toTheEnd])
        #expect(try messages(month, "remaining < 20%") == [toTheEnd])
        #expect(try messages(month, "spent >= 80% and burn(1h) > 2") == [], "the pace may fall")
        #expect(try messages(month, "forecast > 100%", until: "forecast < 90%") == [])
        #expect(try messages(.rolling(.seconds(20)), "spent >= 80%", until: "spent < 50%") == [])
        #expect(
            try messages(.lifetime, "spent >= 80%") == ["it can never resolve: spend of a lifetime budget never falls"])
        #expect(
            try messages(.rolling(.seconds(60)), "forecast > 100%") == [
                "forecast is never known for a budget \"rolling 1m\", so that the rule cannot fire or resolve by it"
            ])
        #expect(
            try messages(.rolling(.seconds(60)), "spent > 50%", until: "spent < 80%") == [
                "until holds already when the rule fires, so that it will flap; leave a gap between when and until"
            ])
        #expect(
            try messages(.lifetime, "forecast > 1 USD", until: "request.cost > 5 USD").contains(
                "until cannot look at request.cost: no request is at hand when it is evaluated"))
        var town = Town()
        let twins = try [town.rule("r", "burn(1h) > 2"), town.rule("r", "burn(1h) > 3")]
        #expect(
            town.budget(window: month, rules: twins).problems.map(\.message) == [
                "another rule of this budget has the same name"
            ])
        #expect(
            try messages(.lifetime, "request.cost > 5 USD") == [
                "a rule on request.cost is decided for each request; it needs a then"
            ])
    }
}
