import GatewayTypes
import JSON
import NIOCore

/// Cuts a reply of Bedrock into its messages, an event stream or one document, wherever the bytes were cut.
///
/// A frame's name is the event's type. Exceptions end the reply here, whatever the reader of its events.
struct BedrockStreamReader<Reader: FrameReader>: ReplyReader {
    private enum Mode { case undecided, events, document, broken }

    /// Longer documents are not read; Bedrock's own bound of a reply is 25 MB.
    static var documentBytesMax: Int { 32 * 1024 * 1024 }
    /// Read bytes are let go of when there are that many, not after each message.
    private static var slackBytesMax: Int { 64 * 1024 }

    private var reader: Reader
    private var mode = Mode.undecided
    private var pending = ByteBuffer()
    private let texts = JSONTexts()

    init(_ reader: Reader) { self.reader = reader }

    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        guard mode != .broken else { return }
        if pending.readableBytes == 0 { pending = bytes } else { pending.writeImmutableBuffer(bytes) }
        // A message's length begins with 0 or 1, which no JSON text does.
        if mode == .undecided, let first = pending.getInteger(at: pending.readerIndex, as: UInt8.self) {
            mode = first < 2 ? .events : .document
        }
        switch mode {
        case .events: follow(into: &events)
        case .document where pending.readableBytes > Self.documentBytesMax:
            fail("a reply longer than \(Self.documentBytesMax) bytes", into: &events)
        case .document, .undecided, .broken: break
        }
    }

    mutating func end(into events: inout [ModelEvent]) {
        switch mode {
        case .undecided, .broken: break
        case .events:
            // What is left is half a message: the stream was cut.
            if pending.readableBytes == 0 { reader.endStream(into: &events) }
        case .document:
            do throws(JSONProblem) {
                reader.readWhole(try JSONDocument(pending).root, into: &events)
            } catch {
                // What is no JSON text does not end properly, which is what the core sees.
            }
        }
        pending = ByteBuffer()
    }

    private mutating func follow(into events: inout [ModelEvent]) {
        var source = pending
        pending = ByteBuffer()
        let consumed = source.withUnsafeReadableBytes { readMessages($0, &events) }
        guard mode != .broken, consumed < source.readableBytes else { return }
        source.moveReaderIndex(forwardBy: consumed)
        if source.readerIndex > Self.slackBytesMax { source.discardReadBytes() }
        pending = source
    }

    /// Returns how many bytes were read.
    private mutating func readMessages(_ bytes: UnsafeRawBufferPointer, _ events: inout [ModelEvent]) -> Int {
        var consumed = 0
        do throws(EventStreamProblem) {
            while mode == .events, let message = try EventStreamSplitter.next(in: bytes, from: consumed) {
                consumed = message.end
                read(message, in: bytes, &events)
            }
        } catch {
            let what =
                switch error {
                case .length: "a message of an impossible length"
                case .preludeChecksum, .messageChecksum: "a message with a wrong checksum"
                case .headers: "a message with broken headers"
                }
            fail(what, into: &events)
        }
        return consumed
    }

    private mutating func read(
        _ message: EventStreamMessage, in bytes: UnsafeRawBufferPointer, _ events: inout [ModelEvent]
    ) {
        let name = UnsafeRawBufferPointer(rebasing: bytes[message.name])
        let payload = UnsafeRawBufferPointer(rebasing: bytes[message.payload])
        switch message.kind {
        case .event: reader.read(Frame(name: name, data: payload, texts: texts), into: &events)
        case .exception, .error:
            let head = message.errorMessage.map { String(decoding: bytes[$0], as: UTF8.self) }
            let error = BedrockError(
                name: String(decoding: name, as: UTF8.self), status: nil,
                message: head
                    ?? ProviderErrorReply.document(in: ByteBuffer(bytes: payload)).flatMap {
                        BedrockError.message(in: $0)
                    })
            events.append(.failed(error.failure))
            mode = .broken
        }
    }

    private mutating func fail(_ what: String, into events: inout [ModelEvent]) {
        mode = .broken
        pending = ByteBuffer()
        events.append(.failed(Failure(.upstreamProtocol, "The provider sent \(what); try again.", retryable: true)))
    }
}
