import GatewayTypes
import NIOCore
import Testing

@testable import Simulator

@Suite struct LoadGeneratorTests {
    private static let millisecond: UInt64 = 1_000_000
    private static let chunk = "data: {\"sim_sent_ns\":1,\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"

    private static func settings(_ mode: LoadSettings.Mode, requests: Int? = nil) -> LoadSettings {
        var settings = LoadSettings(target: "http://127.0.0.1:8080", model: "sim-fast")
        settings.mode = mode
        settings.requestsMax = requests
        settings.concurrency = 1
        settings.stream = false
        return settings
    }

    /// A reply of 1 ms, but for the first of a worker, which hangs for a second.
    @Sendable private static func hangsOnce(_ number: Int) -> [ScriptedUpstream.Step] {
        [
            .ok(after: (number == 0 ? 1000 : 1) * millisecond),
            .body("{\"choices\":[{\"message\":{\"content\":\"a\"}}]}"), .end,
        ]
    }

    @Test func `In an open loop a stall shows in every request that was due meanwhile`() async throws {
        var settings = Self.settings(.open(ratePerSecond: 100))
        settings.durationSeconds = 2
        let report = try await LoadBench().run(settings, script: Self.hangsOnce)
        #expect(report.sent == 200 && report.completed == 200 && report.failed == 0)
        // Due every 10 ms, served in 1 ms: the queue of the hung second is worked off by 9 ms a request, 1000, 991, …
        // so 111 requests are late, and the median of 200 lies among them at about 1000 − 9 × 100 ms.
        #expect(report.latency.maximum == 1000 * Self.millisecond)
        #expect((95...105).contains(report.latency.p50 / Self.millisecond))
        #expect((800...830).contains(report.latency.p90 / Self.millisecond))
        #expect(report.lag.maximum == 990 * Self.millisecond)
    }

    @Test func `In a closed loop the same stall shows in one request`() async throws {
        let report = try await LoadBench().run(Self.settings(.closed, requests: 200), script: Self.hangsOnce)
        #expect(report.completed == 200)
        #expect(report.latency.maximum == 1000 * Self.millisecond)
        #expect(report.latency.p99 < 2 * Self.millisecond)
    }

    @Test func `Requests of an open loop start when they are due`() async throws {
        let bench = LoadBench()
        var settings = Self.settings(.open(ratePerSecond: 50), requests: 5)
        settings.apiKey = "k-1"
        settings.fields = [ReplyField("x-sim", "tokens=2")]
        let began = bench.clock.now
        _ = try await bench.run(settings) { _ in [.ok(), .body("{}"), .end] }
        #expect(bench.log.all.map { $0.at.nanoseconds(since: began) / 1_000_000 } == [0, 20, 40, 60, 80])
        let request = try #require(bench.log.all.first?.request)
        #expect(request.endpoint.url == "http://127.0.0.1:8080/v1/chat/completions")
        #expect(request.endpoint.serverPort == 8080 && request.endpoint.method == .post)
        #expect(request.endpoint.fields.contains { $0.name == "authorization" && $0.value == "Bearer k-1" })
        #expect(request.endpoint.fields.contains { $0.name == "x-sim" })
        #expect(request.deadline.seconds(since: began) == 60)
    }

    @Test func `The bound in time ends a closed loop`() async throws {
        var settings = Self.settings(.closed)
        settings.durationSeconds = 0.5
        let report = try await LoadBench().run(settings) { _ in [.ok(after: 10 * Self.millisecond), .body("{}"), .end] }
        #expect(report.completed == 50)
        #expect(abs(report.achievedRate - 100) < 0.001)
    }

    @Test func `First tokens, gaps and stamps are measured at their arrival`() async throws {
        let role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
        var settings = Self.settings(.closed, requests: 1)
        settings.stream = true
        let bench = LoadBench()
        let stamp = bench.clock.now.nanoseconds
        let stamped = "data: {\"sim_sent_ns\":\(stamp),\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
        let usage = "data: {\"choices\":[],\"usage\":{\"completion_tokens\":3}}\n\ndata: [DONE]\n\n"
        let report = try await bench.run(settings) { _ in
            let half = stamped.index(stamped.startIndex, offsetBy: 30)
            return [
                .ok(after: 5 * Self.millisecond), .body(role, after: Self.millisecond),
                .body(String(stamped[..<half]), after: 20 * Self.millisecond),
                .body(String(stamped[half...]), after: 4 * Self.millisecond),
                .body(Self.chunk, after: 7 * Self.millisecond), .body(usage, after: Self.millisecond), .end,
            ]
        }
        #expect(report.completed == 1 && report.outputTokens == 3)
        #expect(report.firstToken.maximum == 30 * Self.millisecond)
        #expect(report.gap.count == 1 && report.gap.maximum == 7 * Self.millisecond)
        #expect(report.latency.maximum == 38 * Self.millisecond)
        #expect(report.oneWay.count == 2 && report.oneWay.p50 / Self.millisecond == 30)
    }

