import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// What a reader made of a reply.
struct BedrockReading {
    var events: [ModelEvent] = []
    var reply = AssembledReply()
    var facts = ReplyFacts()

    init(_ reader: any ReplyReader, _ pieces: [ArraySlice<UInt8>]) {
        var reader = reader
        for piece in pieces { reader.read(ByteBuffer(bytes: piece), into: &events) }
        reader.end(into: &events)
        for event in events {
            facts.note(event)
            reply.take(event)
        }
    }

    init(_ reader: any ReplyReader, _ bytes: [UInt8]) { self.init(reader, [bytes[...]]) }
    init(_ reader: any ReplyReader, _ text: String) { self.init(reader, Array(text.utf8)) }

    var choice: AssembledReply.Choice? { reply.choices.first }

    /// All that was learned, where the bytes were cut aside.
    var summary: String { "\(reply.id ?? "-") \(reply.choices.map(\.parts)) \(facts)" }

    var endCount: Int { events.count { if case .ended = $0 { true } else { false } } }
}

func converse() -> any ReplyReader { BedrockStreamReader(ConverseReader()) }

func invoke(_ fields: [(String, String)] = []) -> any ReplyReader {
    BedrockInvokeReader(head: UpstreamHead(status: 200, fields: fields.map { ReplyField($0.0, $0.1) }))
}

func bedrockTarget(_ model: String = "us.anthropic.claude-sonnet-4-5-20250929-v1:0") -> Target {
    var names = NameTable()
    return Target(
        index: 0, provider: names.declare("aws"), providerKind: "aws.bedrock", servedModel: names.declare(model),
        weight: 1, ways: [], keyAlias: "k", injectsStreamUsage: false)
}
