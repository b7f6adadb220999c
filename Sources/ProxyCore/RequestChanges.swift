import GatewayTypes
import NIOCore
import Telemetry

/// What changes a request between its being read and its being sent: templates, the route's decoration, callouts. Each
/// writes into the client's bytes, and the client's dialect reads them again: what limits, budgets and providers see is
/// what is sent.
extension ExchangeRun {
    // MARK: Templates

    /// A request that names a template: all that is known of it before its caller is.
    mutating func templated(_ call: TemplateCall, _ match: SurfaceMatch) -> ModelRequest {
        let model = call.model ?? match.model ?? ""
        outcome.askedModel = model
        return ModelRequest(
            surface: match.entry.surface, askedModel: model, stream: match.entry.streams, body: inbound.body,
            facts: RequestFacts())
    }

    /// Puts the template's text into the request. Only for callers who have proven who they are: what templates there
    /// are is nobody else's affair.
    @inline(never)
    mutating func expand(_ call: TemplateCall, _ match: inout SurfaceMatch, _ exchange: inout Exchange) throws(Failure)
    {
        guard let templates = plan.templates else { return }
        let expanded = try templates.expand(call)
        outcome.extras = (outcome.extras ?? .none).with(template: expanded.use)
        var edit = expanded.edit
        if let model = expanded.model {
            if match.model == TemplateCall.modelWord {
                match.model = model
            } else if match.model == nil, call.model == nil || call.model == TemplateCall.modelWord {
                edit.model = model
            }
        }
        try adopt(edit, match, &exchange)
    }

    // MARK: Decoration

    /// Writes what the route adds and bounds into the request.
    @inline(never)
    mutating func decorate(_ decoration: Decoration, _ match: SurfaceMatch, _ exchange: inout Exchange) throws(Failure)
    {
        guard case .model(let request) = exchange.request else { return }
        switch request.operation {
        case .chat: break
        case .textCompletion:
            guard !decoration.edit.changesConversation else { throw Self.noConversation(exchange.route) }
        case .embeddings, .listModels, .imageGeneration, .transcription, .translation, .speech, .moderation, .rerank,
            .countTokens, .realtime, .providerAPI:
            return
        }
        exchange.outputTokensMax = decoration.outputTokensMax(asked: request.facts.outputTokensMax)
        if !decoration.edit.isEmpty { try adopt(decoration.edit, match, &exchange) }
    }

    private static func noConversation(_ route: Route) -> Failure {
        Failure(
            .badRequest,
            "The model \"\(route.name.text)\" has instructions of this gateway's operator, which text completions have no "
                + "place for; use chat completions.", param: "model")
    }

    // MARK: Callouts

    /// Asks the callouts whose turn comes before `hop`.
    @inline(never)
    mutating func consult(
        before hop: Hop, _ next: inout Int, _ match: SurfaceMatch, _ exchange: inout Exchange
    ) async throws(Failure) {
        while next < plan.callouts.count {
            let callout = plan.callouts[next]
            if callout.hop.index >= hop.index { return }
            next += 1
            guard callout.concerns(exchange) else { continue }
            let answer = await callout.ask(
                CalloutQuestion(exchange: exchange, spanID: lane.ids.spanID(), now: lane.now))
            pass(over: answer.record)
            skipTime()
            try take(answer, of: callout, match, &exchange)
        }
    }

    /// Waiting for a callout is not Weir's own time.
    mutating func pass(over record: CalloutRecord) {
        heldSince = heldSince.advanced(bySeconds: Double(record.ended.nanoseconds(since: record.began)) / 1e9)
    }

    @inline(never)
    private mutating func take(
        _ answer: CalloutAnswer, of callout: any Callout, _ match: SurfaceMatch, _ exchange: inout Exchange
    ) throws(Failure) {
        var (record, denial) = (answer.record, answer.denial)
        var match = match
        var edit = answer.edit
        if denial == nil, answer.model != nil || !edit.isEmpty {
            if let model = answer.model {
                if match.model == nil { edit.model = model } else { match.model = model }
            }
            do throws(Failure) {
                try adopt(edit, match, &exchange)
            } catch {
                record.result = .malformed
                denial = answer.denialOfBadEdit
            }
        }
        callout.conclude(record)
        outcome.extras = (outcome.extras ?? .none).with(
            callout: record, fields: record.result.isError ? [] : answer.fields)
        if !answer.fields.isEmpty { exchange.hasAddedFields = true }
        if record.result != .allow {
            exchange.notes.append(Note(record.hop, "callout \(record.name.text): \(record.result.rawValue)"))
            outcome.notes = exchange.notes
        }
        guard let denial else { return }
        outcome.hops.stop(at: record.hop)
        throw denial
    }

    /// Those who are told once all is over.
    func tellCallouts() {
        for callout in plan.settleCallouts { callout.tell(outcome) }
    }

    /// An exchange waited for its turn: not Weir's own time, but a time of its own.
    mutating func noteWait(_ exchange: inout Exchange) {
        heldSince = heldSince.advanced(bySeconds: Double(exchange.waitedNanoseconds) / 1e9)
        outcome.extras = (outcome.extras ?? .none).with(waitedNanoseconds: exchange.waitedNanoseconds)
        exchange.waitedNanoseconds = 0
    }

    /// What the cache did. Waiting for it, for others or for a model, is not Weir's own time.
    @inline(never)
    mutating func note(_ use: CacheUse) {
        guard outcome.extras?.cache == nil else { return }
        heldSince = heldSince.advanced(bySeconds: Double(use.waitedNanoseconds) / 1e9)
        outcome.extras = (outcome.extras ?? .none).with(cache: use)
    }

    // MARK: The request itself

    /// Writes an edit into the body and reads it again.
    @inline(never)
    private mutating func adopt(
        _ edit: RequestEdit, _ match: SurfaceMatch, _ exchange: inout Exchange
    ) throws(Failure) {
        guard case .model(let request) = exchange.request else { return }
        let surface = match.entry.surface
        let body = edit.isEmpty ? request.body : try dialect.edited(request.body, of: surface, by: edit)
        try adopt(body: body, match, &exchange)
    }

    /// Reads another body in the place of the request's.
    mutating func adopt(body: ByteBuffer, _ match: SurfaceMatch, _ exchange: inout Exchange) throws(Failure) {
        let edited = try dialect.parse(
            SurfaceCall(
                surface: match.entry.surface, model: match.model, pathStreams: match.entry.streams, head: inbound.head),
            body: body)
        exchange.request = .model(edited)
        outcome.askedModel = edited.askedModel
        outcome.stream = edited.stream
        outcome.requestFacts = edited.facts
    }
}
