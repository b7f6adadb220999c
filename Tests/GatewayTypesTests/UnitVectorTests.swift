import GatewayTypes
import Testing

@Suite struct UnitVectorTests {
    @Test func `The cosine is that of the vectors, however long they are`() throws {
        for count in [1, 7, 8, 31, 32, 41, 100] {
            let left = (0..<count).map { Float($0 % 5) - 1.5 }
            let right = (0..<count).map { Float($0 % 3) + 0.5 }
            func dot(_ one: [Float], _ other: [Float]) -> Float { zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } }
            let expected = dot(left, right) / (dot(left, left) * dot(right, right)).squareRoot()
            let cosine = try #require(UnitVector(left)).cosine(to: try #require(UnitVector(right)))
            #expect(abs(cosine - expected) < 1e-5, "\(count)")
        }
    }

    @Test(arguments: [[], [0, 0], [.nan, 1], [.infinity, 1]])
    func `What has no length that is finite is none`(vector: [Float]) { #expect(UnitVector(vector) == nil) }
}
