import GatewayTypes

/// Reads a reply's head from the lines that libcurl hands over. Interim replies (1xx) are read over;
/// lines after the head are trailers.
struct ReplyHeadReader {
    enum Step { case more, complete, tooLarge, malformed }

    private(set) var status = 0
    private(set) var fields: [ReplyField] = []
    /// Whether a byte of the reply has come.
    private(set) var began = false
    private(set) var isComplete = false
    private(set) var trailers: [ReplyField] = []
    private var bytes = 0
    private let bytesMax: Int
    private let mayUpgrade: Bool

    /// `mayUpgrade`: the request asked for another protocol, so that 101 is no interim reply.
    init(bytesMax: Int, mayUpgrade: Bool = false) {
        self.bytesMax = bytesMax
        self.mayUpgrade = mayUpgrade
    }

    /// Takes one line with its line end.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Step {
        began = true
        bytes += line.count
        guard bytes <= bytesMax else { return .tooLarge }
        let text = Self.trimmed(line[...])
        if isComplete {
            Self.take(text, folded: Self.isFolded(line), into: &trailers)
            return .more
        }
        if status == 0 { return takeStatus(text) }
        if text.isEmpty {
            guard status >= 200 || (status == 101 && mayUpgrade) else {
                // 101 would end HTTP on this connection, which nobody asked for.
                guard status != 101 else { return .malformed }
                status = 0
                fields.removeAll(keepingCapacity: true)
                return .more
            }
            isComplete = true
            return .complete
        }
        Self.take(text, folded: Self.isFolded(line), into: &fields)
        return .more
    }

    /// The head, when it is complete; fields that no longer hold of a decoded body are left out.
    mutating func head() -> UpstreamHead {
        let coded = fields.contains { $0.name == "content-encoding" && $0.value.lowercased() != "identity" }
        if coded { fields.removeAll { $0.name == "content-encoding" || $0.name == "content-length" } }
        let head = UpstreamHead(status: status, fields: fields)
        fields = []
        return head
    }

    /// `HTTP/1.1 200 OK`; `HTTP/2 200`.
    private mutating func takeStatus(_ text: Slice<UnsafeRawBufferPointer>) -> Step {
        guard text.starts(with: "HTTP/".utf8), let space = text.firstIndex(of: UInt8(ascii: " ")) else {
            return .malformed
        }
        var value = 0
        let digits = text[(space + 1)...].prefix(3)
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return .malformed }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard digits.count == 3, value >= 100 else { return .malformed }
        status = value
        return .more
    }

    private static func isFolded(_ line: UnsafeRawBufferPointer) -> Bool {
        line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t")
    }

    private static func take(
        _ text: Slice<UnsafeRawBufferPointer>, folded: Bool, into fields: inout [ReplyField]
    ) {
        if folded {
            guard let last = fields.popLast() else { return }
            fields.append(ReplyField(last.name, last.value + " " + String(decoding: text, as: UTF8.self)))
            return
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex else { return }
        let name = text[..<colon]
        let lower = String(unsafeUninitializedCapacity: name.count) { buffer in
            var position = 0
            for byte in name {
                buffer[position] = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                position += 1
            }
            return position
        }
        let value = trimmed(text[(colon + 1)...])
        fields.append(ReplyField(lower, String(decoding: UnsafeRawBufferPointer(rebasing: value), as: UTF8.self)))
    }

    private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var start = text.startIndex
        var end = text.endIndex
        while start < end, text[start] <= UInt8(ascii: " ") { start += 1 }
        while start < end, text[end - 1] <= UInt8(ascii: " ") { end -= 1 }
        return text[start..<end]
    }
}
