import JSON

/// The frame of the last chunk of text: the next one mostly differs in its text alone (and in OpenAI's padding),
/// so that comparing bytes tells all that reading it again would.
struct OpenAIChunkTemplate {
    private var bytes: [UInt8] = []
    /// The text without its quotes, and the padding: both in `bytes`. Without padding, its empty range at the end.
    private var text = 0..<0
    private var padding = 0..<0
    private var isReady = false

    /// Learns the frame of a chunk that `reader` has read.
    mutating func learn(_ data: UnsafeRawBufferPointer, _ reader: OpenAIReplyReader) {
        isReady = false
        guard reader.isRepeatable, let text = reader.onlyText else { return }
        let padding = reader.padding ?? data.count..<data.count
        guard padding.lowerBound > text.upperBound else { return }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: data)
        self.text = text
        self.padding = padding
        isReady = true
    }

    /// The decoded length of the chunk's text when all else is as in the frame; nil otherwise.
    func textBytes(of data: UnsafeRawBufferPointer) -> Int? {
        guard isReady, var scanner = JSONScanner(data) else { return nil }
        return bytes.withUnsafeBytes { frame in
            let prefix = text.lowerBound
            guard Self.equal(frame, 0..<prefix, data, at: 0) else { return nil }
            // The frame's prefix ends with the opening quote.
            scanner.offset = prefix - 1
            guard let string = Self.string(&scanner) else { return nil }
            let middle = text.upperBound..<padding.lowerBound
            guard Self.equal(frame, middle, data, at: string.end) else { return nil }
            var rest = string.end + middle.count
            if padding.lowerBound < frame.count {
                scanner.offset = rest - 1
                guard let padded = Self.string(&scanner) else { return nil }
                rest = padded.end
            }
            let tail = padding.upperBound..<frame.count
            guard data.count == rest + tail.count, Self.equal(frame, tail, data, at: rest) else { return nil }
            return string.decodedBytes
        }
    }

    private static func string(_ scanner: inout JSONScanner) -> JSONString? {
        do throws(JSONProblem) { return try scanner.string() } catch { return nil }
    }

    @inline(__always) private static func equal(
        _ frame: UnsafeRawBufferPointer, _ range: Range<Int>, _ data: UnsafeRawBufferPointer, at start: Int
    ) -> Bool {
        guard start + range.count <= data.count else { return false }
        var position = 0
        while position &+ 8 <= range.count {
            let left = frame.loadUnaligned(fromByteOffset: range.lowerBound &+ position, as: UInt64.self)
            if left != data.loadUnaligned(fromByteOffset: start &+ position, as: UInt64.self) { return false }
            position &+= 8
        }
        while position < range.count {
            if frame[range.lowerBound &+ position] != data[start &+ position] { return false }
            position &+= 1
        }
        return true
    }
}
