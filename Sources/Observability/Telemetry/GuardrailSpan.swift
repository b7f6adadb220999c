import GatewayTypes

/// The span of one check of a guardrail.
enum GuardrailSpan {
    static func make(_ record: GuardrailRecord, id: UInt64, _ outcome: Outcome) -> SpanData {
        var attributes = SpanAttributes(expected: 8)
        attributes.set(WeirKey.hop, Hop.guardrails.rawValue)
        attributes.set(WeirKey.guardrailName, record.name.text)
        attributes.set(WeirKey.guardrailPhase, record.phase.rawValue)
        attributes.set(WeirKey.guardrailVerdict, record.verdict.rawValue)
        attributes.set(WeirKey.guardrailAction, record.action.rawValue)
        if !record.reasons.isEmpty { attributes.set(WeirKey.guardrailReasons, record.reasons) }
        if record.isShadow { attributes.set(WeirKey.guardrailShadow, true) }
        attributes.set(WeirKey.guardrailFingerprint, record.fingerprint)
        let began = outcome.wall(record.began)
        var span = outcome.span(
            name: "run_guardrail " + record.name.text, kind: .internal, id: id, parent: outcome.trace.spanID,
            remote: false, from: began, to: began.advanced(byNanoseconds: record.nanoseconds), attributes)
        if record.verdict == .error {
            span.attributes.set(Conventions.Key.errorType, record.action.rawValue)
            span.status = .error("")
        }
        return span
    }
}
