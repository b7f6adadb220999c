import GatewayTypes

/// The span of the exchange itself: kind SERVER, in the words of the HTTP conventions, with Weir's own facts.
enum RootSpan {
    static func make(_ outcome: Outcome) -> SpanData {
        var attributes = facts(outcome)
        for hop in Cases.hops where outcome.hops[hop].entered {
            attributes.set(WeirKey.hopSeconds(hop), Double(outcome.hops[hop].nanoseconds) / 1e9)
        }
        attributes.set(WeirKey.overhead, Double(outcome.overheadNanoseconds) / 1e9)
        attributes.set(WeirKey.samplingReason, outcome.kept?.rawValue)
        for entry in outcome.baggage { attributes.set(entry.key, entry.value) }
        attributes.set(WeirKey.notes, outcome.explanations.map { "\($0.hop.rawValue): \($0.text)" })
        let isAsked = outcome.asked != nil
        var span = outcome.span(
            name: name(outcome), kind: isAsked ? .internal : .server, id: outcome.trace.spanID,
            parent: outcome.trace.parentSpanID, remote: outcome.trace.parentSpanID != nil && !isAsked,
            from: outcome.arrivedAt, to: outcome.endedAt, attributes)
        if outcome.serverError != nil || (isAsked && outcome.failure != nil) { span.status = .error("") }
        if let linked = outcome.clientSpan {
            let attributes = outcome.purpose == .shadow ? originalAttributes : linkAttributes
            span.links = [SpanData.Link(span: linked, attributes: attributes)]
        }
        if let origin = outcome.cachedSpan { span.links.append(origin) }
        return span
    }

    /// Why the root is linked to the span that the client named.
    private static let linkAttributes: SpanAttributes = {
        var attributes = SpanAttributes(expected: 1)
        attributes.set(WeirKey.link, WeirKey.linkOfClient)
        return attributes
    }()

    /// Why the root of a shadow's copy is linked.
    private static let originalAttributes: SpanAttributes = {
        var attributes = SpanAttributes(expected: 1)
        attributes.set(WeirKey.link, WeirKey.linkOfOriginal)
        return attributes
    }()

    /// What is known of the exchange as a whole, without how long its hops took.
    static func facts(_ outcome: Outcome) -> SpanAttributes {
        var attributes = SpanAttributes(expected: 48)
        if outcome.asked == nil { addHTTP(outcome, &attributes) }
        addRoute(outcome, &attributes)
        addMoney(outcome, &attributes)
        return attributes
    }

    /// `ask {purpose}` where Weir asked itself, else `{method} {route}`; `HTTP` stands for a method that is not known, and a route that is not known is left out.
    static func name(_ outcome: Outcome) -> String {
        if let asked = outcome.asked { return "ask " + asked.purpose.rawValue }
        let method = outcome.method == .other ? "HTTP" : outcome.method.rawValue
        return outcome.httpRoute.isEmpty ? method : method + " " + outcome.httpRoute
    }

    private static func addHTTP(_ outcome: Outcome, _ attributes: inout SpanAttributes) {
        attributes.set(Conventions.Key.httpMethod, outcome.method.rawValue)
        // The paths of Weir's surfaces are their own templates; a raw path of a client is not repeated.
        attributes.set(Conventions.Key.urlPath, outcome.httpRoute.isEmpty ? "/" : outcome.httpRoute)
        attributes.set(Conventions.Key.urlScheme, outcome.urlScheme)
        if !outcome.httpRoute.isEmpty { attributes.set(Conventions.Key.httpRoute, outcome.httpRoute) }
        if outcome.status > 0 { attributes.set(Conventions.Key.httpStatus, outcome.status) }
        attributes.set(Conventions.Key.clientAddress, outcome.clientAddress)
        attributes.set(Conventions.Key.userAgent, outcome.userAgent)
        attributes.set(Conventions.Key.httpRequestSize, outcome.requestBytes)
        attributes.set(Conventions.Key.httpResponseSize, outcome.replyBytes)
        attributes.set(Conventions.Key.errorType, outcome.serverError?.rawValue)
    }

