import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges of providers' Responses APIs, where the environment names a folder of them.
struct ResponsesRecordedTests {
    static let families: Set<String> = ["responses", "responses.azure", "responses.retrieve", "responses.compact"]

    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Recorded responses give the usage, text and calls that they should`() throws {
        let folder = try #require(RecordedTrafficTests.folder)
        var count = 0
        for case let path as String in try #require(FileManager.default.enumerator(atPath: folder)) {
            guard path.hasSuffix(".json"), !path.hasPrefix("extra/") else { continue }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
            guard let exchange = try? JSONDecoder().decode(Recording.self, from: data),
                Self.families.contains(exchange.api)
            else { continue }
            if exchange.api != "responses.retrieve" { checkRequest(exchange, path) }
            try check(exchange, data, path)
            count += 1
        }
        print("recorded responses checked: \(count)")
        #expect(count > 0)
    }

    private func checkRequest(_ exchange: Recording, _ path: String) {
        guard let body = exchange.request.body, !body.isEmpty else { return }
        do throws(Failure) {
            let request = try ResponsesClient().parse(
                call(.openAIResponses, model: "m"), body: ByteBuffer(string: body))
            let facts = request.facts
            let hasInput = facts.textBytes > 0 || facts.imageCount > 0
            #expect(hasInput || exchange.response.status >= 400, "\(path): text")
            // Of what only the provider itself knows (its own tools' items), the field is named.
            do throws(Failure) { _ = try ResponsesClient().neutral(request) } catch {
                #expect(error.param?.hasPrefix("input[") == true, "\(path): \(error.message)")
            }
        } catch {
            #expect(exchange.response.status >= 400, "\(path): \(error.message)")
        }
    }

    private func check(_ exchange: Recording, _ data: Data, _ path: String) throws {
        let bytes = Array(exchange.response.body.utf8)
        guard exchange.response.status < 400 else {
            let head = UpstreamHead(status: exchange.response.status, fields: [])
            let failure = ResponsesProvider().failure(
                status: exchange.response.status, head: head, body: ByteBuffer(bytes: bytes))
            #expect(failure.reason.side == .upstream, "\(path)")
            return
        }
        let pieces = stride(from: 0, to: bytes.count, by: 97).map { bytes[$0..<min($0 + 97, bytes.count)] }
        var facts = ReplyFacts()
        let tap = TappedReply(FramedReader(ResponsesReader(), framing: .byFirstByte))
        #expect(Replay(tap, pieces, facts: &facts).output == bytes, "\(path)")
        let expected = exchange.expected
        #expect(facts.usage.inputTokens == expected.input_tokens, "\(path): input")
        #expect(facts.usage.outputTokens == expected.output_tokens, "\(path): output")
        #expect(facts.usage[.cacheRead] == expected.cached_input_tokens, "\(path): cached")
        #expect(facts.usage[.cacheWrite] == expected.cache_write_tokens, "\(path): cache write")
        #expect(facts.usage[.reasoning] == expected.reasoning_tokens, "\(path): reasoning")
        #expect(facts.usage.reportedTotal == expected.total_tokens, "\(path): total")
        #expect(facts.finishReasons == (expected.finish_reasons ?? []).compactMap { $0 }, "\(path): finish reasons")
        if let cost = expected.provider_reported_cost_usd {
            let reported = Double(facts.usage.reportedCost?.description ?? "") ?? -1
            #expect(abs(reported - cost) < 2e-12, "\(path): cost")
        }
        if let model = expected.model { #expect(facts.responseModel == model, "\(path): model") }
        #expect(facts.terminated && facts.failure == nil, "\(path): terminated")

        var reply = AssembledReply()
        for event in ResponsesReplies.events(pieces) { reply.take(event) }
        if let text = expected.text { #expect(reply.choices.first?.text == text, "\(path): text") }
        let content = try JSONDecoder().decode(RecordedCalls.self, from: data).expected.tool_calls ?? []
        let calls = reply.choices.first?.toolCalls ?? []
        #expect(calls.map(\.name) == content.map(\.name), "\(path): calls")
        if exchange.api != "responses.compact" { try checkRendered(pieces, streams: exchange.streaming, reply, path) }
    }

    /// What is rendered for a client of the same dialect reads as what was read.
    private func checkRendered(
        _ pieces: [ArraySlice<UInt8>], streams: Bool, _ reply: AssembledReply, _ path: String
    ) throws {
        let request = try ResponsesClient().parse(
            call(.openAIResponses),
            body: ByteBuffer(string: #"{"model":"m","input":"x","stream":\#(streams)}"#))
        var decoder = TranslatedReply(
            reader: FramedReader(ResponsesReader(), framing: .byFirstByte),
            renderer: ResponsesClient().renderer(
                for: request, exchange: ExchangeID(high: 1, low: 2), at: WallTime(nanoseconds: 1)))
        var facts = ReplyFacts()
        var output: [UInt8] = []
        for piece in pieces {
            output += decoder.decode(ByteBuffer(bytes: piece), into: &facts).readableBytesView
        }
        output += decoder.end(into: &facts).readableBytesView
        var again = AssembledReply()
        for event in ResponsesReplies.events([output[...]]) { again.take(event) }
        #expect(again.choices.first?.parts == reply.choices.first?.parts, "\(path): rendered")
        #expect(again.choices.first?.finish == reply.choices.first?.finish, "\(path): rendered finish")
        #expect(again.usage?.inputTokens == reply.usage?.inputTokens, "\(path): rendered usage")
        #expect(again.usage?.outputTokens == reply.usage?.outputTokens, "\(path): rendered usage")
    }
}

private struct RecordedCalls: Decodable {
    struct Expected: Decodable {
        let tool_calls: [Call]?
    }

    struct Call: Decodable {
        let name: String?
    }

    let expected: Expected
}
