import JSON
import NIOCore

/// A JSON text with only what must change replaced; every other byte stays as it came.
struct JSONSplice {
    private struct Edit {
        let range: Range<Int>
        let text: String
        /// Whether the text is still to be written as a JSON string.
        let isString: Bool
    }

    private var edits: [Edit] = []

    /// Puts JSON in the place of the bytes at `range`, counted from the reader index. Ranges must not overlap.
    mutating func replace(_ range: Range<Int>, json: String) {
        edits.append(Edit(range: range, text: json, isString: false))
    }

    mutating func replace(_ range: Range<Int>, string: String) {
        edits.append(Edit(range: range, text: string, isString: true))
    }

    mutating func insert(at position: Int, json: String) { replace(position..<position, json: json) }

    func apply(to body: ByteBuffer) -> ByteBuffer {
        guard !edits.isEmpty else { return body }
        let added = edits.reduce(0) { $0 + $1.text.utf8.count + 2 }
        var result = ByteBufferAllocator().buffer(capacity: body.readableBytes + added)
        body.withUnsafeReadableBytes { bytes in
            var position = 0
            for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
                result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position..<edit.range.lowerBound]))
                if edit.isString { result.writeJSONString(edit.text) } else { result.writeString(edit.text) }
                position = edit.range.upperBound
            }
            result.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        }
        return result
    }
}
