import GatewayTypes
import NIOCore

/// What the framer must know of a head beside the head itself.
struct RequestFraming: Equatable {
    enum Body: Equatable {
        case none
        case length(Int)
        case chunked
    }
    var body = Body.none
    var keepAlive = true
    /// HTTP/1.0 clients do not know chunks: a reply of unknown length ends with the connection.
    var knowsChunks = true
    var expectsContinue = false
    var gzip = false
}

/// Parses one request head (RFC 9112 §3, §5), refusing everything ambiguous: two readers of the same bytes must never
/// disagree about where a request ends.
struct RequestHeadParser {
    private let raw: UnsafeRawBufferPointer
    private let settings: ListenerSettings
    private var position = 0
    private var framing = RequestFraming()
    private var fields: [RequestHead.Field] = []
    private var hosts = 0
    private var lengths = 0
    private var encodings = 0

    /// `raw` is the head with its final empty line.
    private init(_ raw: UnsafeRawBufferPointer, _ settings: ListenerSettings) {
        self.raw = raw
        self.settings = settings
        fields.reserveCapacity(16)
    }

    static func parse(
        _ bytes: ByteBuffer, settings: ListenerSettings, clientAddress: String, security: ConnectionSecurity? = nil
    ) throws(Failure) -> (RequestHead, RequestFraming) {
        let parsed: Result<(Line, [RequestHead.Field], RequestFraming), Failure> = bytes.withUnsafeReadableBytes {
            raw in
            var parser = RequestHeadParser(raw, settings)
            do throws(Failure) {
                let line = try parser.parseLine()
                try parser.parseFields(version: line.version)
                return .success((line, parser.fields, parser.framing))
            } catch {
                return .failure(error)
            }
        }
        let (line, fields, framing) = try parsed.get()
        let head = RequestHead(
            bytes: bytes, method: line.method, path: line.path, query: line.query, fields: fields,
            clientAddress: clientAddress, security: security)
        return (head, framing)
    }

    // MARK: The request line

    private struct Line {
        let method: Method
        let path: String
        let query: String?
        /// The minor version of HTTP/1.
        let version: Int
    }

    private mutating func parseLine() throws(Failure) -> Line {
        let methodStart = position
        while position < raw.count, Self.isToken(raw[position]) { position += 1 }
        guard position > methodStart, position < raw.count, raw[position] == .space else {
            throw Self.refuse("The request line does not begin with a method and one space.")
        }
        let method = Method(rawValue: text(methodStart..<position)) ?? .other
        position += 1

        let targetStart = position
        var queryStart: Int?
        while position < raw.count, raw[position] > .space, raw[position] < 0x7F {
            if raw[position] == UInt8(ascii: "?"), queryStart == nil { queryStart = position }
            position += 1
        }
        let target = targetStart..<position
        guard !target.isEmpty, raw[targetStart] == UInt8(ascii: "/") || text(target) == "*" else {
            throw Self.refuse("The request target must be a path that begins with \"/\".")
        }
        guard position + 11 <= raw.count, raw[position] == .space, text(position + 1..<position + 8) == "HTTP/1.",
            raw[position + 8] == UInt8(ascii: "1") || raw[position + 8] == UInt8(ascii: "0"),
            raw[position + 9] == .carriageReturn, raw[position + 10] == .lineFeed
        else { throw Self.refuse("The request line must end with \" HTTP/1.1\".") }
        let version = Int(raw[position + 8] - UInt8(ascii: "0"))
        position += 11
        framing.keepAlive = version == 1
        framing.knowsChunks = version == 1
        let path = text(targetStart..<(queryStart ?? target.upperBound))
        return Line(
            method: method, path: path, query: queryStart.map { text($0 + 1..<target.upperBound) }, version: version)
    }

    // MARK: The fields

    private mutating func parseFields(version: Int) throws(Failure) {
        while raw[position] != .carriageReturn {
            let field = try parseField()
            guard fields.count < settings.headerCountMax else {
                throw Failure(.headTooLarge, "The request has more than \(settings.headerCountMax) header fields.")
            }
            fields.append(field)
            try note(field, version: version)
        }
        guard position + 2 == raw.count else {
            throw Self.refuse("The head holds a carriage return that ends no line.")
        }
        guard hosts == 1 || (hosts == 0 && version == 0) else {
            throw Self.refuse("The request must have exactly one Host field.")
        }
        guard lengths == 0 || encodings == 0 else {
            throw Self.refuse("The request has both Content-Length and Transfer-Encoding.")
        }
    }

