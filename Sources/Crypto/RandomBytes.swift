import COpenSSL

/// Random bytes fit for keys and nonces, from OpenSSL's generator.
public enum RandomBytes {
    /// The generator could not be seeded; no secret can be made.
    public struct Unavailable: Error, CustomStringConvertible {
        public var description: String { "the system's random generator gives no bytes" }
    }

    /// `count` random bytes; `count` is at least 0.
    public static func make(_ count: Int) throws(Unavailable) -> [UInt8] {
        var done: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            done = count == 0 ? 1 : RAND_bytes(buffer.baseAddress, Int32(count))
            initialized = done == 1 ? count : 0
        }
        guard done == 1 else { throw Unavailable() }
        return bytes
    }
}
