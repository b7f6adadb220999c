import Dialects
import GatewayTypes
import NIOCore

/// `[seed u8][messages]`: lengths and checksums are put right first, so that what is within is read.
enum EventStreamCase {
    static func run(_ bytes: [UInt8]) throws {
        guard let seed = bytes.first else { return }
        let body = seed & 1 == 1 ? Array(bytes.dropFirst()) : repaired(Array(bytes.dropFirst()))
        let bedrock = Parties.target("amazon.nova-lite-v1:0", kind: "aws.bedrock")
        for operation in [Operation.chat, .embeddings] {
            _ = try checkSplits(
                "bedrock \(operation)", { BedrockProvider().reader(for: operation, target: bedrock, stream: true) },
                body[...], seed: UInt64(seed))
        }
        _ = try checkSplits(
            "provider API",
            { ProviderAPIDialect(BedrockProvider()).reader(for: .providerAPI, target: bedrock, stream: true) },
            body[...], seed: UInt64(seed))
    }

    private static func repaired(_ source: [UInt8]) -> [UInt8] {
        var bytes = source
        var start = 0
        while bytes.count - start >= 16 {
            let total = min(max(word(bytes, start) % (1 << 16), 16), bytes.count - start)
            put(UInt32(total), in: &bytes, at: start)
            put(UInt32(min(word(bytes, start + 4), total - 16)), in: &bytes, at: start + 4)
            put(checksum(bytes[start..<start + 8]), in: &bytes, at: start + 8)
            put(checksum(bytes[start..<start + total - 4]), in: &bytes, at: start + total - 4)
            start += total
        }
        return bytes
    }

    static func word(_ bytes: [UInt8], _ position: Int) -> Int {
        bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func put(_ word: UInt32, in bytes: inout [UInt8], at position: Int) {
        for place in 0..<4 { bytes[position + place] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * place)) }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var state = UInt32.max
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
        }
        return ~state
    }
}
