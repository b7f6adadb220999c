import Glibc

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
            UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyMemory(
                from: UnsafeRawBufferPointer(bytes))
            if memchr(copy, 0, bytes.count) != nil {
                for position in bytes.indices where copy[position] == 0 { copy[position] = 0x20 }
            }
            copy[bytes.count] = 0
            return copy
        }
    }

    /// Most significant byte first.
    func bytes(_ word: UInt64) -> UnsafeMutablePointer<UInt8> {
        let copy = array(UInt8.self, count: 8)
        write(word, to: copy)
        return copy
    }

    /// Most significant byte first.
    func bytes(_ high: UInt64, _ low: UInt64) -> UnsafeMutablePointer<UInt8> {
        let copy = array(UInt8.self, count: 16)
        write(high, to: copy)
        write(low, to: copy + 8)
        return copy
    }

    private func write(_ word: UInt64, to place: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(place).storeBytes(of: word.bigEndian, as: UInt64.self)
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
