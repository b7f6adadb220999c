import GatewayTypes

/// Vectors of one length, one behind another in chunks, each of length 1: the dot product of two is their cosine. A copy
/// shares the chunks, so that who searches holds up nobody who adds.
struct VectorTable: Sendable {
    /// Vectors of a chunk: what is copied at most when one is added while somebody searches.
    private static let chunkVectors = 256

    let dimensions: Int
    private(set) var count = 0
    private var chunks: [[Float]] = []

    init(dimensions: Int) { self.dimensions = dimensions }

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
                        let similarity = UnitVector.dot(wanted, values, row * dimensions)
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
}
