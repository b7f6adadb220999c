import GatewayTypes
import NIOCore

/// Passes the answer to how many tokens a request would have. That nothing was used is known, not guessed.
struct CountReply: ReplyDecoder {
    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer { bytes }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        facts.usage = Usage(source: .provider)
        facts.terminated = true
        return ByteBuffer()
    }
}
