import GatewayTypes
import NIOCore

/// A live conversation over a WebSocket: the provider's bytes pass as they came, and its messages are read for their facts.
struct RealtimeTap: ReplyDecoder {
    private var server = WebSocketReader(from: .server)
    private var client = WebSocketReader(from: .client)
    private var messages = RealtimeMessages()
    private var events: [ModelEvent] = []
    /// Gemini's client names the model in its first message; of the rest nothing is read.
    private var awaitsSetup: Bool

    init(awaitsSetup: Bool) { self.awaitsSetup = awaitsSetup }

    /// The conversation has come to its proper end with the provider's close frame.
    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        var found: [WebSocketReader.Piece] = []
        do throws(WebSocketReader.Problem) {
            try server.read(bytes) { found.append($0) }
        } catch {
            facts.failure = Failure(
                .upstreamProtocol, "The provider sent something that is no WebSocket: \(error.text).")
        }
        for piece in found {
            switch piece {
            case .message(let message): messages.read(message, into: &events)
            case .close:
                messages.end(into: &events)
                events.append(.ended)
            }
        }
        note(into: &facts)
        return facts.failure == nil ? bytes : ByteBuffer()
    }

    mutating func follow(sent bytes: ByteBuffer, into facts: inout ReplyFacts) {
        guard awaitsSetup else { return }
        var model: String?
        var isRead = false
        do throws(WebSocketReader.Problem) {
            try client.read(bytes) { piece in
                guard case .message(let message) = piece, !isRead else { return }
                model = RealtimeMessages.model(setUpBy: message)
                isRead = true
            }
        } catch {
            // What is wrong with it is the provider's to say.
            isRead = true
        }
        if let model { facts.note(.began(id: nil, model: model)) }
        awaitsSetup = !isRead
    }

    /// Where the provider did not end it, the client is told that it will not: 1014, the code of a bad gateway.
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        messages.end(into: &events)
        note(into: &facts)
        guard !server.isClosed, server.isBetweenFrames else { return ByteBuffer() }
        return WebSocketReader.closeFrame(code: 1014, reason: "The session ended before the provider closed it.")
    }

    private mutating func note(into facts: inout ReplyFacts) {
        for event in events { facts.note(event) }
        events.removeAll(keepingCapacity: true)
        facts.isAnswering = messages.isAnswering
    }
}
