import GatewayTypes

/// What Langfuse reads under names of its own; the rest it takes from the conventions' attributes.
enum LangfuseProfile {
    static func add(to spans: inout [SpanData], _ outcome: Outcome) {
        for index in spans.indices {
            switch spans[index].kind {
            case .server: addRoot(outcome, &spans[index].attributes)
            case .internal:
                let isGuardrail = spans[index].name == Hop.guardrails.rawValue
                spans[index].attributes.set(LangfuseKey.observationType, isGuardrail ? "guardrail" : "span")
            case .client: break
            }
        }
        let first = spans.count - outcome.attempts.count
        for (position, attempt) in outcome.attempts.enumerated() {
            add(attempt, outcome, &spans[first + position].attributes)
        }
    }

    private static func addRoot(_ outcome: Outcome, _ attributes: inout SpanAttributes) {
        attributes.set(LangfuseKey.observationType, "span")
        attributes.set(LangfuseKey.traceName, RootSpan.name(outcome))
        attributes.set(
            LangfuseKey.traceTags, ["team:" + outcome.caller.team.text, "route:" + outcome.route.name.text])
        attributes.set(LangfuseKey.sessionID, outcome.requestFacts?.parameters.conversationID)
        attributes.set(LangfuseKey.userID, outcome.requestFacts?.endUser)
    }

    private static func add(_ attempt: AttemptOutcome, _ outcome: Outcome, _ attributes: inout SpanAttributes) {
        let type = outcome.operation == .embeddings ? "embedding" : "generation"
        attributes.set(LangfuseKey.observationType, type)
        // Its own programs write this as JSON: a string in quotes.
        if outcome.stream, let first = attempt.firstToken {
            attributes.set(LangfuseKey.completionStart, "\"\(Timestamp.text(outcome.wall(first)))\"")
        }
        guard attempt.cost.status == .priced else { return }
        let parts = attempt.cost.parts
        var line = JSONLine(appendingTo: [])
        line.add("input", parts.input.approximateUSD)
        line.add("output", parts.output.approximateUSD)
        line.add("total", attempt.cost.total.approximateUSD)
        attributes.set(LangfuseKey.costDetails, String(decoding: line.finish().dropLast(), as: UTF8.self))
    }
}
