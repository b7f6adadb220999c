import GatewayTypes

/// The words in which a budget refuses.
enum BudgetRefusal {
    static func limit(_ definition: BudgetDefinition, reset: WallTime?) -> Failure {
        failure(definition, "has no room for what this request may cost", reset)
    }

    static func unpriced(_ definition: BudgetDefinition, _ target: Target) -> Failure {
        failure(
            definition,
            "admits nothing whose price is unknown, as that of \(target.provider.text)/\(target.servedModel.text)", nil)
    }

    static func rule(_ definition: BudgetDefinition, _ rule: BudgetRule, reset: WallTime?) -> Failure {
        var failure = failure(definition, "refuses by its rule \"\(rule.name.text)\" (\(rule.when))", reset)
        failure.rule = rule.name
        return failure
    }

    /// Retryable, because the next target may be cheaper; the client is told not to retry, because waiting a moment
    /// does not bring money back.
    private static func failure(_ definition: BudgetDefinition, _ what: String, _ reset: WallTime?) -> Failure {
        var failure = Failure(
            .budgetExceeded,
            "Budget \"\(definition.name.text)\" of \(definition.limit) USD (\(window(definition.window))) \(what)."
                + ending(definition.window, reset),
            retryable: true)
        failure.budget = definition.name
        failure.fields = [
            ReplyField("x-should-retry", "false"), ReplyField("x-weir-budget", fieldText(definition.name.text)),
        ]
        return failure
    }

    private static func window(_ window: BudgetWindow) -> String {
        switch window {
        case .calendar(let unit): "per \(unit.rawValue)"
        case .rolling(let span): "in any \(span)"
        case .lifetime: "in all"
        }
    }

    private static func ending(_ window: BudgetWindow, _ reset: WallTime?) -> String {
        switch window {
        case .calendar: reset.map { " It resets at \(TimeText.text($0))." } ?? ""
        case .rolling(let span): " Room comes back as spend grows older than \(span)."
        case .lifetime: " It does not reset."
        }
    }

    /// A field's value holds no control characters.
    private static func fieldText(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "_" : Character($0) })
    }
}

/// Times for people and for notifications: RFC 3339 in UTC, whole seconds.
enum TimeText {
    static func text(_ time: WallTime) -> String {
        let total = Int64((Double(time.nanoseconds) / 1e9).rounded(.down))
        let days = Int64((Double(total) / 86_400).rounded(.down))
        let date = CalendarDate(daysSince1970: days)
        let second = Int(total - days * 86_400)
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        return "\(day)T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
