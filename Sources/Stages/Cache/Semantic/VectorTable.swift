/// Vectors of one length, one behind another in chunks, each of length 1: the dot product of two is their cosine. A copy
/// shares the chunks, so that who searches holds up nobody who adds.
struct VectorTable: Sendable {
    /// Vectors of a chunk: what is copied at most when one is added while somebody searches.
    private static let chunkVectors = 256

    let dimensions: Int
    private(set) var count = 0
    private var chunks: [[Float]] = []

    init(dimensions: Int) { self.dimensions = dimensions }

    /// Of length 1; nil where it has none, or is not finite.
    static func normalized(_ vector: [Float]) -> [Float]? {
        let square = vector.reduce(0) { $0 + $1 * $1 }
        guard square.isFinite, square > 0 else { return nil }
        let factor = 1 / square.squareRoot()
        return vector.map { $0 * factor }
    }

    /// `vector` is of this table's length.
    mutating func append(_ vector: [Float]) {
        if count % Self.chunkVectors == 0 {
            chunks.append([])
            chunks[chunks.count - 1].reserveCapacity(Self.chunkVectors * dimensions)
        }
        chunks[chunks.count - 1] += vector
        count += 1
    }

    /// The last one takes its place.
    mutating func remove(at position: Int) {
        let last = count - 1
        let (from, to) = (place(last), place(position))
        if position != last {
            for offset in 0..<dimensions {
                chunks[to.chunk][to.start + offset] = chunks[from.chunk][from.start + offset]
            }
        }
        chunks[from.chunk].removeLast(dimensions)
        if chunks[from.chunk].isEmpty { chunks.removeLast() }
        count = last
    }

    private func place(_ position: Int) -> (chunk: Int, start: Int) {
        (position / Self.chunkVectors, position % Self.chunkVectors * dimensions)
    }

    /// The nearest that reach the threshold, the nearest first; at most so many.
    func nearest(to vector: [Float], threshold: Float, countMax: Int) -> [(position: Int, similarity: Float)] {
        guard vector.count == dimensions, dimensions > 0 else { return [] }
        var best: [(position: Int, similarity: Float)] = []
        var least = threshold
        vector.withUnsafeBufferPointer { wanted in
            for (number, chunk) in chunks.enumerated() {
                chunk.withUnsafeBufferPointer { values in
                    for row in 0..<values.count / dimensions {
                        let similarity = Self.dot(wanted, values, row * dimensions)
                        guard similarity >= least else { continue }
                        let position = best.firstIndex { $0.similarity < similarity } ?? best.count
                        best.insert((number * Self.chunkVectors + row, similarity), at: position)
                        if best.count > countMax { best.removeLast() }
                        if best.count == countMax, let last = best.last { least = max(threshold, last.similarity) }
                    }
                }
            }
        }
        return best
    }

    /// Four sums of eight at a time: as much as the processor adds while it waits for memory.
    @inline(__always) private static func dot(
        _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>, _ start: Int
    ) -> Float {
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
