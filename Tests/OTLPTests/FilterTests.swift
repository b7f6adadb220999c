import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct FilterTests {
    private func outcome(
        failed: Bool = false, moved: Moved = .no, team: String = "search", route: String = "smart"
    ) -> Outcome {
        var names = NameTable()
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 2),
            trace: TraceContext(traceHigh: 1, traceLow: 2, spanID: 3, parentSpanID: nil, flags: 1, state: nil),
            arrived: Moment(nanoseconds: 5), arrivedAt: WallTime(nanoseconds: 1_700_000_000_000_000_000),
            method: .post, httpRoute: "/v1/chat/completions", clientAddress: "127.0.0.1", userAgent: nil,
            surface: .openAIChat)
        outcome.ended = Moment(nanoseconds: 1_005)
        outcome.caller = Caller(name: names.declare("alice"), team: names.declare(team), keyAlias: "k")
        outcome.route = Route(name: names.declare(route), strategy: .ordered, targets: [])
        outcome.moved = moved
        if failed { outcome.failure = Failure(.upstreamTimeout, "") }
        return outcome
    }

    /// Whether traces and logs of the exchange both reach a destination with that filter.
    private func reaches(_ outcome: Outcome, _ change: (inout ExportFilter) -> Void) async throws -> Bool {
        var collector = OTLPCollector(name: "some", endpoint: "http://c:1", signals: [.traces, .logs])
        var filter = ExportFilter()
        change(&filter)
        collector.filter = filter
        let settings = try OTLPSettings.fromEnvironment([:], version: "1", others: [collector])
        let server = ScriptedCollector([.status(200)])
        let service = OTLPService(
            settings, fetcher: server, endpointID: { 0 }, clock: FakeTime().clock, collect: { _ in [] })
        var renderer = SpanRenderer()
        await service.offer(renderer.render(outcome), of: ExchangeFacts(outcome))
        await service.offer([LogRecord(of: outcome)])
        await service.shutdown(withinSeconds: 5)
        let signals = Set(server.requests.map { $0.endpoint.url.split(separator: "/").last ?? "" })
        #expect(signals.isEmpty || signals == ["traces", "logs"])
        return !signals.isEmpty
    }

    @Test func `Errors and moved exchanges are told from the rest`() async throws {
        let kinds: [(Set<ExportFilter.Kind>, Outcome, Bool)] = [
            ([.errors], outcome(), false), ([.errors], outcome(failed: true), true),
            ([.errors], outcome(moved: .budget), false), ([.moved], outcome(moved: .fallback), true),
            ([.moved], outcome(failed: true), false), ([.errors, .moved], outcome(moved: .budget), true),
            ([.errors, .moved], outcome(failed: true), true), ([.errors, .moved], outcome(), false),
            ([], outcome(), true),
        ]
        for (kinds, outcome, passes) in kinds { #expect(try await reaches(outcome) { $0.kinds = kinds } == passes) }
    }

    @Test func `Routes and teams narrow it further`() async throws {
        #expect(try await reaches(outcome()) { $0.teams = ["search", "shop"] })
        #expect(try await !reaches(outcome()) { $0.teams = ["shop"] })
        #expect(try await reaches(outcome()) { $0.routes = ["smart"] })
        #expect(try await !reaches(outcome()) { $0.routes = ["fast"] })
        #expect(
            try await !reaches(outcome()) {
                $0.routes = ["smart"]
                $0.kinds = [.errors]
            })
        #expect(
            try await !reaches(outcome(failed: true)) {
                $0.teams = ["shop"]
                $0.kinds = [.errors]
            })
    }

    @Test func `What belongs to no exchange always passes`() {
        var filter = ExportFilter()
        filter.kinds = [.errors]
        filter.teams = ["shop"]
        let record = LogRecord(
            at: WallTime(nanoseconds: 1), severity: .info, eventName: "weir.budget.transition", body: "", attributes: []
        )
        #expect(filter.passes(record.facts))
    }
}
