import GatewayTypes
import NIOCore
import Testing

@testable import Cache

@Suite struct ExactTests {
    typealias Ask = CacheBench.Ask

    @Test func `The same request gets the reply of the first, however it is written`() async throws {
        let bench = CacheBench()
        #expect(try await bench.ask(Ask("Hello?"), reply: "hi").0 == .asked)
        let again = try await bench.ask(Ask("Hello?"))
        #expect(again.0 == .replayed("hi") && again.1?.exact == .hit && again.1?.hit?.kind == .exact)
        var written = Ask(
            body: """
                { "messages" : [ {"content":"Be brief.","role":"system"}, {"role":"user","content":"\\u0048ello?"} ],
                  "user":"u-1", "metadata":{"a":"b"}, "stream":true, "stream_options":{"include_usage":true},
                  "model":"another-name", "temperature":null }
                """)
        written.stream = true
        #expect(try await bench.ask(written).0 == .replayed("hi"))
    }

    @Test(
        arguments: [
            #","temperature":0.5"#, #","max_tokens":5"#, #","tools":[]"#, #","seed":1"#, #","n":2"#, #","stop":["x"]"#,
            #","response_format":{"type":"json_object"}"#, #","anything_new":1"#,
        ]) func `Any parameter that may matter makes another request`(more: String) async throws
    {
        let bench = CacheBench()
        _ = try await bench.ask(Ask("Hello?"))
        #expect(try await bench.ask(Ask("Hello?", more: more)).0 == .asked)
        #expect(try await bench.ask(Ask("Hello?", more: more)).0 == .replayed("a reply"))
    }

