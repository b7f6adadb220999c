/// A vector of length 1, as models make them of texts: the dot product of two is the cosine of the angle between them.
public struct UnitVector: Sendable {
    public let values: [Float]

    /// Nil where the vector has no length, or none that is finite.
    public init?(_ vector: [Float]) {
        let square = vector.reduce(0) { $0 + $1 * $1 }
        guard square.isFinite, square > 0 else { return nil }
        let factor = 1 / square.squareRoot()
        values = vector.map { $0 * factor }
    }

    /// The cosine of the angle between them, -1 … 1; both have as many dimensions.
    public func cosine(to other: UnitVector) -> Float {
        values.withUnsafeBufferPointer { left in
            other.values.withUnsafeBufferPointer { right in Self.dot(left, right, 0) }
        }
    }

    /// The dot product of `left` and of as many numbers of `right` from `start` on. Four sums of eight at a time: as much
    /// as the processor adds while it waits for memory.
    @inlinable public static func dot(
        _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>, _ start: Int
    ) -> Float {
        precondition(start >= 0 && right.count - start >= left.count)
        let (left, right) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        let count = left.count / MemoryLayout<Float>.stride
        var sums = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
        var position = 0
        func pair(_ offset: Int) -> SIMD8<Float> {
            left.loadUnaligned(fromByteOffset: (position + offset) * 4, as: SIMD8<Float>.self)
                * right.loadUnaligned(fromByteOffset: (start + position + offset) * 4, as: SIMD8<Float>.self)
        }
        while position + 32 <= count {
            sums.0 += pair(0)
            sums.1 += pair(8)
            sums.2 += pair(16)
            sums.3 += pair(24)
            position += 32
        }
        while position + 8 <= count {
            sums.0 += pair(0)
            position += 8
        }
        var sum = (sums.0 + sums.1 + sums.2 + sums.3).sum()
        while position < count {
            sum +=
                left.load(fromByteOffset: position * 4, as: Float.self)
                * right.load(fromByteOffset: (start + position) * 4, as: Float.self)
            position += 1
        }
        return sum
    }
}
