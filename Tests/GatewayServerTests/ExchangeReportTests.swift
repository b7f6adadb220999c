import GatewayTypes
import Testing

@testable import GatewayServer
@testable import Storage

@Suite struct ExchangeReportTests {
    /// A fallback: refused by the first target, served by the second within 113 ms.
    private var story: ExchangeStory {
        var row = LedgerRow(
            id: ExchangeID(high: 0x019a_0000_0000_7000, low: 0x8000_0000_0000_0001),
            arrivedAt: WallTime(nanoseconds: 1_795_369_441_042_000_000), instance: 0, worker: 0)
        row.durationNanoseconds = 100_000_000
        row.operation = "chat"
        row.team = "search"
        row.caller = "alice"
        row.route = "smart"
        row.askedModel = "smart"
        row.provider = "zeta"
        row.servedModel = "small-2"
        row.outcome = "completed"
        row.status = 200
        row.moved = "fallback"
        row.stream = true
        row.attempts = 2
        row.firstTokenNanoseconds = 50_000_000
        var story = ExchangeStory(row: row)
        story.isAccounted = true
        story.servedAttempt = 2
        story.hops = [
            .init(hop: .receive, time: .init(start: 0, nanoseconds: 500_000)),
            .init(hop: .attempt, time: .init(start: 1_000_000, nanoseconds: 99_000_000)),
        ]
        var refused = ExchangeStory.Attempt()
        refused.number = 1
        refused.time = .init(start: 1_000_000, nanoseconds: 9_000_000)
        refused.provider = "acme"
        refused.model = "big-1"
        refused.status = 429
        refused.reason = "upstream_rate_limited"
        refused.message = "busy"
        refused.isRetryable = true
        var served = ExchangeStory.Attempt()
        served.number = 2
        served.time = .init(start: 10_000_000, nanoseconds: 90_000_000)
        served.provider = "zeta"
        served.model = "small-2"
        served.status = 200
        served.connect = 5_000_000
        served.wait = 25_000_000
        served.stream = 50_000_000
        served.firstToken = 50_000_000
        served.providerRequestID = "req_1"
        story.attempts = [refused, served]
        story.notes = [.init(hop: .routing, text: "first of 2")]
        return story
    }

    @Test func `The timeline is drawn under one scale`() {
        let bar = { (from: Int, count: Int) in
            String(repeating: " ", count: from) + String(repeating: "█", count: count)
        }
        #expect(
            TimelineBars(story).lines == [
                "ms from arrival                       start     took",
                "receive                                0.00     0.50  " + bar(0, 1),
                "attempt                                1.00    99.00  " + bar(0, 40),
                "  1 acme/big-1                         1.00     9.00  " + bar(0, 4),
                "  2 zeta/small-2                      10.00    90.00  " + bar(4, 36),
                "    connect                           10.00     5.00  " + bar(4, 2),
                "    wait                              15.00    25.00  " + bar(6, 10),
                "    first token                       50.00           " + bar(20, 0) + "|",
                "    stream                            50.00    50.00  " + bar(20, 20),
            ])
    }

    @Test func `A person reads what happened and why`() {
        let text = ExchangeReport(story).text
        for line in [
            "alice of team search asked for smart (chat, streamed).",
            "Route smart led to zeta/small-2, moved by fallback, after 2 attempts.",
            "It ended as completed with status 200 after 100.0 ms; its first token came after 50.0 ms.",
            "  1 acme/big-1: status 429, upstream_rate_limited, retryable, new connection", "    busy",
            "  2 zeta/small-2: status 200, request req_1, new connection",
            "  smart is route smart, which led to zeta/small-2 after another target had failed, or was not to be tried.",
            "  routing: first of 2", "Nothing was consumed, so it cost nothing.",
        ] {
            #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
    }

    @Test func `A rule that acted is named, with what it moved`() {
        var story = story
        story.row.moved = "budget"
        story.row.budget = "search"
        story.row.rule = "save"
        story.row.reroutedTo = "fast"
        story.row.demand = Money("1.5")
        story.reroutedFrom = "smart"
        story.dropped = ["top_k"]
        #expect(
            ExchangeReasons(story).lines == [
                "smart is route smart, which led to zeta/small-2 because of a budget.",
                "rule save of budget search moved it from smart to fast; unmoved it would have cost 1.5 USD.",
                "routing: first of 2", "left out, because the target cannot do it: top_k.",
            ])
        story.row.reroutedTo = nil
        story.reroutedFrom = nil
        story.clampedTo = 64
        #expect(ExchangeReasons(story).lines[1] == "rule save of budget search let it have at most 64 output tokens.")
    }

    @Test func `What is not kept any more is said`() {
        let text = ExchangeReport(story.row, kept: 10_000).text
        #expect(text.contains("is kept of the latest 10000 exchanges"))
        #expect(!text.contains("ms from arrival"))
        #expect(ExchangeReport(story.row, kept: 0).text.contains("is not kept"))
    }

    @Test(arguments: [
        (0, 3, "0.000"), (499, 3, "0.000"), (500, 3, "0.001"), (1_234_567, 3, "1.235"), (99_995_000, 2, "100.00"),
        (-1_500_000, 1, "-1.5"), (-1, 1, "0.0"),
    ])
    func `Milliseconds are rounded decimals`(nanoseconds: Int64, digits: Int, text: String) {
        #expect(JSONObject.milliseconds(nanoseconds, digits: digits) == text)
    }
}
