import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct SpanTests {
    private let fixture = Fixture()

    private func render(_ outcome: Outcome) -> [SpanData] {
        var renderer = SpanRenderer()
        return renderer.render(outcome)
    }

    @Test func `The tree is the root, a span per hop and a span per attempt below it`() throws {
        let spans = render(fixture.outcome())
        #expect(
            spans.map(\.name) == [
                "POST /v1/chat/completions", "receive", "routing", "settle", "chat big-1", "chat small-2",
            ])
        #expect(spans.map(\.kind) == [.server, .internal, .internal, .internal, .client, .client])
        let root = try #require(spans.first)
        #expect(root.spanID == 0x00f0_67aa_0ba9_02b7 && root.parentSpanID == 0xb7ad_6b71_6920_3331)
        #expect(root.parentIsRemote)
        #expect(spans.dropFirst().allSatisfy { $0.parentSpanID == root.spanID && !$0.parentIsRemote })
        #expect(spans.suffix(2).map(\.spanID) == [0x11, 0x22])
        #expect(Set(spans.map(\.spanID)).count == spans.count)
        #expect(spans.allSatisfy { $0.traceHigh == root.traceHigh && $0.state == "vendor=1" && $0.ended >= $0.began })
    }

    @Test func `Times lie on the wall clock as far from the arrival as on the monotonic one`() {
        let spans = render(fixture.outcome())
        #expect(spans[0].began == Fixture.arrivedAt)
        #expect(spans[0].ended == Fixture.arrivedAt.advanced(byNanoseconds: 113_000_000))
        #expect(spans[2].began == Fixture.arrivedAt.advanced(byNanoseconds: 500_000))
        #expect(spans[2].ended == Fixture.arrivedAt.advanced(byNanoseconds: 750_000))
        #expect(
            spans[5].events.map(\.name) == [
                "connect done", "wait done", "first token", "first visible token", "last token",
            ])
        #expect(spans[5].events[2].at == Fixture.arrivedAt.advanced(byNanoseconds: 62_000_000))
    }

    @Test func `A fallback that served leaves the root without an error, the failed attempt with its own`() {
        let spans = render(fixture.outcome())
        #expect(spans[0].status == .unset && spans[0].attributes["error.type"] == nil)
        #expect(spans[4].status == .error("") && spans[4].attributes["error.type"] == .text("upstream_rate_limited"))
        #expect(spans[4].attributes["http.response.status_code"] == .integer(429))
        #expect(spans[4].attributes["gen_ai.usage.input_tokens"] == nil)
        #expect(spans[5].status == .unset)
    }

    @Test func `Usage and cost stand on the attempt that served, in the words of the conventions`() {
        let attributes = render(fixture.outcome())[5].attributes
        for (key, value) in [
            ("gen_ai.operation.name", .text("chat")), ("gen_ai.provider.name", .text("openai")),
            ("gen_ai.request.model", .text("small-2")), ("gen_ai.response.model", .text("small-2-2026")),
            ("gen_ai.request.stream", .flag(true)), ("gen_ai.response.finish_reasons", .texts(["stop"])),
            ("gen_ai.usage.input_tokens", .integer(120)), ("gen_ai.usage.output_tokens", .integer(10)),
            ("gen_ai.usage.cache_read.input_tokens", .integer(20)),
            ("gen_ai.usage.reasoning.output_tokens", .integer(3)),
            ("gen_ai.response.time_to_first_chunk", .number(0.05)), ("weir.cost.usd", .text("0.0000192")),
            ("gen_ai.usage.cost", .number(0.0000192)), ("server.address", .text("127.0.0.1")),
            ("server.port", .integer(9)), ("weir.attempt.wait_seconds", .number(0.03)),
        ] as [(String, SpanAttributes.Value)] { #expect(attributes[key] == value, "\(key)") }
        #expect(attributes["gen_ai.usage.cache_creation.input_tokens"] == nil)
    }

    @Test func `The root tells route, money and hops without repeating what backends would add up`() {
        let attributes = render(fixture.outcome())[0].attributes
        for (key, value) in [
            ("http.request.method", .text("POST")), ("http.route", .text("/v1/chat/completions")),
            ("url.path", .text("/v1/chat/completions")), ("http.response.status_code", .integer(200)),
            ("weir.exchange.id", .text("019a0000-0000-7000-8000-000000000001")), ("weir.team", .text("search")),
            ("weir.caller", .text("ada-app")), ("weir.route", .text("smart")),
            ("weir.route.requested_model", .text("smart")), ("weir.route.served_model", .text("small-2")),
            ("weir.route.reason", .text("fallback")), ("weir.hop.routing_seconds", .number(0.00025)),
            ("weir.tokens.cache_read", .integer(20)), ("weir.cost.usd", .text("0.0000192")),
            ("weir.outcome", .text("completed")), ("weir.notes", .texts(["routing: first of 2"])),
        ] as [(String, SpanAttributes.Value)] { #expect(attributes[key] == value, "\(key)") }
        #expect(!attributes.all.contains { $0.key.hasPrefix("gen_ai.") })
    }

    @Test func `The span of routing says by what the target was chosen, and so does the root`() throws {
        var outcome = fixture.outcome()
        outcome.moved = .latency
        outcome.choice = RouteChoice(
            strategy: .lowestLatency, moved: .latency,
            chosen: RouteChoice.Candidate(fixture.second, figure: 0.2134567),
            next: RouteChoice.Candidate(fixture.first, figure: 0.5), measure: "seconds to the first token")
        let spans = render(outcome)
        let chosen = [fixture.second, fixture.first].map { "\($0.provider.text)/\($0.servedModel.text)" }
        let text =
            "lowest_latency: \(chosen[0]) (0.213457) before \(chosen[1]) (0.5), by seconds to the first token"
        let routing = try #require(spans.first { $0.name == "routing" })
        #expect(routing.attributes["weir.notes"] == .texts(["first of 2", text]))
        #expect(routing.attributes["weir.route.reason"] == .text("latency"))
        #expect(spans[0].attributes["weir.notes"] == .texts(["routing: first of 2", "routing: " + text]))
    }

    @Test(arguments: [
        (FailureReason.badRequest, 400, false), (.clientGone, 499, false), (.upstreamRateLimited, 429, false),
        (.upstreamError, 502, true), (.overloaded, 503, true), (.upstreamCut, 200, true),
    ])
    func `Only the server's own failures are errors of the root`(reason: FailureReason, status: Int, isError: Bool) {
        var outcome = fixture.outcome()
        outcome.failure = Failure(reason, "")
        outcome.status = status
        let root = render(outcome)[0]
        #expect((root.status == .error("")) == isError)
        #expect(root.attributes["error.type"] == (isError ? .text(reason.rawValue) : nil))
        #expect(root.attributes["weir.outcome"] == .text(reason.rawValue))
    }

    @Test func `A client that leaves is no error of the attempt`() {
        var outcome = fixture.outcome()
        outcome.attempts[1].failure = Failure(.clientGone, "")
        #expect(render(outcome)[5].status == .unset)
    }

    @Test func `Text of clients is cut, never inside a character`() {
        var outcome = fixture.outcome()
        outcome.askedModel = String(repeating: "é", count: 2_000)
        guard case .text(let text)? = render(outcome)[0].attributes["weir.route.requested_model"] else {
            Issue.record("no model")
            return
        }
        #expect(text == String(repeating: "é", count: 512))
        #expect(BoundedText.prefix(of: "aé", bytesMax: 2) == "a")
    }
}

@Suite struct KeptTraceTests {
    @Test func `The root says why its trace is kept, and what the baggage said`() {
        var outcome = Fixture().outcome(sampled: false)
        outcome.kept = .slow
        outcome.baggage = [BaggageEntry(key: "tenant", value: "acme")]
        var renderer = SpanRenderer()
        let spans = renderer.render(outcome)
        #expect(spans[0].attributes["weir.sampling.reason"] == .text("slow"))
        #expect(spans[0].attributes["tenant"] == .text("acme"))
        #expect(spans.dropFirst().allSatisfy { $0.attributes["tenant"] == nil })
    }
}
