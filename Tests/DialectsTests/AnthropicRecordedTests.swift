import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges in Anthropic's shape, where the environment names a folder of them.
struct AnthropicRecordedTests {
    private struct Recording: Decodable {
        struct Request: Decodable {
            let url: String
            let body: String?
        }
        struct Response: Decodable {
            let status: Int
            let body: String?
        }
        struct Call: Decodable {
            let name: String
        }
        struct Expected: Decodable {
            let model: String?
            let input_tokens: Int64?
            let output_tokens: Int64?
            let cached_input_tokens: Int64?
            let cache_write_tokens: Int64?
            let cache_write_1h_tokens: Int64?
            let reasoning_tokens: Int64?
            let finish_reasons: [String?]?
            let tool_calls: [Call]?
            let text: String?
        }
        let api: String
        let streaming: Bool
        let request: Request
        let response: Response
        let expected: Expected

        var isAnthropics: Bool {
            api.hasPrefix("messages") || api == "complete"
                || (api == "invoke" && request.url.contains("anthropic.") && response.status < 400)
        }
    }

    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Recorded messages give the usage, text, calls and stop reasons that they should`() throws {
        let folder = try #require(RecordedTrafficTests.folder)
        var count = 0
        for case let path as String in try #require(FileManager.default.enumerator(atPath: folder)) {
            let isError = path.hasPrefix("extra/documented-errors/anthropic/")
            guard path.hasSuffix(".json"), isError || !path.hasPrefix("extra/") else { continue }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
            guard let exchange = try? JSONDecoder().decode(Recording.self, from: data),
                let body = exchange.response.body,
                exchange.isAnthropics || isError
            else { continue }
            count += 1
            if !isError { checkRequest(exchange, path) }
            if exchange.response.status < 400 {
                if isError {
                    #expect(!ReplySummary(AnthropicFixtures.events(body)).failures.isEmpty, "\(path)")
                } else {
                    try check(exchange, Array(body.utf8), path)
                }
            } else {
                let failure = AnthropicProvider().failure(
                    status: exchange.response.status, head: UpstreamHead(status: exchange.response.status, fields: []),
                    body: ByteBuffer(string: body))
                #expect(failure.reason.side == .upstream, "\(path)")
                #expect(failure.upstreamMessage != nil || failure.reason == .upstreamUnauthenticated, "\(path)")
            }
        }
        print("recorded messages checked: \(count)")
        #expect(count > 0)
    }

    /// What Anthropic took from real clients is taken, and can be said again.
    private func checkRequest(_ exchange: Recording, _ path: String) {
        guard let body = exchange.request.body, !body.isEmpty, exchange.api != "complete" else { return }
        let surface: Surface =
            exchange.api == "messages.count_tokens" ? .anthropicCountTokens : .anthropicMessages
        let client = AnthropicClient()
        do throws(Failure) {
            let request = try client.parse(call(surface, model: "in-path"), body: ByteBuffer(string: body))
            #expect(request.facts.textBytes > 0, "\(path): text")
            let target = AnthropicFixtures.target("claude-sonnet-4-5")
            let neutral = try client.neutral(request)
            let encoded = try AnthropicProvider().encode(neutral, for: target, outputTokensMax: nil)
            let again = try client.parse(call(surface), body: encoded.body)
            guard case .chat(let first) = neutral, case .chat(let second) = try client.neutral(again) else { return }
            #expect(second.others == [], "\(path)")
            #expect(second.tools == first.tools, "\(path)")
            #expect(second.messages.flatMap(\.parts).count <= first.messages.flatMap(\.parts).count, "\(path)")
        } catch {
            Issue.record("\(path): \(error.message)")
        }
    }

    private func check(_ exchange: Recording, _ bytes: [UInt8], _ path: String) throws {
        let expected = exchange.expected
        var facts = ReplyFacts()
        let pieces = stride(from: 0, to: bytes.count, by: 97).map { bytes[$0..<min($0 + 97, bytes.count)] }
        let tap = TappedReply(FramedReader(AnthropicReader(), framing: .byFirstByte))
        #expect(Replay(tap, pieces, facts: &facts).output == bytes, "\(path)")
        #expect(facts.terminated && facts.failure == nil, "\(path): terminated")
        let reasons = (expected.finish_reasons ?? []).map { $0 ?? "" }
        #expect(facts.finishReasons == reasons, "\(path): finish reasons")
        #expect(facts.responseModel == expected.model, "\(path): model")
        // What only counts tokens uses none.
        let isCount = exchange.api == "messages.count_tokens"
        if isCount { #expect(facts.usage.isEmpty, "\(path)") } else { compare(facts.usage, expected, path) }

        let events = AnthropicFixtures.events(pieces)
        compare(ReplySummary(events), expected, path)
        guard exchange.api != "complete", expected.output_tokens != nil else { return }
        for stream in [true, false] {
            let again = ReplySummary(AnthropicFixtures.events(AnthropicFixtures.rendered(events, stream: stream)))
            compare(again, expected, path)
            if let usage = again.usage { compare(usage, expected, path) }
            #expect(again.parts == ReplySummary(events).parts, "\(path): rendered")
            #expect(again.hasEnded, "\(path): rendered")
        }
    }

    private func compare(_ usage: Usage, _ expected: Recording.Expected, _ path: String) {
        #expect(usage.inputTokens == expected.input_tokens, "\(path): input")
        #expect(usage.outputTokens == expected.output_tokens, "\(path): output")
        #expect(usage[.cacheRead] == expected.cached_input_tokens, "\(path): cached")
        #expect(usage[.cacheWrite] == expected.cache_write_tokens, "\(path): cache write")
        #expect(usage.cacheWriteHourTokens == expected.cache_write_1h_tokens ?? 0, "\(path): cache write, an hour")
        #expect(usage[.reasoning] == expected.reasoning_tokens, "\(path): reasoning")
    }

    private func compare(_ summary: ReplySummary, _ expected: Recording.Expected, _ path: String) {
        var text = ""
        var calls: [String] = []
        for part in summary.parts {
            if case .text(let piece) = part { text += piece }
            if case .toolCall(let call) = part { calls.append(call.name) }
        }
        if let wanted = expected.text { #expect(text == wanted, "\(path): text") }
        #expect(calls == (expected.tool_calls ?? []).map(\.name), "\(path): calls")
    }
}
