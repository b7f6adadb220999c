public import GatewayTypes
public import NIOCore

/// The dialect in which Weir itself asks a model: the neutral form goes in, plain text or plain vectors come out. Whatever
/// dialect the provider has, it is translated.
public struct AskClient: ClientDialect {
    private let question: ModelQuestion

    public init(_ question: ModelQuestion) { self.question = question }

    public var name: DialectName { .openAI }

    /// The question as a request. Its body holds every byte of the text, which is what bounds of its cost rest on.
    public var request: ModelRequest {
        var facts = RequestFacts()
        var body = ByteBuffer()
        let surface: Surface
        switch question.content {
        case .completion(let system, let text, let outputTokensMax):
            surface = .ask
            body.writeString(system)
            body.writeString(text)
            facts.outputTokensMax = outputTokensMax
            facts.messageCount = 1
        case .embeddings(let texts):
            surface = .askEmbeddings
            for text in texts { body.writeString(text) }
        }
        facts.textBytes = body.readableBytes
        return ModelRequest(surface: surface, askedModel: question.model, stream: false, body: body, facts: facts)
    }

    public func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest { request }

    public func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        switch question.content {
        case .completion(let system, let text, let outputTokensMax):
            var chat = ChatRequest()
            if !system.isEmpty { chat.system = [.text(system)] }
            chat.messages = [ChatMessage(.user, [.text(text)])]
            chat.outputTokensMax = outputTokensMax
            return .chat(chat)
        case .embeddings(let texts):
            var embeddings = EmbeddingsRequest()
            embeddings.inputs = texts
            return .embeddings(embeddings)
        }
    }

    /// What Weir asks is as it should be.
    public func edited(_ body: ByteBuffer, of surface: Surface, by edit: RequestEdit) throws(Failure) -> ByteBuffer {
        body
    }

    public func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        AskRenderer()
    }

    public func fieldName(_ field: ChatField) -> String { field.rawValue }

    /// Nobody reads it: who asks is told of the failure itself.
    public func render(_ failure: Failure) -> Reply { Reply(status: failure.status, fields: [], body: ByteBuffer()) }

    public func renderInStream(_ failure: Failure) -> ByteBuffer { ByteBuffer() }

    /// The vectors of a reply, one for each text.
    public func vectors(in body: ByteBuffer) throws(Failure) -> [[Float]] {
        guard case .embeddings(let texts) = question.content else { return [] }
        var body = body
        var vectors = [[Float]](repeating: [], count: texts.count)
        while let index: UInt32 = body.readInteger(), let count: UInt32 = body.readInteger() {
            var vector: [Float] = []
            for _ in 0..<count {
                guard let bits: UInt32 = body.readInteger() else { break }
                vector.append(Float(bitPattern: bits))
            }
            if Int(index) < vectors.count { vectors[Int(index)] = vector }
        }
        guard vectors.allSatisfy({ !$0.isEmpty && $0.count == vectors[0].count }) else {
            throw Failure(.upstreamProtocol, "The model \(question.model) did not send a vector for each text.")
        }
        return vectors
    }
}

/// Text as it is; of each vector its index, its length and its numbers, 32 bits each.
private struct AskRenderer: ReplyRenderer {
    let contentType = "application/octet-stream"

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .text(let text, choice: 0): bytes.writeString(text)
        case .embedding(let numbers, let index):
            bytes.writeInteger(UInt32(clamping: index))
            bytes.writeInteger(UInt32(clamping: numbers.count))
            for number in numbers { bytes.writeInteger(Float(number).bitPattern) }
        case .began, .text, .refusal, .reasoning, .signature, .sealedReasoning, .toolCall, .toolArguments, .media,
            .logprobs, .citation, .finished, .usage, .serviceTier, .systemFingerprint, .relevance, .failed, .ended:
            break
        }
    }

    mutating func end(into bytes: inout ByteBuffer) {}
}
