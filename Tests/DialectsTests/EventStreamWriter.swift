/// Makes Amazon's event streams, by the slowest and plainest means, so that the splitter is not checked by itself.
enum EventStreamWriter {
    static func event(_ name: String, _ payload: String) -> [UInt8] {
        message(
            [
                string(":event-type", name), string(":content-type", "application/json"),
                string(":message-type", "event"),
            ],
            payload)
    }

    static func exception(_ name: String, _ payload: String) -> [UInt8] {
        message([string(":exception-type", name), string(":message-type", "exception")], payload)
    }

    static func error(_ code: String, _ text: String) -> [UInt8] {
        message(
            [string(":error-code", code), string(":error-message", text), string(":message-type", "error")], "")
    }

    /// A message of InvokeModel's stream, which holds the model's own event as base64.
    static func chunk(_ inner: String) -> [UInt8] {
        event("chunk", #"{"bytes":"\#(base64(Array(inner.utf8)))","p":"abcdef"}"#)
    }

    static func message(_ headers: [[UInt8]], _ payload: String) -> [UInt8] {
        let head = headers.flatMap { $0 }
        var bytes = word(UInt32(head.count + payload.utf8.count + 16)) + word(UInt32(head.count))
        bytes += word(crc(bytes))
        bytes += head + Array(payload.utf8)
        return bytes + word(crc(bytes))
    }

    static func string(_ name: String, _ value: String) -> [UInt8] {
        header(name, type: 7, [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 0xFF)] + Array(value.utf8))
    }

    static func header(_ name: String, type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [type] + value
    }

    static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }

    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var state: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
        }
        return ~state
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let word = part.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
            for place in 0..<4 { text.append(place <= part.count ? digits[word >> (18 - 6 * place) & 63] : "=") }
        }
        return text
    }
}
