/// Identifies one exchange: a UUID of version 7 (RFC 9562), so that identifiers sort by time.
public struct ExchangeID: Hashable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The canonical text of 36 characters.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = digit < 16 ? high : low
                buffer[position] = Hex.digits[Int(word >> UInt64(60 - digit % 16 * 4) & 15)]
                position += 1
            }
            return position
        }
    }

    public init?(_ text: some StringProtocol) {
        let digits = String(text.filter { $0 != "-" })
        guard digits.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}

/// The trace an exchange belongs to, and its root span (W3C Trace Context, level 2).
public struct TraceContext: Sendable {
    public let traceHigh: UInt64
    public let traceLow: UInt64
    /// The span of the exchange itself.
    public let spanID: UInt64
    /// The caller's span, when the request carried a valid `traceparent`.
    public let parentSpanID: UInt64?
    /// Bit 0: sampled; bit 1: the trace id is random.
    public var flags: UInt8
    /// The `tracestate` to pass on: the caller's members, and OpenTelemetry's own.
    public var state: String?
    /// Whether bit 0 is the caller's decision, which was followed.
    public var isDecidedByParent = false

    public init(
        traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, parentSpanID: UInt64?, flags: UInt8, state: String?
    ) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.flags = flags
        self.state = state
    }

    public var sampled: Bool { flags & 1 == 1 }
    /// 32 lower-case hexadecimal digits.
    public var traceID: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            Hex.write(traceHigh, to: buffer, at: 0)
            Hex.write(traceLow, to: buffer, at: 16)
            return 32
        }
    }

    /// The `traceparent` that names `spanID` as the parent.
    public func traceparent(spanID: UInt64) -> String {
        String(unsafeUninitializedCapacity: 55) { buffer in
            _ = buffer.initialize(from: "00-".utf8)
            Hex.write(traceHigh, to: buffer, at: 3)
            Hex.write(traceLow, to: buffer, at: 19)
            buffer[35] = UInt8(ascii: "-")
            Hex.write(spanID, to: buffer, at: 36)
            buffer[52] = UInt8(ascii: "-")
            buffer[53] = UInt8(ascii: "0")
            buffer[54] = UInt8(ascii: "0") + flags & 3
            return 55
        }
    }
}

/// A span elsewhere that has to do with this one, though it is not its parent.
public struct TraceLink: Sendable, Equatable {
    public let traceHigh: UInt64
    public let traceLow: UInt64
    public let spanID: UInt64

    public init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.spanID = spanID
    }
}

/// Makes identifiers; one per event loop, seeded from the system's generator, so that no identifier costs a system call.
public struct IDSource: Sendable {
    @usableFromInline var state: UInt64

    public init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    /// The same numbers for the same seed.
    public init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea, Flood 2014); not for secrets.
    @inlinable public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    public mutating func exchangeID(at time: WallTime) -> ExchangeID {
        let milliseconds = UInt64(time.nanoseconds / 1_000_000) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | next() & 0x0FFF
        let low = 0x8000_0000_0000_0000 | next() >> 2
        return ExchangeID(high: high, low: low)
    }

    /// A span id: never zero, which W3C Trace Context forbids.
    public mutating func spanID() -> UInt64 { max(1, next()) }
}
