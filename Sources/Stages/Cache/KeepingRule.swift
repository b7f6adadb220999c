import GatewayTypes

/// Whether a reply may be said again to somebody else. A pure decision about an exchange that is over.
enum KeepingRule {
    /// The words of all dialects for a reply that ended as it should.
    private static let wholeWords: Set<String> = [
        "", "stop", "end_turn", "stop_sequence", "tool_calls", "tool_call", "tool_use", "function_call", "complete",
        "completed",
    ]
    private static let cutWords: Set<String> = ["length", "max_tokens", "max_output_tokens"]

    static func mayKeep(_ outcome: borrowing Outcome) -> Bool {
        guard outcome.failure == nil, outcome.status == 200, outcome.override == nil, outcome.asked == nil else {
            return false
        }
        switch outcome.moved {
        // Where else a failure, a budget, an operator or a trial led, nobody asked for.
        case .budget, .fallback, .hedge, .canary, .override: return false
        case .no, .latency, .weight, .content, .cost, .load, .quality: break
        }
        for word in outcome.reply.finishReasons {
            let word = word.lowercased()
            if wholeWords.contains(word) { continue }
            guard cutWords.contains(word), isCutAsAsked(outcome) else { return false }
        }
        return true
    }

    /// Cut where the request said, not where a limit or a budget did.
    private static func isCutAsAsked(_ outcome: borrowing Outcome) -> Bool {
        guard let most = outcome.requestFacts?.outputTokensMax, let tokens = outcome.usage.outputTokens else {
            return false
        }
        return tokens >= most
    }
}
