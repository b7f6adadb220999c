import GatewayTypes
import JSON
import NIOCore

/// A stream of events passed on as the one JSON array that the client asked for; each element as it came.
struct GeminiArrayReply: ReplyDecoder {
    /// Reads each message, and keeps its bytes.
    private struct Keeper: FrameReader {
        var reader = GeminiReader()
        let kept: Kept

        mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
            guard !frame.data.isEmpty else { return }
            kept.add { $0.writeBytes(frame.data) }
            reader.read(frame, into: &events)
        }

        mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
            kept.add { $0.writeString(document.raw) }
            reader.readWhole(document, into: &events)
        }

        mutating func endStream(into events: inout [ModelEvent]) { reader.endStream(into: &events) }
    }

    /// The elements that were read and not yet passed on; shared with the reader that finds them, on one loop.
    private final class Kept {
        private var bytes = ByteBuffer()
        private(set) var isOpen = false

        func add(_ write: (inout ByteBuffer) -> Void) {
            bytes.writeStaticString(isOpen ? ",\r\n" : "[")
            isOpen = true
            write(&bytes)
        }

        func take() -> ByteBuffer {
            defer { bytes = ByteBuffer() }
            return bytes
        }
    }

    /// Whether the provider sends an array all the same, whose bytes pass; nil: not known yet.
    private var passes: Bool?
    private let kept: Kept
    private var reader: FramedReader<Keeper>
    private var events: [ModelEvent] = []

    init() {
        kept = Kept()
        reader = FramedReader(Keeper(kept: kept), framing: .byFirstByte)
    }

    var contentType: String? { GeminiError.contentType }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        reader.read(bytes, into: &events)
        note(into: &facts)
        if passes == nil { passes = bytes.readableBytesView.first { $0 > 0x20 }.map { $0 == UInt8(ascii: "[") } }
        let elements = kept.take()
        return passes == true ? bytes : elements
    }

    /// A stream that was cut leaves the array open, for the failure that is still to be told in it.
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        reader.end(into: &events)
        note(into: &facts)
        guard passes != true else { return ByteBuffer() }
        var rest = kept.take()
        if kept.isOpen, facts.terminated || facts.failure != nil { rest.writeStaticString("]") }
        return rest
    }

    private mutating func note(into facts: inout ReplyFacts) {
        for event in events { facts.note(event) }
        events.removeAll(keepingCapacity: true)
    }
}
