import Dialects
import GatewayTypes
import NIOCore
import Testing

@testable import Callouts

/// A callout before a service that answers as it is told.
@Suite struct WebhookCalloutTests {
    @Test func `Who says nothing allows`() async {
        let house = CalloutHouse([.reply(204, ""), .reply(200, #"{"verdict":"allow"}"#)])
        for _ in 0..<2 {
            let answer = await house.ask()
            #expect(answer.denial == nil)
            #expect(answer.record.result == .allow)
        }
        #expect(house.results == [.allow, .allow])
    }

    struct Denial: Sendable {
        let json: String
        let reason: FailureReason
        let status: Int
    }

    private static let denials = [
        Denial(json: "", reason: .notPermitted, status: 403),
        Denial(json: #","status":400"#, reason: .badRequest, status: 400),
        Denial(json: #","status":429,"retry_after":7"#, reason: .rateLimited, status: 429),
        Denial(json: #","status":451"#, reason: .notPermitted, status: 451),
    ]

    @Test(arguments: denials) func `A denial has its own status and message`(denial: Denial) async throws {
        let house = CalloutHouse([.reply(200, #"{"verdict":"deny","message":"No."\#(denial.json)}"#)])
        let failure = try #require(await house.ask().denial)
        #expect(failure.reason == denial.reason)
        #expect(failure.status == denial.status)
        #expect(failure.message == "No.")
        #expect(!failure.retryable)
        #expect(failure.fields.contains { $0.name == "x-weir-callout" && $0.value == "policy" })
        #expect(failure.retryAfterSeconds == (denial.status == 429 ? 7 : nil))
    }

    @Test func `A rewrite names members, a model and what the provider is told`() async {
        let json = """
            {"verdict":"allow","attributes":{"risk":"low","score":3},"headers":{"X-Tenant":"gold"},
             "rewrite":{"model":"fast","body":{"temperature":0,"user":null,"metadata":{"a":[1]}}}}
            """
        let house = CalloutHouse([.reply(200, json)]) { $0.fieldsToProvider = ["x-tenant"] }
        let answer = await house.ask()
        #expect(answer.record.result == .rewrite)
        #expect(answer.model == "fast")
        #expect(answer.edit.members.map(\.name) == ["temperature", "user", "metadata"])
        #expect(answer.edit.members.map(\.json) == ["0", nil, #"{"a":[1]}"#])
        #expect(answer.fields.map(\.name) == ["x-tenant"])
        #expect(answer.record.attributes.map(\.key) == ["risk", "score"])
        #expect(answer.record.attributes.map(\.value) == ["low", "3"])
    }

    /// What makes no sense, or changes what it may not.
    private static let nonsense = [
        "", "no JSON", "[]", "{}", #"{"verdict":"maybe"}"#, #"{"verdict":"deny","status":200}"#,
        #"{"verdict":"deny","message":7}"#, #"{"verdict":"allow","headers":{"authorization":"x"}}"#,
        #"{"verdict":"allow","headers":{"x-tenant":"a\r\nb: c"}}"#, #"{"verdict":"allow","attributes":{"A B":"x"}}"#,
        #"{"verdict":"allow","rewrite":{"body":{"stream":true}}}"#,
        #"{"verdict":"allow","rewrite":{"body":{"Model":"x"}}}"#, #"{"verdict":"allow","rewrite":{"model":""}}"#,
        #"{"verdict":"deny","rewrite":{"model":"fast"}}"#, #"{"verdict":"allow","verdict":"deny"}"#,
    ]

    @Test(arguments: nonsense) func `Nonsense fails closed, or open, as is configured`(json: String) async {
        for onError in [CalloutSettings.OnError.deny, .allow] {
            let house = CalloutHouse([.reply(200, json)]) {
                $0.onError = onError
                $0.fieldsToProvider = ["x-tenant"]
            }
            let answer = await house.ask()
            #expect(answer.record.result == .malformed)
            #expect((answer.denial?.reason == .overloaded) == (onError == .deny))
            #expect(answer.edit.isEmpty)
            #expect(answer.fields.isEmpty)
        }
    }

    @Test func `Only at authentication may the model be another`() async {
        let json = #"{"verdict":"allow","rewrite":{"model":"fast"}}"#
        #expect(await CalloutHouse([.reply(200, json)]).ask().record.result == .rewrite)
        #expect(await CalloutHouse([.reply(200, json)], hop: .routing).ask().record.result == .malformed)
    }

    private static let faults: [(ScriptedService.Answer, CalloutResult)] = [
        (.fail(.upstreamTimeout), .timeout), (.fail(.upstreamConnect), .unreachable),
        (.fail(.upstreamCut), .unreachable),
        (.fail(.upstreamProtocol), .malformed), (.reply(500, ""), .refused), (.reply(302, ""), .refused),
    ]

    @Test func `Each way to fail has its own result`() async {
        for (answer, result) in Self.faults {
            let house = CalloutHouse([answer])
            #expect(await house.ask().record.result == result)
            #expect(house.results == [result])
        }
    }

    @Test func `After five failures it is left alone, and then probed by one question at a time`() async {
        let down = ScriptedService.Answer.fail(.upstreamConnect)
        let house = CalloutHouse([down, down, down, down, down, down, .reply(204, "")])
        for _ in 0..<5 { #expect(await house.ask().record.result == .unreachable) }
        #expect(await house.ask().record.result == .breakerOpen)
        #expect(house.service.requests.count == 5)
        house.clock.wait(6)
        #expect(await house.ask().record.result == .unreachable)
        #expect(await house.ask().record.result == .breakerOpen)
        house.clock.wait(6)
        #expect(await house.ask().record.result == .allow)
        #expect(await house.ask().record.result == .allow)
    }

    @Test func `A request that is too large is not sent, and is not the service's fault`() async {
        let house = CalloutHouse([.reply(204, "")], body: String(repeating: "x", count: 101)) {
            $0.parts = [.body]
            $0.bodyBytesMax = 100
        }
        for _ in 0..<6 {
            let answer = await house.ask()
            #expect(answer.record.result == .tooLarge)
            #expect(answer.denial?.reason == .payloadTooLarge)
        }
        #expect(house.service.requests.isEmpty)
    }

    @Test func `It is told what is configured, and never a credential`() async {
        let house = CalloutHouse([.reply(204, "")]) { $0.parts = [.identity, .head, .body] }
        _ = await house.ask()
        #expect(house.said.contains(#""caller":{"name":"alice","team":"search","key":"k1","address":"10.0.0.9"}"#))
        #expect(house.said.contains(#"["x-tenant","gold"]"#))
        #expect(house.said.contains(#""body":{"model":"smart"}"#))
        #expect(!house.said.contains("sk-secret"))
        #expect(house.field("traceparent") == "00-00000000000000010000000000000002-0000000000000009-01")
        let bare = CalloutHouse([.reply(204, "")]) { $0.parts = [] }
        _ = await bare.ask()
        for word in ["alice", "x-tenant", #""body""#] { #expect(!bare.said.contains(word)) }
    }

    @Test func `What is sent is signed as Standard Webhooks has it`() async throws {
        let house = CalloutHouse([.reply(204, "")]) { $0.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }
        _ = await house.ask()
        #expect(try #require(house.field("webhook-signature")).hasPrefix("v1,"))
        #expect(try #require(house.field("webhook-id")).hasSuffix(".authentication"))
        // The example of the convention's own specification.
        let text = WebhookSignature(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").text(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(text == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }
}
