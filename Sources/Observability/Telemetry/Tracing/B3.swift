import GatewayTypes

/// B3, Zipkin's trace context (openzipkin/b3-propagation): read only.
enum B3 {
    private static let traceID: HeaderName = "x-b3-traceid"
    private static let spanID: HeaderName = "x-b3-spanid"
    private static let sampled: HeaderName = "x-b3-sampled"
    private static let flags: HeaderName = "x-b3-flags"

    /// `{trace}-{span}[-{sampled}[-{parent}]]`, or a decision alone. Nil where it is not valid.
    static func parse(_ text: String) -> IncomingTrace? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            guard let decision = decision(parts[0]) else { return nil }
            return IncomingTrace(parent: nil, sampled: decision)
        case 2...4:
            guard let parent = parent(parts[0], parts[1]) else { return nil }
            guard parts.count > 2 else { return IncomingTrace(parent: parent, sampled: nil) }
            guard let decision = decision(parts[2]) else { return nil }
            if parts.count == 4, HexDigits.value(of: parts[3], count: 16...16) == nil { return nil }
            return IncomingTrace(parent: parent, sampled: decision)
        default: return nil
        }
    }

    /// The several fields. Nil where they are not there, or any of them is not valid.
    static func parse(multi head: RequestHead) -> IncomingTrace? {
        let trace = head.only(traceID)
        let span = head.only(spanID)
        var sampled: Bool?
        if head.only(flags) == "1" {
            sampled = true
        } else if let text = head.only(Self.sampled) {
            switch text {
            case "1", "true": sampled = true
            case "0", "false": sampled = false
            default: return nil
            }
        }
        guard let trace, let span else {
            guard trace == nil, span == nil, let sampled else { return nil }
            return IncomingTrace(parent: nil, sampled: sampled)
        }
        return parent(trace, span).map { IncomingTrace(parent: $0, sampled: sampled) }
    }

    /// Ids of 16 digits are the right half of one of 32.
    private static func parent(_ trace: some StringProtocol, _ span: some StringProtocol) -> IncomingTrace.Parent? {
        guard trace.utf8.count == 16 || trace.utf8.count == 32,
            let low = HexDigits.value(of: trace.suffix(16), count: 16...16),
            let high = trace.utf8.count == 16 ? 0 : HexDigits.value(of: trace.prefix(16), count: 16...16),
            let span = HexDigits.value(of: span, count: 16...16), high | low != 0, span != 0
        else { return nil }
        return IncomingTrace.Parent(high: high, low: low, span: span)
    }

    /// `d`, debug, is a decision to sample.
    private static func decision(_ text: Substring) -> Bool? {
        switch text {
        case "1", "d": true
        case "0": false
        default: nil
        }
    }
}
