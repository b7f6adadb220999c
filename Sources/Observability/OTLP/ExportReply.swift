import COTLP
import NIOCore

/// What a collector said to a batch it took. Nothing where it cannot be read, for the batch was taken.
struct ExportReply {
    /// Items that it refused for good.
    let rejected: Int
    /// What it wants people to know.
    let message: String

    init(_ body: ByteBuffer, isText: Bool) {
        (rejected, message) = isText ? (Self.rejected(inText: body), "") : Self.read(body)
    }

    private static func read(_ body: ByteBuffer) -> (Int, String) {
        body.withUnsafeReadableBytes { raw in
            guard
                let reply = weir_otlp__export_response__unpack(
                    nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress)
            else { return (0, "") }
            defer { weir_otlp__export_response__free_unpacked(reply, nil) }
            guard let partial = reply.pointee.partial_success?.pointee else { return (0, "") }
            return (Int(clamping: partial.rejected), partial.error_message.map { String(cString: $0) } ?? "")
        }
    }

    /// `{"partialSuccess":{"rejectedSpans":"3"}}`: the number behind the one key that begins with `rejected`, with
    /// quotes or without.
    private static func rejected(inText body: ByteBuffer) -> Int {
        let bytes = body.readableBytesView
        let key = Array("\"rejected".utf8)
        guard bytes.count > key.count,
            let start = bytes.indices.dropLast(key.count).first(where: { bytes[$0...].starts(with: key) }),
            let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":"))
        else { return 0 }
        let rest = bytes[(colon + 1)...].drop { $0 == 0x20 || $0 == UInt8(ascii: "\"") }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}
