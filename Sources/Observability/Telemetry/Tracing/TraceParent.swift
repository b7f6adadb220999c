/// A `traceparent` as it came (W3C Trace Context, level 2, §3.2).
public struct TraceParent: Equatable, Sendable {
    public let high: UInt64
    public let low: UInt64
    public let span: UInt64
    /// Bit 0: sampled; bit 1: the trace id is random. All other bits are cleared.
    public let flags: UInt8

    public var sampled: Bool { flags & 1 == 1 }

    /// Nil when it is not valid; then the trace starts anew and `tracestate` is not to be read.
    public static func parse(_ text: String) -> TraceParent? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> TraceParent? {
        guard bytes.count >= 55, let version = number(bytes, 0, 2), version != 0xFF else { return nil }
        // Version 00 is exactly 55 long; a later version may go on after another dash.
        if bytes.count > 55 && (version == 0 || bytes[55] != dash) { return nil }
        guard bytes[2] == dash, bytes[35] == dash, bytes[52] == dash else { return nil }
        guard let high = number(bytes, 3, 16), let low = number(bytes, 19, 16), high | low != 0 else { return nil }
        guard let span = number(bytes, 36, 16), span != 0, let flags = number(bytes, 53, 2) else { return nil }
        return TraceParent(high: high, low: low, span: span, flags: UInt8(truncatingIfNeeded: flags & 3))
    }

    private static let dash = UInt8(ascii: "-")

    /// Lower-case hexadecimal only.
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> UInt64? {
        var value: UInt64 = 0
        for position in start..<start + count {
            let byte = bytes[position]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
