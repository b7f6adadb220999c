import GatewayTypes
import NIOCore

/// Which decoder follows a reply of a provider's own API, by the path that was called: the first that fits. Those that
/// know a dialect learn more than the one that reads anything, which is for all the rest.
struct ReplyShapes: Sendable {
    struct Shape: Sendable {
        /// How the path ends, or what stands in it before the model's verb.
        let pathSuffix: String
        let isStream: Bool
        let decoder: @Sendable (OpenAIUsageRule) -> any ReplyDecoder
    }

    let shapes: [Shape]

    static let known = ReplyShapes(shapes: [
        Shape(pathSuffix: "/chat/completions", isStream: true) { OpenAIStreamDecoder(rule: $0, hidesUsage: false) },
        Shape(pathSuffix: "/chat/completions", isStream: false) { OpenAIDocumentDecoder(rule: $0) },
    ])

    func decoder(path: String, contentType: String?, rule: OpenAIUsageRule) -> any ReplyDecoder {
        let isStream = contentType?.hasPrefix("text/event-stream") ?? false
        let isJSON = contentType?.hasPrefix("application/json") ?? false
        for shape in shapes where path.hasSuffix(shape.pathSuffix) && (shape.isStream ? isStream : isJSON) {
            return shape.decoder(rule)
        }
        return AnyUsageDecoder(rule: rule)
    }
}

/// Follows a reply of a provider's own API once its head tells what it is. Its bytes pass, and unless it is a stream it
/// ends where the transport says so.
struct ProviderReplyDecoder: ReplyDecoder {
    private let path: String
    private let rule: OpenAIUsageRule
    private let shapes: ReplyShapes
    private var inner: any ReplyDecoder
    private var isStream = false

    init(path: String, rule: OpenAIUsageRule, shapes: ReplyShapes = .known) {
        self.path = path
        self.rule = rule
        self.shapes = shapes
        inner = AnyUsageDecoder(rule: rule)
    }

    mutating func begin(_ head: UpstreamHead, into facts: inout ReplyFacts) {
        let type = head["content-type"]
        isStream = type?.hasPrefix("text/event-stream") ?? false
        inner = shapes.decoder(path: path, contentType: type, rule: rule)
        inner.begin(head, into: &facts)
    }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        inner.decode(bytes, into: &facts)
    }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        let rest = inner.end(into: &facts)
        if !isStream, !(inner is AnyUsageDecoder) { facts.terminated = true }
        return rest
    }
}
