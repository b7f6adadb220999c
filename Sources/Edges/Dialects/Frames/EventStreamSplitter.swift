/// A message of an `application/vnd.amazon.eventstream`: where its parts lie in the bytes at hand.
struct EventStreamMessage: Equatable {
    enum Kind { case event, exception, error }

    let kind: Kind
    /// The event's type, the exception's type or the error's code; empty where it has none.
    let name: Range<Int>
    /// What an error says in its head; nil where it says nothing there.
    let errorMessage: Range<Int>?
    let payload: Range<Int>
    /// Where the next message begins.
    let end: Int
}

/// What is wrong with an event stream. Nothing behind it can be read: the lengths are no longer to be trusted.
enum EventStreamProblem: Error, Equatable {
    case length, preludeChecksum, messageChecksum, headers
}

/// Finds the messages of an event stream in bytes that may end anywhere.
///
/// `[total u32][headers u32][prelude crc32][headers][payload][message crc32]`, all big-endian.
enum EventStreamSplitter {
    /// Amazon's own bounds.
    static let messageBytesMax = 16 * 1024 * 1024
    static let headersBytesMax = 128 * 1024
    private static let preludeBytes = 12
    private static let overheadBytes = 16

    /// The message that begins at `start`; nil when more bytes are needed.
    static func next(
        in bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(EventStreamProblem) -> EventStreamMessage? {
        guard bytes.count - start >= preludeBytes else { return nil }
        let (total, headersBytes) = try prelude(bytes, start)
        guard bytes.count - start >= total else { return nil }
        let end = start + total
        guard CRC32.of(part(bytes, start..<end - 4)) == word(bytes, end - 4) else { throw .messageChecksum }
        let headersEnd = start + preludeBytes + headersBytes
        var headers = EventStreamHeaders(bytes: bytes, position: start + preludeBytes, end: headersEnd)
        return try headers.message(payload: headersEnd..<end - 4, end: end)
    }

    /// The lengths of the message that begins at `start`, of which so many bytes as a prelude has are there.
    private static func prelude(
        _ bytes: UnsafeRawBufferPointer, _ start: Int
    ) throws(EventStreamProblem) -> (total: Int, headers: Int) {
        let total = Int(word(bytes, start))
        let headersBytes = Int(word(bytes, start + 4))
        guard total <= messageBytesMax, headersBytes <= headersBytesMax, total >= overheadBytes + headersBytes else {
            throw .length
        }
        guard CRC32.of(part(bytes, start..<start + 8)) == word(bytes, start + 8) else { throw .preludeChecksum }
        return (total, headersBytes)
    }

    /// Whether bytes begin as such a stream does; false for fewer than a prelude has.
    static func begins(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= preludeBytes else { return false }
        do throws(EventStreamProblem) { _ = try prelude(bytes, 0) } catch { return false }
        return true
    }

    private static func part(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }
}

/// Walks the headers of one message: `[name length u8][name][type u8][value]`.
private struct EventStreamHeaders {
    let bytes: UnsafeRawBufferPointer
    var position: Int
    let end: Int

    mutating func message(payload: Range<Int>, end messageEnd: Int) throws(EventStreamProblem) -> EventStreamMessage {
        var kind = EventStreamMessage.Kind.event
        var name = payload.lowerBound..<payload.lowerBound
        var errorMessage: Range<Int>?
        while position < end {
            let key = try take(Int(try byte()))
            guard let value = try value() else { continue }
            if equal(key, ":message-type") {
                if equal(value, "exception") { kind = .exception } else if equal(value, "error") { kind = .error }
            } else if equal(key, ":event-type") || equal(key, ":exception-type") || equal(key, ":error-code") {
                name = value
            } else if equal(key, ":error-message") {
                errorMessage = value
            }
        }
        return EventStreamMessage(
            kind: kind, name: name, errorMessage: errorMessage, payload: payload, end: messageEnd)
    }

    /// The next value: its text where it is a string, nil of another type.
    private mutating func value() throws(EventStreamProblem) -> Range<Int>? {
        switch try byte() {
        case 0, 1: break
        case 2: _ = try take(1)
        case 3: _ = try take(2)
        case 4: _ = try take(4)
        case 5, 8: _ = try take(8)
        case 6: _ = try take(try length())
        case 7: return try take(try length())
        case 9: _ = try take(16)
        default: throw .headers
        }
        return nil
    }

    private mutating func length() throws(EventStreamProblem) -> Int {
        let high = try byte()
        return Int(high) << 8 | Int(try byte())
    }

    private mutating func byte() throws(EventStreamProblem) -> UInt8 {
        guard position < end else { throw .headers }
        position += 1
        return bytes[position - 1]
    }

    private mutating func take(_ count: Int) throws(EventStreamProblem) -> Range<Int> {
        guard end - position >= count else { throw .headers }
        position += count
        return position - count..<position
    }

    private func equal(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount
            && (0..<range.count).allSatisfy { bytes[range.lowerBound + $0] == text.utf8Start[$0] }
    }
}
