import GatewayTypes
import NIOCore

/// Writes reply heads and chunk frames (RFC 9112 §4, §7.1).
enum ReplyEncoder {
    /// How the end of a reply's body is told.
    enum BodyFraming {
        case length(Int)
        case chunked
        case untilClose
        case none
    }

    static let continueLine = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    static func writeHead(
        _ head: ReplyHead, framing: BodyFraming, close: Bool, date: String, into out: inout ByteBuffer
    ) {
        out.writeStaticString("HTTP/1.1 ")
        out.writeString(statusLine(head.status))
        for field in head.fields {
            out.writeString(field.name)
            out.writeStaticString(": ")
            out.writeString(field.value)
            out.writeStaticString("\r\n")
        }
        out.writeStaticString("date: ")
        out.writeString(date)
        switch framing {
        case .length(let bytes):
            out.writeStaticString("\r\ncontent-length: ")
            out.writeString(String(bytes))
        case .chunked: out.writeStaticString("\r\ntransfer-encoding: chunked")
        case .untilClose, .none: break
        }
        out.writeStaticString(close ? "\r\nconnection: close\r\n\r\n" : "\r\n\r\n")
    }

    /// The size line of one chunk.
    static func writeChunkSize(_ bytes: Int, into out: inout ByteBuffer) {
        out.writeString(String(bytes, radix: 16))
        out.writeStaticString("\r\n")
    }

    private static func statusLine(_ status: Int) -> String {
        switch status {
        case 101: "101 Switching Protocols\r\n"
        case 200: "200 OK\r\n"
        case 400: "400 Bad Request\r\n"
        case 401: "401 Unauthorized\r\n"
        case 404: "404 Not Found\r\n"
        case 429: "429 Too Many Requests\r\n"
        case 500: "500 Internal Server Error\r\n"
        case 502: "502 Bad Gateway\r\n"
        case 503: "503 Service Unavailable\r\n"
        case 504: "504 Gateway Timeout\r\n"
        case _: "\(status) -\r\n"
        }
    }
}

/// The `date` field (RFC 9110 §5.6.7), made once a second.
struct DateText {
    private var second: Int64 = -1
    private(set) var text = ""

    mutating func update(to time: WallTime) {
        let now = time.nanoseconds / 1_000_000_000
        guard now != second else { return }
        second = now
        let days = now / 86_400
        let date = CalendarDate(daysSince1970: days)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days % 7)]
        let name = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][date.month - 1]
        let clock = now % 86_400
        text =
            "\(weekday), \(Self.two(date.day)) \(name) \(date.year) "
            + "\(Self.two(Int(clock / 3600))):\(Self.two(Int(clock / 60 % 60))):\(Self.two(Int(clock % 60))) GMT"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
