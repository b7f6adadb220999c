import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Reads recorded replies as a translation does, where the environment names a folder of them.
struct OpenAITranslatedTrafficTests {
    static let families = RecordedTrafficTests.families.union(["embeddings.voyage"])

    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Recorded replies are translated without loss, and back again`() throws {
        let folder = try #require(RecordedTrafficTests.folder)
        var count = 0
        for case let path as String in try #require(FileManager.default.enumerator(atPath: folder)) {
            guard path.hasSuffix(".json"), !path.hasPrefix("extra/") else { continue }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
            guard let exchange = try? JSONDecoder().decode(Recording.self, from: data),
                let calls = try? JSONDecoder().decode(CallsRecording.self, from: data),
                Self.families.contains(exchange.api)
            else { continue }
            try check(exchange, calls.expected.tool_calls ?? [], path)
            try checkRequest(exchange, path)
            count += 1
        }
        print("recorded replies translated: \(count)")
        #expect(count > 80)
    }

    private func check(_ exchange: Recording, _ calls: [CallsRecording.Call], _ path: String) throws {
        let bytes = Array(exchange.response.body.utf8)
        guard exchange.response.status < 400 else {
            let failure = OpenAIProvider().failure(
                status: exchange.response.status, head: UpstreamHead(status: exchange.response.status, fields: []),
                body: ByteBuffer(bytes: bytes))
            #expect(
                failure.upstreamMessage?.isEmpty == false || failure.reason == .upstreamUnauthenticated, "\(path)")
            return
        }
        let rule = OpenAIVariant(providerKind: exchange.provider).usageRule
        let pieces = stride(from: 0, to: bytes.count, by: 97).map { bytes[$0..<min($0 + 97, bytes.count)] }
        let read = ReadReply(OpenAIReader(rule: rule), pieces)
        compare(read, exchange.expected, calls, path)
        #expect(read.said == ReadReply(OpenAIReader(rule: rule), [bytes[...]]).said, "\(path): cut otherwise")

        guard exchange.api.hasPrefix("chat"), read.facts.failure == nil else { return }
        let again = ReadReply(
            OpenAIReader(rule: .standard), [Array(try rendered(read.events, exchange.streaming))[...]])
        #expect(again.reply.choices.map(\.text) == read.reply.choices.map(\.text), "\(path): text again")
        #expect(again.reply.choices.map(\.toolCalls) == read.reply.choices.map(\.toolCalls), "\(path): calls again")
        #expect(again.reasoningText == read.reasoningText, "\(path): reasoning again")
        #expect(again.facts.usage.inputTokens == read.facts.usage.inputTokens, "\(path): input again")
        #expect(again.facts.usage.outputTokens == read.facts.usage.outputTokens, "\(path): output again")
        #expect(again.facts.terminated, "\(path): ended again")
    }

    private func rendered(_ events: [ModelEvent], _ streams: Bool) throws -> [UInt8] {
        let body = #"{"model":"m","messages":[],"stream":\#(streams),"stream_options":{"include_usage":true}}"#
        let request = try OpenAIClient().parse(call(.openAIChat), body: ByteBuffer(string: body))
        var renderer = OpenAIClient().renderer(
            for: request, exchange: ExchangeID(high: 1, low: 2), at: WallTime(nanoseconds: 5_000_000_000))
        var bytes = ByteBuffer()
        for event in events { renderer.render(event, into: &bytes) }
        renderer.end(into: &bytes)
        return Array(bytes.readableBytesView)
    }

    private func compare(
        _ read: ReadReply, _ expected: Recording.Expected, _ calls: [CallsRecording.Call], _ path: String
    ) {
        let usage = read.facts.usage
        #expect(usage.inputTokens == expected.input_tokens, "\(path): input")
        #expect(usage.outputTokens == expected.output_tokens, "\(path): output")
        #expect(usage.reportedTotal == expected.total_tokens, "\(path): total")
        if let part = expected.cached_input_tokens {
            #expect(usage[.cacheRead] == min(part, expected.input_tokens ?? part))
        }
        if let part = expected.reasoning_tokens {
            #expect(usage[.reasoning] == min(part, expected.output_tokens ?? part))
        }
        let reasons = (expected.finish_reasons ?? []).map { $0 ?? "" }
        #expect(read.facts.finishReasons == (reasons.allSatisfy { $0.isEmpty } ? [] : reasons), "\(path): finish")
        if let model = expected.model { #expect(read.facts.responseModel == model, "\(path): model") }
        if let text = expected.text { #expect(read.reply.choices.first?.text ?? "" == text, "\(path): text") }
        if let cost = expected.provider_reported_cost_usd {
            #expect(abs((Double(usage.reportedCost?.description ?? "") ?? -1) - cost) < 2e-12, "\(path): cost")
        }
        // A call without a name is none.
        let made = read.reply.choices.flatMap(\.toolCalls)
        #expect(made.map(\.name) == calls.map(\.name).filter { !$0.isEmpty }, "\(path): calls")
        #expect(Set(made.map(\.id)).count == made.count && made.allSatisfy { !$0.id.isEmpty }, "\(path): ids")
        for made in made { #expect(made.arguments.first == "{" && made.arguments.last == "}", "\(path): arguments") }
        #expect(read.facts.terminated || read.facts.failure != nil, "\(path): end")
    }

    /// What real clients wrote is understood, and can be written again in the words of the provider it went to.
    private func checkRequest(_ exchange: Recording, _ path: String) throws {
        guard let body = exchange.request.body, exchange.api.hasPrefix("chat"), exchange.response.status < 400,
            let request = try? OpenAIClient().parse(call(.openAIChat), body: ByteBuffer(string: body)),
            let target = Optional(translationTarget(exchange.provider))
        else { return }
        do throws(Failure) {
            let neutral = try OpenAIClient().neutral(request)
            let encoded = try OpenAIProvider().encode(neutral, for: target, outputTokensMax: nil)
            _ = try OpenAIClient().parse(call(.openAIChat), body: encoded.body)
        } catch {
            Issue.record("\(path): \(error.message)")
        }
    }
}

struct CallsRecording: Decodable {
    struct Call: Decodable { let name: String }
    struct Expected: Decodable { let tool_calls: [Call]? }
    let expected: Expected
}

/// A reply as its reader understood it.
struct ReadReply {
    var events: [ModelEvent] = []
    var facts = ReplyFacts()
    var reply = AssembledReply()

    init<Reader: FrameReader>(_ reader: Reader, _ pieces: [ArraySlice<UInt8>]) {
        var framed = FramedReader(reader, framing: .byFirstByte)
        for piece in pieces { framed.read(ByteBuffer(bytes: piece), into: &events) }
        framed.end(into: &events)
        for event in events {
            facts.note(event)
            reply.take(event)
        }
    }

    init<Reader: FrameReader>(_ reader: Reader, _ text: String) { self.init(reader, [Array(text.utf8)[...]]) }

    var reasoningText: String { reply.choices.flatMap(\.reasoning).map(\.text).joined() }

    /// All that was said and learned, as text.
    var said: String {
        let choices = reply.choices.map { choice in
            "\(choice.parts) \(choice.finish?.rawValue ?? "-") \(choice.logprobs.count) \(choice.citations)"
        }
        return "\(choices) \(reply.embeddings.sorted { $0.key < $1.key }) \(facts)"
    }
}

func translationTarget(_ kind: String, injects: Bool = true) -> Target {
    var names = NameTable()
    return Target(
        index: 0, provider: names.declare("p"), providerKind: kind, servedModel: names.declare("served"), weight: 1,
        ways: [], keyAlias: "k", injectsStreamUsage: injects)
}
