import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges of all providers through the reader that knows none of them, where the environment names a
/// folder of them.
struct AnyRecordedTrafficTests {
    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Every recorded reply tells its usage to the reader that knows no dialect`() throws {
        let all = try AnyRecording.all(in: #require(RecordedTrafficTests.folder))
        var checked = 0
        for recording in all where recording.exchange.response.status < 400 {
            check(recording)
            checked += 1
        }
        print("recorded replies read without a dialect: \(checked) of \(all.count)")
        #expect(checked > 0)
    }

    private func check(_ recording: AnyRecording) {
        let path = recording.path
        let facts = follow(recording, AnyUsageDecoder(rule: recording.rule))
        let expected = recording.exchange.expected
        // What only counts tokens uses none.
        guard !recording.isCount else { return #expect(facts.usage.isEmpty, "\(path): counted only") }
        compare(facts.usage, expected, path)
        if let text = expected.text, !text.isEmpty {
            #expect(facts.visibleTokenSeen, "\(path): visible")
        }
    }

    private func follow(_ recording: AnyRecording, _ decoder: any ReplyDecoder) -> ReplyFacts {
        var facts = ReplyFacts()
        var decoder = decoder
        decoder.begin(recording.head, into: &facts)
        let pieces = stride(from: 0, to: recording.bytes.count, by: 97).map {
            recording.bytes[$0..<min($0 + 97, recording.bytes.count)]
        }
        let replay = Replay(decoder, pieces, facts: &facts)
        #expect(replay.output == recording.bytes, "\(recording.path): bytes")
        #expect(facts.terminated || facts.failure != nil, "\(recording.path): terminated")
        return facts
    }

    private func compare(_ usage: Usage, _ expected: AnyRecording.Exchange.Expected, _ path: String) {
        #expect(usage.inputTokens == expected.input_tokens, "\(path): input")
        #expect(usage.outputTokens == expected.output_tokens, "\(path): output")
        #expect(usage[.cacheRead] == part(expected.cached_input_tokens, of: expected.input_tokens), "\(path): cached")
        #expect(usage[.cacheWrite] == expected.cache_write_tokens, "\(path): cache write")
        #expect(usage.cacheWriteHourTokens == expected.cache_write_1h_tokens ?? 0, "\(path): an hour's cache write")
        #expect(usage[.reasoning] == part(expected.reasoning_tokens, of: expected.output_tokens), "\(path): reasoning")
        #expect(usage.reportedTotal == expected.total_tokens, "\(path): total")
        if let searches = expected.billed_search_units {
            #expect(usage.units[.search] == searches, "\(path): searches")
        }
        if let cost = expected.provider_reported_cost_usd {
            let reported = Double(usage.reportedCost?.description ?? "") ?? -1
            #expect(abs(reported - cost) < 2e-12, "\(path): cost")
        }
    }

    private func part(_ part: Int64?, of whole: Int64?) -> Int64? { part.map { min($0, whole ?? $0) } }

    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Every recorded exchange passes by its provider's own path, and ends`() throws {
        for recording in try AnyRecording.all(in: #require(RecordedTrafficTests.folder)) {
            let path = recording.path
            let isCohere = recording.exchange.provider == "cohere"
            let dialect = ProviderAPIDialect(isCohere ? CohereProvider() : OpenAIProvider())
            let request = try ProviderAPIClient().parse(recording.surfaceCall, body: recording.requestBody)
            if let model = recording.modelInRequest, !recording.pathNamesModel {
                #expect(request.askedModel == model, "\(path): model")
            }
            if recording.exchange.streaming, !recording.bytes.isEmpty {
                #expect(request.stream || recording.exchange.api.hasPrefix("mcp"), "\(path): stream")
            }
            guard recording.exchange.response.status < 400 else {
                let failure = dialect.failure(
                    status: recording.exchange.response.status, head: recording.head,
                    body: ByteBuffer(bytes: recording.bytes))
                #expect(failure.reason.side == .upstream && !failure.retryable, "\(path)")
                let isShown = failure.upstreamReply.map { Array($0.body.readableBytesView) == recording.bytes }
                #expect(isShown ?? (failure.reason == .upstreamUnauthenticated), "\(path): error's bytes")
                continue
            }
            let decoder = dialect.decoder(for: request, target: target("m", kind: recording.providerKind))
            let facts = follow(recording, decoder)
            let expected = recording.exchange.expected
            guard !recording.isCount, facts.failure == nil else {
                #expect(facts.usage.isEmpty || facts.failure != nil, "\(path): counted only")
                continue
            }
            compare(facts.usage, expected, path)
            let shape = ReplyShape(path: request.facts.path ?? "", isCohere: isCohere)
            if shape != .unknown, recording.saysItsFraming, let words = expected.words {
                #expect(facts.finishReasons == words, "\(path): finish reasons")
            }
        }
    }
}