    private mutating func parseField() throws(Failure) -> RequestHead.Field {
        let nameStart = position
        while position < raw.count, Self.isToken(raw[position]) { position += 1 }
        let nameEnd = position
        guard nameEnd > nameStart, raw[nameEnd] == UInt8(ascii: ":") else {
            throw Self.refuse("A header field must be a name, directly followed by a colon, on one line.")
        }
        position += 1
        while raw[position] == .space || raw[position] == .tab { position += 1 }
        let valueStart = position
        while Self.isFieldByte(raw[position]) { position += 1 }
        guard raw[position] == .carriageReturn, raw[position + 1] == .lineFeed else {
            throw Self.refuse("A header field holds a control character, or a line that does not end with CRLF.")
        }
        var valueEnd = position
        while valueEnd > valueStart, raw[valueEnd - 1] == .space || raw[valueEnd - 1] == .tab { valueEnd -= 1 }
        position += 2
        return RequestHead.Field(
            nameStart: nameStart, nameLength: nameEnd - nameStart, valueStart: valueStart,
            valueLength: valueEnd - valueStart)
    }

    /// Reads the few fields that frame the message.
    private mutating func note(_ field: RequestHead.Field, version: Int) throws(Failure) {
        let value = field.valueStart..<field.valueStart + field.valueLength
        switch field.nameLength {
        case 4 where names(field, "host"): hosts += 1
        case 6 where names(field, "expect"):
            guard equals(value, "100-continue") else { throw Self.refuse("The only known Expect is 100-continue.") }
            framing.expectsContinue = version == 1
        case 10 where names(field, "connection"):
            for option in text(value).lowercased().split(separator: ",") {
                switch option.trimmingSpaces {
                case "close": framing.keepAlive = false
                case "keep-alive": if version == 0 { framing.keepAlive = true }
                case _: break
                }
            }
        case 14 where names(field, "content-length"): try noteLength(value)
        case 16 where names(field, "content-encoding"):
            if equals(value, "gzip") || equals(value, "x-gzip") {
                framing.gzip = true
            } else if !equals(value, "identity") {
                throw Failure(.unsupportedEncoding, "The body's Content-Encoding must be gzip or identity.")
            }
        case 17 where names(field, "transfer-encoding"):
            encodings += 1
            guard version == 1, encodings == 1, equals(value, "chunked") else {
                throw Self.refuse("The only known Transfer-Encoding is one \"chunked\", in HTTP/1.1.")
            }
            framing.body = .chunked
        case _: break
        }
    }

    private mutating func noteLength(_ value: Range<Int>) throws(Failure) {
        lengths += 1
        guard lengths == 1, !value.isEmpty, value.count <= 15,
            raw[value].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { throw Self.refuse("Content-Length must be there once, as decimal digits.") }
        let length = raw[value].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        framing.body = length == 0 ? .none : .length(length)
    }

    // MARK: Bytes

    private func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: raw[range]), as: UTF8.self)
    }

    private func names(_ field: RequestHead.Field, _ name: StaticString) -> Bool {
        equals(field.nameStart..<field.nameStart + field.nameLength, name)
    }

    /// Equal without regard to ASCII case; `expected` is lower-case.
    private func equals(_ range: Range<Int>, _ expected: StaticString) -> Bool {
        guard range.count == expected.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            var byte = raw[range.lowerBound + offset]
            if byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            if byte != expected.utf8Start[offset] { return false }
        }
        return true
    }

    private static func refuse(_ message: String) -> Failure { Failure(.badRequest, message) }

    /// RFC 9110 §5.6.2.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        // Bit n of a word is set when the byte 64·word + n is a token character.
        byte < 64
            ? 0x03FF_6CFA_0000_0000 as UInt64 >> UInt64(byte) & 1 == 1
            : byte < 128 && 0x57FF_FFFF_C7FF_FFFE as UInt64 >> UInt64(byte - 64) & 1 == 1
    }

    /// Visible characters, spaces, tabs and bytes above ASCII (RFC 9110 §5.5).
    @inline(__always)
    private static func isFieldByte(_ byte: UInt8) -> Bool { byte >= .space ? byte != 0x7F : byte == .tab }
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
}

extension Substring {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
