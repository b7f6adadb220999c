public import NIOCore

/// A reply that a guard may hold back and change: the provider's reader, the guard, the client's renderer.
public struct GuardedReply: ReplyDecoder {
    private var reader: any ReplyReader
    private var renderer: any ReplyRenderer
    private let replyGuard: any ReplyGuard
    private var events: [ModelEvent] = []
    private var passed: [ModelEvent] = []

    public init(reader: any ReplyReader, renderer: any ReplyRenderer, by replyGuard: any ReplyGuard) {
        self.reader = reader
        self.renderer = renderer
        self.replyGuard = replyGuard
    }

    public var contentType: String? { renderer.contentType }

    public mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        reader.read(bytes, into: &events)
        return look(into: &facts)
    }

    public mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        reader.end(into: &events)
        return look(into: &facts)
    }

    public mutating func release(into facts: inout ReplyFacts) -> ByteBuffer {
        replyGuard.release(into: &passed)
        return render(into: &facts)
    }

    /// What is known of the reply is what the provider said; what the client gets is what the guard lets through.
    private mutating func look(into facts: inout ReplyFacts) -> ByteBuffer {
        for event in events {
            facts.note(event)
            if facts.failure == nil { replyGuard.take(event, into: &passed) }
        }
        events.removeAll(keepingCapacity: true)
        return render(into: &facts)
    }

    private mutating func render(into facts: inout ReplyFacts) -> ByteBuffer {
        facts.isTokenWithheld = !replyGuard.hasReleased
        guard !passed.isEmpty else { return ByteBuffer() }
        var bytes = ByteBufferAllocator().buffer(capacity: 512)
        for event in passed {
            renderer.render(event, into: &bytes)
            if case .ended = event { renderer.end(into: &bytes) }
        }
        passed.removeAll(keepingCapacity: true)
        return bytes
    }
}

/// A reply that a guard only looks at: its bytes pass as they would without.
public struct ObservedReply: ReplyDecoder {
    private var inner: any ReplyDecoder
    private var reader: any ReplyReader
    private let replyGuard: any ReplyGuard
    private var events: [ModelEvent] = []
    private var ignored: [ModelEvent] = []

    public init(_ inner: any ReplyDecoder, reader: any ReplyReader, by replyGuard: any ReplyGuard) {
        self.inner = inner
        self.reader = reader
        self.replyGuard = replyGuard
    }

    public var contentType: String? { inner.contentType }

    public mutating func begin(_ head: UpstreamHead, into facts: inout ReplyFacts) { inner.begin(head, into: &facts) }

    public mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        reader.read(bytes, into: &events)
        look()
        return inner.decode(bytes, into: &facts)
    }

    public mutating func follow(sent bytes: ByteBuffer, into facts: inout ReplyFacts) {
        inner.follow(sent: bytes, into: &facts)
    }

    public mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        reader.end(into: &events)
        look()
        return inner.end(into: &facts)
    }

    private mutating func look() {
        for event in events { replyGuard.take(event, into: &ignored) }
        events.removeAll(keepingCapacity: true)
        ignored.removeAll(keepingCapacity: true)
    }
}
