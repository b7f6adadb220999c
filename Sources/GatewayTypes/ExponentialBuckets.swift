#if canImport(Glibc)
    import Glibc
#endif

/// Exponential buckets as native histograms of Prometheus have them, of schema 3: eight to a doubling, each 9 % wider
/// than the one before, over a range that bounds their number.
///
/// Bucket `i` holds what is above 2^((i-1)/8) and not above 2^(i/8). A slot is a place in an array of counts: slot 0 is the
/// zero bucket, which holds what is not above `zeroThreshold`; slot `s` is bucket `firstIndex + s`. What lies beyond the
/// range is counted in the last slot, as a classic histogram counts it in its last bucket.
public struct ExponentialBuckets: Sendable {
    public static let schema = 3
    public static let perOctave = 8

    /// The power of two at which the range begins.
    public let firstOctave: Int
    public let octaves: Int

    /// A range that covers classic upper bounds (above 0, rising, not empty) with three doublings to spare below and one
    /// above.
    public init(covering bounds: [Double]) {
        let lowest = bounds.first ?? 1
        let highest = bounds.last ?? 1
        firstOctave = Int(log2(lowest).rounded(.down)) - 3
        octaves = Int(log2(highest).rounded(.up)) + 1 - firstOctave
    }

    public var slots: Int { octaves * Self.perOctave + 1 }
    public var zeroThreshold: Double { exp2(Double(firstOctave)) }
    public func index(ofSlot slot: Int) -> Int { firstOctave * Self.perOctave + slot }

    public func slot(of value: Double) -> Int {
        guard value > 0 else { return 0 }
        guard value.isFinite else { return slots - 1 }
        let slot = Self.index(of: value) - firstOctave * Self.perOctave
        return min(max(slot, 0), slots - 1)
    }

    /// The bucket of a finite value above 0.
    static func index(of value: Double) -> Int {
        let significand = value.significand
        var step = 0
        while step < perOctave && steps[step] < significand { step += 1 }
        return Int(value.exponent) * perOctave + step
    }

    /// 2^(k/8), rounded as Prometheus has them.
    private static let steps: [Double] = [
        1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096, 1.414213562373095, 1.5422108254079407,
        1.6817928305074292, 1.8340080864093424,
    ]
}
