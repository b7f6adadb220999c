import GatewayTypes
import NIOCore
import Telemetry
import Testing

/// The tree of spans that each surface makes of each way in which an exchange can end, on a clock that only the script
/// moves.
@Suite struct SpanTreeTests {
    enum Way: String, CaseIterable, Sendable {
        case chat, responses, messages, gemini, vectors, realtime
        case door = "providers/p/any"

        var operation: String {
            switch self {
            case .chat, .responses, .messages, .gemini: "chat"
            case .vectors: "embeddings"
            case .realtime: "realtime"
            case .door: "provider_api"
            }
        }

        var route: String { self == .door ? "/providers/{provider}/" : "/" + rawValue }
        var method: GatewayTypes.Method { self == .realtime ? .get : .post }
        var streams: Bool { self != .vectors }
        var body: String { (self == .door ? "first hello" : "smart hello") + (streams ? " stream" : "") }
        /// A provider's own door leads to that provider alone.
        var hasSecondTarget: Bool { self != .door }
        var accepted: Int { self == .realtime ? 101 : 200 }
    }

    enum Ending: String, CaseIterable, Sendable {
        case completed, cached, limited, overloaded, overBudget, fallback, clientGone, upstreamCut

        /// The stage that ended it, before any target was chosen.
        var stage: Hop? {
            switch self {
            case .cached: .cache
            case .limited: .limits
            case .completed, .overloaded, .overBudget, .fallback, .clientGone, .upstreamCut: nil
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let way: Way
        let ending: Ending
        var testDescription: String { "\(way) \(ending)" }
    }

    /// Whether a session's end or its client's comes first is the loop's affair: that is tested on the wire.
    private static let cases = Way.allCases.flatMap { way in
        Ending.allCases.compactMap { ending in
            let isMissing =
                (ending == .fallback && !way.hasSecondTarget) || (ending == .clientGone && way == .realtime)
            return isMissing ? nil : Case(way: way, ending: ending)
        }
    }

    private func house(_ test: Case, _ clock: HandClock) -> TestHouse {
        let accepted = ScriptedUpstream.Step.head(test.way.accepted)
        var refusal: Failure?
        if test.ending == .overloaded { refusal = Failure(.overloaded, "full", retryable: true) }
        if test.ending == .overBudget {
            var names = NameTable()
            refusal = Failure(.budgetExceeded, "no room", retryable: true)
            refusal?.budget = names.declare("search")
            refusal?.rule = names.declare("stop")
        }
        let early: (any Stage)? =
            switch test.ending {
            case .cached: Ender<CacheHop>(ending: .success(Reply(status: 200, fields: [], body: ByteBuffer())))
            case .limited: Ender<LimitsHop>(ending: .failure(Failure(.rateLimited, "too many")))
            case .completed, .overloaded, .overBudget, .fallback, .clientGone, .upstreamCut: nil
            }
        let house = TestHouse(scripts: [], observes: true, refusal: refusal, early: early, now: { clock.now })
        let served = [
            accepted, clock.wait(100), .body("role;"), clock.wait(150), .body("t1;"), clock.wait(50),
            .body("t2;u3,4;"), .body("done;"), .end,
        ]
        switch test.ending {
        case .completed, .cached, .limited, .overloaded, .overBudget: house.upstream.scripts = [served]
        case .fallback: house.upstream.scripts = [[.head(500), clock.wait(20), .end], served]
        case .clientGone:
            house.upstream.scripts = [
                [accepted, .body("t1;"), .act { house.writer.leave() }, .body("t2;u3,9;"), .body("done;"), .end]
            ]
        case .upstreamCut:
            let cut: [ScriptedUpstream.Step] = [
                accepted, clock.wait(5), .body("t1;"), .fail(.upstreamCut, retryable: true),
            ]
            house.upstream.scripts = [cut, cut]
        }
        return house
    }

    private func spans(_ test: Case) async -> [SpanData] {
        let house = house(test, HandClock())
        await house.send(test.way.body, path: "/" + test.way.rawValue, method: test.way.method)
        return await house.spans()
    }

    @Test(arguments: cases)
    func `All spans are the root's own children, and lie within it`(test: Case) async throws {
        let spans = await spans(test)
        let root = try #require(spans.first)
        #expect(root.kind == .server && root.parentSpanID == nil)
        #expect(root.name == test.way.method.rawValue + " " + test.way.route)
        #expect(root.attributes["http.route"] == .text(test.way.route))
        for span in spans.dropFirst() {
            #expect(span.parentSpanID == root.spanID && span.traceLow == root.traceLow)
            #expect(root.began <= span.began && span.began <= span.ended && span.ended <= root.ended, "\(span.name)")
        }
        #expect(Set(spans.map(\.spanID)).count == spans.count)
        let hops = spans.filter { $0.kind == .internal }.map(\.name)
        #expect(
            Set(hops).isSuperset(of: ["receive", "authentication", test.ending.stage?.rawValue ?? "routing", "settle"]))
        // What comes behind the stage that ended it was not entered.
        if test.ending.stage != nil { #expect(!hops.contains("routing") && !hops.contains("budgets")) }
        #expect(Set(hops).isSubset(of: Set(Hop.allCases.map(\.rawValue))))
        // Each attempt has a span of its own.
        #expect(!hops.contains("attempt"))
    }

    @Test(arguments: cases)
    func `The root says how it ended, and is in error only where the server failed`(test: Case) async throws {
        let root = try #require(await spans(test).first)
        let outcome: (result: String, isError: Bool) =
            switch test.ending {
            case .completed, .cached, .fallback: ("completed", false)
            case .limited: ("rate_limited", false)
            case .overloaded: ("overloaded", true)
            // These are of status 4xx, which a server leaves unset.
            case .overBudget: ("budget_exceeded", false)
            case .clientGone: ("client_gone", false)
            case .upstreamCut: ("upstream_cut", true)
            }
        #expect(root.attributes["weir.outcome"] == .text(outcome.result))
        #expect(root.attributes["error.type"] == (outcome.isError ? .text(outcome.result) : nil))
        #expect((root.status == .error("")) == outcome.isError)
        #expect(root.attributes["weir.route.requested_model"] == .text(test.way == .door ? "first" : "smart"))
        #expect(root.attributes["weir.route.reason"] == .text(test.ending == .fallback ? "fallback" : "no"))
        #expect(root.attributes["weir.budget"] == (test.ending == .overBudget ? .text("search") : nil))
        #expect(root.attributes["weir.rule"] == (test.ending == .overBudget ? .text("stop") : nil))
    }

    @Test(arguments: cases)
    func `Each attempt is a client's span with its own error`(test: Case) async throws {
        let attempts = await spans(test).filter { $0.kind == .client }
        // A whole reply that is cut has shown the client nothing, so that the next target is tried.
        let isRetried = test.ending == .upstreamCut && !test.way.streams
        let reasons: [String?] =
            switch test.ending {
            case .completed, .clientGone: [nil]
            case .cached, .limited, .overloaded, .overBudget: []
            case .fallback: ["upstream_error", nil]
            case .upstreamCut: isRetried ? ["upstream_cut", "upstream_cut"] : ["upstream_cut"]
            }
        #expect(attempts.map { $0.attributes["error.type"] } == reasons.map { $0.map { .text($0) } })
        #expect(attempts.map { $0.status } == reasons.map { $0 == nil ? .unset : .error("") })
        let models = ["first", "second"]
        #expect(attempts.map(\.name) == models.prefix(attempts.count).map { test.way.operation + " " + $0 })
        for (position, attempt) in attempts.enumerated() {
            let attributes = attempt.attributes
            #expect(attributes["gen_ai.operation.name"] == .text(test.way.operation))
            #expect(attributes["gen_ai.provider.name"] == .text("openai"))
            #expect(attributes["gen_ai.request.model"] == .text(models[position]))
            #expect(attributes["server.address"] == .text("127.0.0.1") && attributes["server.port"] == .integer(1))
            #expect(attributes["weir.attempt.number"] == .integer(Int64(position + 1)))
            #expect(attributes["http.request.resend_count"] == (position > 0 ? .integer(Int64(position)) : nil))
        }
    }

    @Test(arguments: Way.allCases)
    func `What was used, what it cost and when it came stand on the attempt that served`(way: Way) async throws {
        let spans = await spans(Case(way: way, ending: .completed))
        let attempt = try #require(spans.last { $0.kind == .client })
        #expect(attempt.attributes["gen_ai.usage.input_tokens"] == .integer(3))
        #expect(attempt.attributes["gen_ai.usage.output_tokens"] == .integer(4))
        #expect(attempt.attributes["weir.cost.usd"] == .text("0.000007"))
        #expect(attempt.attributes["gen_ai.request.stream"] == (way.streams ? .flag(true) : nil))
        let first = attempt.attributes["gen_ai.response.time_to_first_chunk"]
        #expect(first == (way.streams ? .number(0.25) : nil))
        #expect(attempt.ended.nanoseconds - attempt.began.nanoseconds == 300_000_000)
        #expect(spans[0].ended.nanoseconds - spans[0].began.nanoseconds == 300_000_000)
    }

    @Test func `A target that a gate passed over is named with the reason, and the next one is a fallback`()
        async throws
    {
        let house = TestHouse(
            scripts: [[.head(200), .body("t1;u1,1;done;"), .end]], refusedTarget: 0, observes: true)
        await house.send("smart hello")
        let spans = await house.spans()
        #expect(spans[0].attributes["weir.route.reason"] == .text("fallback"))
        #expect(spans[0].attributes["weir.notes"] == .texts(["routing: provider/first refused: breaker_open"]))
        let routing = try #require(spans.first { $0.name == "routing" })
        #expect(routing.attributes["weir.notes"] == .texts(["provider/first refused: breaker_open"]))
    }

    @Test(arguments: [true, false])
    func `A client's span is the parent where it is trusted, and linked where it is not`(trusts: Bool) async throws {
        let house = TestHouse(
            scripts: [[.head(200), .body("t1;u1,1;done;"), .end]], observes: true, trust: trusts ? .always : .never)
        await house.send(
            "smart hello", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let root = try #require(await house.spans().first)
        let span: UInt64 = 0xb7ad_6b71_6920_3331
        let link = TraceLink(traceHigh: 0x0af7_6519_16cd_43dd, traceLow: 0x8448_eb21_1c80_319c, spanID: span)
        #expect(root.parentSpanID == (trusts ? span : nil))
        #expect((root.traceLow == link.traceLow) == trusts)
        #expect(root.links.map(\.span) == (trusts ? [] : [link]))
        if !trusts { #expect(root.links[0].attributes["weir.link"] == .text("client")) }
    }
}
