import GatewayTypes
import JSON
import NIOCore

/// The reply to a batch of one, passed on as that to the one text which the client sent.
struct GeminiEmbeddingReply: ReplyDecoder {
    /// Longer than any vector; what is longer is passed on as it came.
    static let bytesMax = 1024 * 1024

    private var tap = TappedReply(FramedReader(GeminiReader(), framing: .document))
    private var document = ByteBuffer()
    private var isTooLong = false

    init() {}

    var contentType: String? { GeminiError.contentType }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        let passed = tap.decode(bytes, into: &facts)
        if isTooLong { return passed }
        document.writeImmutableBuffer(passed)
        guard document.readableBytes > Self.bytesMax else { return ByteBuffer() }
        isTooLong = true
        return document
    }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        _ = tap.end(into: &facts)
        return isTooLong ? ByteBuffer() : Self.single(document)
    }

    private static func single(_ document: ByteBuffer) -> ByteBuffer {
        do throws(JSONProblem) {
            let root = try JSONDocument(document).root
            guard let embeddings = root["embeddings"], let first = embeddings.elements.first else { return document }
            var bytes = ByteBuffer()
            bytes.writeStaticString(#"{"embedding":"#)
            bytes.writeString(first.raw)
            for (key, value) in root.members where key != "embeddings" {
                bytes.writeStaticString(",")
                bytes.writeJSONString(key)
                bytes.writeStaticString(":")
                bytes.writeString(value.raw)
            }
            bytes.writeStaticString("}")
            return bytes
        } catch {
            return document
        }
    }
}