/// A recorded exchange, and what it is made of.
struct AnyRecording {
    struct Exchange: Decodable {
        struct Message: Decodable {
            let method: String?
            let url: String?
            let headers: [String: String]
            let body: String?
            let body_base64: String?
        }

        struct Reply: Decodable {
            let status: Int
            let headers: [String: String]
            let body: String?
            let body_base64: String?
        }

        struct Expected: Decodable {
            let input_tokens: Int64?
            let output_tokens: Int64?
            let cached_input_tokens: Int64?
            let cache_write_tokens: Int64?
            let cache_write_1h_tokens: Int64?
            let reasoning_tokens: Int64?
            let total_tokens: Int64?
            let billed_search_units: Int64?
            let counted_only: Bool?
            let text: String?
            let finish_reasons: [String?]?
            let provider_reported_cost_usd: Double?

            /// Nil where nothing is known of them.
            var words: [String]? {
                guard let words = finish_reasons, words.contains(where: { $0?.isEmpty == false }) else { return nil }
                return words.map { $0 ?? "" }
            }
        }

        let provider: String
        let api: String
        let streaming: Bool
        let request: Message
        let response: Reply
        let expected: Expected
    }

    let path: String
    let exchange: Exchange
    let bytes: [UInt8]

    static func all(in folder: String) throws -> [AnyRecording] {
        let paths = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        return try paths.sorted().compactMap { path in
            guard path.hasSuffix(".json"), !path.hasPrefix("extra/"), path.contains("/") else { return nil }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
            guard let exchange = try? JSONDecoder().decode(Exchange.self, from: data) else { return nil }
            let reply = exchange.response
            return AnyRecording(path: path, exchange: exchange, bytes: body(reply.body, reply.body_base64))
        }
    }

    private static func body(_ text: String?, _ base64: String?) -> [UInt8] {
        base64.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? Array((text ?? "").utf8)
    }

    /// What only counts tokens uses none.
    var isCount: Bool { exchange.expected.counted_only == true || exchange.api.hasSuffix("input_tokens") }
    var providerKind: String { RecordedTrafficTests.kinds[exchange.provider] ?? exchange.provider }
    var rule: OpenAIUsageRule { OpenAIUsageRule(providerKind: providerKind) }

    var head: UpstreamHead {
        UpstreamHead(
            status: exchange.response.status,
            fields: exchange.response.headers.map { ReplyField($0.key.lowercased(), $0.value) })
    }

    /// Whether the head is of the body: some recorders wrote down another type, or none.
    var saysItsFraming: Bool {
        switch ReplyShape.Framing(contentType: head["content-type"]) {
        case .document: !exchange.streaming || bytes.first == UInt8(ascii: "[")
        case .events, .lines, .amazonEvents, .unsaid: true
        case .other: false
        }
    }

    var requestBody: ByteBuffer {
        ByteBuffer(bytes: Self.body(exchange.request.body, exchange.request.body_base64))
    }

    var surfaceCall: SurfaceCall {
        let url = URLComponents(string: exchange.request.url ?? "")
        let type = exchange.request.headers.first { $0.key.lowercased() == "content-type" }?.value
        return call(
            .providerAPI, path: "/providers/p" + (url?.percentEncodedPath ?? "/"), query: url?.percentEncodedQuery,
            contentType: type)
    }

    var pathNamesModel: Bool {
        let url = exchange.request.url ?? ""
        return ["/deployments/", "/models/", "/model/"].contains { url.contains($0) }
    }

    /// The top-level `model` of a JSON body.
    var modelInRequest: String? {
        let object = try? JSONSerialization.jsonObject(with: Data(requestBody.readableBytesView)) as? [String: Any]
        return object?["model"] as? String
    }
}
