import FuzzCases
import Testing

/// A short run of what `make fuzz` does at length: the same mutants of the same seeds each time.
struct FuzzTests {
    private static let mutantsMax = 80
    private static let bytesMax = 4096

    @Test(arguments: FuzzFamily.allCases)
    func `Mutants of good input break no promise`(family: FuzzFamily) throws {
        var random = FuzzRandom(seed: 7)
        let seeds = family.seeds().filter { $0.count <= Self.bytesMax }
        try #require(!seeds.isEmpty)
        for index in 0..<Self.mutantsMax {
            let seed = seeds[index * 7 % seeds.count]
            let other = seeds.randomElement(using: &random) ?? seed
            let input = index < Self.mutantsMax / 4 ? seed : Self.mutant(of: seed, other, &random)
            #expect(throws: Never.self, "\(input)") { try family.run(input) }
        }
    }

    private static func mutant(of seed: [UInt8], _ other: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.insert(contentsOf: other.dropFirst(place).prefix(40), at: place)
            case 4:
                bytes.insert(contentsOf: words.randomElement(using: &random).map { Array($0.utf8) } ?? [], at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }

    private static let words = [
        "null", "-1", "9223372036854775807", "1e999", "\"\"", "{}", "[]", "\\ud800", "\r\n", "\n\n", "data: ", "true",
    ]
}