    private static func addRoute(_ outcome: Outcome, _ attributes: inout SpanAttributes) {
        attributes.set(WeirKey.exchangeID, outcome.id.description)
        attributes.set(WeirKey.outcome, outcome.result)
        attributes.set(WeirKey.team, outcome.caller.team.text)
        attributes.set(WeirKey.caller, outcome.caller.name.text)
        attributes.set(WeirKey.route, outcome.route.name.text)
        attributes.set(WeirKey.requestedModel, outcome.askedModel)
        attributes.set(WeirKey.servedModel, outcome.target?.servedModel.text)
        attributes.set(WeirKey.provider, outcome.target?.provider.text)
        attributes.set(WeirKey.routeReason, outcome.moved.rawValue)
        attributes.set(outcome.override)
        if outcome.override == nil { attributes.set(refusal: outcome.failure) }
        attributes.set(WeirKey.attempts, outcome.attempts.count)
        attributes.set(WeirKey.surface, outcome.surface.rawValue)
        attributes.set(outcome.classification)
        attributes.set(WeirKey.askedFor, outcome.asked?.purpose.rawValue)
        attributes.set(WeirKey.asker, outcome.asked?.asker?.description)
        if !outcome.dropped.isEmpty { attributes.set(WeirKey.dropped, outcome.dropped) }
        if let extras = outcome.extras { attributes.set(extras) }
    }

    /// Not `gen_ai.usage.*`: those stand on the attempt, and backends that add spans up would count them twice.
    private static func addMoney(_ outcome: Outcome, _ attributes: inout SpanAttributes) {
        let usage = outcome.wholeUsage
        for type in Cases.tokenTypes { attributes.set(WeirKey.tokens(type), usage[type]) }
        attributes.set(WeirKey.usageSource, usage.source.rawValue)
        attributes.set(WeirKey.costStatus, outcome.wholeCost.status.rawValue)
        attributes.set(WeirKey.costUSD, outcome.wholeCostText)
        if outcome.override != nil { attributes.set(WeirKey.demandUSD, outcome.wholeDemand.description) }
        attributes.set(WeirKey.abortBilling, outcome.abortBilling?.rawValue)
        attributes.set(WeirKey.accounted, outcome.accounted)
    }
}

extension SpanAttributes {
    /// Which class a request is of, and why.
    mutating func set(_ classification: Classification?) {
        guard let classification else { return }
        set(WeirKey.classification, classification.classifier.text)
        set(WeirKey.classificationClass, classification.decided.text)
        set(WeirKey.classificationConfidence, classification.confidence)
        set(WeirKey.classificationResult, classification.result.rawValue)
        set(WeirKey.classificationReason, classification.reason)
    }

    /// The template that the exchange was asked by, and what callouts say of it.
    fileprivate mutating func set(_ extras: ExchangeExtras) {
        if let template = extras.template {
            set(WeirKey.templateName, template.name.text)
            set(WeirKey.templateVersion, template.version)
        }
        set(extras.cache)
        if extras.waitedNanoseconds > 0 { set(WeirKey.waited, Double(extras.waitedNanoseconds) / 1e9) }
        for callout in extras.callouts {
            for attribute in callout.attributes { set(WeirKey.annotation(attribute.key), attribute.value) }
        }
    }

    /// Which budget refused, and by which rule where it was one.
    mutating func set(refusal: Failure?) {
        set(WeirKey.budget, refusal?.budget?.text)
        set(WeirKey.rule, refusal?.rule?.text)
    }

    /// Which budget's rule decided, and what.
    mutating func set(_ override: Override?) {
        guard let override else { return }
        set(WeirKey.budget, override.budget.text)
        set(WeirKey.rule, override.rule.text)
        guard case .reroute(let from, let to) = override.action else { return }
        set(WeirKey.reroutedFrom, from.text)
        set(WeirKey.reroutedTo, to.text)
    }
}
