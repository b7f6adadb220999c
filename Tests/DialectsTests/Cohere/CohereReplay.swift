import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// A reply of Cohere fed to its reader in pieces: what it says, whatever the pieces.
struct CohereReplay: Equatable {
    let events: [ModelEvent]
    /// The whole reply and the facts, as text to compare.
    let told: String
    let facts: ReplyFacts
    let reply: AssembledReply

    init(_ pieces: [ArraySlice<UInt8>], _ framing: FramedReader<CohereReader>.Framing) {
        var reader = FramedReader(CohereReader(), framing: framing)
        var events: [ModelEvent] = []
        for piece in pieces { reader.read(ByteBuffer(bytes: piece), into: &events) }
        reader.end(into: &events)
        var facts = ReplyFacts()
        var reply = AssembledReply()
        for event in events {
            facts.note(event)
            reply.take(event)
        }
        self.events = events
        self.facts = facts
        self.reply = reply
        told = "\(reply.choices.map { "\($0.parts) \($0.finish as Any) \($0.logprobs) \($0.citations)" }) \(facts)"
    }

    init(_ bytes: [UInt8], _ framing: FramedReader<CohereReader>.Framing) { self.init([bytes[...]], framing) }

    static func == (left: CohereReplay, right: CohereReplay) -> Bool { left.told == right.told }

    static func fixture(_ name: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        return Array(try Data(contentsOf: folder.appendingPathComponent("cohere/" + name)))
    }

    static func framing(of name: String) -> FramedReader<CohereReader>.Framing {
        name.hasSuffix(".lines") ? .lines : .byFirstByte
    }

    init(fixture name: String) throws { self.init(try Self.fixture(name), Self.framing(of: name)) }
}
