import GatewayTypes
import NIOCore

/// Passes a reply's bytes as they came, and learns what it can of its usage.
struct AnyUsageDecoder: ReplyDecoder {
    private var reader: AnyUsageReader
    /// Characters that the request had spoken, which is what they are billed by.
    private let characters: Int64?
    private var events: [ModelEvent] = []

    init(rule: OpenAIUsageRule, demand: AnyUsageReader.Demand = .none, characters: Int64? = nil) {
        reader = AnyUsageReader(rule: rule, demand: demand)
        self.characters = characters
    }

    mutating func begin(_ head: UpstreamHead, into facts: inout ReplyFacts) {
        reader.begin(head, into: &events)
        note(into: &facts)
    }

    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        reader.read(bytes, into: &events)
        note(into: &facts)
        if characters != nil, bytes.readableBytes > 0 {
            facts.tokenSeen = true
            facts.visibleTokenSeen = true
        }
        return bytes
    }

    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        reader.end(into: &events)
        note(into: &facts)
        return ByteBuffer()
    }

    private mutating func note(into facts: inout ReplyFacts) {
        for event in events { facts.note(event) }
        events.removeAll(keepingCapacity: true)
        guard let characters, facts.usage.units[.character] == nil else { return }
        facts.usage.source = .provider
        facts.usage.units[.character] = characters
    }
}
