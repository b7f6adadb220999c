import GatewayTypes
import Testing

@testable import Routing

@Suite struct ShadowDeskTests {
    private func figures(completed: Bool = true, attempted: Bool = true, seconds: Double? = 2, tokens: Int64? = 10)
        -> ShadowFigures
    {
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 1),
            trace: TraceContext(traceHigh: 1, traceLow: 1, spanID: 1, parentSpanID: nil, flags: 0, state: nil),
            arrived: .zero, arrivedAt: WallTime(nanoseconds: 0), method: .post, httpRoute: "", clientAddress: "",
            userAgent: nil, surface: .openAIChat)
        if !completed { outcome.failure = Failure(.upstreamError, "") }
        var figures = ShadowFigures(outcome)
        figures.isAttempted = attempted
        figures.seconds = seconds
        figures.outputTokens = tokens
        return figures
    }

    @Test func `No more copies than may be are under way, and the rest is counted`() throws {
        let bench = Bench(.ordered, shadowed: true)
        let desk = try #require(ShadowDesk(routes: [bench.route]))
        #expect(desk.begin(on: bench.route) && desk.begin(on: bench.route))
        #expect(!desk.begin(on: bench.route))
        desk.ended(on: bench.route, original: figures(), copy: figures(completed: false))
        #expect(desk.begin(on: bench.route))
        #expect(desk.tally(of: bench.route).counts == [.dropped: 1, .shadowFailed: 1])
    }

    @Test func `Pairs that both completed are compared, by what both sides know`() throws {
        let bench = Bench(.ordered, shadowed: true)
        let desk = try #require(ShadowDesk(routes: [bench.route]))
        let pairs: [(ShadowFigures, ShadowFigures)] = [
            (figures(), figures(seconds: 3, tokens: 14)), (figures(), figures(tokens: nil)),
            (figures(completed: false), figures()), (figures(completed: false), figures(completed: false)),
            (figures(), figures(attempted: false)),
        ]
        for (original, copy) in pairs {
            #expect(desk.begin(on: bench.route))
            desk.ended(on: bench.route, original: original, copy: copy)
        }
        let tally = desk.tally(of: bench.route)
        #expect(tally.counts == [.bothCompleted: 2, .originalFailed: 1, .bothFailed: 1, .refused: 1])
        #expect(tally.original.seconds == 4 && tally.copy.seconds == 5)
        #expect(tally.original.outputTokens == 10 && tally.copy.outputTokens == 14)
        #expect(ShadowDesk(routes: [Bench(.ordered).route]) == nil)
    }
}
