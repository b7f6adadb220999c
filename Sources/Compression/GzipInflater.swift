import CZlib
public import NIOCore

/// Reads gzip piece by piece, in any split of its bytes. Confined to one thread at a time.
public final class GzipInflater {
    private var stream = z_stream()
    private let bytesMax: Int
    private var produced = 0
    private var memberOpen = true
    private var begun = false

    /// `bytesMax`: of content, over the inflater's whole life.
    public init(bytesMax: Int) throws(GzipError) {
        self.bytesMax = bytesMax
        guard weir_inflate_init_gzip(&stream) == Z_OK else { throw .outOfMemory }
    }

    deinit { inflateEnd(&stream) }

    /// Whether all that was fed is whole members and nothing else.
    public var isComplete: Bool { begun && !memberOpen }

    /// The content of these bytes, as far as it can be told.
    public func inflate(_ bytes: ByteBuffer) throws(GzipError) -> ByteBuffer {
        var output = ByteBuffer()
        let result = bytes.withUnsafeReadableBytes { input -> Result<Void, GzipError> in
            guard let start = input.bindMemory(to: UInt8.self).baseAddress, !input.isEmpty else { return .success(()) }
            begun = true
            stream.next_in = UnsafeMutablePointer(mutating: start)
            stream.avail_in = UInt32(input.count)
            return inflateAll(into: &output)
        }
        try result.get()
        return output
    }

    private func inflateAll(into output: inout ByteBuffer) -> Result<Void, GzipError> {
        repeat {
            if !memberOpen {
                guard stream.avail_in > 0 else { return .success(()) }
                guard inflateReset(&stream) == Z_OK else { return .failure(.corrupt) }
                memberOpen = true
            }
            let space = min(64 * 1024, max(512, Int(stream.avail_in) * 4), bytesMax - produced + 1)
            var status = Z_OK
            let written = output.writeWithUnsafeMutableBytes(minimumWritableBytes: space) { room in
                stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(space)
                status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return space - Int(stream.avail_out)
            }
            produced += written
            guard produced <= bytesMax else { return .failure(.tooLarge(bytesMax: bytesMax)) }
            switch status {
            case Z_STREAM_END: memberOpen = false
            case Z_OK: break
            case Z_BUF_ERROR: return .success(())
            case Z_MEM_ERROR: return .failure(.outOfMemory)
            default: return .failure(.corrupt)
            }
        } while stream.avail_in > 0 || stream.avail_out == 0
        return .success(())
    }
}
