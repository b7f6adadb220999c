import GatewayServer
import Testing

/// What `weir check` has to say of plans and limits.
@Suite struct LimitCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static func limit(_ text: String) -> String { "limits: [{ name: chat, \(text) }]" }

    private static let cases: [Case] = [
        Case(
            yaml: limit("requests: 60/minit"),
            words: #"limits[0].requests: "minit" is no period; write second, minute, hour or day"#),
        Case(
            yaml: limit("requests: [60/minute, 5]"),
            words: #"limits[0].requests[1]: "5" is no rate; write 60/minute, or 60/minute burst 5"#),
        Case(
            yaml: limit("tokens: 60/minute burst 61"),
            words: #""61" is out of bounds; write a whole number from 1 to 60"#),
        Case(
            yaml: limit("each: team"),
            words:
                "limits[0]: limits nothing; write requests: 60/minute, tokens, concurrent, max_tokens or body_bytes_max"
        ),
        Case(
            yaml: limit("requets: 60/minute"),
            words: #"limits[0].requets: unknown key "requets"; did you mean "requests"?"#),
        Case(yaml: limit("each: user, concurrent: 1"), words: #"limits[0].each: unknown value "user""#),
        Case(yaml: limit("concurrent: 0"), words: "limits[0].concurrent: 0 is out of bounds; write 1 to 1000000"),
        Case(
            yaml: limit("concurrent: 1, model: smrt"),
            words: #"limits[0].model: unknown model "smrt"; did you mean "smart"?"#),
        Case(yaml: limit("concurrent: 1, team: nobody"), words: #"limits[0].team: unknown team "nobody""#),
        Case(
            yaml: limit("max_tokens: 5, queue: {}"), words: "limits[0].queue: waits for nothing"),
        Case(
            yaml: limit("concurrent: 1, queue: { high: gold }"), words: #"limits[0].queue.high: unknown plan "gold""#),
        Case(
            yaml: limit("concurrent: 1, queue: { fair: caller }"),
            words: "warning: limits[0].queue.fair: a queue of each caller holds one only"),
        Case(yaml: limit("concurrent: 1, queue: { wait: 1h }"), words: "limits[0].queue.wait:"),
        Case(
            yaml: limit("concurrent: 1, over: refuse"),
            words: "limits[0].over: says what happens beyond max_tokens, which is not written"),
        Case(
            yaml:
                "plans: { free: { limits: [{ name: chat, concurrent: 1 }] } }\nlimits: [{ name: chat, concurrent: 1 }]",
            words: "plans.free.limits[0].name: is that of limits[0] too; names tell limits apart"),
        Case(
            yaml: "plans: { free: { limits: [{ name: chat, concurrent: 1 }] } }\nteams: { search: { plan: fre } }",
            words: #"teams.search.plan: unknown plan "fre"; did you mean "free"?"#),
        Case(
            yaml: "plans: { free: { limits: [{ name: chat, concurrent: 1 }] } }",
            words: "warning: plans.free: nobody has it; write plan: free at a team, a caller or a key"),
        Case(
            yaml: "plans: { free: {} }\nteams: { search: { plan: free } }",
            words: "warning: plans.free: has no limits; write limits: [{ name: chat, requests: 60/minute }]"),
    ]

    @Test(arguments: cases) func `What is wrong with a limit is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(ConfigurationText.minimal(adding: wrong.yaml + "\n"))
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
    }

    @Test func `Limits that agree with the rest are said in plain English`() throws {
        let yaml = """
            plans:
              free:
                limits:
                  - { name: chat, requests: [5/second, 60/minute], tokens: 100000/minute, concurrent: 8 }
            limits:
              - { name: all, each: gateway, concurrent: 500, body_bytes_max: 1MiB }
            teams: { search: { plan: free } }

            """
        let text = ConfigurationText.minimal(adding: yaml)
        #expect(ConfigurationText.lines(text) == [])
        let report = ConfigurationReport.lines(ConfigurationText.load(text))
        let first = try #require(report.firstIndex(of: "2 limits hold:"))
        #expect(
            Array(report[(first + 1)...(first + 2)]) == [
                "  all: all together, at most 500 exchanges at once; 1048576 bytes of body in a request.",
                "  chat: each caller on plan free, at most 5 requests in any second; 60 requests in any minute; 100000 tokens in any minute; 8 exchanges at once.",
            ])
    }
}
