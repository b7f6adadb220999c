import GatewayTypes
import JSON
import NIOCore

/// What is no conversation: embeddings, rankings, media, files.
extension SimulatedProvider {
    func serve(_ api: SimulatedAPI, _ asked: Asked) async throws(SimulatedError) {
        var (vectors, ranked): ([[Float]], [UInt64]) = ([], [])
        switch api {
        case .embeddings, .bedrockInvoke, .cohereEmbed: vectors = try self.vectors(asked)
        case .rerank, .cohereRerank: ranked = try digests(asked)
        case _: break
        }
        try await injectError(asked.draw, asked.pacer)
        if asked.behaviour.abortAfter != nil && api != .speech { return asked.pacer.writer.abort() }
        let plan = plan(asked)
        switch api {
        case .embeddings:
            let reply = EmbeddingsReply(
                behaviour: asked.behaviour, model: asked.model, vectors: vectors, asBase64: asked.scan.wantsBase64,
                promptTokens: plan.promptTokens)
            await WholeReply(fields: fields("application/json", asked.draw), pieceCount: 1)
                .send(pacer: asked.pacer) { reply.body() }
        case .bedrockInvoke:
            let vector = SimulatedVector.json(vectors[0])
            let counted = [ReplyField("x-amzn-bedrock-input-token-count", String(plan.promptTokens))]
            await WholeReply(
                fields: fields("application/json", asked.draw) + (plan.tellsUsage ? counted : []), pieceCount: 1
            ).send(pacer: asked.pacer) {
                ByteBuffer(string: "{\"embedding\":\(vector),\"inputTextTokenCount\":\(plan.promptTokens)}")
            }
        case .cohereEmbed:
            let list = vectors.map(SimulatedVector.json).joined(separator: ",")
            let billed = plan.tellsUsage ? ",\"billed_units\":{\"input_tokens\":\(plan.promptTokens)}" : ""
            await count(
                #"{"id":"\#(plan.id)","texts":[],"embeddings":{"float":[\#(list)]},"meta":{"api_version":{"version":"2"}"#
                    + billed + "},\"response_type\":\"embeddings_by_type\"}", asked)
        case .rerank, .cohereRerank:
            let body = MediaReplies.ranking(
                plan, digests: ranked, most: asked.scan.count, asCohere: api == .cohereRerank)
            await count(String(buffer: body), asked)
        case .moderations:
            await count(String(buffer: MediaReplies.moderation(plan, count: asked.scan.inputs.count)), asked)
        case .images:
            let size = asked.scan.size ?? "1024x1024"
            await images(
                plan, asked.pacer, count: asked.scan.count ?? 1, size: size, stream: asked.scan.stream, isEdit: false,
                asked.draw)
        case .speech:
            var shape = SpeechShape(plan: plan, asEvents: asked.scan.wantsEvents)
            let type = asked.scan.wantsEvents ? "text/event-stream; charset=utf-8" : "audio/wav"
            await shape.send(fields: fields(type, asked.draw), pacer: asked.pacer)
        case _: throw .badRequest("This API is a conversation.")
        }
    }

    private func images(
        _ plan: ReplyPlan, _ pacer: ReplyPacer, count: Int, size: String, stream: Bool, isEdit: Bool, _ draw: UInt64
    ) async {
        let type = stream ? "text/event-stream; charset=utf-8" : "application/json"
        await WholeReply(fields: fields(type, draw), pieceCount: plan.pieceCount).send(pacer: pacer) {
            stream
                ? MediaReplies.imageEvent(plan, size: size, isEdit: isEdit)
                : MediaReplies.images(plan, count: min(count, 10), size: size)
        }
    }

    // MARK: Forms

    func form(
        _ api: SimulatedAPI, _ request: InboundRequest, _ named: String?, _ writer: any ReplyWriter
    ) async throws(SimulatedError) {
        let form = MultipartScan(request.body)
        guard let file = form.file else { throw .badRequest("The form holds no file.", param: "file") }
        let (behaviour, model, draw) = try behaviour(named ?? form.fields["model"], request.head)
        let pacer = ReplyPacer(behaviour, clock: clock, writer: writer)
        try await injectError(draw, pacer)
        let digest = request.body.withUnsafeReadableBytes { raw in
            Mix.digest(UnsafeRawBufferPointer(rebasing: raw[file]), seed: settings.seed)
        }
        var plain = behaviour
        plain.toolCalls = 0
        plain.hidesReasoning = true
        let plan = ReplyPlan(
            plain, textSeed: digest, textBytes: (form.fields["prompt"] ?? "").utf8.count, model: model,
            identity: draw, created: created)
        let stream = form.fields["stream"] == "true"
        if api == .imageEdits {
            await images(
                plan, pacer, count: Int(form.fields["n"] ?? "") ?? 1, size: form.fields["size"] ?? "1024x1024",
                stream: stream, isEdit: true, draw)
        } else if stream {
            var shape = TranscriptShape(plan: plan, seconds: max(1, (file.count + 31_999) / 32_000))
            await shape.send(fields: eventFields(draw), pacer: pacer)
        } else {
            let format = form.fields["response_format"] ?? "json"
            let type = ["text", "srt", "vtt"].contains(format) ? "text/plain; charset=utf-8" : "application/json"
            await WholeReply(fields: fields(type, draw), pieceCount: plan.pieceCount).send(pacer: pacer) {
                MediaReplies.transcript(
                    plan, format: format, audioBytes: file.count,
                    task: api == .translations ? "translate" : "transcribe")
            }
        }
    }

