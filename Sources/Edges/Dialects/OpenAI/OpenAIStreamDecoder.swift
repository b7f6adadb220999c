import GatewayTypes
import JSON
import NIOCore

/// Follows a streamed chat reply: the bytes pass on as they came, but for the usage chunk that Weir asked for itself.
///
/// Only when that chunk must be hidden are the bytes of an incomplete event held back, until it is known.
struct OpenAIStreamDecoder: ReplyDecoder {
    /// A longer event is not from a provider in its right mind.
    static let eventBytesMax = 1024 * 1024

    private enum Mode {
        case undecided, stream, broken
        /// The provider did not stream after all.
        case document(OpenAIDocumentDecoder)
    }

    private let rule: OpenAIUsageRule
    private let hidesUsage: Bool
    private var mode = Mode.undecided
    private var splitter = SSESplitter()
    private var template = OpenAIChunkTemplate()
    /// The bytes of the event that is not complete yet.
    private var incomplete = ByteBuffer()

    init(rule: OpenAIUsageRule, hidesUsage: Bool) {
        self.rule = rule
        self.hidesUsage = hidesUsage
    }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        switch mode {
        case .undecided:
            guard let first = bytes.readableBytesView.first else { return bytes }
            mode = first == UInt8(ascii: "{") ? .document(OpenAIDocumentDecoder(rule: rule)) : .stream
            return decode(bytes, into: &facts)
        case .stream: return follow(bytes, atEnd: false, into: &facts)
        case .broken: return bytes
        case .document(var document):
            mode = .undecided
            defer { mode = .document(document) }
            return document.decode(bytes, into: &facts)
        }
    }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        switch mode {
        case .undecided, .broken: return ByteBuffer()
        case .stream: break
        case .document(var document): return document.end(into: &facts)
        }
        let rest = follow(ByteBuffer(), atEnd: true, into: &facts)
        // Some providers send no `[DONE]`: a finished choice and a clean end say the same.
        if facts.failure == nil, facts.finishReasons.contains(where: { !$0.isEmpty }) { facts.terminated = true }
        return rest
    }

    // MARK: Bytes

    private mutating func follow(_ bytes: ByteBuffer, atEnd: Bool, into facts: inout ReplyFacts) -> ByteBuffer {
        var source = bytes
        if incomplete.readableBytes > 0 {
            swap(&source, &incomplete)
            incomplete = ByteBuffer()
            source.writeImmutableBuffer(bytes)
        }
        var removed: [Range<Int>] = []
        let consumed = source.withUnsafeReadableBytes { consume($0, atEnd: atEnd, &removed, into: &facts) }
        if consumed < source.readableBytes {
            splitter.drop(consumed)
            // Where nothing was consumed the buffer stays: an event in many pieces is not copied anew each time.
            incomplete = consumed == 0 && source.readableBytes > bytes.readableBytes ? source : ByteBuffer()
            if incomplete.readableBytes == 0 {
                incomplete.writeBytes(source.readableBytesView.dropFirst(consumed))
            }
        } else {
            splitter = SSESplitter()
        }
        guard hidesUsage else { return bytes }
        guard consumed > 0 else { return ByteBuffer() }
        return Self.pieces(of: source, upTo: consumed, without: removed)
    }

    private static func pieces(of source: ByteBuffer, upTo end: Int, without removed: [Range<Int>]) -> ByteBuffer {
        if removed.isEmpty { return source.getSlice(at: source.readerIndex, length: end) ?? ByteBuffer() }
        var result = ByteBuffer()
        var position = 0
        for range in removed + [end..<end] {
            result.writeBytes(source.readableBytesView.dropFirst(position).prefix(range.lowerBound - position))
            position = range.upperBound
        }
        return result
    }

    /// Reads all complete events; returns how many bytes need not be looked at again.
    private mutating func consume(
        _ bytes: UnsafeRawBufferPointer, atEnd: Bool, _ removed: inout [Range<Int>], into facts: inout ReplyFacts
    ) -> Int {
        var consumed = 0
        while let event = splitter.next(in: bytes, blockStart: consumed, atEnd: atEnd) {
            guard event.block.count <= Self.eventBytesMax else { return fail(bytes, into: &facts) }
            consumed = event.block.upperBound
            if read(event, in: bytes, into: &facts), hidesUsage { removed.append(event.block) }
        }
        if bytes.count - consumed > Self.eventBytesMax { return fail(bytes, into: &facts) }
        return consumed
    }

    private mutating func fail(_ bytes: UnsafeRawBufferPointer, into facts: inout ReplyFacts) -> Int {
        mode = .broken
        facts.failure = Failure(
            .upstreamProtocol, "The provider sent an event longer than \(Self.eventBytesMax) bytes; try again.",
            retryable: !facts.tokenSeen)
        return bytes.count
    }

    // MARK: Events

    /// Reads an event's facts; true when it is a chunk that carries nothing but usage.
    private mutating func read(
        _ event: SSEEvent, in bytes: UnsafeRawBufferPointer, into facts: inout ReplyFacts
    ) -> Bool {
        defer {
            if let name = event.name, bytes[name].elementsEqual("error".utf8) { OpenAIReplyReader.fail(nil, &facts) }
        }
        switch event.data {
        case .none: return false
        case .one(let range): return read(UnsafeRawBufferPointer(rebasing: bytes[range]), into: &facts)
        case .many(let ranges):
            var joined: [UInt8] = []
            for range in ranges {
                if !joined.isEmpty { joined.append(0x0A) }
                joined.append(contentsOf: bytes[range])
            }
            return joined.withUnsafeBytes { read($0, into: &facts) }
        }
    }

    private mutating func read(_ data: UnsafeRawBufferPointer, into facts: inout ReplyFacts) -> Bool {
        if let textBytes = template.textBytes(of: data) {
            facts.outputTextBytes += textBytes
            return false
        }
        guard var scanner = JSONScanner(data) else { return false }
        if scanner.peek() == UInt8(ascii: "[") {
            if data.starts(with: "[DONE]".utf8) { facts.terminated = true }
            return false
        }
        var reader = OpenAIReplyReader(rule: rule)
        do throws(JSONProblem) {
            guard scanner.peek() == UInt8(ascii: "{") else { return false }
            try reader.read(&scanner, into: &facts)
            try scanner.finish()
        } catch {
            // What is not JSON is for the client to judge; it holds no facts.
            return false
        }
        template.learn(data, reader)
        return reader.hasNoChoice && reader.usage != nil && !reader.hasError
    }
}
