import GatewayTypes
import JSON
import NIOCore

/// Reads a reply of which nothing is known beforehand: event streams, JSON texts one after another or in one array,
/// Amazon's event streams; anything else is bytes.
struct AnyUsageReader: ReplyReader {
    /// What a whole reply must be.
    enum Demand {
        /// Whatever it is, it ends where the transport says so; only a stream can be cut off.
        case none
        /// JSON, where it says that it is JSON.
        case wholeJSON
    }

    private enum Mode { case undecided, events, texts, amazon, opaque }

    /// As many bytes as it takes to know the kind.
    private static let sampleBytes = 16

    private let demand: Demand
    private var mode = Mode.undecided
    private var saysJSON = false
    private var sample = ByteBuffer()
    private var reader: AnyMessageReader
    private var stream: FramedReader<AnyMessageReader>?
    private var texts = JSONTextSplitter(insideArray: false)
    private var amazon: BedrockStreamReader<AnyMessageReader>?
    private let jsonTexts = JSONTexts()

    init(rule: OpenAIUsageRule, demand: Demand = .none) {
        self.demand = demand
        reader = AnyMessageReader(rule: rule)
    }

    mutating func begin(_ head: UpstreamHead, into events: inout [ModelEvent]) {
        let type = head["content-type"] ?? ""
        saysJSON = type.hasPrefix("application/json")
        switch type.split(separator: "/").first {
        case "audio", "image", "video", "font": mode = .opaque
        // A transcript may begin with a bracket.
        case "text" where demand == .wholeJSON && !type.hasPrefix("text/event-stream"): mode = .opaque
        default: break
        }
        reader.begin(head, into: &events)
    }

    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        guard bytes.readableBytes > 0 else { return }
        switch mode {
        case .undecided:
            sample.writeImmutableBuffer(bytes)
            // White space to keep a connection alive says nothing of the kind, and is not kept.
            sample.moveReaderIndex(forwardBy: sample.readableBytesView.prefix { $0 <= 0x20 && $0 != 0 }.count)
            if sample.readableBytes == 0 { sample.clear() }
            decide(atEnd: false)
            guard mode != .undecided else { return }
            let first = sample
            sample = ByteBuffer()
            read(first, into: &events)
        case .events: stream?.read(bytes, into: &events)
        case .texts: readTexts(bytes, into: &events)
        case .amazon: amazon?.read(bytes, into: &events)
        case .opaque: break
        }
    }

    mutating func end(into events: inout [ModelEvent]) {
        if mode == .undecided, sample.readableBytes > 0 {
            decide(atEnd: true)
            let rest = sample
            sample = ByteBuffer()
            read(rest, into: &events)
        }
        switch mode {
        case .events: stream?.end(into: &events)
        case .undecided: if demand == .none || !saysJSON { events.append(.ended) }
        case .texts: if demand == .none || !texts.isOpen && !reader.isTorn { events.append(.ended) }
        case .amazon: amazon?.end(into: &events)
        case .opaque: if demand == .none || !saysJSON { events.append(.ended) }
        }
    }

    // MARK: Kinds

    private mutating func decide(atEnd: Bool) {
        mode = sample.withUnsafeReadableBytes { bytes -> Mode in
            guard let start = bytes.firstIndex(where: { $0 > 0x20 || $0 == 0 }) else { return .undecided }
            switch bytes[start] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): return .texts
            default: break
            }
            guard atEnd || bytes.count - start >= Self.sampleBytes else { return .undecided }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            if EventStreamSplitter.begins(rest) { return .amazon }
            let fields: [StaticString] = ["data:", "event:", "id:", "retry:", ":"]
            return fields.contains { Self.begins(rest, $0) } ? .events : .opaque
        }
        switch mode {
        case .events: stream = FramedReader(reader, framing: .byFirstByte)
        case .texts:
            texts = JSONTextSplitter(insideArray: sample.readableBytesView.first { $0 > 0x20 } == UInt8(ascii: "["))
        case .amazon: amazon = BedrockStreamReader(reader)
        case .undecided, .opaque: break
        }
    }

    private static func begins(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return bytes.count >= length && (0..<length).allSatisfy { bytes[$0] == text.utf8Start[$0] }
    }

    private mutating func readTexts(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {
        var found: [ByteBuffer] = []
        bytes.withUnsafeReadableBytes { texts.read($0) { found.append($0) } }
        for text in found {
            text.withUnsafeReadableBytes { reader.read(Frame(data: $0, texts: jsonTexts), into: &events) }
        }
    }
}
