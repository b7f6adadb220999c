import GatewayTypes

/// The span of one question to a callout: kind CLIENT, in the words of the HTTP conventions.
enum CalloutSpan {
    static func make(_ callout: CalloutRecord, _ outcome: Outcome) -> SpanData {
        var attributes = SpanAttributes(expected: 10)
        attributes.set(WeirKey.calloutName, callout.name.text)
        attributes.set(WeirKey.calloutResult, callout.result.rawValue)
        attributes.set(WeirKey.hop, callout.hop.rawValue)
        if callout.isSent {
            attributes.set(Conventions.Key.httpMethod, Method.post.rawValue)
            attributes.set(Conventions.Key.serverAddress, callout.serverAddress)
            attributes.set(Conventions.Key.serverPort, callout.serverPort)
            if callout.status > 0 { attributes.set(Conventions.Key.httpStatus, callout.status) }
        }
        for attribute in callout.attributes { attributes.set(WeirKey.annotation(attribute.key), attribute.value) }
        var span = outcome.span(
            name: "callout " + callout.name.text, kind: .client, id: callout.spanID, parent: outcome.trace.spanID,
            remote: false, from: outcome.wall(callout.began), to: outcome.wall(callout.ended), attributes)
        if callout.result.isError {
            span.attributes.set(Conventions.Key.errorType, callout.result.rawValue)
            span.status = .error("")
        }
        return span
    }
}
