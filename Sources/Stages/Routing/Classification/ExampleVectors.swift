/// The vectors of examples, each of a class, and which of them a text is nearest to.
struct ExampleVectors: Sendable {
    struct Nearest: Sendable, Equatable {
        /// Position of the example's class.
        let classIndex: Int
        /// The cosine of the angle between them, -1 … 1.
        let similarity: Double
    }

    /// Of length 1.
    private let vectors: [(classIndex: Int, vector: [Float])]

    /// `classes` are those of the vectors, in their order.
    init(classes: [Int], vectors: [[Float]]) {
        self.vectors = zip(classes, vectors).map { ($0, Self.normalised($1)) }
    }

    /// Nil where there are none of the vector's length.
    func nearest(to vector: [Float]) -> Nearest? {
        let normal = Self.normalised(vector)
        var best: Nearest?
        for example in vectors where example.vector.count == normal.count {
            var sum: Float = 0
            for position in normal.indices { sum += normal[position] * example.vector[position] }
            let similarity = Double(sum)
            if similarity > best?.similarity ?? -.infinity {
                best = Nearest(classIndex: example.classIndex, similarity: similarity)
            }
        }
        return best
    }

    private static func normalised(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}
