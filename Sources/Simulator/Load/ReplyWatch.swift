import Glibc
import GatewayTypes
import NIOCore

/// Follows one reply as a client sees it: tokens, usage, the simulator's stamps, and whether it ended well.
struct ReplyWatch {
    /// What one piece of a body brought.
    struct Piece {
        var hasToken = false
        /// When the simulator made its newest chunk.
        var sentAt: Moment?
    }

    private(set) var isDone = false
    private(set) var hasError = false
    private(set) var outputTokens = 0
    private(set) var bytes = 0
    private let isStream: Bool
    /// What has come of a line that is not over.
    private var rest: [UInt8] = []

    init(isStream: Bool) { self.isStream = isStream }

    mutating func take(_ buffer: ByteBuffer) -> Piece {
        bytes += buffer.readableBytes
        var piece = Piece()
        buffer.withUnsafeReadableBytes { raw in
            guard isStream else { return rest.append(contentsOf: raw) }
            var start = 0
            while start < raw.count {
                guard let end = raw[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                    rest.append(contentsOf: raw[start...])
                    return
                }
                if rest.isEmpty {
                    line(UnsafeRawBufferPointer(rebasing: raw[start..<end]), &piece)
                } else {
                    rest.append(contentsOf: raw[start..<end])
                    let whole = rest
                    rest.removeAll(keepingCapacity: true)
                    whole.withUnsafeBytes { line($0, &piece) }
                }
                start = end + 1
            }
        }
        return piece
    }

    /// The body is over; what a reply that is not streamed brought.
    mutating func end() -> Piece {
        var piece = Piece()
        guard !isStream else { return piece }
        let whole = rest
        whole.withUnsafeBytes { raw in
            learn(raw, &piece)
            isDone = raw.last == UInt8(ascii: "}")
        }
        return piece
    }

    private mutating func line(_ raw: UnsafeRawBufferPointer, _ piece: inout Piece) {
        guard Self.find("data:", raw) == 0 else { return }
        if Self.find("[DONE]", raw) != nil && raw.count < 16 {
            isDone = true
        } else if let error = Self.find("{\"error\":", raw), error <= 6 {
            hasError = true
        } else {
            learn(raw, &piece)
        }
    }

    private mutating func learn(_ raw: UnsafeRawBufferPointer, _ piece: inout Piece) {
        if let tokens = Self.number(after: "\"completion_tokens\":", raw) { outputTokens = Int(tokens) }
        if let stamp = Self.number(after: "\"sim_sent_ns\":", raw) { piece.sentAt = Moment(nanoseconds: stamp) }
        if Self.hasText("\"content\":\"", raw) || Self.hasText("\"reasoning_content\":\"", raw)
            || Self.find("\"tool_calls\":[", raw) != nil || Self.find("\"embedding\":", raw) != nil
        {
            piece.hasToken = true
        }
    }

    /// Whether a text opens behind `key` and is not empty.
    private static func hasText(_ key: StaticString, _ raw: UnsafeRawBufferPointer) -> Bool {
        guard let start = find(key, raw) else { return false }
        let first = start + key.utf8CodeUnitCount
        return first < raw.count && raw[first] != UInt8(ascii: "\"")
    }

    private static func number(after key: StaticString, _ raw: UnsafeRawBufferPointer) -> UInt64? {
        guard let start = find(key, raw) else { return nil }
        let digits = raw[(start + key.utf8CodeUnitCount)...].prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty || digits.count > 19 ? nil : digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }

    private static func find(_ needle: StaticString, _ raw: UnsafeRawBufferPointer) -> Int? {
        let count = needle.utf8CodeUnitCount
        guard let base = raw.baseAddress else { return nil }
        var position = 0
        while position + count <= raw.count {
            let left = raw.count - position - count + 1
            guard let hit = memchr(base + position, Int32(needle.utf8Start[0]), left) else { return nil }
            position = UnsafeRawPointer(hit) - base
            if memcmp(base + position, needle.utf8Start, count) == 0 { return position }
            position += 1
        }
        return nil
    }
}
