import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges of Bedrock, where the environment names a folder of them.
struct BedrockTrafficTests {
    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Bedrock's recorded replies give what they should`() throws {
        let folder = try #require(RecordedTrafficTests.folder)
        var count = 0
        for part in ["/bedrock/", "/extra/documented-errors/bedrock/"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder + part).sorted() {
                let data = try Data(contentsOf: URL(fileURLWithPath: folder + part + name))
                let exchange = try JSONDecoder().decode(BedrockRecording.self, from: data)
                if exchange.response.status >= 400 {
                    checkFailure(exchange, name)
                } else {
                    try check(exchange, invoke(exchange.fields), name)
                    if exchange.api.hasPrefix("converse") { try check(exchange, converse(), name) }
                }
                count += 1
            }
        }
        #expect(count >= 33)
    }

    private func checkFailure(_ exchange: BedrockRecording, _ name: String) {
        let status = exchange.response.status
        let head = UpstreamHead(status: status, fields: exchange.fields.map { ReplyField($0.0, $0.1) })
        let failure = BedrockProvider().failure(status: status, head: head, body: ByteBuffer(bytes: exchange.bytes))
        #expect(failure.reason.side == .upstream, "\(name)")
        #expect(failure.upstreamMessage == exchange.expected.error?.message, "\(name)")
        #expect(failure.retryable == (status != 400 || exchange.path.contains("does-not-exist")), "\(name)")
    }

    private func check(_ exchange: BedrockRecording, _ reader: any ReplyReader, _ name: String) throws {
        let bytes = exchange.bytes
        let pieces = stride(from: 0, to: bytes.count, by: 113).map { bytes[$0..<min($0 + 113, bytes.count)] }
        let reading = BedrockReading(reader, pieces)
        let expected = exchange.expected
        let (facts, usage) = (reading.facts, reading.facts.usage)
        guard expected.error == nil, expected.stream_error == nil else {
            #expect(facts.failure != nil && !facts.terminated, "\(name)")
            return
        }
        #expect(facts.terminated && reading.endCount == 1 && facts.failure == nil, "\(name): end")
        // Counting is not using.
        #expect(usage.inputTokens == (expected.counted_only == true ? nil : expected.input_tokens), "\(name): input")
        #expect(usage.outputTokens == expected.output_tokens, "\(name): output")
        #expect(usage[.cacheRead] == expected.cached_input_tokens, "\(name): cache read")
        #expect(usage[.cacheWrite] == expected.cache_write_tokens, "\(name): cache write")
        #expect(usage[.reasoning] == expected.reasoning_tokens, "\(name): reasoning")
        #expect(usage.reportedTotal == expected.total_tokens, "\(name): total")
        #expect(usage.cacheWriteHourTokens == expected.cache_write_1h_tokens ?? 0, "\(name): hour")
        if let words = expected.finish_reasons, !words.isEmpty {
            #expect(facts.finishReasons == words, "\(name): finish")
        }
        // Where there are several choices, what is expected joins them.
        let text = reading.reply.choices.map(\.text).joined()
        if let wanted = expected.text { #expect(text == wanted, "\(name): text") }
        let calls = reading.reply.choices.flatMap(\.toolCalls)
        #expect(calls.isEmpty == (expected.has_tool_calls != true), "\(name): calls")
        #expect(calls.map(\.name) == (expected.tool_calls ?? []).map(\.name), "\(name): calls")
        for (call, wanted) in zip(calls, expected.tool_calls ?? []) {
            let read = try JSONSerialization.jsonObject(with: Data(call.arguments.utf8)) as? NSDictionary
            #expect(read == wanted.arguments.value as? NSDictionary, "\(name): arguments")
        }
        if expected.has_reasoning_content == true { #expect(reading.choice?.reasoning.isEmpty == false, "\(name)") }
    }
}

private struct BedrockRecording: Decodable {
    struct Request: Decodable { let url: String }

    struct Response: Decodable {
        let status: Int
        let headers: [String: String]?
        let body: String?
        let body_base64: String?
    }

    struct Call: Decodable {
        let name: String
        let arguments: AnyJSON
    }

    struct Problem: Decodable { let message: String? }

    struct Expected: Decodable {
        let input_tokens, output_tokens, cached_input_tokens, cache_write_tokens, reasoning_tokens: Int64?
        let total_tokens, cache_write_1h_tokens: Int64?
        let finish_reasons: [String]?
        let has_tool_calls, has_reasoning_content, counted_only: Bool?
        let tool_calls: [Call]?
        let text: String?
        let error, stream_error: Problem?
    }

    let api: String
    let request: Request
    let response: Response
    let expected: Expected

    var path: String { request.url }
    var fields: [(String, String)] { (response.headers ?? [:]).map { ($0.key.lowercased(), $0.value) } }

    var bytes: [UInt8] {
        if let text = response.body { return Array(text.utf8) }
        return Array(Data(base64Encoded: response.body_base64 ?? "") ?? Data())
    }
}

/// Any JSON value, as Foundation has it.
private struct AnyJSON: Decodable {
    let value: Any

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let object = try? container.decode([String: AnyJSON].self) {
            value = NSDictionary(dictionary: object.mapValues(\.value))
        } else if let array = try? container.decode([AnyJSON].self) {
            value = array.map(\.value)
        } else if let number = try? container.decode(Double.self) {
            value = NSNumber(value: number)
        } else if let flag = try? container.decode(Bool.self) {
            value = NSNumber(value: flag)
        } else {
            value = try container.decode(String.self)
        }
    }
}
