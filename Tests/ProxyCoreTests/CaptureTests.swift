import GatewayTypes
import Telemetry
import Testing

@Suite struct CaptureTests {
    private static let keys = ["gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages"]

    private func spans(
        _ capture: Capture, _ body: String = "smart hello stream", translates: Bool = false,
        _ scripts: [[ScriptedUpstream.Step]] = [[.head(200), .body("t1;"), .body("t2;done;"), .end]]
    ) async -> [SpanData] {
        let house = TestHouse(scripts: scripts, translates: translates, observes: true, capture: capture)
        await house.send(body)
        return await house.spans()
    }

    private func content(_ spans: [SpanData]) -> [String: SpanAttributes.Value] {
        let pairs = spans.flatMap(\.attributes.all).filter { Self.keys.contains($0.key) }
        return Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func `Nothing is shown of what was said unless its route asks for it`() async {
        let spans = await spans(.none)
        #expect(spans.count > 3)
        #expect(content(spans).isEmpty)
        #expect(!spans.contains { "\($0.attributes.all)".contains("hello") })
    }

    @Test(arguments: [(Capture.input, [1]), (.output, [2]), (.both, [1, 2])])
    func `A route shows what it asks for, on the attempt`(capture: Capture, shown: [Int]) async throws {
        let spans = await spans(capture)
        let attempt = try #require(spans.last)
        #expect(attempt.kind == .client)
        #expect(content(spans.dropLast()).isEmpty)
        #expect(Set(content(spans).keys) == Set(shown.map { Self.keys[$0] }))
        #expect(attempt.attributes["weir.content.truncated"] == nil)
    }

    @Test(arguments: [false, true], ["smart hello stream", "smart hello"])
    func `Streamed or whole, passed on or translated, the same is shown`(translates: Bool, body: String) async {
        let shown = content(await spans(.both, body, translates: translates))
        #expect(
            shown["gen_ai.input.messages"]
                == .text(#"[{"role":"user","parts":[{"type":"text","content":"\#(body)"}]}]"#))
        #expect(
            shown["gen_ai.output.messages"]
                == .text(#"[{"role":"assistant","parts":[{"type":"text","content":"t1t2"}]}]"#))
    }

    @Test func `What a failed attempt said is not taken for the reply`() async {
        let shown = content(
            await spans(
                .both, "smart hello stream", [[.head(200), .body("e;")], [.head(200), .body("t9;done;"), .end]]))
        #expect(
            shown["gen_ai.output.messages"]
                == .text(#"[{"role":"assistant","parts":[{"type":"text","content":"t9"}]}]"#))
    }

    @Test func `A reply that is longer than what is kept is shown in part, and says so`() async throws {
        let piece = String(repeating: "t", count: 100_000) + ";"
        let script = [ScriptedUpstream.Step.head(200)] + Array(repeating: .body(piece), count: 12) + [.body("done;")]
        let attempt = try #require(await spans(.output, "smart hello stream", [script]).last)
        #expect(attempt.attributes["weir.content.truncated"] == .flag(true))
        guard case .text(let text)? = attempt.attributes["gen_ai.output.messages"] else {
            Issue.record("nothing is shown")
            return
        }
        #expect(text.utf8.count <= 65_536 && text.hasSuffix(#"t"}]}]"#))
    }
}
