import GatewayTypes

extension LimitDefinition {
    /// One line for people: `chat: each caller at most 60 requests in any minute and 8 at once.`
    public var plainEnglish: String {
        var parts = rates.map(Self.text)
        if let concurrent { parts.append("\(concurrent) exchange\(concurrent == 1 ? "" : "s") at once") }
        if let bodyBytesMax { parts.append("\(bodyBytesMax) bytes of body in a request") }
        if let outputTokensMax {
            let over = over == .clamp ? "cut to that" : "more is refused"
            parts.append("\(outputTokensMax) output tokens in a reply (\(over))")
        }
        let most = "\(name.text): \(whose)\(scope), at most \(parts.joined(separator: "; "))"
        guard let queue else { return most + "." }
        let seconds = queue.waitSeconds == queue.waitSeconds.rounded()
        let wait = seconds ? String(Int(queue.waitSeconds)) : String(queue.waitSeconds)
        return most + "; \(queue.depth) more wait up to \(wait) s, \(queue.fairness.rawValue)s in turn."
    }

    /// What a refusal says of a rate.
    static func text(_ rate: Rate) -> String {
        let noun =
            switch rate.counted {
            case .requests: "request"
            case .tokens: "token"
            case .inputTokens: "input token"
            case .outputTokens: "output token"
            }
        let amount = "\(rate.rate.amount) \(noun)\(rate.rate.amount == 1 ? "" : "s")"
        guard let burst = rate.rate.burst else { return "\(amount) in any \(rate.rate.period.rawValue)" }
        return "\(amount) a \(rate.rate.period.rawValue), evenly, \(burst) at once"
    }

    var whose: String {
        switch each {
        case .caller: "each caller"
        case .team: "each team"
        case .key: "each key"
        case .model: "each model"
        case .endUser: "each end user of a caller"
        case .gateway: "all together"
        }
    }

    private var scope: String {
        func list(_ names: [ConfiguredName], _ noun: String) -> String? {
            names.isEmpty ? nil : "\(noun) " + names.map(\.text).joined(separator: ", ")
        }
        let parts = [
            plan.map { "on plan \($0.text)" }, list(teams, "of team"), list(callers, "as"), list(routes, "asking for"),
        ].compactMap { $0 }
        return parts.isEmpty ? "" : " " + parts.joined(separator: ", ")
    }
}
