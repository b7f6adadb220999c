import GatewayTypes
import NIOCore

/// Callouts that are asked about one attempt: every gate has admitted it, and nothing is sent yet.
extension ExchangeRun {
    /// Whether somebody wants to be asked: never about what Weir asks itself, or about copies for a shadow.
    func asksBeforeAttempts(of exchange: borrowing Exchange) -> Bool {
        !plan.attemptCallouts.isEmpty && !exchange.isAsked && outcome.purpose != .shadow
    }

    /// What goes out in the place of what was granted. A denial gives back what the gates granted: of the hop `attempt` it is
    /// the next target's turn then, of `budgets` the exchange ends.
    @inline(never)
    mutating func consult(
        about granted: Granted, _ target: Target, _ exchange: Exchange
    ) async throws(Failure) -> Granted {
        var granted = granted
        let reserved = granted.admissions.map(\.reserved).max() ?? .zero
        for callout in plan.attemptCallouts where callout.concerns(exchange) {
            let answer = await callout.ask(
                CalloutQuestion(
                    exchange: exchange, spanID: lane.ids.spanID(), now: lane.now,
                    outgoing: OutgoingRequest(
                        target: target, number: outcome.attempts.count + 1, body: granted.body, reserved: reserved)))
            pass(over: answer.record)
            if let denial = take(answer, of: callout, about: target, &granted) {
                refuse(target, granted.admissions, denial)
                throw denial
            }
        }
        return granted
    }

    /// What stands against the attempt; nil: it goes on.
    private mutating func take(
        _ answer: CalloutAnswer, of callout: any Callout, about target: Target, _ granted: inout Granted
    ) -> Failure? {
        let record = answer.record
        callout.conclude(record)
        // Not kept for the exchange: what one provider is told is not meant for the next.
        outcome.extras = (outcome.extras ?? .none).with(callout: record, fields: [])
        granted.fields.removeAll { field in answer.fields.contains { $0.name == field.name } }
        granted.fields += answer.fields
        if let body = answer.outgoingBody { granted.body = body }
        if record.result != .allow {
            let name = target.provider.text + "/" + target.servedModel.text
            outcome.notes.append(
                Note(record.hop, "callout \(record.name.text) about \(name): \(record.result.rawValue)"))
        }
        guard var denial = answer.denial else { return nil }
        outcome.hops.stop(at: record.hop)
        denial.retryable = record.hop == .attempt
        return denial
    }
}
