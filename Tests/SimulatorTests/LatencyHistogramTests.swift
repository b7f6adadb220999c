import Testing

@testable import Simulator

@Suite struct LatencyHistogramTests {
    @Test func `Every value lies in a bucket that is at most one part in 128 wide`() {
        var values = Array(UInt64(0)...1000)
        for octave in 7..<43 {
            let power = UInt64(1) << UInt64(octave)
            values += [power - 1, power, power + 1, power + power / 3]
        }
        for value in values {
            let index = LatencyHistogram.index(of: value)
            let edge = LatencyHistogram.upperEdge(of: index)
            #expect(edge >= value && Double(edge - value) <= Double(value) / 128)
            #expect(LatencyHistogram.index(of: edge) == index)
            #expect(LatencyHistogram.index(of: edge + 1) == index + 1)
        }
    }

    @Test(arguments: [0.5, 0.9, 0.99, 0.999, 1]) func `Quantiles of an even spread are right`(quantile: Double) {
        var histogram = LatencyHistogram()
        for value in 1...100_000 { histogram.record(nanoseconds: Int64(value) * 1000) }
        let exact = quantile * 100_000_000
        let measured = Double(histogram.value(at: quantile))
        #expect(measured >= exact && measured <= exact * (1 + 1 / 128.0))
        #expect(histogram.mean == 50_000_500)
        #expect(histogram.maximum == 100_000_000 && histogram.minimum == 1000)
    }

    @Test func `Merged histograms say what one would have said`() {
        var parts = [LatencyHistogram(), LatencyHistogram()]
        var whole = LatencyHistogram()
        for value in 0..<5000 {
            let nanoseconds = Int64(Mix.draw(7, UInt64(value)) % 1_000_000_000)
            parts[nanoseconds < 1_000_000 ? 0 : 1].record(nanoseconds: nanoseconds)
            whole.record(nanoseconds: nanoseconds)
        }
        parts[0].merge(parts[1])
        for quantile in [0.001, 0.25, 0.5, 0.99, 1] {
            #expect(parts[0].value(at: quantile) == whole.value(at: quantile))
        }
        #expect(parts[0].count == 5000 && parts[0].maximum == whole.maximum && parts[0].minimum == whole.minimum)
    }

    @Test func `The empty, the negative and the endless are bounded`() {
        var histogram = LatencyHistogram()
        #expect(histogram.value(at: 0.99) == 0 && histogram.mean == 0)
        histogram.record(nanoseconds: -5)
        histogram.record(nanoseconds: .max)
        #expect(histogram.value(at: 0.5) == 0)
        #expect(histogram.value(at: 1) == LatencyHistogram.nanosecondsMax)
    }
}
