/// Vectors of length 1, the same for the same input.
enum SimulatedVector {
    static func values(of input: UInt64, dimensions: Int) -> [Float] {
        let raw = (0..<dimensions).map { index in
            Float(Mix.draw(input, UInt64(index)) >> 40) / Float(1 << 23) - 1
        }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? raw.map { $0 / length } : raw
    }

    /// The vector as a JSON list.
    static func json(of input: UInt64, dimensions: Int) -> String {
        "[" + values(of: input, dimensions: dimensions).map(\.description).joined(separator: ",") + "]"
    }
}