    @Test func `Numbers are the same by their value, and large ones never by rounding`() async throws {
        let bench = CacheBench()
        _ = try await bench.ask(Ask("x", more: #","temperature":1"#))
        #expect(try await bench.ask(Ask("x", more: #","temperature":1.0"#)).0 == .replayed("a reply"))
        _ = try await bench.ask(Ask("x", more: #","seed":90071992547409930000"#))
        #expect(try await bench.ask(Ask("x", more: #","seed":90071992547409930001"#)).0 == .asked)
    }

    @Test func `Another route is another request, and a key that stands twice is none at all`() async throws {
        let bench = CacheBench()
        _ = try await bench.ask(Ask("Hello?"))
        var other = Ask("Hello?")
        other.onOtherRoute = true
        #expect(try await bench.ask(other).0 == .asked)
        let twice = try await bench.ask(Ask(body: #"{"messages":[],"seed":1,"seed":2}"#))
        #expect(twice.0 == .passed && twice.1?.exact == .bypass)
    }

    @Test func `A hit never crosses tenants: any two of different scope never share`() async throws {
        var random = SystemRandomNumberGenerator()
        for scope in CachePolicy.Scope.allCases {
            let bench = CacheBench { policy in
                policy.scope = scope
                policy.semantic = SemanticPolicy(model: "embed")
            }
            for round in 0..<200 {
                var ask = Ask("Question \(round % 5)?")
                ask.team = Int.random(in: 0..<4, using: &random)
                ask.caller = Int.random(in: 0..<4, using: &random)
                ask.key = "k\(Int.random(in: 0..<3, using: &random))"
                ask.endUser = Bool.random(using: &random) ? nil : "u\(Int.random(in: 0..<2, using: &random))"
                let mark =
                    switch scope {
                    case .team: "\(ask.team)"
                    case .caller: "\(ask.team)/\(ask.caller)/\(ask.key)"
                    case .route: "all"
                    }
                let own = "\(mark) \(ask.endUser ?? "-") \(round % 5)"
                let told = try await bench.ask(ask, reply: own).0
                #expect(told == .asked || told == .replayed(own))
            }
        }
    }

    @Test func `Somebody of no configured team is alone with its key`() async throws {
        let bench = CacheBench()
        for (key, told) in [("jwt:a", CacheBench.Told.asked), ("jwt:b", .asked), ("jwt:a", .replayed("a reply"))] {
            var exchange = bench.exchange(Ask("Hello?"))
            exchange.caller = Caller(name: .other, team: .other, keyAlias: key)
            switch try await bench.stage.enter(&exchange) {
            case .keep(let keeper):
                #expect(told == .asked)
                bench.settle(keeper, exchange, "a reply")
            case .replay: #expect(told == .replayed("a reply"))
            case .pass, .follow, .answer: Issue.record("neither asked nor replayed")
            }
        }
    }

    @Test func `A reply is good for its time, and for less where the request says so`() async throws {
        let bench = CacheBench { $0.ttlSeconds = 60 }
        func ask(at second: Int64, _ wish: String? = nil, _ reply: String = "new") async throws -> CacheBench.Told {
            var ask = Ask("Hello?")
            (ask.second, ask.wish) = (second, wish)
            return try await bench.ask(ask, reply: reply).0
        }
        #expect(try await ask(at: 100, nil, "old") == .asked)
        #expect(try await ask(at: 160) == .replayed("old"))
        #expect(try await ask(at: 130, "max-age=30") == .replayed("old"))
        #expect(try await ask(at: 130, "no-store") == .passed)
        #expect(try await ask(at: 130, "only-if-nice") == .passed)
        #expect(try await ask(at: 131, "max-age=30", "newer") == .asked)
        #expect(try await ask(at: 132) == .replayed("newer"))
        #expect(try await ask(at: 132, "no-cache", "newest") == .asked)
        #expect(try await ask(at: 192) == .replayed("newest"))
        #expect(try await ask(at: 193) == .asked)
    }

    @Test(arguments: Moved.allCases) func `What a failure, a budget or a trial moved is not kept`(moved: Moved)
        async throws
    {
        let bench = CacheBench()
        _ = try await bench.ask(Ask("Hello?")) { $0.moved = moved }
        let isKept: Bool
        switch moved {
        case .no, .latency, .weight, .content, .cost, .load, .quality: isKept = true
        case .budget, .fallback, .hedge, .canary, .override: isKept = false
        }
        #expect((try await bench.ask(Ask("Hello?")).0 == .replayed("a reply")) == isKept)
    }

    @Test func `Only whole replies are kept: not failed, not filtered, and cut only where the request said`()
        async throws
    {
        func isKept(_ change: (inout Outcome) -> Void) async throws -> Bool {
            let bench = CacheBench()
            _ = try await bench.ask(Ask("Hello?"), change)
            return try await bench.ask(Ask("Hello?")).0 == .replayed("a reply")
        }
        #expect(try await isKept { $0.reply.finishReasons = ["end_turn"] })
        #expect(try await isKept { $0.reply.finishReasons = ["STOP", "tool_calls"] })
        #expect(try await !isKept { $0.failure = Failure(.upstreamCut, "cut") })
        #expect(try await !isKept { $0.reply.finishReasons = ["content_filter"] })
        #expect(try await !isKept { $0.reply.finishReasons = ["length"] })
        #expect(
            try await isKept { outcome in
                var facts = RequestFacts()
                facts.outputTokensMax = 5
                outcome.requestFacts = Boxed(facts)
                outcome.reply.finishReasons = ["length"]
                outcome.usage[.output] = 5
            })
        #expect(try await !isKept { $0.status = 203 })
    }

    @Test func `Chance is left alone where that is configured`() async throws {
        let bench = CacheBench { $0.onlyDeterministic = true }
        #expect(try await bench.ask(Ask("Hello?")).0 == .passed)
        var cold = Ask("Hello?")
        cold.facts.temperature = 0
        #expect(try await bench.ask(cold).0 == .asked)
        var seeded = Ask("Hello?", more: #","seed":4"#)
        seeded.facts.seed = 4
        #expect(try await bench.ask(seeded).0 == .asked)
    }

    @Test func `What goes on from a state of the provider's is bypassed`() async throws {
        let bench = CacheBench()
        var ask = Ask("Hello?")
        ask.facts.parameters.previousResponseID = "resp_1"
        #expect(try await bench.ask(ask).0 == .passed)
    }

    @Test func `What an exchange asks itself never meets the cache`() async throws {
        let bench = CacheBench()
        _ = try await bench.ask(Ask("Hello?"))
        let plain = bench.exchange(Ask("Hello?"))
        var asked = Exchange(
            id: plain.id, trace: plain.trace, arrived: plain.arrived, arrivedAt: plain.arrivedAt,
            deadline: plain.deadline, head: plain.head, surface: plain.surface, request: plain.request, isAsked: true)
        asked.caller = plain.caller
        asked.route = plain.route
        guard case .pass = try await bench.stage.enter(&asked) else {
            Issue.record("it did")
            return
        }
        #expect(asked.cache == nil)
    }

    @Test func `A reply of a target that the route has no more is not said again`() async throws {
        let bench = CacheBench()
        _ = try await bench.ask(Ask("Hello?"))
        var exchange = bench.exchange(Ask("Hello?"))
        exchange.route = Route(name: bench.route.name, strategy: .ordered, targets: [])
        guard case .keep = try await bench.stage.enter(&exchange) else {
            Issue.record("it was")
            return
        }
    }
}
