import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct BoundedSeriesTests {
    /// Series that are kept, and entries of the shard's tables: what memory could grow by. The memory itself is measured
    /// where nothing else runs, in `Tests/integration/test_cardinality.py`.
    private func kept(_ telemetry: Telemetry) -> Int {
        telemetry.shards.reduce(telemetry.registry.seriesCount) { $0 + $1.tableEntries }
    }

    @Test func `A million random label sets leave the page and the memory as they are`() {
        var settings = TelemetrySettings()
        settings.seriesMax = 500
        let telemetry = Fixture.telemetry(settings)
        let store = telemetry.shards[0].store
        func add(_ numbers: Range<Int>) {
            for number in numbers {
                store.counter(.callerExchanges, ["search", "caller-\(number)", "completed"]).add(1)
            }
        }
        add(0..<50_000)
        let (size, entries) = (telemetry.text().utf8.count, kept(telemetry))
        add(50_000..<1_000_000)
        let text = telemetry.text()
        #expect(text.utf8.count < 100_000)
        #expect(text.utf8.count - size < 1_000)
        #expect(kept(telemetry) == entries)
        let overflow = #"weir_caller_exchanges_total{team="search",caller="_other",outcome="_other"}"#
        #expect(telemetry.lines(overflow) == [overflow + " 999500"])
    }

    @Test func `Names, agents and addresses of clients never become series`() {
        let telemetry = Fixture.telemetry(TelemetrySettings(spans: false, accessLog: false))
        func settle(_ numbers: Range<Int>) {
            for number in numbers {
                var outcome = Outcome(
                    id: ExchangeID(high: 1, low: UInt64(number)), trace: Fixture.trace(sampled: false),
                    arrived: Fixture.arrived, arrivedAt: Fixture.arrivedAt, method: .post,
                    httpRoute: "/v1/chat/completions", clientAddress: "10.0.0.\(number)", userAgent: "agent-\(number)",
                    surface: .openAIChat)
                outcome.askedModel = "invented-\(number)"
                outcome.failure = Failure(.modelNotFound, "invented-\(number)", param: "header-\(number)")
                outcome.status = 404
                telemetry.shards[0].settled(outcome)
            }
        }
        settle(0..<1)
        let lines = telemetry.text().split(separator: "\n").count
        settle(1..<10_000)
        let text = telemetry.text()
        #expect(text.split(separator: "\n").count == lines)
        #expect(!text.contains("invented") && !text.contains("agent-") && !text.contains("10.0.0."))
    }

    @Test func `A million random names in outcomes leave the page and the memory as they are`() {
        let telemetry = Fixture.telemetry(TelemetrySettings(spans: false, accessLog: false))
        let fixture = Fixture()
        var names = IDSource()
        func word() -> String { "random-" + Hex.text(names.next()) }
        // Forty names of an exchange that clients and providers choose.
        func settle(_ count: Int) {
            for _ in 0..<count {
                var outcome = Outcome(
                    id: ExchangeID(high: names.next(), low: names.next()), trace: Fixture.trace(sampled: false),
                    arrived: Fixture.arrived, arrivedAt: Fixture.arrivedAt, method: .post,
                    httpRoute: "/v1/chat/completions", clientAddress: word(), userAgent: word(), surface: .openAIChat)
                outcome.operation = .chat
                outcome.askedModel = word()
                outcome.caller = Caller(name: .other, team: .other, keyAlias: word())
                outcome.route = fixture.route
                outcome.notes = (0..<11).map { _ in Note(.routing, word()) }
                outcome.dropped = (0..<11).map { _ in word() }
                outcome.reply.responseModel = word()
                outcome.reply.finishReasons = (0..<11).map { _ in word() }
                var attempt = AttemptOutcome(target: fixture.first, spanID: names.next(), began: Fixture.arrived)
                attempt.providerRequestID = word()
                attempt.status = Int(names.next() % 1_000)
                attempt.failure = Failure(.upstreamError, word())
                outcome.attempts = [attempt]
                outcome.status = Int(names.next() % 1_000)
                outcome.failure = attempt.failure
                telemetry.shards[0].settled(outcome)
            }
        }
        // Every status that there is has its series then.
        settle(10_000)
        let entries = kept(telemetry)
        settle(15_000)
        let text = telemetry.text()
        // A status that a provider made up is a label, too: there are 500 of them.
        #expect(text.utf8.count < 5_000_000)
        #expect(!text.contains("random-"))
        #expect(kept(telemetry) <= entries + 20)
    }

    @Test func `Series stay sorted when more come between two scrapes`() {
        let telemetry = Fixture.telemetry()
        let store = telemetry.shards[0].store
        for callers in [["m", "z"], ["a", "n"]] {
            for caller in callers { store.counter(.callerExchanges, ["t", caller, "completed"]).add(1) }
            let lines = telemetry.lines("weir_caller_exchanges_total{")
            #expect(lines == lines.sorted())
            #expect(lines.contains { $0.contains("\"\(callers[0])\"") })
        }
        #expect(telemetry.lines("weir_caller_exchanges_total{").count == 4)
    }
}
