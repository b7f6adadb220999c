/// A fast hash that tells torn or damaged bytes from whole ones; no defence against someone who wants a collision.
enum Checksum {
    /// FNV-1a's offset and prime, taken eight bytes at a time with a fold, so that a row costs a tenth of a microsecond.
    static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = 0xCBF2_9CE4_8422_2325 ^ mix(seed)
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = mix(hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        while offset < bytes.count {
            hash = mix(hash ^ UInt64(bytes[offset]))
            offset += 1
        }
        return hash
    }

    /// Both steps can be undone, so that two words that differ never meet in one step.
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value &* 0x0000_0100_0000_01B3
        return product ^ (product >> 32)
    }
}
