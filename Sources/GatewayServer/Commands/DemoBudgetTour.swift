import GatewayTypes

/// A budget that acts before the reader's eyes: it warns, moves traffic to a cheaper model, and lets go again.
extension DemoTour {
    private static let secondsMax = (spending: 30.0, saving: 3.0, recovery: 40.0)

    func showBudget() async throws(Commands.Refusal) {
        Terminal.say("6. A budget that acts. What weir check says of it:")
        for line in ConfigurationReport.budgets(try setting.configuration()).dropFirst() { Terminal.say(" \(line)") }

        Terminal.say("\n   Warn: requests for smart, until 30% of the limit is spent.")
        let warned = try await spend(until: "warn")
        prove(warned, [try await ruleState("warn", "firing"), try await line("weir_budget_spent_usd", [])])

        Terminal.say("   Reroute: more of them, until 60% is spent and smart is served by fast.")
        _ = try await spend(until: "save")
        let moved = try await ask("smart")
        guard moved["x-weir-reroute"] != nil else {
            throw Commands.Refusal("The rule save fires, but smart was not served by fast.")
        }
        let saved = try await wait(Self.secondsMax.saving, "The saved money did not appear in the metrics") {
            () async throws(Commands.Refusal) in
            let line = try await line("weir_reroute_saved_usd_total", ["rule=\"save\""])
            return line.hasSuffix(" 0") ? nil : line
        }
        prove(
            moved,
            [try await ruleState("save", "firing"), try await line("weir_reroute_active", ["rule=\"save\""]), saved])

        Terminal.say(
            """
               Recovery: no requests. Until what was asked for in the last 20 s would have cost less than 30%, at the
               asked model's price, so that moving traffic cannot end the move.
            """)
        _ = try await wait(Self.secondsMax.recovery, "The rule save did not resolve") {
            () async throws(Commands.Refusal) in try await fires("save") ? nil : ""
        }
        let back = try await ask("smart")
        guard back["x-weir-reroute"] == nil else {
            throw Commands.Refusal("The rule save has resolved, but smart is still served by fast.")
        }
        prove(
            back,
            [try await ruleState("save", "inactive"), try await line("weir_reroute_active", ["rule=\"save\""])])
    }

    /// Asks for `smart` until the rule fires; the last answer.
    private func spend(until rule: String) async throws(Commands.Refusal) -> ClientBench.Answer {
        try await wait(Self.secondsMax.spending, "The rule \(rule) did not fire") {
            () async throws(Commands.Refusal) in
            let answer = try await ask("smart")
            return try await fires(rule) ? answer : nil
        }
    }

    private func fires(_ rule: String) async throws(Commands.Refusal) -> Bool {
        try await ruleState(rule, "firing").hasSuffix(" 1")
    }

    private func ruleState(_ rule: String, _ state: String) async throws(Commands.Refusal) -> String {
        try await line("weir_budget_rule_state", ["rule=\"\(rule)\"", "state=\"\(state)\""])
    }

    /// The first line of a metric with all of these labels.
    private func line(_ metric: String, _ labels: [String]) async throws(Commands.Refusal) -> String {
        let page = try await bench.get("\(addresses.metrics)/metrics", fields: []).text
        let found = page.split(separator: "\n").first { line in
            line.hasPrefix(metric + "{") && labels.allSatisfy { line.contains($0) }
        }
        guard let found else { throw Commands.Refusal("/metrics has no \(metric) with \(labels).") }
        return String(found)
    }

    /// Tries five times a second until there is a value.
    private func wait<Value>(
        _ seconds: Double, _ complaint: String, _ value: () async throws(Commands.Refusal) -> Value?
    ) async throws(Commands.Refusal) -> Value {
        let end = Moment.now().advanced(bySeconds: seconds)
        while Moment.now() < end {
            if let found = try await value() { return found }
            try? await Task.sleep(for: .milliseconds(200))
        }
        throw Commands.Refusal("\(complaint) within \(Int(seconds)) s.")
    }

    private func prove(_ answer: ClientBench.Answer, _ lines: [String]) {
        let reroute = answer["x-weir-reroute"].map { "x-weir-reroute: \($0)" } ?? "no x-weir-reroute"
        Terminal.say("   header    \(reroute); x-weir-model: \(answer["x-weir-model"] ?? "")")
        for line in lines { Terminal.say("   metric    \(line)") }
        Terminal.say("   trace     \(answer["traceparent"]?.split(separator: "-").dropFirst().first ?? "")\n")
    }
}
