import GatewayTypes
import NIOCore

/// Conversations in the shapes other than OpenAI's chat.
extension SimulatedProvider {
    func converse(_ api: SimulatedAPI, _ asked: Asked) async throws(SimulatedError) {
        if api == .anthropicMessages && !asked.scan.hasMaxTokens {
            throw .badRequest("max_tokens: Field required")
        }
        try await injectError(asked.draw, asked.pacer)
        switch api {
        case .responses:
            var shape = ResponsesShape(plan: plan(asked), encryptsReasoning: asked.scan.wantsEncryptedReasoning)
            await send(&shape, asked, stream: asked.scan.stream) { $0.whole() }
        case .completions:
            let asksUsage = asked.scan.stream ? asked.scan.includeUsage : true
            var behaviour = asked.behaviour
            // What this API cannot say is left out.
            behaviour.toolCalls = 0
            behaviour.hidesReasoning = true
            var shape = CompletionsShape(
                plan: ReplyPlan(
                    behaviour, scan: asked.scan, model: asked.model, identity: asked.draw, created: created,
                    asksUsage: asksUsage))
            await send(&shape, asked, stream: asked.scan.stream) { $0.whole() }
        case .anthropicMessages:
            var shape = AnthropicShape(plan: plan(asked))
            let fields = [ReplyField("request-id", "req_" + Hex.text(asked.draw))]
            await send(&shape, asked, stream: asked.scan.stream, more: fields) { $0.whole() }
        case .anthropicCountTokens: await count("{\"input_tokens\":\(plan(asked).promptTokens)}", asked)
        case .gemini(let verb): try await gemini(verb, asked)
        case .bedrockConverse, .bedrockConverseStream:
            var shape = BedrockShape(plan: plan(asked))
            await send(
                &shape, asked, stream: api == .bedrockConverseStream, type: "application/vnd.amazon.eventstream"
            ) { $0.whole() }
        case .cohereChat:
            var shape = CohereShape(plan: plan(asked))
            await send(&shape, asked, stream: asked.scan.stream) { $0.whole() }
        case .ollamaChat:
            var shape = OllamaShape(plan: plan(asked))
            await send(&shape, asked, stream: asked.scan.asksStream ?? true, type: "application/x-ndjson") {
                $0.whole()
            }
        case .chat, .embeddings, .images, .imageEdits, .transcriptions, .translations, .speech, .moderations, .rerank,
            .models, .files, .batches, .geminiModels, .bedrockInvoke, .cohereEmbed, .cohereRerank:
            throw .badRequest("This API holds no conversation.")
        }
    }

    func send<Shape: StreamShape>(
        _ shape: inout Shape, _ asked: Asked, stream: Bool, type: String = "text/event-stream; charset=utf-8",
        more: [ReplyField] = [], whole: (Shape) -> ByteBuffer
    ) async {
        if stream {
            await shape.send(fields: fields(type, asked.draw) + more, pacer: asked.pacer)
        } else {
            let made = shape
            await WholeReply(
                fields: fields("application/json", asked.draw) + more, pieceCount: shape.plan.pieceCount
            ).send(pacer: asked.pacer) { whole(made) }
        }
    }

    /// A small answer of one piece.
    func count(_ json: String, _ asked: Asked) async {
        await WholeReply(fields: fields("application/json", asked.draw), pieceCount: 1)
            .send(pacer: asked.pacer) { ByteBuffer(string: json) }
    }

    private func gemini(_ verb: SimulatedAPI.GeminiVerb, _ asked: Asked) async throws(SimulatedError) {
        switch verb {
        case .generateContent, .streamGenerateContent:
            let asEvents = asked.request.head.query?.split(separator: "&").contains("alt=sse") == true
            var shape = GeminiShape(plan: plan(asked), asEvents: asEvents)
            await send(
                &shape, asked, stream: verb == .streamGenerateContent,
                type: asEvents ? "text/event-stream" : "application/json"
            ) { $0.whole() }
        case .countTokens:
            let tokens = plan(asked).promptTokens
            await count(
                #"{"totalTokens":\#(tokens),"promptTokensDetails":[{"modality":"TEXT","tokenCount":\#(tokens)}]}"#,
                asked)
        case .embedContent, .batchEmbedContents:
            let vectors = try vectors(asked).map { "{\"values\":\(SimulatedVector.json($0))}" }
            let usage =
                plan(asked).tellsUsage ? ",\"usageMetadata\":{\"promptTokenCount\":\(plan(asked).promptTokens)}" : ""
            let list = vectors.joined(separator: ",")
            await count(
                verb == .embedContent
                    ? "{\"embedding\":\(vectors[0])\(usage)}" : "{\"embeddings\":[\(list)]\(usage)}", asked)
        }
    }

    /// Digests of what is to be ranked; never none.
    func digests(_ asked: Asked) throws(SimulatedError) -> [UInt64] {
        try inputs(asked) { Mix.digest($0, seed: settings.seed) }
    }

    /// Vectors of what is to be embedded; never none.
    func vectors(_ asked: Asked) throws(SimulatedError) -> [[Float]] {
        let dimensions = asked.scan.dimensions ?? asked.behaviour.dimensions
        guard (1...4096).contains(dimensions) else {
            throw .badRequest("'dimensions' must lie between 1 and 4096.", param: "dimensions")
        }
        return try inputs(asked) { SimulatedVector.values(of: $0, seed: settings.seed, dimensions: dimensions) }
    }

    private func inputs<Value>(
        _ asked: Asked, _ read: (UnsafeRawBufferPointer) -> Value
    ) throws(SimulatedError) -> [Value] {
        guard !asked.scan.inputs.isEmpty else { throw .badRequest("'input' is missing or empty.", param: "input") }
        guard asked.scan.inputs.count <= Self.inputsMax else {
            throw .badRequest("'input' may hold at most \(Self.inputsMax) elements.", param: "input")
        }
        return asked.request.body.withUnsafeReadableBytes { raw in
            asked.scan.inputs.map { read(UnsafeRawBufferPointer(rebasing: raw[$0])) }
        }
    }
}
