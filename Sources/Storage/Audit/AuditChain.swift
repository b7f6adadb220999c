import GatewayTypes

/// How the entries of the audit log hang together: each entry's hash is the SHA-256 of the hash before it (32 zero
/// bytes before the first) and the entry's canonical encoding.
///
/// The encoding: the byte 1 (its version), the sequence and the time in nanoseconds as big-endian 64-bit integers, then
/// the texts actor, action, subject, before, after, reason, exchange and trace id. A text is its length in bytes as a
/// big-endian 32-bit integer and its UTF-8 bytes; an absent one is the length 0xFFFFFFFF alone. No two entries have the
/// same encoding. It never changes: a chain that was begun must be verified by every later Weir.
public struct AuditChain: Sendable {
    public typealias Digest = @Sendable (_ bytes: [UInt8]) -> [UInt8]

    static let genesis = [UInt8](repeating: 0, count: 32)
    private static let version: UInt8 = 1

    let sha256: Digest

    public init(sha256: @escaping Digest) { self.sha256 = sha256 }

    /// The fields as the table holds them, so that whatever is found there can be hashed.
    struct Fields {
        var sequence: Int64
        var at: Int64
        /// actor, action, subject, before, after, reason, exchange, trace id.
        var texts: [String?]

        init(sequence: Int64, _ event: AuditEvent) {
            self.sequence = sequence
            at = event.at.nanoseconds
            texts = [
                event.actor, event.action.rawValue, event.subject, event.before, event.after, event.reason,
                event.exchange?.description, event.traceID,
            ].map { $0.map(Self.storable) }
        }

        /// What SQLite gives back as it was: no zero bytes, and not without end.
        private static func storable(_ text: String) -> String {
            guard text.utf8.count > textBytesMax || text.utf8.contains(0) else { return text }
            return String(decoding: text.utf8.prefix(textBytesMax).map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
        }

        private static let textBytesMax = 4_096

        init(sequence: Int64, at: Int64, texts: [String?]) {
            self.sequence = sequence
            self.at = at
            self.texts = texts
        }
    }

    func hash(_ fields: Fields, after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        bytes.reserveCapacity(512)
        bytes.append(Self.version)
        Self.put(fields.sequence, into: &bytes)
        Self.put(fields.at, into: &bytes)
        for text in fields.texts {
            guard let text else {
                Self.put(UInt32.max, into: &bytes)
                continue
            }
            let utf8 = text.utf8
            Self.put(UInt32(clamping: utf8.count), into: &bytes)
            bytes.append(contentsOf: utf8)
        }
        return sha256(bytes)
    }

    private static func put<Number: FixedWidthInteger>(_ number: Number, into bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
