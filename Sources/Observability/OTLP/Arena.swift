/// Memory that is given back all at once: what the C structs of one batch point to.
final class Arena {
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0
    private static let chunkBytes = 64 * 1_024
    private static let alignment = 16

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// One uninitialised value of a C type; nothing in the arena is ever deinitialised.
    func make<Value>(_ type: Value.Type) -> UnsafeMutablePointer<Value> {
        array(type, count: 1)
    }

    /// Uninitialised values.
    func array<Value>(_ type: Value.Type, count: Int) -> UnsafeMutablePointer<Value> {
        allocate(bytes: MemoryLayout<Value>.stride * max(1, count)).bindMemory(to: type, capacity: max(1, count))
    }

    /// The text with a NUL at its end. A NUL inside would end the text for C, so it becomes a space.
    func text(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { bytes in
            let copy = array(CChar.self, count: bytes.count + 1)
            for position in bytes.indices {
                copy[position] = bytes[position] == 0 ? 0x20 : CChar(bitPattern: bytes[position])
            }
            copy[bytes.count] = 0
            return copy
        }
    }

    /// Most significant byte first.
    func bytes(_ words: [UInt64]) -> UnsafeMutablePointer<UInt8> {
        let copy = array(UInt8.self, count: words.count * 8)
        for (position, word) in words.enumerated() {
            for byte in 0..<8 { copy[position * 8 + byte] = UInt8(truncatingIfNeeded: word >> UInt64(56 - byte * 8)) }
        }
        return copy
    }

    private func allocate(bytes: Int) -> UnsafeMutableRawPointer {
        let size = (bytes + Self.alignment - 1) / Self.alignment * Self.alignment
        if let chunk = chunks.last, let base = chunk.baseAddress, used + size <= chunk.count {
            defer { used += size }
            return base + used
        }
        let pointer = UnsafeMutableRawPointer.allocate(
            byteCount: max(size, Self.chunkBytes), alignment: Self.alignment)
        chunks.append(UnsafeMutableRawBufferPointer(start: pointer, count: max(size, Self.chunkBytes)))
        used = size
        return pointer
    }
}
