import GatewayTypes

/// Each hop's milliseconds so far, as a `Server-Timing` field (W3C): `receive;dur=0.021, authentication;dur=0.004`.
enum ServerTiming {
    /// No entry is longer: the longest word, `;dur=`, 13 digits, a point, three digits, and the separator.
    private static let entryBytesMax = 48

    static func text(of hops: HopTimes) -> String {
        String(unsafeUninitializedCapacity: Hop.count * entryBytesMax) { buffer in
            var end = 0
            for hop in Hop.allCases where hops[hop].entered {
                if end > 0 { append(", ", to: buffer, &end) }
                append(hop.word, to: buffer, &end)
                append(";dur=", to: buffer, &end)
                append(microseconds: max(0, hops[hop].nanoseconds) / 1000, to: buffer, &end)
            }
            return end
        }
    }

    private static func append(_ text: StaticString, to buffer: UnsafeMutableBufferPointer<UInt8>, _ end: inout Int) {
        for offset in 0..<text.utf8CodeUnitCount { buffer[end + offset] = text.utf8Start[offset] }
        end += text.utf8CodeUnitCount
    }

    /// As milliseconds with three fraction digits.
    private static func append(
        microseconds: Int64, to buffer: UnsafeMutableBufferPointer<UInt8>, _ end: inout Int
    ) {
        var whole = min(microseconds / 1000, 9_999_999_999_999)
        var digits = 1
        while pow10[digits] <= whole { digits += 1 }
        for position in (0..<digits).reversed() {
            buffer[end + position] = UInt8(ascii: "0") + UInt8(whole % 10)
            whole /= 10
        }
        end += digits
        let fraction = microseconds % 1000
        buffer[end] = UInt8(ascii: ".")
        buffer[end + 1] = UInt8(ascii: "0") + UInt8(fraction / 100)
        buffer[end + 2] = UInt8(ascii: "0") + UInt8(fraction / 10 % 10)
        buffer[end + 3] = UInt8(ascii: "0") + UInt8(fraction % 10)
        end += 4
    }

    /// 10⁰ … 10¹³.
    private static let pow10: [Int64] = (0...13).map { power in (0..<power).reduce(1) { value, _ in value * 10 } }
}

extension Hop {
    /// The raw value, without making a string.
    fileprivate var word: StaticString {
        switch self {
        case .receive: "receive"
        case .authentication: "authentication"
        case .limits: "limits"
        case .guardrails: "guardrails"
        case .cache: "cache"
        case .routing: "routing"
        case .budgets: "budgets"
        case .attempt: "attempt"
        case .stream: "stream"
        case .settle: "settle"
        }
    }
}
