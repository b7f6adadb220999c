import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replays recorded exchanges with Google's models, where the environment names a folder of them.
struct GeminiTrafficTests {
    static let folder = ProcessInfo.processInfo.environment["WEIR_TRAFFIC"]
    static let families: Set<String> = [
        "generateContent", "generateContent.stream", "embeddings.gemini", "embeddings.gemini-batch",
    ]

    private func recordings() throws -> [GeminiRecording] {
        let folder = try #require(Self.folder)
        var found: [GeminiRecording] = []
        for provider in ["gemini", "vertex", "extra/documented-errors/gemini"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(provider)").sorted() {
                let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(provider)/\(name)"))
                let object = try JSONSerialization.jsonObject(with: data)
                guard let fields = object as? [String: Any] else { continue }
                if let recording = GeminiRecording("\(provider)/\(name)", fields) { found.append(recording) }
            }
        }
        return found
    }

    @Test(.enabled(if: folder != nil))
    func `Recorded replies of Google teach what they should, and pass untouched`() throws {
        var count = 0
        for recording in try recordings() where recording.status < 400 {
            count += 1
            let bytes = Array(recording.reply.utf8)
            let reader = GeminiProvider().reader(
                for: .chat, target: geminiTarget("m"), stream: recording.streams)
            var facts = ReplyFacts()
            let pieces = stride(from: 0, to: bytes.count, by: 97).map { bytes[$0..<min($0 + 97, bytes.count)] }
            let replay = Replay(TappedReply(reader), pieces, facts: &facts)
            #expect(replay.output == bytes, "\(recording.name)")
            recording.check(facts)
            recording.check(assemble(recording.reply, streams: recording.streams))
        }
        print("recorded Gemini replies checked: \(count)")
        #expect(count >= 20)
    }

    @Test(.enabled(if: folder != nil))
    func `Recorded requests to Google pass as they came, and survive the neutral form`() throws {
        var count = 0
        for recording in try recordings() where recording.isRecorded {
            count += 1
            let call = call(
                recording.surface, model: recording.model, streams: recording.streams, query: recording.query)
            let body = ByteBuffer(string: recording.body)
            let request = try GeminiClient().parse(call, body: body)
            #expect(request.facts.textBytes > 0, "\(recording.name)")
            let isSingle = recording.surface == .geminiEmbed && !GeminiEmbeddings.isBatch(body)
            if !isSingle {
                let sent = try GeminiProvider().encode(
                    request, for: geminiTarget(request.askedModel), outputTokensMax: nil)
                #expect(sent == body, "\(recording.name)")
            }
            guard case .chat(let chat) = try GeminiClient().neutral(request) else { continue }
            let encoded = try GeminiProvider().encode(
                .chat(chat), for: geminiTarget("gemini-2.5-flash"), outputTokensMax: nil)
            let again = try GeminiClient().parse(call, body: encoded.body)
            guard case .chat(let second) = try GeminiClient().neutral(again) else { continue }
            #expect(second.system == chat.system, "\(recording.name)")
            #expect(second.messages.flatMap(\.parts) == chat.messages.flatMap(\.parts), "\(recording.name)")
            #expect(second.tools == chat.tools, "\(recording.name)")
            #expect(second.format == chat.format && second.others == [], "\(recording.name)")
        }
        #expect(count >= 20)
    }

    @Test(.enabled(if: folder != nil))
    func `Recorded replies come through both renderers as they were`() throws {
        for recording in try recordings() where recording.status < 400 && recording.surface == .geminiGenerate {
            let whole = assemble(recording.reply, streams: recording.streams)
            for streams in [false, true] {
                for framing in streams ? [StreamFraming.events, .array] : [.events] {
                    let text = try renderGemini(
                        events(recording.reply, streams: recording.streams), streams: streams, framing: framing)
                    let again = assemble(text, streams: streams)
                    #expect(again.choices.map(\.text) == whole.choices.map(\.text), "\(recording.name)")
                    #expect(again.choices.map(\.toolCalls) == whole.choices.map(\.toolCalls), "\(recording.name)")
                    #expect(again.choices.map(\.reasoning) == whole.choices.map(\.reasoning), "\(recording.name)")
                    #expect(again.choices.map(\.finish) == whole.choices.map(\.finish), "\(recording.name)")
                    #expect(again.usage?.inputTokens == whole.usage?.inputTokens, "\(recording.name)")
                    #expect(again.usage?.outputTokens == whole.usage?.outputTokens, "\(recording.name)")
                }
            }
        }
    }

    @Test(.enabled(if: folder != nil))
    func `Recorded errors of Google are understood`() throws {
        var count = 0
        for recording in try recordings() where recording.status >= 400 {
            count += 1
            let failure = GeminiProvider().failure(
                status: recording.status, head: UpstreamHead(status: recording.status, fields: []),
                body: ByteBuffer(string: recording.reply))
            #expect(failure.reason.side == .upstream, "\(recording.name)")
            let isKey = failure.reason == .upstreamUnauthenticated && recording.status != 403
            let message = (recording.expected["error"] as? [String: Any])?["message"] as? String
            #expect(failure.upstreamMessage == (isKey ? nil : message), "\(recording.name)")
        }
        #expect(count >= 7)
    }
}

