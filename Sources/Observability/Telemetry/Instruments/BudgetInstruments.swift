extension InstrumentCatalog {
    /// What budgets hold, what their rules do, and what that did to the traffic.
    static let budgets: [InstrumentSpec] = [
        .info(.budgetInfo, ["budget", "owner", "team", "window", "enforce"], "The configured budgets"),
        .gauge(.budgetLimit, ["budget"], unit: "usd", "What the budget allows in its window"),
        .gauge(
            .budgetSpent, ["budget"], unit: "usd",
            "What the budget's window has cost so far, from the ledger that enforces it"),
        .gauge(
            .budgetReserved, ["budget"], unit: "usd",
            "Upper bound of what exchanges under way may still cost the budget"),
        .gauge(
            .budgetRemaining, ["budget"], unit: "usd",
            "The limit less what is spent and reserved; negative where the limit was passed"),
        .gauge(
            .budgetForecast, ["budget"], unit: "usd",
            "What the window will have cost at its end, at the pace so far; while that is unknown, what is spent"),
        .gauge(.budgetReset, ["budget"], unit: "seconds", "When the budget's window ends, in Unix time"),
        .gauge(
            .budgetSignalKnown, ["budget", "signal"],
            "1 when the signal that a rule reads has a value, else 0; a rule never fires on an unknown one"),
        .info(
            .budgetRuleInfo, ["budget", "rule", "severity", "action"],
            "The configured rules of budgets: severity page or ticket; action reroute, refuse, clamp or none"),
        .gauge(.budgetRuleState, ["budget", "rule", "state"], "1 for the state that the rule is in, else 0"),
        .counter(
            .budgetRuleTransitions, ["budget", "rule", "to"], "Changes of a rule's state, by the state that it entered"),
        .counter(
            .budgetNotifications, ["channel", "result"],
            "Notifications by what became of them: delivered, retried (once per further try), failed, dropped"),
        .counter(
            .budgetOvershoot, ["budget"], unit: "usd", number: .money,
            "What exchanges cost beyond what was reserved for them"),
        .gauge(
            .rerouteActive, ["budget", "rule", "from", "to"],
            "1 while the rule moves traffic from one model to the other"),
        .counter(
            .reroutes, ["budget", "rule", "from", "to", "team", "route"], "Exchanges that a budget's rule moved"),
        .counter(
            .rerouteSaved, ["budget", "rule", "from", "to", "team", "route"], unit: "usd", number: .money,
            "What moved exchanges would have cost at the asked model's price, less what they did cost"),
    ]
}
