import Foundation
import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges of Cohere, where the environment names a folder of them.
struct CohereTrafficTests {
    static let folder = ProcessInfo.processInfo.environment["WEIR_TRAFFIC"]

    struct Exchange: Decodable {
        struct Response: Decodable {
            let status: Int
            let headers: [String: String]
            let body: String
        }

        struct Expected: Decodable {
            struct Call: Decodable { let name: String }

            let input_tokens: Int64?
            let output_tokens: Int64?
            let cached_input_tokens: Int64?
            let reasoning_tokens: Int64?
            let billed_search_units: Int64?
            let finish_reasons: [String]
            let tool_calls: [Call]?
            let text: String?
        }

        let streaming: Bool
        let response: Response
        let expected: Expected
    }

    @Test(.enabled(if: folder != nil)) func `Every recorded reply says what it should`() throws {
        let folder = try #require(Self.folder) + "/cohere/"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        #expect(!names.isEmpty)
        for name in names {
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + name))
            try check(JSONDecoder().decode(Exchange.self, from: data), name)
        }
    }

    private func check(_ exchange: Exchange, _ name: String) throws {
        let response = exchange.response
        guard response.status < 400 else {
            let failure = CohereProvider().failure(
                status: response.status, head: UpstreamHead(status: response.status, fields: []),
                body: ByteBuffer(string: response.body))
            #expect(failure.reason.side == .upstream, "\(name)")
            return
        }
        let isLines = response.headers["content-type"] == "application/stream+json"
        let framing: FramedReader<CohereReader>.Framing = isLines ? .lines : .byFirstByte
        let bytes = Array(response.body.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: 97).map { bytes[$0..<min($0 + 97, bytes.count)] }
        let replay = CohereReplay(pieces, framing)
        let expected = exchange.expected
        let usage = replay.facts.usage
        #expect(usage.inputTokens == expected.input_tokens, "\(name): input")
        #expect(usage.outputTokens == expected.output_tokens, "\(name): output")
        // Weir's kinds are disjoint: a part that exceeds its whole is cut to it.
        #expect(usage[.cacheRead] == part(expected.cached_input_tokens, of: expected.input_tokens), "\(name): cached")
        #expect(usage[.reasoning] == part(expected.reasoning_tokens, of: expected.output_tokens), "\(name): thought")
        #expect(usage.units[.search] == expected.billed_search_units, "\(name): searches")
        #expect(replay.facts.finishReasons == expected.finish_reasons, "\(name): finish")
        #expect((replay.reply.choices.first?.text ?? "") == (expected.text ?? ""), "\(name): text")
        let calls = replay.reply.choices.first?.toolCalls ?? []
        #expect(calls.map(\.name) == (expected.tool_calls ?? []).map(\.name), "\(name): calls")
        for call in calls { #expect((try? JSONDocument(ByteBuffer(string: call.arguments))) != nil, "\(name)") }
        #expect(replay.facts.terminated, "\(name): end")
    }

    private func part(_ part: Int64?, of whole: Int64?) -> Int64? { part.map { min($0, whole ?? $0) } }
}
