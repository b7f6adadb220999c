import GatewayTypes

/// The vectors of examples, each of a class, and which of them a text is nearest to.
struct ExampleVectors: Sendable {
    struct Nearest: Sendable, Equatable {
        /// Position of the example's class.
        let classIndex: Int
        /// The cosine of the angle between them, -1 … 1.
        let similarity: Double
    }

    private let examples: [(classIndex: Int, vector: UnitVector)]

    /// `classes` are those of the vectors, in their order.
    init(classes: [Int], vectors: [[Float]]) {
        examples = zip(classes, vectors).compactMap { position, vector in UnitVector(vector).map { (position, $0) } }
    }

    /// Nil where there are none of the vector's length.
    func nearest(to vector: [Float]) -> Nearest? {
        guard let wanted = UnitVector(vector) else { return nil }
        var best: Nearest?
        for example in examples where example.vector.values.count == wanted.values.count {
            let similarity = Double(wanted.cosine(to: example.vector))
            if similarity > best?.similarity ?? -.infinity {
                best = Nearest(classIndex: example.classIndex, similarity: similarity)
            }
        }
        return best
    }
}
