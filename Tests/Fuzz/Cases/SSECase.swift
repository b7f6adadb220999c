import Dialects
import GatewayTypes
import NIOCore

/// The body of an event stream; up to 300 bytes of it are cut at every place.
enum SSECase {
    static func run(_ bytes: [UInt8]) throws {
        let target = Parties.target("m", kind: "openai")
        let body = bytes.prefix(300)
        let readers: [any ReplyReader] = [
            OpenAIProvider().reader(for: .chat, target: target, stream: true),
            AnthropicProvider().reader(for: .chat, target: target, stream: true),
        ]
        for reader in readers {
            let expected = EventDigest(events(of: reader, [ByteBuffer(bytes: body)]))
            for cut in 0..<body.count {
                let parts = [ByteBuffer(bytes: body[..<cut]), ByteBuffer(bytes: body[cut...])]
                let found = EventDigest(events(of: reader, parts))
                guard found == expected else {
                    throw BrokenPromise("whole \(expected.lines)\ncut at \(cut) \(found.lines)")
                }
            }
        }
    }
}
