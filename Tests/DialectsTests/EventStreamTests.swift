import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

struct EventStreamTests {
    private let good = EventStreamWriter.event("messageStart", #"{"role":"assistant"}"#)

    private func split(_ bytes: [UInt8]) throws(EventStreamProblem) -> [EventStreamMessage] {
        var messages: [EventStreamMessage] = []
        var problem: EventStreamProblem?
        bytes.withUnsafeBytes { raw in
            do throws(EventStreamProblem) {
                while let message = try EventStreamSplitter.next(in: raw, from: messages.last?.end ?? 0) {
                    messages.append(message)
                }
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
        return messages
    }

    private func text(_ range: Range<Int>, _ bytes: [UInt8]) -> String { String(decoding: bytes[range], as: UTF8.self) }

    @Test func `The checksum is the one that everybody publishes`() {
        let check = Array("123456789".utf8)
        #expect(check.withUnsafeBytes { CRC32.of($0) } == 0xCBF4_3926)
        let long = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for count in 0..<20 {
            let bytes = Array(long.prefix(1000 - count))
            #expect(bytes.withUnsafeBytes { CRC32.of($0) } == EventStreamWriter.crc(bytes))
        }
        var pieces = CRC32()
        for piece in [long[..<3], long[3..<10], long[10...]] {
            Array(piece).withUnsafeBytes { pieces.add($0) }
        }
        #expect(pieces.value == EventStreamWriter.crc(long))
    }

    @Test func `A message is known by its headers and followed by the next`() throws {
        let bytes = good + EventStreamWriter.exception("throttlingException", "{}")
        let messages = try split(bytes)
        #expect(messages.map(\.kind) == [.event, .exception])
        #expect(messages.map { text($0.name, bytes) } == ["messageStart", "throttlingException"])
        #expect(messages.map { text($0.payload, bytes) } == [#"{"role":"assistant"}"#, "{}"])
        #expect(messages.last?.end == bytes.count)
    }

    @Test func `An error says its code and message in its headers`() throws {
        let bytes = EventStreamWriter.error("InternalFailure", "boom")
        let message = try #require(try split(bytes).first)
        #expect(message.kind == .error)
        #expect(text(message.name, bytes) == "InternalFailure")
        #expect(message.errorMessage.map { text($0, bytes) } == "boom")
    }

    @Test func `Headers of every type are passed over`() throws {
        let sizes: [(UInt8, Int)] = [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)]
        var headers = sizes.map {
            EventStreamWriter.header("h", type: $0.0, Array(repeating: 7, count: $0.1))
        }
        headers.append(EventStreamWriter.header("b", type: 6, [0, 3, 1, 2, 3]))
        headers.append(EventStreamWriter.string(":event-type", "e"))
        let bytes = EventStreamWriter.message(headers, "x")
        let message = try #require(try split(bytes).first)
        #expect(text(message.name, bytes) == "e")
        #expect(text(message.payload, bytes) == "x")
    }

    @Test func `Headers that end too early or have no known type are refused`() {
        let name = EventStreamWriter.string(":event-type", "e")
        for headers in [
            [name.dropLast()], [[UInt8(200), 65][...]], [EventStreamWriter.header("h", type: 10, [])[...]],
            [EventStreamWriter.header("h", type: 9, [1])[...]], [EventStreamWriter.header("h", type: 6, [9])[...]],
        ] {
            let bytes = EventStreamWriter.message(headers.map { Array($0) }, "")
            #expect(throws: EventStreamProblem.headers) { try split(bytes) }
        }
    }

    @Test func `A wrong bit anywhere is found`() throws {
        for position in good.indices {
            var bytes = good
            bytes[position] ^= 0x10
            // A longer length with a wrong checksum must not wait for bytes that never come.
            #expect(throws: EventStreamProblem.self, "\(position)") { try split(bytes) }
        }
    }

    @Test func `Impossible lengths are refused before a byte of the message is awaited`() {
        let lengths: [(UInt32, UInt32)] = [
            (15, 0), (16, 1), (UInt32(EventStreamSplitter.messageBytesMax) + 1, 0),
            (1_000_000, UInt32(EventStreamSplitter.headersBytesMax) + 1), (.max, .max),
        ]
        for (total, headers) in lengths {
            let prelude = EventStreamWriter.word(total) + EventStreamWriter.word(headers)
            let bytes = prelude + EventStreamWriter.word(EventStreamWriter.crc(prelude))
            #expect(throws: EventStreamProblem.length) { try split(bytes) }
        }
    }

    @Test func `Half a message is no message and no error`() throws {
        for count in good.indices { #expect(try split(Array(good.prefix(count))).isEmpty) }
        #expect(try split(good).count == 1)
    }

    private struct Vectors: Decodable {
        struct Vector: Decodable {
            let name: String
            let base64: String
            let frames: Int?
            let invalid: String?
        }

        let vectors: [Vector]
    }

    @Test(.enabled(if: RecordedTrafficTests.folder != nil))
    func `Vectors made by Amazon's own client agree`() throws {
        let folder = try #require(RecordedTrafficTests.folder)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/extra/vectors/aws-eventstream.json"))
        let vectors = try JSONDecoder().decode(Vectors.self, from: data).vectors
        #expect(vectors.count > 5)
        for vector in vectors {
            let bytes = Array(try #require(Data(base64Encoded: vector.base64)))
            let messages = try? split(bytes)
            if let frames = vector.frames {
                #expect(messages?.count == frames, "\(vector.name)")
                #expect(messages?.last?.end == bytes.count, "\(vector.name)")
            } else {
                #expect(messages?.last?.end != bytes.count, "\(vector.name)")
            }
            var reader = BedrockStreamReader(ConverseReader())
            var events: [ModelEvent] = []
            reader.read(ByteBuffer(bytes: bytes), into: &events)
            reader.end(into: &events)
            let isWhole = events.contains { if case .ended = $0 { true } else { false } }
            #expect(isWhole == (vector.name == "converse-stream-ok"), "\(vector.name)")
        }
    }
}
