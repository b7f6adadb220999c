import GatewayTypes
import JSON
import NIOCore

/// One message of a reply: an event of an event stream, an element of an array, a line.
struct Frame {
    /// The event's name; empty where it has none.
    let name: UnsafeRawBufferPointer
    /// Mostly a JSON text; bytes may end after the call.
    let data: UnsafeRawBufferPointer
    private let texts: JSONTexts

    /// `texts`: reads the data of one frame after another.
    init(name: UnsafeRawBufferPointer = nothing, data: UnsafeRawBufferPointer, texts: JSONTexts) {
        self.name = name
        self.data = data
        self.texts = texts
    }

    static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    /// The data as a JSON text.
    func json() throws(JSONProblem) -> JSONValue { try texts.read(data) }

    func isNamed(_ text: StaticString) -> Bool {
        name.count == text.utf8CodeUnitCount && (0..<name.count).allSatisfy { name[$0] == text.utf8Start[$0] }
    }
}

/// A dialect's reading of frames: what each one says, in the neutral form.
protocol FrameReader {
    /// One message of a stream.
    mutating func read(_ frame: Frame, into events: inout [ModelEvent])
    /// A whole reply in one JSON text. Appends `ended` where it is one; nothing where it is no such reply.
    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent])
    /// The stream has ended; `ended` is appended where that is its proper end.
    mutating func endStream(into events: inout [ModelEvent])
}

/// Cuts a reply into its frames, whatever the framing and wherever the bytes were cut, and has them read.
struct FramedReader<Reader: FrameReader>: ReplyReader {
    enum Framing {
        /// Known by the first byte: server-sent events, one array of elements, or one document.
        case byFirstByte
        /// One JSON text a line.
        case lines
        /// One JSON text.
        case document
    }

    private enum Mode { case undecided, events, array, lines, document, broken }

    /// A longer event is not from a provider in its right mind.
    static var frameBytesMax: Int { 16 * 1024 * 1024 }

    private var reader: Reader
    private let framing: Framing
    private var mode = Mode.undecided
    private var splitter = SSESplitter()
    private var elements = ElementSplitter()
    private let texts = JSONTexts()
    private var pending = ByteBuffer()
    /// Bytes of `pending` that were looked at and hold no line end.
    private var scanned = 0

    init(_ reader: Reader, framing: Framing) {
        self.reader = reader
        self.framing = framing
        switch framing {
        case .byFirstByte: break
        case .lines: mode = .lines
        case .document: mode = .document
        }
    }

    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        guard mode != .broken else { return }
        if mode == .undecided { decide(bytes) }
        if pending.readableBytes == 0 { pending = bytes } else { pending.writeImmutableBuffer(bytes) }
        if mode != .document, mode != .undecided { follow(atEnd: false, into: &events) }
        guard pending.readableBytes > Self.frameBytesMax else { return }
        mode = .broken
        pending = ByteBuffer()
        events.append(
            .failed(
                Failure(
                    .upstreamProtocol,
                    "The provider sent a message longer than \(Self.frameBytesMax) bytes; try again.",
                    retryable: true)))
    }

    mutating func end(into events: inout [ModelEvent]) {
        switch mode {
        case .undecided, .broken: return
        case .document: readDocument(into: &events)
        case .events, .array, .lines:
            follow(atEnd: true, into: &events)
            reader.endStream(into: &events)
        }
        pending = ByteBuffer()
    }

    private mutating func decide(_ bytes: ByteBuffer) {
        guard let first = bytes.readableBytesView.first(where: { $0 > 0x20 }) else { return }
        switch first {
        case UInt8(ascii: "{"): mode = .document
        case UInt8(ascii: "["): mode = .array
        default: mode = .events
        }
    }

    private mutating func readDocument(into events: inout [ModelEvent]) {
        do throws(JSONProblem) {
            reader.readWhole(try JSONDocument(pending).root, into: &events)
        } catch {
            // What is no JSON text does not end properly, which is what the core sees.
        }
    }

    private mutating func follow(atEnd: Bool, into events: inout [ModelEvent]) {
        let source = pending
        let consumed = source.withUnsafeReadableBytes { bytes in
            switch mode {
            case .events: readEvents(bytes, atEnd, &events)
            case .array: readElements(bytes, &events)
            case .lines: readLines(bytes, atEnd, &events)
            case .undecided, .document, .broken: 0
            }
        }
        if consumed == source.readableBytes {
            pending = ByteBuffer()
            splitter = SSESplitter()
        } else if consumed > 0 {
            splitter.drop(consumed)
            pending = ByteBuffer(bytes: source.readableBytesView.dropFirst(consumed))
        }
    }

    private mutating func readEvents(
        _ bytes: UnsafeRawBufferPointer, _ atEnd: Bool, _ events: inout [ModelEvent]
    ) -> Int {
        var consumed = 0
        while let event = splitter.next(in: bytes, blockStart: consumed, atEnd: atEnd) {
            consumed = event.block.upperBound
            let name = event.name.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) } ?? Frame.nothing
            switch event.data {
            case .none: continue
            case .one(let range):
                reader.read(
                    Frame(name: name, data: UnsafeRawBufferPointer(rebasing: bytes[range]), texts: texts), into: &events
                )
            case .many(let ranges):
                let joined = Array(ranges.map { bytes[$0] }.joined(separator: [0x0A]))
                joined.withUnsafeBytes { reader.read(Frame(name: name, data: $0, texts: texts), into: &events) }
            }
        }
        return consumed
    }

    private mutating func readElements(_ bytes: UnsafeRawBufferPointer, _ events: inout [ModelEvent]) -> Int {
        var found: [UnsafeRawBufferPointer] = []
        let consumed = elements.read(bytes) { found.append($0) }
        for element in found { reader.read(Frame(data: element, texts: texts), into: &events) }
        return consumed
    }

    private mutating func readLines(
        _ bytes: UnsafeRawBufferPointer, _ atEnd: Bool, _ events: inout [ModelEvent]
    ) -> Int {
        var start = 0
        while let end = bytes[max(start, scanned)...].firstIndex(of: 0x0A)
            ?? (atEnd && start < bytes.count ? bytes.count : nil)
        {
            let line = bytes[start..<end]
            if line.contains(where: { $0 > 0x20 }) {
                reader.read(Frame(data: UnsafeRawBufferPointer(rebasing: line), texts: texts), into: &events)
            }
            start = min(end + 1, bytes.count)
        }
        scanned = bytes.count - start
        return start
    }
}
