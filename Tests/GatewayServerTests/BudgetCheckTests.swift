import GatewayServer
import Testing

/// What `weir check` has to say of budgets, reroutes and channels.
@Suite struct BudgetCheckTests {
    private static let base = """
        weir: 1
        anonymous: true
        providers: { openai: { base_url: "https://api.openai.com/v1" } }
        models: { smart: { targets: [openai/gpt-5] }, fast: { targets: [{ provider: openai, model: gpt-5-mini, lacks: [tools] }] } }
        reroutes: { economy: { smart: smart-too } }

        """

    private static func text(reroutes: String = "{}", budgets: String) -> String {
        base.replacing("{ economy: { smart: smart-too } }", with: reroutes) + "budgets:\n" + budgets + "\n"
    }

    private static func budget(_ rules: String, name: String = "b", per: String = "rolling 1h") -> String {
        "  - { name: \(name), limit: 10 USD, per: \(per), owner: o, rules: [\(rules)] }"
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var reroutes = "{ economy: { smart: fast } }"
        let budgets: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static let cases: [Case] = [
        Case(
            budgets: budget("{ name: r, when: spent >= 80%, then: { reroute: econmy } }"),
            words: #"budgets[0].rules[0].then.reroute: unknown reroute "econmy"; did you mean "economy"?"#),
        Case(
            budgets: budget("{ name: r, when: spnt >= 80% }"),
            words: #"budgets[0].rules[0].when: "#),
        Case(
            budgets: budget("{ name: r, when: spent >= 80% and brun(1h) > 6 }"),
            words: "column 18"),
        Case(
            budgets: budget("") + "\n" + budget(""),
            words: "budgets[1].name: is that of budgets[0] too; names tell budgets apart"),
        Case(
            budgets: budget("{ name: r, when: spent >= 80% }, { name: r, when: spent >= 90% }"),
            words: "budgets[0].rules[1].name: is the name of another rule of this budget; give it its own"),
        Case(
            budgets: budget(""),
            words:
                "warning: reroutes.economy.smart: fast lacks tools, so that requests which need it are not moved to it"
        ),
        Case(
            reroutes: "{ economy: { smart: fats } }", budgets: budget(""),
            words: #"reroutes.economy.smart: unknown model "fats"; did you mean "fast"?"#),
        Case(
            budgets: budget("{ name: r, when: spent >= 80%, notify: webhook }"),
            words: "budgets[0].rules[0].notify: names webhook, but notify.webhook is not set; add its url"),
        Case(
            budgets: budget("{ name: r, when: spent >= 80%, notify: alertmanager }"),
            words: "names alertmanager, but notify.alertmanager has no address; add one"),
        Case(
            budgets: budget("{ name: r, when: spent >= 80%, notify: webhok }"),
            words: #"unknown channel "webhok"; did you mean "webhook"?"#),
        Case(
            budgets: budget("{ name: r, when: spent >= 80% }", per: "month"),
            words:
                "warning: budgets[0].rules[0]: once it fires it cannot resolve before the month ends: spend only grows until then"
        ),
        Case(
            budgets: budget("{ name: r, when: spent >= 80%, then: { refuse: true, reroute: economy } }"),
            words: "budgets[0].rules[0].then: write one of reroute, refuse and clamp, found 2"),
    ]

    @Test(arguments: cases) func `What is wrong with a budget is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(Self.text(reroutes: wrong.reroutes, budgets: wrong.budgets))
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
    }

    @Test func `Budgets that agree with the rest have nothing said of them`() {
        let text = Self.text(
            budgets: Self.budget(
                "{ name: r, when: burn(10m) >= 2, until: burn(10m) < 1, severity: page, then: refuse }"))
        #expect(ConfigurationText.lines(text) == [])
    }
}
