import NIOCore

/// What a case found: a sentence that says which promise was broken.
public struct BrokenPromise: Error, CustomStringConvertible {
    public let description: String

    init(_ text: String) { description = text }
}

/// A kind of input from outside. A case takes any bytes: it throws where a promise is broken, and must neither crash nor
/// take longer than its input warrants.
public enum FuzzFamily: String, CaseIterable, Sendable {
    /// Event streams, cut at every place.
    case sse
    /// Amazon's event streams, with checksums that are right.
    case eventStream = "event-stream"
    /// Bodies of clients' requests: parsed, passed on, translated for every provider.
    case requests
    /// Forms: parsed, and passed on with another model.
    case multipart
    /// Replies of every provider: read whole and in pieces, rendered for every client.
    case replies

    public func run(_ bytes: [UInt8]) throws {
        switch self {
        case .sse: try SSECase.run(bytes)
        case .eventStream: try EventStreamCase.run(bytes)
        case .requests: try RequestCase.run(bytes)
        case .multipart: try MultipartCase.run(bytes)
        case .replies: try ReplyCase.run(bytes)
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
public struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The bytes in pieces whose lengths the seed decides.
func pieces(of bytes: ArraySlice<UInt8>, seed: UInt64) -> [ByteBuffer] {
    var random = FuzzRandom(seed: seed)
    let longest = [1, 3, 17, 200, 4096].randomElement(using: &random) ?? 1
    var found: [ByteBuffer] = []
    var rest = bytes
    while !rest.isEmpty {
        let count = Int.random(in: 1...longest, using: &random)
        found.append(ByteBuffer(bytes: rest.prefix(count)))
        rest = rest.dropFirst(count)
    }
    return found
}
