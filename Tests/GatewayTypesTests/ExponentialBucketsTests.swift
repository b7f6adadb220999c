import GatewayTypes
import Testing

@Suite struct ExponentialBucketsTests {
    private let buckets = ExponentialBuckets(covering: [0.01, 0.5, 60])

    @Test func `The range covers the bounds and is bounded`() {
        #expect(buckets.zeroThreshold == 0.0009765625)
        #expect(buckets.slots == 17 * 8 + 1)
        #expect(buckets.slot(of: 0) == 0)
        #expect(buckets.slot(of: -1) == 0)
        #expect(buckets.slot(of: buckets.zeroThreshold) == 0)
        #expect(buckets.slot(of: buckets.zeroThreshold.nextUp) == 1)
        #expect(buckets.slot(of: 1e9) == buckets.slots - 1)
        #expect(buckets.slot(of: .infinity) == buckets.slots - 1)
    }

    /// Schema 3: bucket 0 ends at 1, bucket 8 at 2.
    @Test(arguments: [(1.0, 0), (1.0000001, 1), (2.0, 8), (2.0000001, 9), (0.5, -8), (1.5, 5), (0.75, -3), (1.0905, 1)])
    func `A value's bucket is that of Prometheus`(value: Double, index: Int) {
        #expect(buckets.index(ofSlot: buckets.slot(of: value)) == index)
    }
}
