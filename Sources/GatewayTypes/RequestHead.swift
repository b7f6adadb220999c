public import NIOCore

/// The HTTP methods that Weir tells apart.
public enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case other = "_OTHER"
}

/// A header field's name, lower-case, for look-ups in a `RequestHead`.
public struct HeaderName: Hashable, Sendable, ExpressibleByStringLiteral {
    public let text: String
    @usableFromInline let bytes: [UInt8]

    public init(_ text: String) {
        self.text = text.lowercased()
        bytes = Array(self.text.utf8)
    }

    public init(stringLiteral value: String) { self.init(value) }

    @inlinable public static func == (left: HeaderName, right: HeaderName) -> Bool { left.bytes == right.bytes }
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// The fields that the core itself reads; prepared, because making a name costs more than finding it.
extension HeaderName {
    public static let userAgent: HeaderName = "user-agent"
    public static let traceparent: HeaderName = "traceparent"
    public static let tracestate: HeaderName = "tracestate"
    public static let weirDebug: HeaderName = "x-weir-debug"
    public static let contentLength: HeaderName = "content-length"
    public static let contentEncoding: HeaderName = "content-encoding"
}

/// A request's head as it came: one buffer, and where its parts lie. Names and values are looked up on demand.
public struct RequestHead: Sendable {
    /// Where one field's name and value lie, in bytes from the buffer's reader index.
    public struct Field: Sendable {
        public let nameStart: Int, nameLength: Int, valueStart: Int, valueLength: Int

        @inlinable public init(nameStart: Int, nameLength: Int, valueStart: Int, valueLength: Int) {
            self.nameStart = nameStart
            self.nameLength = nameLength
            self.valueStart = valueStart
            self.valueLength = valueLength
        }
    }

    public let bytes: ByteBuffer
    public let method: Method
    /// Path without the query, percent-encoded as it came.
    public let path: String
    /// What follows `?`, without it.
    public let query: String?
    public let fields: [Field]
    /// The peer's address, without the port.
    public let clientAddress: String
    /// Nil: the connection is not encrypted.
    public let security: ConnectionSecurity?

    public init(
        bytes: ByteBuffer, method: Method, path: String, query: String?, fields: [Field], clientAddress: String,
        security: ConnectionSecurity? = nil
    ) {
        self.bytes = bytes
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.clientAddress = clientAddress
        self.security = security
    }

    /// The value of the first field of that name.
    public subscript(name: HeaderName) -> String? {
        bytes.withUnsafeReadableBytes { raw in
            for field in fields where Self.matches(raw, field, name) { return Self.value(raw, field) }
            return nil
        }
    }

    /// The value of the field of that name; nil where there is none, or more than one.
    public func only(_ name: HeaderName) -> String? {
        bytes.withUnsafeReadableBytes { raw in
            var found: Field?
            for field in fields where Self.matches(raw, field, name) {
                if found != nil { return nil }
                found = field
            }
            return found.map { Self.value(raw, $0) }
        }
    }

    /// The values of all fields of that name, in order.
    public func all(_ name: HeaderName) -> [String] {
        bytes.withUnsafeReadableBytes { raw in
            fields.compactMap { Self.matches(raw, $0, name) ? Self.value(raw, $0) : nil }
        }
    }

    /// Every field as text, in order. For the few places that need them all.
    public var allFields: [(name: String, value: String)] {
        bytes.withUnsafeReadableBytes { raw in
            fields.map { field in
                let name = UnsafeRawBufferPointer(rebasing: raw[field.nameStart..<field.nameStart + field.nameLength])
                return (String(decoding: name, as: UTF8.self), Self.value(raw, field))
            }
        }
    }

    private static func matches(_ raw: UnsafeRawBufferPointer, _ field: Field, _ name: HeaderName) -> Bool {
        guard field.nameLength == name.bytes.count else { return false }
        for position in 0..<field.nameLength {
            var byte = raw[field.nameStart + position]
            if byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            if byte != name.bytes[position] { return false }
        }
        return true
    }

    private static func value(_ raw: UnsafeRawBufferPointer, _ field: Field) -> String {
        String(
            decoding: UnsafeRawBufferPointer(rebasing: raw[field.valueStart..<field.valueStart + field.valueLength]),
            as: UTF8.self)
    }
}
