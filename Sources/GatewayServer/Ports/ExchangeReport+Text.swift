import GatewayTypes
import Storage

/// For people.
extension ExchangeReport {
    var text: String {
        var lines = [
            "exchange \(exchange.id)",
            "trace    \(Hex.text(exchange.traceHigh))\(Hex.text(exchange.traceLow))",
            "",
        ]
        lines += [asked, led, ended].compactMap { $0 }
        lines.append("")
        if let story {
            lines += TimelineBars(story).lines + [""] + attempts(story)
            let reasons = ExchangeReasons(story).lines
            if !reasons.isEmpty { lines += ["Why:"] + reasons.map { "  " + $0 } + [""] }
        } else {
            lines += [beyond, ""]
        }
        lines += costLines
        return lines.joined(separator: "\n")
    }

    private var asked: String {
        let model = exchange.askedModel.isEmpty ? "no model" : exchange.askedModel
        let how = exchange.operation.isEmpty ? "" : " (\(exchange.operation)\(exchange.stream ? ", streamed" : ""))"
        return "\(exchange.caller) of team \(exchange.team) asked for \(model)\(how)."
    }

    private var led: String? {
        guard !exchange.servedModel.isEmpty else { return nil }
        return "Route \(exchange.route) led to \(exchange.provider)/\(exchange.servedModel)\(attemptsText)."
    }

    private var ended: String {
        let first = exchange.firstTokenNanoseconds.map { "; its first token came after \(Self.milliseconds($0)) ms" }
        return "It ended as \(exchange.outcome) with status \(exchange.status) after "
            + "\(Self.milliseconds(exchange.durationNanoseconds)) ms\(first ?? "")."
    }

    private var attemptsText: String {
        if let budget = exchange.budget, let rule = exchange.rule, let to = exchange.reroutedTo {
            return ": rule \(rule) of budget \(budget) had moved it to \(to)"
        }
        let count = exchange.attempts == 1 ? "at the first attempt" : "after \(exchange.attempts) attempts"
        return exchange.moved == Moved.no.rawValue ? ", \(count)" : ", moved by \(exchange.moved), \(count)"
    }

    /// What is said where the way is not known any more.
    private var beyond: String {
        kept == 0
            ? "How it went on the way is not kept (storage.explain_exchanges is 0); this is the ledger's row."
            : "How it went on the way is kept of the latest \(kept) exchanges (storage.explain_exchanges); this is an "
                + "older one, of which the ledger's row is left."
    }

    private func attempts(_ story: ExchangeStory) -> [String] {
        guard !story.attempts.isEmpty else { return [] }
        var lines = ["Attempts:"]
        for attempt in story.attempts {
            var facts = [attempt.status > 0 ? "status \(attempt.status)" : "no reply"]
            if let reason = attempt.reason { facts.append("\(reason)\(attempt.isRetryable ? ", retryable" : "")") }
            if attempt.resendCount > 0 { facts.append("retry \(attempt.resendCount)") }
            if let id = attempt.providerRequestID { facts.append("request \(id)") }
            facts.append(attempt.isReused ? "reused connection" : "new connection")
            if attempt.usage.totalTokens > 0 { facts.append("\(attempt.usage.totalTokens) tokens") }
            if attempt.cost.status != .nothing {
                facts.append(attempt.cost.status == .priced ? "\(attempt.cost.total) USD" : "unpriced")
            }
            lines.append("  \(attempt.number) \(attempt.provider)/\(attempt.model): " + facts.joined(separator: ", "))
            if let message = attempt.message { lines.append("    " + message) }
        }
        let leftOut = story.row.attempts - story.attempts.count
        if leftOut > 0 { lines.append("  (\(leftOut) more had no room)") }
        return lines + [""]
    }

    private var costLines: [String] {
        switch exchange.cost.status {
        case .nothing: return ["Nothing was consumed, so it cost nothing."]
        case .unpriced:
            return [
                "\(exchange.usage.totalTokens) tokens were used, but no price is known for \(exchange.provider)/\(exchange.servedModel).",
                "Set one under prices.overrides; until then its cost counts as unpriced, not as 0.",
            ]
        case .priced: break
        }
        let counted = exchange.usage.source == .provider ? "as the provider counted them" : "as Weir estimated them"
        var lines = [
            "What it cost (tokens \(counted); prices \(exchange.cost.catalogHash), tier \(exchange.cost.tier)):"
        ]
        for line in exchange.cost.lines {
            lines.append(
                "  " + TimelineBars.padded(line.component.rawValue, 16) + TimelineBars.right("\(line.units)", 10)
                    + " × " + TimelineBars.right(line.price.usdPerMillion, 10) + " USD/million = "
                    + line.amount.description + " USD")
        }
        lines.append(
            "  " + TimelineBars.padded("total", 16) + String(repeating: " ", count: 36)
                + " = \(exchange.cost.total) USD")
        return lines
    }

    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let tenths = nanoseconds / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
