import GatewayTypes
import NIOCore

/// Follows a reply of a provider's own API once its head tells what it is. Its bytes pass, and unless it is a stream it
/// ends where the transport says so.
struct ProviderReplyDecoder: ReplyDecoder {
    private let shape: ReplyShape
    private let rule: OpenAIUsageRule
    private var inner: any ReplyDecoder
    private var endsWithTransport = true

    init(_ shape: ReplyShape, rule: OpenAIUsageRule) {
        self.shape = shape
        self.rule = rule
        inner = AnyUsageDecoder(rule: rule)
    }

    mutating func begin(_ head: UpstreamHead, into facts: inout ReplyFacts) {
        let framing = ReplyShape.Framing(contentType: head["content-type"])
        endsWithTransport = framing == .document || framing == .unsaid
        inner = shape.decoder(framing, head: head, rule: rule)
        inner.begin(head, into: &facts)
    }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        inner.decode(bytes, into: &facts)
    }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        let rest = inner.end(into: &facts)
        if endsWithTransport, shape != .unknown { facts.terminated = true }
        return rest
    }
}
