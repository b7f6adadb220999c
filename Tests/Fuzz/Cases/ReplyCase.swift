import Dialects
import GatewayTypes
import NIOCore

/// `[provider u8][options u8][seed u8][body]`.
enum ReplyCase {
    private static let operations: [Operation] = [.chat, .chat, .embeddings, .rerank]
    private static let exchange = ExchangeID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)
    private static let time = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    static func run(_ bytes: [UInt8]) throws {
        guard bytes.count >= 3 else { return }
        let provider = Parties.providers[Int(bytes[0]) % Parties.providers.count]
        let operation = operations[Int(bytes[1] >> 1) % operations.count]
        let streams = bytes[1] & 1 == 1
        let body = bytes[3...]
        let events = try checkSplits(
            "\(provider.kind) \(type(of: provider.dialect)) \(operation) \(streams)",
            { provider.dialect.reader(for: operation, target: provider.target, stream: streams) }, body,
            seed: UInt64(bytes[2]))
        for client in Parties.clients where client.surface.operation == operation {
            for clientStreams in [false, true] {
                try render(provider, client, operation, streams: streams, clientStreams, body, events)
            }
        }
        try tap(provider, streams: streams, body, seed: UInt64(bytes[2]))
    }

    private static func request(_ surface: Surface, stream: Bool) -> ModelRequest {
        var facts = RequestFacts()
        facts.path = "/"
        return ModelRequest(surface: surface, askedModel: "m", stream: stream, body: ByteBuffer(), facts: facts)
    }

    // MARK: Towards clients

    private static func render(
        _ provider: Parties.Provider, _ client: Parties.Client, _ operation: Operation, streams: Bool,
        _ clientStreams: Bool, _ body: ArraySlice<UInt8>, _ events: [ModelEvent]
    ) throws {
        let reader = provider.dialect.reader(for: operation, target: provider.target, stream: streams)
        let asked = request(client.surface, stream: clientStreams && operation == .chat)
        let reply = TranslatedReply(
            reader: reader, renderer: client.dialect.renderer(for: asked, exchange: exchange, at: time))
        let bytes = passed(reply, [ByteBuffer(bytes: body)]).bytes
        let name = "\(provider.kind) to \(client.surface) \(asked.stream)"
        if asked.stream {
            try checkStream(bytes, name)
        } else {
            guard endsWell(events) ? PlainJSON.accepts(bytes) : bytes.isEmpty else {
                throw BrokenPromise("\(name): no JSON text: \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    /// Whether a reply came to its end before any failure: of others the core tells the client itself.
    private static func endsWell(_ events: [ModelEvent]) -> Bool {
        for event in events {
            if case .failed = event { return false }
            if case .ended = event { return true }
        }
        return false
    }

    private static func checkStream(_ bytes: [UInt8], _ name: String) throws {
        for line in bytes.split(separator: 0x0A) where line.starts(with: "data: ".utf8) {
            let data = line.dropFirst(6)
            guard data.elementsEqual("[DONE]".utf8) || PlainJSON.accepts(data) else {
                throw BrokenPromise("\(name): no JSON text: \(String(decoding: data, as: UTF8.self))")
            }
        }
    }

    // MARK: Taps

    private static func tap(
        _ provider: Parties.Provider, streams: Bool, _ body: ArraySlice<UInt8>, seed: UInt64
    ) throws {
        let surfaces: [Surface] = [
            .openAIChat, .openAIResponses, .anthropicMessages, .geminiGenerate, .geminiEmbed, .openAIEmbeddings,
            .openAITranscriptions, .openAISpeech, .openAIImages, .openAICompletions,
        ]
        for surface in surfaces where provider.dialect.path(for: surface, model: "m", stream: streams) != nil {
            var asked = request(surface, stream: streams)
            try checkTap(
                "\(provider.kind) tap of \(surface)",
                { provider.dialect.decoder(for: asked, target: provider.target) }, body, seed: seed,
                isWhole: surface != .geminiEmbed)
            guard surface == .geminiGenerate, streams else { continue }
            var facts = asked.facts.value
            facts.framing = .array
            asked = ModelRequest(surface: surface, askedModel: "m", stream: true, body: ByteBuffer(), facts: facts)
            try checkTap(
                "\(provider.kind) tap of an array",
                { provider.dialect.decoder(for: asked, target: provider.target) }, body, seed: seed, isWhole: false)
        }
        let any = ProviderAPIDialect(provider.dialect)
        try checkTap(
            "\(provider.kind) tap of its own API",
            { any.decoder(for: request(.providerAPI, stream: streams), target: provider.target) }, body, seed: seed)
    }
}
