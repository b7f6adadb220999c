public import GatewayTypes

/// A finished span, in no particular protocol's words.
public struct SpanData: Sendable {
    /// The numbers are OTLP's.
    public enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
    }

    public enum Status: Equatable, Sendable {
        case unset
        /// The message holds no prompts, replies or keys; empty where `error.type` says it all.
        case error(String)
    }

    public struct Event: Sendable {
        public let name: String
        public let at: WallTime
    }

    /// Another span that has to do with this one.
    public struct Link: Sendable {
        public let span: TraceLink
        public let attributes: SpanAttributes
    }

    public let name: String
    public let kind: Kind
    public let traceHigh: UInt64
    public let traceLow: UInt64
    public let spanID: UInt64
    public let parentSpanID: UInt64?
    /// Whether the parent is in another process.
    public let parentIsRemote: Bool
    /// Of the trace; see `TraceContext`.
    public let flags: UInt8
    public let state: String?
    public let began: WallTime
    public let ended: WallTime
    public internal(set) var attributes: SpanAttributes
    public internal(set) var status: Status = .unset
    public internal(set) var events: [Event] = []
    /// What the limits left out.
    public internal(set) var droppedAttributes = 0
    public internal(set) var droppedEvents = 0
    public internal(set) var links: [Link] = []
}

extension SpanData {
    /// A span of nothing, in a trace of its own.
    public init(testOf name: String, at: WallTime) {
        var ids = IDSource()
        self.init(
            name: name, kind: .internal, traceHigh: ids.spanID(), traceLow: ids.spanID(), spanID: ids.spanID(),
            parentSpanID: nil, parentIsRemote: false, flags: 1, state: nil, began: at, ended: at,
            attributes: SpanAttributes(expected: 0))
    }
}

/// A span's attributes in the order they were set.
public struct SpanAttributes: Sendable {
    public enum Value: Equatable, Sendable {
        case text(String)
        case integer(Int64)
        case number(Double)
        case flag(Bool)
        case texts([String])
    }

    public private(set) var all: [(key: String, value: Value)] = []

    init(expected count: Int) { all.reserveCapacity(count) }

    /// Longest text kept, in bytes: what a client or provider sent may be of any length.
    private static let textBytesMax = 1_024

    public subscript(key: String) -> Value? { all.first { $0.key == key }?.value }

    mutating func set(_ key: String, _ text: String?) {
        guard let text else { return }
        all.append((key, .text(BoundedText.prefix(of: text, bytesMax: Self.textBytesMax))))
    }
    /// Text that was cut to a bound of its own.
    mutating func set(whole key: String, _ text: String) { all.append((key, .text(text))) }
    mutating func set(_ key: String, _ number: Int64?) {
        if let number { all.append((key, .integer(number))) }
    }
    mutating func set(_ key: String, _ number: Int) { all.append((key, .integer(Int64(number)))) }
    mutating func set(_ key: String, _ number: Double?) {
        if let number { all.append((key, .number(number))) }
    }
    mutating func set(_ key: String, _ flag: Bool) { all.append((key, .flag(flag))) }
    mutating func set(_ key: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        let bounded = texts.prefix(128).map { BoundedText.prefix(of: $0, bytesMax: Self.textBytesMax) }
        all.append((key, .texts(bounded)))
    }

    /// Drops what is beyond `count`, and cuts texts; returns how many attributes were dropped.
    mutating func limit(count: Int, characters: Int?) -> Int {
        let dropped = max(0, all.count - count)
        all.removeLast(dropped)
        guard let characters else { return dropped }
        for position in all.indices {
            switch all[position].value {
            case .text(let text): all[position].value = .text(String(text.prefix(characters)))
            case .texts(let texts): all[position].value = .texts(texts.map { String($0.prefix(characters)) })
            case .integer, .number, .flag: break
            }
        }
        return dropped
    }
}

/// Text cut to a number of bytes, never inside a character.
enum BoundedText {
    static func prefix(of text: String, bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: bytesMax)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
