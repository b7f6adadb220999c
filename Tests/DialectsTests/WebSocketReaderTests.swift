import NIOCore
import Testing

@testable import Dialects

struct WebSocketReaderTests {
    private static func read(
        _ bytes: [UInt8], from sender: WebSocketReader.Sender, cuts: [Int] = []
    ) -> Result<[WebSocketReader.Piece], WebSocketReader.Problem> {
        var reader = WebSocketReader(from: sender)
        var found: [WebSocketReader.Piece] = []
        do throws(WebSocketReader.Problem) {
            var start = 0
            for end in cuts + [bytes.count] {
                try reader.read(ByteBuffer(bytes: bytes[start..<end])) { found.append($0) }
                start = end
            }
            return .success(found)
        } catch {
            return .failure(error)
        }
    }

    private static func message(_ text: String) -> WebSocketReader.Piece { .message(ByteBuffer(string: text)) }

    private static let hello: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
    private static let maskedHello: [UInt8] = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ]

    // The examples of RFC 6455, section 5.7.

    @Test func `An unmasked text of a server's is read`() {
        #expect(Self.read(Self.hello, from: .server) == .success([Self.message("Hello")]))
    }

    @Test func `A masked text of a client's is unmasked`() {
        #expect(Self.read(Self.maskedHello, from: .client) == .success([Self.message("Hello")]))
    }

    @Test func `A fragmented message is put together around the ping inside it`() {
        let bytes: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x89, 0x01, 0x21, 0x80, 0x02, 0x6c, 0x6f]
        #expect(Self.read(bytes, from: .server) == .success([Self.message("Hello")]))
    }

    @Test func `Lengths of 16 and of 64 bits are read`() {
        let short = [UInt8](repeating: 7, count: 256)
        let long = [UInt8](repeating: 9, count: 65536)
        let bytes = [0x82, 0x7E, 0x01, 0x00] + short + [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + long
        let expected: [WebSocketReader.Piece] = [.message(ByteBuffer(bytes: short)), .message(ByteBuffer(bytes: long))]
        #expect(Self.read(bytes, from: .server) == .success(expected))
        #expect(Self.read(bytes, from: .server, cuts: [3, 5, 262, 266, 269, 300]) == .success(expected))
    }

    @Test func `Every cut gives the same pieces`() {
        let fragments: [UInt8] = [0x01, 0x83, 1, 2, 3, 4, 0x49, 0x67, 0x6f, 0x8A, 0x80, 9, 9, 9, 9]
        let rest: [UInt8] = [0x80, 0x82, 4, 3, 2, 1, 0x68, 0x6c, 0x88, 0x82, 0, 0, 0, 0, 0x0F, 0xA2]
        let bytes = Self.maskedHello + fragments + rest
        let whole = Self.read(bytes, from: .client)
        #expect(whole == .success([Self.message("Hello"), Self.message("Hello"), .close(code: 4002)]))
        for first in 0...bytes.count {
            for second in first...bytes.count {
                #expect(Self.read(bytes, from: .client, cuts: [first, second]) == whole)
            }
        }
        #expect(Self.read(bytes, from: .client, cuts: Array(1..<bytes.count)) == whole)
    }

    @Test func `A close frame without a code is 1005, and nothing behind it counts`() {
        #expect(Self.read([0x88, 0x00] + Self.hello, from: .server) == .success([.close(code: 1005)]))
    }

    @Test(
        arguments: [
            [0xC1, 0x00], [0x83, 0x00], [0x8B, 0x00], [0x80, 0x00], [0x81, 0x80], [0x09, 0x00], [0x89, 0x7E],
            [0x88, 0x01, 0x03], [0x82, 0x7E, 0x00, 0x7D], [0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
            [0x82, 0x7F, 0, 0, 0, 0, 1, 0, 0, 1], [0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x01, 0x01, 0x41, 0x81, 0x00],
        ] as [[UInt8]])
    func `What the protocol forbids is refused, however it is cut`(bytes: [UInt8]) {
        let whole = Self.read(bytes, from: .server)
        #expect(throws: WebSocketReader.Problem.self) { try whole.get() }
        #expect(Self.read(bytes, from: .server, cuts: Array(1..<bytes.count)) == whole)
    }

    @Test func `A client's frame without a mask is refused`() {
        #expect(throws: WebSocketReader.Problem.self) { try Self.read(Self.hello, from: .client).get() }
    }

    @Test func `Fragments that grow beyond the bound are refused`() {
        let chunk = [UInt8](repeating: 0, count: 65535)
        var reader = WebSocketReader(from: .server)
        var problem: WebSocketReader.Problem?
        var total = 0
        for part in 0..<300 where problem == nil {
            do throws(WebSocketReader.Problem) {
                let head: [UInt8] = [part == 0 ? 0x02 : 0x00, 0x7E, 0xFF, 0xFF]
                try reader.read(ByteBuffer(bytes: head + chunk)) { _ in }
                total += chunk.count
            } catch {
                problem = error
            }
        }
        #expect(problem != nil)
        #expect(total <= WebSocketReader.messageBytesMax)
    }

    @Test func `Random bytes give the same, whole and byte by byte`() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt8 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
        for _ in 0..<4000 {
            // Mostly plausible heads, so that more than the first check is reached.
            var bytes: [UInt8] = []
            for _ in 0..<4 {
                bytes += [next() & 0x8F, next() & 0x07] + (0..<Int(next() & 0x07)).map { _ in next() }
            }
            let whole = Self.read(bytes, from: .server)
            let single = Self.read(bytes, from: .server, cuts: Array(1..<bytes.count))
            #expect(whole == single, "\(bytes)")
        }
    }

    @Test func `The close frame that is written can be read`() {
        let frame = WebSocketReader.closeFrame(code: 1014, reason: "over")
        #expect(Self.read(Array(frame.readableBytesView), from: .server) == .success([.close(code: 1014)]))
        #expect(frame.readableBytes == 8)
    }
}