/// One recorded exchange.
struct GeminiRecording {
    let name: String
    let surface: Surface
    let streams: Bool
    let isRecorded: Bool
    let model: String
    let query: String?
    let body: String
    let status: Int
    let reply: String
    let expected: [String: Any]

    init?(_ name: String, _ fields: [String: Any]) {
        guard let request = fields["request"] as? [String: Any], let url = request["url"] as? String,
            let response = fields["response"] as? [String: Any], let status = response["status"] as? Int,
            let reply = response["body"] as? String
        else { return nil }
        let api = fields["api"] as? String ?? ""
        isRecorded = fields["recorded"] as? Bool ?? true
        guard GeminiTrafficTests.families.contains(api) || !isRecorded else { return nil }
        self.name = name
        surface = api.hasPrefix("embeddings") ? .geminiEmbed : .geminiGenerate
        streams = api == "generateContent.stream"
        let parts = url.split(separator: "?", maxSplits: 1)
        model = String(parts[0].split(separator: "/").last?.split(separator: ":").first ?? "")
        query = parts.count > 1 ? String(parts[1]) : nil
        body = request["body"] as? String ?? ""
        self.status = status
        self.reply = reply
        expected = fields["expected"] as? [String: Any] ?? [:]
    }

    private func number(_ key: String) -> Int64? { (expected[key] as? NSNumber)?.int64Value }

    func check(_ facts: ReplyFacts) {
        let usage = facts.usage
        #expect(usage.inputTokens == number("input_tokens"), "\(name)")
        #expect(usage.outputTokens == number("output_tokens"), "\(name)")
        #expect(usage[.cacheRead] == number("cached_input_tokens"), "\(name)")
        #expect(usage[.reasoning] == number("reasoning_tokens"), "\(name)")
        #expect(usage.reportedTotal == number("total_tokens"), "\(name)")
        if let total = usage.reportedTotal { #expect(usage.totalTokens == total, "\(name)") }
        let reasons = (expected["finish_reasons"] as? [Any] ?? []).map { String(describing: $0) }
        #expect(facts.finishReasons == reasons, "\(name)")
        #expect(facts.responseModel == expected["model"] as? String, "\(name)")
        #expect(facts.terminated, "\(name)")
    }

    func check(_ reply: AssembledReply) {
        let choice = reply.choices.first
        #expect(choice?.text ?? "" == expected["text"] as? String ?? "", "\(name)")
        let calls = expected["tool_calls"] as? [[String: Any]] ?? []
        #expect(choice?.toolCalls.map(\.name) ?? [] == calls.compactMap { $0["name"] as? String }, "\(name)")
        for (call, wanted) in zip(choice?.toolCalls ?? [], calls) {
            let read = try? JSONSerialization.jsonObject(with: Data(call.arguments.utf8))
            #expect(read as? NSDictionary == wanted["arguments"] as? NSDictionary, "\(name)")
        }
        let calledTools = expected["has_tool_calls"] as? Bool ?? false
        #expect((choice?.finish == .toolCalls) == calledTools, "\(name)")
    }
}
