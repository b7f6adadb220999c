public import GatewayTypes

/// Makes the spans of an exchange: the root, one per hop that did work, one per attempt; all siblings below the root.
public struct SpanRenderer {
    private var ids = IDSource()
    private let style: SpanStyle

    public init(style: SpanStyle = SpanStyle()) { self.style = style }

    public mutating func render(_ outcome: Outcome) -> [SpanData] {
        var spans: [SpanData] = []
        spans.reserveCapacity(1 + Hop.count + outcome.attempts.count)
        spans.append(RootSpan.make(outcome))
        let explanations = outcome.explanations
        for hop in Cases.hops where hop != .attempt && outcome.asked == nil {
            let time = outcome.hops[hop]
            guard time.entered, style.detail.shows(hop, in: outcome.hops) else { continue }
            spans.append(hopSpan(hop, time, outcome, explanations))
        }
        for callout in outcome.extras?.callouts ?? [] { spans.append(CalloutSpan.make(callout, outcome)) }
        for record in outcome.extras?.guardrails?.records ?? [] {
            spans.append(GuardrailSpan.make(record, id: ids.spanID(), outcome))
        }
        let content = outcome.content.map { RenderedContent($0, style) }
        for (position, attempt) in outcome.attempts.enumerated() {
            spans.append(AttemptSpan.make(attempt, position: position, outcome, style.vocabulary, content))
        }
        if style.profiles.contains(.openinference) { OpenInferenceProfile.add(to: &spans, outcome, content) }
        if style.profiles.contains(.langfuse) { LangfuseProfile.add(to: &spans, outcome) }
        for position in spans.indices { style.limits.apply(to: &spans[position]) }
        return spans
    }

    private mutating func hopSpan(
        _ hop: Hop, _ time: HopTimes.Span, _ outcome: Outcome, _ explanations: [Note]
    ) -> SpanData {
        var attributes = SpanAttributes(expected: hop == .routing ? 6 : 1)
        attributes.set(WeirKey.hop, hop.rawValue)
        if !explanations.isEmpty {
            attributes.set(WeirKey.notes, explanations.filter { $0.hop == hop }.map(\.text))
        }
        if hop == .routing {
            attributes.set(WeirKey.route, outcome.route.name.text)
            attributes.set(WeirKey.requestedModel, outcome.askedModel)
            attributes.set(WeirKey.servedModel, outcome.target?.servedModel.text)
            attributes.set(WeirKey.routeReason, outcome.moved.rawValue)
            attributes.set(outcome.override)
            attributes.set(outcome.classification)
        }
        if hop == .limits, let waited = outcome.extras?.waitedNanoseconds, waited > 0 {
            attributes.set(WeirKey.waited, Double(waited) / 1e9)
        }
        if hop == .cache { attributes.set(outcome.extras?.cache) }
        if hop == .budgets { attributes.set(refusal: outcome.failure) }
        let began = outcome.wall(time.began)
        var span = outcome.span(
            name: hop.rawValue, kind: .internal, id: ids.spanID(), parent: outcome.trace.spanID, remote: false,
            from: began, to: began.advanced(byNanoseconds: time.nanoseconds), attributes)
        if hop == .cache, let origin = outcome.cachedSpan { span.links = [origin] }
        return span
    }
}

extension Outcome {
    /// The exact cost of all attempts as text; nil where nothing of it is known.
    var wholeCostText: String? { wholeCost.text }

    /// A moment of the exchange on the wall clock, as far from its arrival as on the monotonic clock.
    func wall(_ moment: Moment) -> WallTime {
        arrivedAt.advanced(byNanoseconds: moment.nanoseconds(since: arrived))
    }

    func span(
        name: String, kind: SpanData.Kind, id: UInt64, parent: UInt64?, remote: Bool, from began: WallTime,
        to ended: WallTime, _ attributes: SpanAttributes
    ) -> SpanData {
        SpanData(
            name: name, kind: kind, traceHigh: trace.traceHigh, traceLow: trace.traceLow, spanID: id,
            parentSpanID: parent, parentIsRemote: remote, flags: trace.flags, state: trace.state, began: began,
            ended: ended, attributes: attributes)
    }
}
