import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct ExceptionTests {
    private let fixture = Fixture()

    @Test func `An attempt that failed is an event in its own span, before the record of the exchange`() throws {
        let outcome = fixture.outcome()
        let records = LogRecord.all(of: outcome)
        try #require(records.count == 2)
        let (event, exchange) = (records[0], records[1])
        #expect(event.eventName == "gen_ai.client.operation.exception")
        #expect(event.severity == .warning)
        #expect(event.span?.spanID == outcome.attempts[0].spanID)
        #expect(event.span?.traceLow == outcome.trace.traceLow)
        let reason = try #require(outcome.attempts[0].failure).reason.rawValue
        #expect(event.attributes["exception.type"] == .text(reason))
        #expect(event.attributes["error.type"] == .text(reason))
        #expect(event.attributes["gen_ai.operation.name"] == .text("chat"))
        #expect(event.attributes["gen_ai.request.model"] == .text("big-1"))
        #expect(event.attributes["weir.attempt.number"] == .integer(1))
        #expect(event.body == "chat big-1: \(reason)")
        #expect(exchange.eventName == "weir.exchange")
        #expect(exchange.attributes["error.type"] == nil, "a fallback has mended it")
    }

    @Test func `What the provider said is not repeated, and of Weir's own sentence no secret`() throws {
        var outcome = fixture.outcome()
        var failure = Failure(.upstreamRejected, "It was refused: sk-planted0123456789abcdef.")
        failure.upstreamMessage = "a prompt that is repeated"
        outcome.attempts[0].failure = failure
        outcome.failure = failure
        for record in LogRecord.all(of: outcome) {
            let text = "\(record.attributes.all) \(record.body)"
            #expect(!text.contains("repeated") && !text.contains("sk-planted"))
            #expect(text.contains("It was refused: [redacted: key]"))
        }
    }

    @Test func `A client that leaves, and a race that another attempt won, are no exceptions`() {
        var outcome = fixture.outcome()
        outcome.attempts[0].failure = Failure(.clientGone, "left")
        outcome.failure = Failure(.clientGone, "left")
        #expect(LogRecord.all(of: outcome).map(\.eventName) == ["weir.exchange"])
        #expect(LogRecord(of: outcome).attributes["error.type"] == nil)
        outcome.attempts[0].failure = Failure(.interrupted, "the other spoke first")
        outcome.attempts[0].hedge = HedgeMark(isSecond: false, won: false, afterSeconds: 0.1)
        #expect(LogRecord.all(of: outcome).count == 1)
        outcome.attempts[0].hedge = nil
        #expect(LogRecord.all(of: outcome).count == 2, "one that was broken off otherwise is")
    }

    @Test(arguments: [
        (FailureReason.rateLimited, "client"), (.budgetExceeded, "gateway"), (.upstreamCut, "upstream"),
    ])
    func `The record of an exchange that failed says how and whose doing it was`(reason: FailureReason, side: String) {
        var outcome = fixture.outcome()
        (outcome.attempts, outcome.servedAttempt) = ([], nil)
        outcome.failure = Failure(reason, "So it was.")
        outcome.status = reason.status
        let attributes = LogRecord(of: outcome).attributes
        #expect(attributes.all.filter { $0.key == "error.type" }.map(\.value) == [.text(reason.rawValue)])
        #expect(attributes["error.message"] == .text("So it was."))
        #expect(attributes["weir.error.side"] == .text(side))
    }
}
