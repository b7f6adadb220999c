/// The member `ot` of a `tracestate`: `th` (the threshold by which the trace was sampled), `rv` (explicit random bits)
/// and what else OpenTelemetry puts there.
struct OpenTelemetryState: Equatable {
    static let key = "ot"

    var threshold: SamplingThreshold?
    /// 56 bits; they count instead of the trace id's.
    var randomness: UInt64?
    /// Sub-keys that are not read, as they came.
    var others: [String] = []

    init() {}

    /// Reads the member's value; what is not valid in it is left out.
    init(_ value: some StringProtocol) {
        for part in value.split(separator: ";") {
            guard let colon = part.firstIndex(of: ":") else { continue }
            let content = part[part.index(after: colon)...]
            switch part[..<colon] {
            case "th": threshold = SamplingThreshold(content)
            case "rv": randomness = HexDigits.value(of: content, count: 14...14)
            default: others.append(String(part))
            }
        }
    }

    /// Nil where there is nothing to say.
    var text: String? {
        var parts: [String] = []
        if let text = threshold?.text { parts.append("th:" + text) }
        if let randomness {
            let digits = String(randomness, radix: 16)
            parts.append("rv:" + String(repeating: "0", count: 14 - digits.utf8.count) + digits)
        }
        for other in others where parts.reduce(0, { $0 + $1.utf8.count + 1 }) + other.utf8.count <= Self.bytesMax {
            parts.append(other)
        }
        return parts.isEmpty ? nil : parts.joined(separator: ";")
    }

    private static let bytesMax = 256
}
