import CZlib
public import NIOCore

/// Why bytes could not be compressed or read back.
public enum GzipError: Error, Sendable, Equatable {
    /// The content is larger than the caller's limit; decompression stopped there.
    case tooLarge(bytesMax: Int)
    /// Not gzip, damaged, cut short, or followed by something that is not gzip.
    case corrupt
    /// The system's zlib had no memory left.
    case outOfMemory
}

/// Gzip (RFC 1952) of whole bodies; `GzipInflater` reads one piece by piece.
public enum Gzip {
    /// `level`: 1 (fast) … 9 (small); values outside are clamped. Bodies below 4 GiB only.
    public static func compress(_ bytes: ByteBuffer, level: Int = 1) throws(GzipError) -> ByteBuffer {
        var stream = z_stream()
        guard weir_deflate_init_gzip(&stream, Int32(min(9, max(1, level)))) == Z_OK else { throw .outOfMemory }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.readableBytes)))
        var output = ByteBufferAllocator().buffer(capacity: bound)
        var status = Z_OK
        bytes.withUnsafeReadableBytes { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(input.count)
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { space in
                stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(space.count)
                status = deflate(&stream, Z_FINISH)
                return Int(stream.total_out)
            }
        }
        guard status == Z_STREAM_END else { throw .outOfMemory }
        return output
    }

    public static func compress(_ bytes: [UInt8], level: Int = 1) throws(GzipError) -> [UInt8] {
        Array(buffer: try compress(ByteBuffer(bytes: bytes), level: level))
    }

    /// The whole content, of at most `bytesMax` bytes. Several members in a row are one content (RFC 1952 §2.2).
    public static func decompress(_ bytes: ByteBuffer, bytesMax: Int) throws(GzipError) -> ByteBuffer {
        let inflater = try GzipInflater(bytesMax: bytesMax)
        let content = try inflater.inflate(bytes)
        guard inflater.isComplete else { throw .corrupt }
        return content
    }

    public static func decompress(_ bytes: [UInt8], bytesMax: Int) throws(GzipError) -> [UInt8] {
        Array(buffer: try decompress(ByteBuffer(bytes: bytes), bytesMax: bytesMax))
    }
}
