/// A vector that says something of its text, so that texts that are alike are near each other: the sum of one random
/// direction for each of its words, and for each run of three letters in them. The same for the same seed.
enum SimulatedVector {
    /// Words of so few letters say little, and count little.
    private static let shortBytesMax = 3
    private static let shortWeight: Float = 0.3
    private static let lettersWeight: Float = 0.25

    static func values(of text: UnsafeRawBufferPointer, seed: UInt64, dimensions: Int) -> [Float] {
        var values = [Float](repeating: 0, count: dimensions)
        // Even a text without a word has a direction.
        add(Mix.digest(UnsafeRawBufferPointer(rebasing: text[0..<0]), seed: seed), 0.01, to: &values)
        var word: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
                word.append(byte)
            case _:
                add(word, seed, to: &values)
                word.removeAll(keepingCapacity: true)
            }
        }
        add(word, seed, to: &values)
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? values.map { $0 / length } : values
    }

    /// The vector as a JSON list.
    static func json(_ values: [Float]) -> String { "[" + values.map(\.description).joined(separator: ",") + "]" }

    private static func add(_ word: [UInt8], _ seed: UInt64, to values: inout [Float]) {
        guard !word.isEmpty else { return }
        let weight = word.count <= shortBytesMax ? shortWeight : 1
        word.withUnsafeBytes { add(Mix.digest($0, seed: seed), weight, to: &values) }
        guard word.count > shortBytesMax else { return }
        let padded = [0] + word + [0]
        padded.withUnsafeBytes { raw in
            for start in 0...raw.count - 3 {
                let letters = UnsafeRawBufferPointer(rebasing: raw[start..<start + 3])
                add(Mix.digest(letters, seed: seed), lettersWeight, to: &values)
            }
        }
    }

    /// 64 signs of one draw at a time.
    private static func add(_ feature: UInt64, _ weight: Float, to values: inout [Float]) {
        var signs: UInt64 = 0
        for index in values.indices {
            if index % 64 == 0 { signs = Mix.draw(feature, UInt64(index / 64)) }
            values[index] += signs & 1 == 0 ? weight : -weight
            signs >>= 1
        }
    }
}
