/// An event of a server-sent event stream (WHATWG HTML, section 9.2): where it lies in the bytes at hand.
struct SSEEvent {
    /// The whole block with the blank line that ends it.
    let block: Range<Int>
    /// The values of its `data` lines.
    let data: DataLines
    /// The value of its `event` line; nil where there is none.
    let name: Range<Int>?

    enum DataLines {
        case none
        case one(Range<Int>)
        case many([Range<Int>])
    }
}

/// Finds events in bytes that may end anywhere; keeps its place, so that no byte is looked at twice.
/// All positions count from the first byte that is not yet consumed.
struct SSESplitter {
    private var lineStart = 0
    private var scanned = 0
    private var data = SSEEvent.DataLines.none
    private var name: Range<Int>?

    /// The next complete event from `blockStart` on; nil when more bytes are needed.
    /// With `atEnd`, what is left counts as an event although no blank line ended it.
    mutating func next(
        in bytes: UnsafeRawBufferPointer, blockStart: Int, atEnd: Bool
    ) -> SSEEvent? {
        while true {
            scanned = Self.lineEnd(in: bytes, from: scanned)
            guard scanned < bytes.count else { break }
            var next = scanned + 1
            if bytes[scanned] == UInt8(ascii: "\r") {
                // Only the next byte tells whether this is the whole line end.
                guard next < bytes.count || atEnd else { return nil }
                if next < bytes.count, bytes[next] == UInt8(ascii: "\n") { next += 1 }
            }
            let line = lineStart..<scanned
            lineStart = next
            scanned = next
            if line.isEmpty { return take(blockStart..<next) }
            read(line, in: bytes)
        }
        guard atEnd, blockStart < bytes.count else { return nil }
        if lineStart < bytes.count { read(lineStart..<bytes.count, in: bytes) }
        lineStart = bytes.count
        return take(blockStart..<bytes.count)
    }

    /// The first `consumed` bytes are gone.
    mutating func drop(_ consumed: Int) {
        lineStart -= consumed
        scanned -= consumed
        if let range = name { name = range.lowerBound - consumed..<range.upperBound - consumed }
        switch data {
        case .none: break
        case .one(let range): data = .one(range.lowerBound - consumed..<range.upperBound - consumed)
        case .many(let ranges): data = .many(ranges.map { $0.lowerBound - consumed..<$0.upperBound - consumed })
        }
    }

    private mutating func take(_ block: Range<Int>) -> SSEEvent {
        let event = SSEEvent(block: block, data: data, name: name)
        data = .none
        name = nil
        return event
    }

    private mutating func read(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) {
        if let value = Self.value(of: "data", line, in: bytes) {
            switch data {
            case .none: data = .one(value)
            case .one(let first): data = .many([first, value])
            case .many(var ranges):
                // Held once, so that it grows in place.
                data = .none
                ranges.append(value)
                data = .many(ranges)
            }
        } else if let value = Self.value(of: "event", line, in: bytes) {
            name = value
        }
    }

    /// What follows `name:` and one space; nil for another field or a comment.
    @inline(__always) private static func value(
        of name: StaticString, _ line: Range<Int>, in bytes: UnsafeRawBufferPointer
    ) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        guard line.count > length, bytes[line.lowerBound + length] == UInt8(ascii: ":") else { return nil }
        for position in 0..<length where bytes[line.lowerBound + position] != name.utf8Start[position] { return nil }
        let start = line.lowerBound + length + 1
        return (start < line.upperBound && bytes[start] == 0x20 ? start + 1 : start)..<line.upperBound
    }

    /// The first LF or CR from `position` on, else the count; eight bytes at once.
    @inline(__always) private static func lineEnd(in bytes: UnsafeRawBufferPointer, from position: Int) -> Int {
        var position = position
        while position &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let feeds = word ^ 0x0A0A_0A0A_0A0A_0A0A
            let returns = word ^ 0x0D0D_0D0D_0D0D_0D0D
            let ones: UInt64 = 0x0101_0101_0101_0101
            let marks = ((feeds &- ones) & ~feeds | (returns &- ones) & ~returns) & 0x8080_8080_8080_8080
            if marks != 0 { return position &+ marks.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D { position &+= 1 }
        return position
    }
}
