import GatewayTypes
import NIOCore

@testable import Dialects

func geminiTarget(_ model: String) -> Target {
    var names = NameTable()
    return Target(
        index: 0, provider: names.declare("p"), providerKind: "gcp.gemini", servedModel: names.declare(model),
        weight: 1, ways: [], keyAlias: "k", injectsStreamUsage: false)
}

/// What Gemini's reader finds in a reply.
func events(_ text: String, streams: Bool, pieces: [Range<Int>]? = nil) -> [ModelEvent] {
    var reader = FramedReader(GeminiReader(), framing: streams ? .byFirstByte : .document)
    let bytes = Array(text.utf8)
    var found: [ModelEvent] = []
    for piece in pieces ?? [0..<bytes.count] { reader.read(ByteBuffer(bytes: bytes[piece]), into: &found) }
    reader.end(into: &found)
    return found
}

func assemble(_ events: [ModelEvent]) -> AssembledReply {
    var reply = AssembledReply()
    for event in events { reply.take(event) }
    return reply
}

func assemble(_ text: String, streams: Bool) -> AssembledReply { assemble(events(text, streams: streams)) }

func geminiRequest(
    _ body: String, streams: Bool = false, query: String? = nil, _ surface: Surface = .geminiGenerate,
    model: String? = "m"
) throws -> ModelRequest {
    // Ranges count from the reader index, wherever it is.
    var bytes = ByteBuffer(string: "##" + body)
    bytes.moveReaderIndex(forwardBy: 2)
    return try GeminiClient().parse(call(surface, model: model, streams: streams, query: query), body: bytes)
}

/// The reply to a Gemini client that the events make.
func renderGemini(_ events: [ModelEvent], streams: Bool, framing: StreamFraming = .events) throws -> String {
    let request = try geminiRequest(
        #"{"contents":[{}]}"#, streams: streams, query: framing == .events ? "alt=sse" : nil)
    var renderer = GeminiClient().renderer(
        for: request, exchange: ExchangeID(high: 1, low: 2), at: WallTime(nanoseconds: 0))
    var bytes = ByteBuffer()
    for event in events { renderer.render(event, into: &bytes) }
    renderer.end(into: &bytes)
    return String(buffer: bytes)
}
