import GatewayTypes
import NIOCore
import Telemetry

extension ExchangeRun {
    // MARK: Towards the provider

    /// The body for a target: the client's own bytes where both speak one dialect, else by way of the neutral form.
    mutating func body(
        for target: Target, _ way: Way, _ request: ModelRequest, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        outcome.dropped = []
        guard way.isTranslated else {
            return try way.dialect.encode(request, for: target, outputTokensMax: outputTokensMax)
        }
        do throws(Failure) {
            let neutral = try neutralForm(of: request)
            let encoded = try way.dialect.encode(neutral, for: target, outputTokensMax: outputTokensMax)
            let unsaid = neutral.others + encoded.unsupported.map(dialect.fieldName)
            guard let first = unsaid.first else { return encoded.body }
            guard target.dropsUnsupported else { throw Self.unsupported(first, target) }
            outcome.dropped = unsaid
            return encoded.body
        } catch {
            // Another target may understand it as it is.
            var failure = error
            failure.retryable = true
            throw failure
        }
    }

    private mutating func neutralForm(of request: ModelRequest) throws(Failure) -> NeutralRequest {
        if let neutral { return neutral }
        let read = try dialect.neutral(request)
        neutral = read
        return read
    }

    private static func unsupported(_ field: String, _ target: Target) -> Failure {
        Failure(
            .badRequest,
            "`\(field)` cannot be said to \(target.provider.text)/\(target.servedModel.text). Leave it out, or let this "
                + "gateway's operator set `drop_unsupported: true`.", param: field)
    }

    /// The request as it goes out: proven by the provider's credential where that takes more than a fixed field.
    func upstreamRequest(
        _ request: ModelRequest, _ way: Way, _ granted: Granted, _ attempt: borrowing AttemptOutcome, _ deadline: Moment
    ) async throws(Failure) -> UpstreamRequest {
        let endpoint = way.endpoint(streams: request.stream)
        // A session's request has none, and the way of its surface makes none.
        let body = request.facts.opensWebSocket ? ByteBuffer() : granted.body
        var fields = upstreamFields(request, way, attempt.spanID, hasBody: body.readableBytes > 0)
        if !granted.fields.isEmpty {
            fields.removeAll { field in granted.fields.contains { $0.name == field.name } }
            fields += granted.fields
        }
        let key = attempt.key
        if let key { fields += key.fields }
        let bare = UpstreamRequest(
            endpoint: endpoint, fields: fields, body: body, deadline: deadline, resource: resource,
            isReplaceable: hasFurtherTarget)
        guard let credential = key?.credential ?? endpoint.credential else { return bare }
        fields += try await credential.fields(
            method: bare.method, url: bare.url, fields: fields, body: body, at: .now())
        return UpstreamRequest(
            endpoint: endpoint, fields: fields, body: body, deadline: deadline, resource: resource,
            isReplaceable: hasFurtherTarget)
    }

    private func upstreamFields(
        _ request: ModelRequest, _ way: Way, _ spanID: UInt64, hasBody: Bool
    ) -> [ReplyField] {
        var fields: [ReplyField] = []
        // Of what the client says of its trace nothing else leaves: no B3, and never its baggage.
        if plan.tracing.tellsProviders {
            fields.append(ReplyField("traceparent", outcome.trace.traceparent(spanID: spanID)))
            if let state = outcome.trace.state { fields.append(ReplyField("tracestate", state)) }
        }
        if hasBody {
            let type = way.isTranslated ? nil : request.facts.contentType
            fields.append(ReplyField("content-type", type ?? "application/json"))
        }
        // What a client of another dialect says in its head is not meant for this provider.
        for name in way.isTranslated ? Self.commonFields : way.dialect.forwardedFields {
            if let value = inbound.head[name] { fields.append(ReplyField(name.text, value)) }
        }
        if request.facts.opensWebSocket { fields += webSocketFields }
        for field in way.dialect.defaultFields where !fields.contains(where: { $0.name == field.name }) {
            fields.append(field)
        }
        if let extras = outcome.extras, !extras.upstreamFields.isEmpty {
            fields.removeAll { field in extras.upstreamFields.contains { $0.name == field.name } }
            fields += extras.upstreamFields
        }
        return fields
    }

    private static let commonFields: [HeaderName] = [.userAgent]

    // MARK: Towards the client

    /// Whether a reply is passed on as it comes. Of a provider's own API, and of sounds, the reply itself tells.
    func streams(_ request: ModelRequest, _ head: UpstreamHead) -> Bool {
        switch request.operation {
        case .providerAPI, .speech, .transcription, .translation, .imageGeneration:
            request.stream || !(head[Self.contentType]?.hasPrefix("application/json") ?? true)
        case .chat, .embeddings, .listModels, .textCompletion, .moderation, .rerank, .countTokens, .realtime:
            request.stream
        }
    }

    private static let contentType: HeaderName = "content-type"

    /// What follows a reply: the provider's tap, or a translation into the client's dialect.
    func decoder(for request: ModelRequest, _ way: Way, _ target: Target) -> any ReplyDecoder {
        guard way.isTranslated else { return way.dialect.decoder(for: request, target: target) }
        return TranslatedReply(
            reader: way.dialect.reader(for: request.operation, target: target, stream: request.stream),
            renderer: dialect.renderer(for: request, exchange: outcome.id, at: outcome.arrivedAt))
    }

    /// The fields of the provider's reply that the client sees.
    func returnedFields(_ head: UpstreamHead, _ way: Way, _ decoder: any ReplyDecoder) -> [ReplyField] {
        var fields: [ReplyField] = []
        if !way.isTranslated {
            let returned = way.dialect.returnedFields
            fields = head.fields.filter { field in returned.contains { $0.text == field.name } }
        }
        guard let type = decoder.contentType else { return fields }
        fields.removeAll { $0.name == Self.contentType.text }
        return fields + [ReplyField(Self.contentType.text, type)]
    }
}

extension NeutralRequest {
    /// What the client wrote that has no place in the neutral form.
    fileprivate var others: [String] {
        switch self {
        case .chat(let chat): chat.others
        case .embeddings(let embeddings): embeddings.others
        case .rerank(let rerank): rerank.others
        }
    }
}
