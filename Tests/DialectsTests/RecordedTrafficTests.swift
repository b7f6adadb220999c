import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges of providers, where the environment names a folder of them.
struct RecordedTrafficTests {
    static let folder = ProcessInfo.processInfo.environment["WEIR_TRAFFIC"]
    static let families: Set<String> = [
        "chat", "chat.azure", "chat.gemini-openai", "chat.writer", "embeddings.openai",
    ]
    static let kinds = [
        "xai": "x_ai", "gemini": "gcp.gemini", "mistral": "mistral_ai", "azure": "azure.ai.openai",
        "openai": "openai", "deepseek": "deepseek", "groq": "groq", "perplexity": "perplexity",
    ]

    @Test(.enabled(if: folder != nil))
    func `Recorded replies give the usage and finish reasons that they should`() throws {
        let folder = try #require(Self.folder)
        var count = 0
        for case let path as String in try #require(FileManager.default.enumerator(atPath: folder)) {
            guard path.hasSuffix(".json"), !path.hasPrefix("extra/") else { continue }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
            guard let exchange = try? JSONDecoder().decode(Recording.self, from: data),
                Self.families.contains(exchange.api)
            else { continue }
            checkRequest(exchange, path)
            check(exchange, path)
            count += 1
        }
        print("recorded replies checked: \(count)")
        #expect(count > 0)
    }

    /// What providers took from real clients is not refused; only the model may stand elsewhere (in Azure's path).
    private func checkRequest(_ exchange: Recording, _ path: String) {
        guard let body = exchange.request.body, !body.isEmpty else { return }
        let surface: Surface = exchange.api.hasPrefix("embeddings") ? .openAIEmbeddings : .openAIChat
        do throws(Failure) {
            let request = try OpenAIClient().parse(call(surface), body: ByteBuffer(string: body))
            #expect(request.facts.textBytes > 0 || exchange.response.status >= 400, "\(path): text")
        } catch {
            #expect(error.param == "model" || exchange.response.status >= 400, "\(path): \(error.message)")
        }
    }

    private func check(_ exchange: Recording, _ path: String) {
        let bytes = Array(exchange.response.body.utf8)
        let provider = OpenAIProvider()
        guard exchange.response.status < 400 else {
            let head = UpstreamHead(status: exchange.response.status, fields: [])
            let failure = provider.failure(
                status: exchange.response.status, head: head, body: ByteBuffer(bytes: bytes))
            #expect(failure.reason.side == .upstream, "\(path)")
            return
        }
        let rule = OpenAIUsageRule(providerKind: Self.kinds[exchange.provider] ?? exchange.provider)
        let decoders: [any ReplyDecoder] =
            exchange.streaming
            ? [
                OpenAIStreamDecoder(rule: rule, hidesUsage: false),
                OpenAIStreamDecoder(rule: rule, hidesUsage: true),
            ] : [OpenAIDocumentDecoder(rule: rule)]
        for (position, decoder) in decoders.enumerated() {
            var facts = ReplyFacts()
            let pieces = stride(from: 0, to: bytes.count, by: 97).map { bytes[$0..<min($0 + 97, bytes.count)] }
            let replay = Replay(decoder, pieces, facts: &facts)
            if position == 0 { #expect(replay.output == bytes, "\(path)") }
            compare(facts, exchange.expected, path)
        }
    }

    private func compare(_ facts: ReplyFacts, _ expected: Recording.Expected, _ path: String) {
        let usage = facts.usage
        #expect(usage.inputTokens == expected.input_tokens, "\(path): input")
        #expect(usage.outputTokens == expected.output_tokens, "\(path): output")
        // Weir's kinds are disjoint: a part that exceeds its whole is cut to it.
        #expect(usage[.cacheRead] == part(expected.cached_input_tokens, of: expected.input_tokens), "\(path): cached")
        #expect(usage[.cacheWrite] == expected.cache_write_tokens, "\(path): cache write")
        #expect(usage[.reasoning] == part(expected.reasoning_tokens, of: expected.output_tokens), "\(path): reasoning")
        #expect(usage.reportedTotal == expected.total_tokens, "\(path): total")
        let reasons = (expected.finish_reasons ?? []).map { $0 ?? "" }
        #expect(facts.finishReasons == (reasons.allSatisfy { $0.isEmpty } ? [] : reasons), "\(path): finish reasons")
        if let cost = expected.provider_reported_cost_usd {
            let reported = Double(usage.reportedCost?.description ?? "") ?? -1
            #expect(abs(reported - cost) < 2e-12, "\(path): cost")
        }
        if let model = expected.model { #expect(facts.responseModel == model, "\(path): model") }
        if let text = expected.text, !text.isEmpty { #expect(facts.visibleTokenSeen, "\(path): visible") }
        if let text = expected.text { #expect(facts.outputTextBytes >= text.utf8.count, "\(path): text bytes") }
        #expect(facts.terminated || facts.failure != nil, "\(path): terminated")
    }

    private func part(_ part: Int64?, of whole: Int64?) -> Int64? { part.map { min($0, whole ?? $0) } }
}

struct Recording: Decodable {
    struct Request: Decodable {
        let body: String?
    }

    struct Response: Decodable {
        let status: Int
        let body: String
    }

    struct Expected: Decodable {
        let model: String?
        let input_tokens: Int64?
        let output_tokens: Int64?
        let cached_input_tokens: Int64?
        let cache_write_tokens: Int64?
        let reasoning_tokens: Int64?
        let total_tokens: Int64?
        let finish_reasons: [String?]?
        let text: String?
        let provider_reported_cost_usd: Double?
    }

    let provider: String
    let api: String
    let streaming: Bool
    let request: Request
    let response: Response
    let expected: Expected
}
