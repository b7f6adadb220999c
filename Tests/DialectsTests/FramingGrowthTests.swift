import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

/// What costs its square passes no time limit; what costs its length is done in a moment.
struct FramingGrowthTests {
    private struct Lengths: FrameReader {
        mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
            events.append(.text(String(frame.data.count), choice: 0))
        }

        mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) { events.append(.ended) }

        mutating func endStream(into events: inout [ModelEvent]) { events.append(.ended) }
    }

    private func lengths(_ pieces: some Sequence<ByteBuffer>, _ framing: FramedReader<Lengths>.Framing) -> [String] {
        var reader = FramedReader(Lengths(), framing: framing)
        var events: [ModelEvent] = []
        for piece in pieces { reader.read(piece, into: &events) }
        reader.end(into: &events)
        return events.compactMap { if case .text(let text, _) = $0 { text } else { nil } }
    }

    @Test(.timeLimit(.minutes(1)))
    func `A long line in small pieces is looked at once`() {
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64)
        let pieces = [ByteBuffer](repeating: piece, count: 16 * 1024) + [ByteBuffer(string: "\ny\nz")]
        #expect(lengths(pieces, .lines) == ["1048576", "1", "1"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `An event of very many lines is joined once`() {
        let text = String(repeating: "data:\n", count: 150_000) + "\n"
        #expect(lengths([ByteBuffer(string: text)], .byFirstByte) == ["149999"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `A long message of Amazon's in small pieces is copied once`() {
        let bytes = EventStreamWriter.event("chunk", String(repeating: "x", count: 1024 * 1024))
        var reader = BedrockStreamReader(Lengths())
        var events: [ModelEvent] = []
        for start in stride(from: 0, to: bytes.count, by: 32) {
            reader.read(ByteBuffer(bytes: bytes[start..<min(start + 32, bytes.count)]), into: &events)
        }
        reader.end(into: &events)
        #expect(events.map { String(describing: $0) } == [#"text("1048576", choice: 0)"#, "ended"])
    }
}
