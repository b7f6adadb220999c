import Callouts
import Dialects
import GatewayTypes
import NIOCore
import Testing

/// A moderation service that answers as it is told.
@Suite struct ModerationServiceTests {
    private static func service(
        _ shape: ModerationShape, _ fetcher: ScriptedService, _ clock: HandClock = HandClock()
    ) -> ModerationService {
        let endpoint = Endpoint(
            id: 0, method: .post, url: "http://127.0.0.1:1/check", serverAddress: "127.0.0.1", serverPort: 1,
            fields: [ReplyField("authorization", "Bearer secret")], timeouts: Endpoint.Timeouts(), http2: false,
            caFile: nil)
        return ModerationService(ModerationService.Settings(shape: shape, endpoint: endpoint), fetcher: fetcher) {
            clock.now
        }
    }

    struct Exchange: Sendable {
        let shape: ModerationShape
        let sent: String
        let answer: String
        let moderation: Moderation
    }

    private static let exchanges = [
        Exchange(
            shape: .openai, sent: #"{"input":"a \"text\""}"#,
            answer: #"""
                {"id":"modr-1","results":[{"flagged":true,"categories":{"self-harm/intent":true},
                "category_scores":{"self-harm/intent":0.9,"violence":1e-5}}]}
                """#,
            moderation: Moderation(
                scores: [.init("self_harm_intent", 0.9), .init("violence", 1e-5)], isFlagged: true)),
        Exchange(
            shape: .azure, sent: #"{"text":"a \"text\"","outputType":"FourSeverityLevels"}"#,
            answer:
                #"{"blocklistsMatch":[],"categoriesAnalysis":[{"category":"Hate","severity":0},{"category":"SelfHarm","severity":6}]}"#,
            moderation: Moderation(scores: [.init("hate", 0), .init("self_harm", 1)], isFlagged: true)),
        Exchange(
            shape: .bedrock, sent: #"{"source":"INPUT","content":[{"text":{"text":"a \"text\""}}]}"#,
            answer: #"""
                {"action":"GUARDRAIL_INTERVENED","outputs":[{"text":"No."}],"assessments":[{"topicPolicy":{"topics":[{"name":"T",
                "type":"DENY","action":"BLOCKED"}]},"contentPolicy":{"filters":[{"type":"PROMPT_ATTACK","confidence":"HIGH",
                "action":"BLOCKED"},{"type":"HATE","confidence":"LOW","action":"NONE"}]}}]}
                """#,
            moderation: Moderation(scores: [.init("topic", 1), .init("prompt_attack", 1)], isFlagged: true)),
        Exchange(
            shape: .lakera, sent: #"{"messages":[{"role":"user","content":"a \"text\""}],"breakdown":true}"#,
            answer: #"""
                {"flagged":true,"breakdown":[{"detector_type":"prompt_attack","detected":false},
                {"detector_type":"moderated_content/hate","detected":true}]}
                """#,
            moderation: Moderation(scores: [.init("moderated_content", 1)], isFlagged: true)),
    ]

    @Test(arguments: exchanges) func `each service is spoken to in its own words`(exchange: Exchange) async throws {
        let fetcher = ScriptedService([.reply(200, exchange.answer)])
        let text = ModeratedText(isOutput: false, text: #"a "text""#)
        let moderation = try await Self.service(exchange.shape, fetcher).moderate(text, for: .gateway)
        #expect(moderation == exchange.moderation)
        let request = try #require(fetcher.requests.first)
        #expect(String(buffer: request.body) == exchange.sent)
        #expect(moderation.scores.allSatisfy { exchange.shape.categories.contains($0.category) })
    }

    @Test(
        arguments: ModerationShape.allCases,
        [
            "", "{", "[]", "null", "{}", #"{"results":[]}"#, #"{"results":[1]}"#, #"{"results":[{"flagged":"yes"}]}"#,
            #"{"categoriesAnalysis":{}}"#, #"{"categoriesAnalysis":[{}]}"#, #"{"action":1}"#, #"{"flagged":"no"}"#,
        ])
    func `an answer that makes no sense is a failure`(shape: ModerationShape, answer: String) async {
        let service = Self.service(shape, ScriptedService([.reply(200, answer)]))
        await #expect(throws: Failure.self) {
            try await service.moderate(ModeratedText(isOutput: true, text: "x"), for: .gateway)
        }
    }

    @Test func `a service that fails again and again is left alone for a while`() async throws {
        let clock = HandClock()
        let answers: [ScriptedService.Answer] = Array(repeating: .reply(500, ""), count: 5)
        let fetcher = ScriptedService(answers + [.reply(200, #"{"flagged":false}"#)])
        let service = Self.service(.lakera, fetcher, clock)
        let text = ModeratedText(isOutput: false, text: "x")
        func reason() async -> FailureReason? {
            do throws(Failure) {
                _ = try await service.moderate(text, for: .gateway)
                return nil
            } catch {
                return error.reason
            }
        }
        for _ in 0..<5 { #expect(await reason() == .upstreamError) }
        #expect(await reason() == .breakerOpen)
        #expect(fetcher.requests.count == 5)
        clock.wait(6)
        #expect(await reason() == nil)
        #expect(await reason() == nil)
    }

    @Test func `an asker who leaves is not held against the service`() async {
        let fetcher = ScriptedService([.fail(.interrupted)])
        let service = Self.service(.openai, fetcher)
        for _ in 0..<10 {
            await #expect(throws: Failure.self) {
                try await service.moderate(ModeratedText(isOutput: false, text: "x"), for: .gateway)
            }
        }
        #expect(fetcher.requests.count == 10)
    }
}