    @Test func `Everything that goes wrong is counted by its kind`() async throws {
        var settings = Self.settings(.closed, requests: 6)
        settings.stream = true
        let report = try await LoadBench().run(settings) { number in
            switch number {
            case 0: [.event(.head(UpstreamHead(status: 429, fields: [])), after: 0), .body("{\"error\":{}}"), .end]
            case 1: [.failure(.upstreamConnect, after: 3 * Self.millisecond)]
            case 2: [.ok(), .body(Self.chunk), .end]
            case 3: [.ok(), .body("data: {\"error\":{\"message\":\"no\"}}\n\n"), .end]
            case 4: [.ok(), .body(Self.chunk), .failure(.upstreamCut, after: 0)]
            case _: [.ok(), .body(Self.chunk), .body("data: [DONE]\n\n"), .end]
            }
        }
        #expect(
            report.errors == [
                "http_429": 1, "upstream_connect": 1, "incomplete": 1, "error_in_stream": 1, "upstream_cut": 1,
            ])
        #expect(report.completed == 1 && report.failed == 5 && report.latency.count == 1)
        #expect(report.failedLatency.count == 5 && report.failedLatency.maximum == 3 * Self.millisecond)
    }

    @Test func `Lanes are shared out among the workers and all requests are sent once`() async throws {
        var settings = Self.settings(.closed, requests: 1000)
        settings.concurrency = 7
        let report = try await LoadBench().run(settings, workers: 3) { _ in [.ok(after: 1000), .body("{}"), .end] }
        #expect(report.sent == 1000 && report.completed == 1000)
    }

    @Test func `A generator of fewer lanes than workers still ends`() async throws {
        let report = try await LoadBench().run(Self.settings(.closed, requests: 3), workers: 4) { _ in
            [.ok(), .body("{}"), .end]
        }
        #expect(report.completed == 3)
    }

    @Test(arguments: ["127.0.0.1:80", "ftp://host", "http://", "http://host:port", ""])
    func `A target that is no URL is refused`(target: String) {
        #expect(LoadSettings(target: target, model: "m").endpoint() == nil)
    }

    @Test func `A target's port follows its scheme where it names none`() throws {
        let secure = try #require(LoadSettings(target: "https://[::1]/", model: "m").endpoint())
        #expect(secure.serverPort == 443 && secure.url == "https://[::1]/v1/chat/completions")
        #expect(LoadSettings(target: "http://[::1]:81", model: "m").endpoint()?.serverPort == 81)
    }

    @Test func `The report is a table for people and JSON for programs`() async throws {
        let report = try await LoadBench().run(Self.settings(.open(ratePerSecond: 100), requests: 10)) { number in
            number == 3
                ? [.event(.head(UpstreamHead(status: 503, fields: [])), after: 0), .end]
                : [.ok(after: 2 * Self.millisecond), .body("{\"usage\":{\"completion_tokens\":4}}"), .end]
        }
        let json = JSON(report.json)
        #expect(json["completed"].int == 9 && json["failed"].int == 1 && json["output_tokens"].int == 36)
        #expect(json["errors"]["http_503"].int == 1)
        #expect(json["latency_seconds"]["max"].value as? Double == 0.002)
        #expect(report.table.contains("open loop, 100.0/s") && report.table.contains("error http_503: 1"))
        let row = report.table.split(separator: "\n").first { $0.hasPrefix("latency  ") }
        #expect(row?.split(separator: " ").dropFirst().map(String.init) == ["9"] + Array(repeating: "2.000", count: 6))
        #expect(abs(report.sentRate - 100) < 0.001)
    }

    @Test func `The body is a request that the simulator answers`() async throws {
        var settings = LoadSettings(target: "http://127.0.0.1:1", model: "sim:tokens=9")
        settings.promptBytes = 4000
        settings.outputTokensMax = 5
        let reply = await Bench().ask(
            inbound(.post, settings.path, body: String(buffer: settings.body())))
        #expect(reply.chunks.last?["usage"]["completion_tokens"].int == 5)
        #expect(reply.chunks.last?["usage"]["prompt_tokens"].int == 1000)
        settings.path = "/v1/embeddings"
        let vectors = await Bench().ask(inbound(.post, settings.path, body: String(buffer: settings.body())))
        #expect(vectors.json["data"].list.count == 1)
    }

    @Test func `Progress is by time or by count, whichever is further`() {
        var settings = Self.settings(.closed, requests: 10)
        settings.durationSeconds = 100
        let clock = TestClock()
        let plan = LoadPlan(settings: settings, began: clock.now, clock: clock.tool)
        clock.advance(25_000_000_000)
        var tally = LoadTally()
        tally.sent = 6
        tally.completed = 4
        tally.errors = ["incomplete": 1]
        let progress = LoadProgress(plan: plan, tally: tally)
        #expect(progress.fraction == 0.5 && progress.inFlight == 1)
        #expect(progress.line == "[##########..........] 25 s  4 completed  1 failed  1 under way")
    }
}
