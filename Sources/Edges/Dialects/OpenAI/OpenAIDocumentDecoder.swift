import GatewayTypes
import JSON
import NIOCore

/// Follows a reply that is one JSON document: every byte passes on at once; the facts are read at the end.
struct OpenAIDocumentDecoder: ReplyDecoder {
    /// Of longer documents only the fact is known that they ended.
    static let bytesMax = 16 * 1024 * 1024

    private let rule: OpenAIUsageRule
    private var document = ByteBuffer()
    private var isTooLong = false

    init(rule: OpenAIUsageRule) { self.rule = rule }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        if isTooLong { return bytes }
        if document.readableBytes + bytes.readableBytes > Self.bytesMax {
            isTooLong = true
            document = ByteBuffer()
        } else if document.readableBytes == 0 {
            document = bytes
        } else {
            document.writeImmutableBuffer(bytes)
        }
        return bytes
    }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        facts.terminated = isTooLong || document.withUnsafeReadableBytes { read($0, into: &facts) }
        document = ByteBuffer()
        return ByteBuffer()
    }

    /// Whether it was a whole JSON object.
    private func read(_ bytes: UnsafeRawBufferPointer, into facts: inout ReplyFacts) -> Bool {
        guard var scanner = JSONScanner(bytes) else { return false }
        do throws(JSONProblem) {
            guard scanner.peek() == UInt8(ascii: "{") else { return false }
            var reader = OpenAIReplyReader(rule: rule)
            try reader.read(&scanner, into: &facts)
            try scanner.finish()
            return true
        } catch {
            return false
        }
    }
}