    // MARK: Files and batches

    func files(
        _ api: SimulatedAPI, _ request: InboundRequest, _ writer: any ReplyWriter
    ) async throws(SimulatedError) {
        let parts = request.head.path.split(separator: "/")
        let isContent = parts.last == "content"
        let id = String(parts.dropLast(isContent ? 1 : 0).last ?? "")
        let body: ByteBuffer
        if request.head.method == .post {
            body = api == .files ? try upload(request.body) : try newBatch(request.body)
        } else if id == "files" || id == "batches" {
            try expect(.get, request.head)
            let list = shelf.all.map { api == .files ? $0.json : $0.batch(isNew: false) }.joined(separator: ",")
            body = ByteBuffer(string: "{\"object\":\"list\",\"data\":[\(list)],\"has_more\":false}")
        } else if api == .batches {
            body = ByteBuffer(string: try file("file-" + id.dropFirst("batch_".count)).batch(isNew: false))
        } else if isContent && id.hasPrefix("file-out-") {
            body = try results(of: file("file-" + id.dropFirst("file-out-".count)))
        } else {
            let found = try file(id)
            body = isContent ? found.content : ByteBuffer(string: found.json)
        }
        let type = isContent ? "application/octet-stream" : "application/json"
        await send(Reply(status: 200, fields: [ReplyField("content-type", type)], body: body), to: writer)
    }

    private func file(_ id: String) throws(SimulatedError) -> FileShelf.File {
        guard let file = shelf[id] else {
            throw SimulatedError(
                status: 404, type: "invalid_request_error", code: nil, message: "No such File object: \(id)",
                param: "id")
        }
        return file
    }

    private func upload(_ body: ByteBuffer) throws(SimulatedError) -> ByteBuffer {
        let form = MultipartScan(body)
        guard let range = form.file,
            let content = body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count)
        else { throw .badRequest("The form holds no file.", param: "file") }
        let file = shelf.put(
            content, name: form.filename, purpose: form.fields["purpose"] ?? "batch", seed: settings.seed)
        return ByteBuffer(string: file.json)
    }

    private func newBatch(_ body: ByteBuffer) throws(SimulatedError) -> ByteBuffer {
        let scan = body.withUnsafeReadableBytes { RequestScan($0, seed: settings.seed) }
        return ByteBuffer(string: try file(scan.inputFileID ?? "").batch(isNew: true))
    }

    /// One chat reply for every line.
    private func results(of file: FileShelf.File) throws(SimulatedError) -> ByteBuffer {
        var output = ByteBuffer()
        for (index, line) in file.lines.enumerated() {
            let outer = line.withUnsafeReadableBytes { RequestScan($0, seed: settings.seed) }
            guard let range = outer.bodyRange,
                let body = line.getSlice(at: line.readerIndex + range.lowerBound, length: range.count)
            else { throw .badRequest("Line \(index + 1) holds no body.") }
            let scan = body.withUnsafeReadableBytes { RequestScan($0, seed: settings.seed) }
            let behaviour = try models.known(scan.model ?? "")
            let plan = ReplyPlan(
                behaviour, scan: scan, model: scan.model ?? "", identity: Mix.draw(scan.digest, UInt64(index)),
                created: created)
            let custom = (outer.customID ?? "").json
            output.writeString(
                #"{"id":"batch_req_\#(plan.id)","custom_id":\#(custom),"response":{"status_code":200,"#
                    + #""request_id":"req_\#(plan.id)","body":"#)
            output.writeImmutableBuffer(ChatReply(plan: plan, clock: clock).body())
            output.append("},\"error\":null}\n")
        }
        return output
    }
}

extension SimulatedModels {
    /// The behaviour for a model's name, or the error that a request with that name gets.
    func known(_ model: String) throws(SimulatedError) -> SimulatedBehaviour {
        let found: SimulatedBehaviour?
        do throws(ControlProblem) {
            found = try behaviour(for: model)
        } catch { throw .badRequest("model: \(error.description)", param: "model") }
        guard let found else { throw .modelNotFound(model) }
        return found
    }
}
