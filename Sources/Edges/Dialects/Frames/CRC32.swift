/// The checksum of Ethernet, zip and Amazon's event streams (polynomial 0xEDB88320, reflected).
struct CRC32 {
    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    /// Entry `256 * k + b`: what byte `b` adds with `k` bytes behind it, so that four bytes are taken at once.
    private static let table: [UInt32] = {
        var table = [UInt32](repeating: 0, count: 1024)
        for byte in 0..<256 {
            var entry = UInt32(byte)
            for _ in 0..<8 { entry = entry & 1 == 1 ? entry >> 1 ^ 0xEDB8_8320 : entry >> 1 }
            table[byte] = entry
        }
        for index in 256..<1024 { table[index] = table[index - 256] >> 8 ^ table[Int(table[index - 256] & 0xFF)] }
        return table
    }()

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var sum = CRC32()
        sum.add(bytes)
        return sum.value
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        Self.table.withUnsafeBufferPointer { table in
            var position = 0
            while position &+ 4 <= bytes.count {
                state ^= UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                state =
                    table[768 &+ Int(state & 0xFF)] ^ table[512 &+ Int(state >> 8 & 0xFF)]
                    ^ table[256 &+ Int(state >> 16 & 0xFF)] ^ table[Int(state >> 24)]
                position &+= 4
            }
            while position < bytes.count {
                state = state >> 8 ^ table[Int((state ^ UInt32(bytes[position])) & 0xFF)]
                position &+= 1
            }
        }
        self.state = state
    }
}
