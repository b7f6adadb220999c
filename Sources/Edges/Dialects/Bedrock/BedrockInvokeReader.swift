public import GatewayTypes
import JSON
public import NIOCore

/// Reads replies of Bedrock's own API, whatever the model: InvokeModel with or without a stream, and Converse.
/// Makes of them what accounting needs (usage, ends, failures) and the text and calls where they are plain to see.
public struct BedrockInvokeReader: ReplyReader {
    private var reader: BedrockStreamReader<InvokeFrames>

    /// `head`: of the reply, whose fields count the tokens where the body does not.
    public init(head: UpstreamHead) { reader = BedrockStreamReader(InvokeFrames(head: head)) }

    public mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        reader.read(bytes, into: &events)
    }

    public mutating func end(into events: inout [ModelEvent]) { reader.end(into: &events) }
}

/// What the messages of a reply to InvokeModel say.
struct InvokeFrames: FrameReader {
    private var converse = ConverseReader()
    private var anthropic = InvokeAnthropic()
    private let headUsage: Usage
    /// What the bodies said so far.
    private var usage = Usage()
    private var hasBegun = false
    private var hasFinished = false
    private var hasEnded = false

    init(head: UpstreamHead) {
        headUsage = ConverseUsage.read(head: head) ?? Usage()
    }

    // MARK: Frames

    mutating func read(_ frame: Frame, into events: inout [ModelEvent]) {
        guard frame.isNamed("chunk") else {
            let start = events.count
            converse.read(frame, into: &events)
            return note(&events, from: start)
        }
        do throws(JSONProblem) {
            let outer = try frame.json()
            guard let text = outer["bytes"]?.string, let bytes = Base64Decoder.bytes(of: text) else { return }
            let chunk = try JSONDocument(bytes).root
            read(chunk, into: &events)
            guard let metrics = chunk["amazon-bedrock-invocationMetrics"] else { return }
            if let counted = ConverseUsage.read(metrics: metrics) { fill(counted) }
            end(into: &events)
        } catch {
            // Other bytes than JSON (sound, an image) are the client's alone.
        }
    }

    mutating func readWhole(_ document: JSONValue, into events: inout [ModelEvent]) {
        // `{"inputTokens"}` alone is the answer of CountTokens: nothing was used.
        guard document["inputTokens"] == nil else { return events.append(.ended) }
        read(document, into: &events)
        if let images = document["images"], images.isArray {
            usage.units[.imageOutput] = Int64(images.elements.count)
        }
        end(into: &events)
    }

    mutating func endStream(into events: inout [ModelEvent]) {
        let start = events.count
        converse.endStream(into: &events)
        note(&events, from: start)
        if hasFinished { end(into: &events) }
    }

    private mutating func read(_ value: JSONValue, into events: inout [ModelEvent]) {
        let start = events.count
        if let event = ConverseReader.Event.allCases.first(where: { Self.member(value, $0) != nil }),
            let inner = Self.member(value, event)
        {
            converse.read(event, inner, into: &events)
        } else if value["output"]?["message"] != nil {
            converse.readWhole(value, into: &events)
        } else if anthropic.reads(value) {
            anthropic.read(value, into: &events)
        } else {
            let reply = InvokeReply(value)
            begin(id: reply.id, model: reply.model, into: &events)
            events += reply.events
            merge(reply.usage, into: &events)
        }
        note(&events, from: start)
    }

    private static func member(_ value: JSONValue, _ event: ConverseReader.Event) -> JSONValue? {
        switch event {
        case .messageStart: value["messageStart"]
        case .contentBlockStart: value["contentBlockStart"]
        case .contentBlockDelta: value["contentBlockDelta"]
        case .contentBlockStop: value["contentBlockStop"]
        case .messageStop: value["messageStop"]
        case .metadata: value["metadata"]
        }
    }

    private mutating func begin(id: String?, model: String?, into events: inout [ModelEvent]) {
        if !hasBegun { events.append(.began(id: id, model: model)) }
        hasBegun = true
    }

    // MARK: Usage and the end

    /// The readers of single shapes say `ended` themselves; it is held back until the counts of the head and the
    /// metrics are in.
    private mutating func note(_ events: inout [ModelEvent], from start: Int) {
        var wasEnded = false
        for event in events[start...] {
            switch event {
            case .usage(let usage): self.usage = usage
            case .finished: hasFinished = true
            case .ended: wasEnded = true
            case .began, .text, .refusal, .reasoning, .signature, .sealedReasoning, .toolCall, .toolArguments, .media,
                .logprobs, .citation, .serviceTier, .systemFingerprint, .embedding, .relevance, .failed:
                break
            }
        }
        guard wasEnded, !hasEnded else { return }
        events.removeAll { if case .ended = $0 { true } else { false } }
        end(into: &events)
    }

    private mutating func merge(_ counts: Usage, into events: inout [ModelEvent]) {
        let before = usage
        for type in TokenType.allCases { if let count = counts[type] { usage[type] = count } }
        usage.reportedTotal = counts.reportedTotal ?? usage.reportedTotal
        guard usage != before else { return }
        usage.source = .provider
        events.append(.usage(usage))
    }

    /// Takes from `other` what the bodies did not say. What they count as input may hold cached tokens already.
    private mutating func fill(_ other: Usage) {
        if usage[.input] == nil {
            for type in [TokenType.input, .cacheRead, .cacheWrite] { usage[type] = other[type] }
        }
        if usage[.output] == nil { usage[.output] = other[.output] }
    }

    private mutating func end(into events: inout [ModelEvent]) {
        guard !hasEnded else { return }
        hasEnded = true
        fill(headUsage)
        if !usage.isEmpty {
            usage.source = .provider
            events.append(.usage(usage))
        }
        events.append(.ended)
    }
}
