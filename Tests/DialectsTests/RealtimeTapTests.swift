import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct RealtimeTapTests {
    private static func frame(_ text: String, opcode: UInt8 = 1) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(0x80 | opcode)
        frame.writeInteger(UInt8(126))
        let payload = text + String(repeating: " ", count: max(0, 126 - text.utf8.count))
        frame.writeInteger(UInt16(payload.utf8.count))
        frame.writeString(payload)
        return frame
    }

    private static let close = ByteBuffer(bytes: [0x88, 0x02, 0x03, 0xE8] as [UInt8])

    /// What is learned of messages, cut at `cut`; the bytes must pass unchanged.
    private static func facts(_ texts: [String], closed: Bool = true, cut: Int = 0) -> ReplyFacts {
        var bytes = texts.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer(frame($1)) }
        if closed { bytes.writeImmutableBuffer(close) }
        var tap = RealtimeTap(awaitsSetup: false)
        var facts = ReplyFacts()
        var rest = bytes
        var passed = ByteBuffer()
        if let first = rest.readSlice(length: min(cut, rest.readableBytes)) {
            passed.writeImmutableBuffer(tap.decode(first, into: &facts))
        }
        passed.writeImmutableBuffer(tap.decode(rest, into: &facts))
        #expect(passed == bytes)
        return facts
    }

    private static let created = #"{"type":"session.created","session":{"id":"sess_1","model":"gpt-realtime"}}"#
    private static let began = #"{"type":"response.created","response":{"id":"resp_1"}}"#
    private static let delta = #"{"type":"response.output_audio_transcript.delta","delta":"Hi"}"#
    private static func done(_ usage: String) -> String {
        #"{"type":"response.done","response":{"status":"completed","usage":\#(usage)}}"#
    }
    private static let usage = """
        {"total_tokens":1100,"input_tokens":1000,"output_tokens":100,"input_token_details":{"text_tokens":200,\
        "audio_tokens":800,"cached_tokens":700,"cached_tokens_details":{"text_tokens":60,"audio_tokens":640}},\
        "output_token_details":{"text_tokens":20,"audio_tokens":80}}
        """

    @Test func `The usage of all responses adds up, by disjoint kinds`() {
        let facts = Self.facts([Self.created, Self.began, Self.delta, Self.done(Self.usage), Self.done(Self.usage)])
        #expect(facts.usage[.cacheRead] == 1400)
        #expect(facts.usage[.audioInput] == 320)
        #expect(facts.usage[.input] == 280)
        #expect(facts.usage[.output] == 40)
        #expect(facts.usage[.audioOutput] == 160)
        #expect(facts.usage.reportedTotal == 2200)
        #expect(facts.usage.totalTokens == 2200)
        #expect(facts.responseModel == "gpt-realtime")
        #expect(facts.responseID == "sess_1")
        #expect(facts.finishReasons == ["completed"])
        #expect(facts.terminated && facts.visibleTokenSeen && !facts.isAnswering)
    }

    @Test func `Every cut gives the same facts`() {
        let texts = [Self.created, Self.began, Self.delta, Self.done(Self.usage)]
        let whole = Self.facts(texts)
        for cut in 0..<700 {
            let facts = Self.facts(texts, cut: cut)
            #expect(facts.usage == whole.usage)
            #expect(facts.outputTextBytes == whole.outputTextBytes)
        }
    }

    @Test func `Transcripts of what the user said are counted too`() {
        let transcript = """
            {"type":"conversation.item.input_audio_transcription.completed","usage":{"type":"tokens",\
            "total_tokens":26,"input_tokens":17,"input_token_details":{"text_tokens":0,"audio_tokens":17},\
            "output_tokens":9}}
            """
        let facts = Self.facts([transcript, Self.done(Self.usage)])
        #expect(facts.usage[.audioInput] == 177)
        #expect(facts.usage[.output] == 29)
        let timed =
            #"{"type":"conversation.item.input_audio_transcription.completed","usage":{"type":"duration","seconds":1.5}}"#
        #expect(Self.facts([timed]).usage.units[.audioMillisecond] == 1500)
    }

    @Test func `A response under way shows until its usage has come`() {
        #expect(Self.facts([Self.began], closed: false).isAnswering)
        #expect(!Self.facts([Self.began, Self.done(Self.usage)], closed: false).isAnswering)
    }

    @Test func `A session in which nothing was asked is known to have used nothing`() {
        let facts = Self.facts([Self.created])
        #expect(facts.usage.source == .provider && facts.usage.isEmpty)
        #expect(Self.facts([Self.began]).usage.source == .none)
    }

    @Test func `Turns of Gemini's add up, and its client's first message names the model`() {
        let turn = """
            {"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":482,"responseTokenCount":69,\
            "totalTokenCount":551,"promptTokensDetails":[{"modality":"TEXT","tokenCount":360},\
            {"modality":"AUDIO","tokenCount":100}],"responseTokensDetails":[{"modality":"AUDIO","tokenCount":57}]}}
            """
        var facts = Self.facts([turn, turn])
        #expect(facts.usage[.input] == 764 && facts.usage[.audioInput] == 200)
        #expect(facts.usage[.output] == 24 && facts.usage[.audioOutput] == 114)
        var tap = RealtimeTap(awaitsSetup: true)
        let setup = #"{"setup":{"model":"models/gemini-live"}}"#
        facts = ReplyFacts()
        let head: [UInt8] = [0x81, 0x80 | UInt8(setup.utf8.count), 0, 0, 0, 0]
        for byte in head + Array(setup.utf8) { tap.follow(sent: ByteBuffer(bytes: [byte]), into: &facts) }
        #expect(facts.responseModel == "gemini-live")
    }

    @Test func `What is no WebSocket ends the session and does not pass`() {
        var tap = RealtimeTap(awaitsSetup: false)
        var facts = ReplyFacts()
        #expect(tap.decode(ByteBuffer(string: "HTTP/1.1 200 OK\r\n"), into: &facts).readableBytes == 0)
        #expect(facts.failure?.reason == .upstreamProtocol)
    }

    @Test func `A session that breaks off between frames ends with a close frame, inside one with nothing`() {
        var facts = ReplyFacts()
        var tap = RealtimeTap(awaitsSetup: false)
        _ = tap.decode(Self.frame(Self.created), into: &facts)
        #expect(tap.end(into: &facts).getInteger(at: 2, as: UInt16.self) == 1014)
        tap = RealtimeTap(awaitsSetup: false)
        var half = Self.frame(Self.created)
        _ = tap.decode(half.readSlice(length: 9) ?? ByteBuffer(), into: &facts)
        #expect(tap.end(into: &facts).readableBytes == 0)
    }

    // MARK: Recordings

    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Recorded sessions give the usage that their responses tell`() throws {
        let folder = try #require(RecordedTrafficTests.folder) + "/extra/realtime"
        let expected: [String: Int64] = [
            "azure-voice-live-ws-text-output-modality-returns-text": 21,
            "gateway-ws-gateway-openai-text-in-audio-out": 79, "openai-ws-message-history-seeding": 163,
            "openai-ws-text-in-audio-out-turn": 40, "parity-ws-text-tool-round-parity-openai-current": 799,
            // 24 thoughts stand beside the total.
            "google-ws-text-in-audio-out-turn": 1181, "parity-ws-text-tool-round-parity-google-current": 551,
            "xai-ws-text-in-audio-out-turn": 47,
        ]
        for (name, total) in expected {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json"))
            let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let cassette = try #require(root["cassette"] as? [String: Any])
            let steps = try #require(cassette["interactions"] as? [[String: Any]])
            let texts = try steps.filter { $0["direction"] as? String == "received" }.map { step in
                String(decoding: try JSONSerialization.data(withJSONObject: step["data"] ?? [:]), as: UTF8.self)
            }
            let facts = Self.facts(texts)
            #expect(facts.usage.totalTokens == total, "\(name)")
            #expect(facts.tokenSeen, "\(name)")
        }
    }
}
