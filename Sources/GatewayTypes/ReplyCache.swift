public import NIOCore

/// Which cache was asked: the label `kind`.
public enum CacheKind: String, CaseIterable, Sendable {
    /// The same request.
    case exact
    /// A request that means the same.
    case semantic
}

/// What came of asking a cache: the label `result`.
public enum CacheResult: String, CaseIterable, Sendable { case hit, miss, bypass }

/// Why two questions that are near each other are not the same: the label `trap`.
public enum ParaphraseTrap: String, CaseIterable, Sendable {
    /// Numbers differ, or their order.
    case number
    /// Names, or other words that carry the meaning.
    case name
    case negation
    case date, unit
    /// What stands in quotation marks.
    case quote
    /// Identifiers, paths, addresses, formulas.
    case code
    /// One says more, the other less.
    case opposite
}

/// What the cache did for an exchange.
public final class CacheUse: Sendable {
    public let exact: CacheResult
    /// Nil: it was not asked.
    public let semantic: CacheResult?
    /// Nil: the provider was asked.
    public let hit: CacheHit?
    /// Why the nearest question is not the same; nil: none was near.
    public let trap: ParaphraseTrap?
    /// How long it waited for others that asked the same, for the disk, or for a model.
    public let waitedNanoseconds: Int64

    public init(
        exact: CacheResult, semantic: CacheResult? = nil, hit: CacheHit? = nil, trap: ParaphraseTrap? = nil,
        waitedNanoseconds: Int64 = 0
    ) {
        self.trap = trap
        self.exact = exact
        self.semantic = semantic
        self.hit = hit
        self.waitedNanoseconds = waitedNanoseconds
    }

    /// The one word for the whole.
    public var result: CacheResult { hit == nil ? exact : .hit }
}

/// A reply of earlier that was said again.
public struct CacheHit: Sendable {
    public let kind: CacheKind
    /// Whole seconds since it was stored.
    public let ageSeconds: Int64
    /// How near the two questions are, -1 … 1; nil: they are the same.
    public let similarity: Double?
    public let reply: StoredReply

    public init(kind: CacheKind, ageSeconds: Int64, similarity: Double?, reply: StoredReply) {
        self.kind = kind
        self.ageSeconds = ageSeconds
        self.similarity = similarity
        self.reply = reply
    }
}

/// What a provider said once, in its own bytes, to be said again.
public final class StoredReply: Sendable {
    /// How it came: where one read ended, and when.
    public struct Piece: Sendable, Equatable {
        /// Bytes from the body's first to the piece's last.
        public let end: Int
        /// Milliseconds after the first piece.
        public let milliseconds: Int

        public init(end: Int, milliseconds: Int) {
            self.end = end
            self.milliseconds = milliseconds
        }
    }

    /// Where the reply came from.
    public struct Source: Sendable, Equatable {
        /// By name, because it outlives the configuration that it was made under.
        public let provider: String
        public let servedModel: String
        /// The surface of the request that it was a reply to, and whether that was translated.
        public let surface: Surface
        public let isTranslated: Bool
        /// Whether it came as a stream, and how that was framed towards its client.
        public let stream: Bool
        public let framing: StreamFraming
        public let contentType: String?

        public init(
            provider: String, servedModel: String, surface: Surface, isTranslated: Bool, stream: Bool,
            framing: StreamFraming, contentType: String?
        ) {
            self.provider = provider
            self.servedModel = servedModel
            self.surface = surface
            self.isTranslated = isTranslated
            self.stream = stream
            self.framing = framing
            self.contentType = contentType
        }
    }

    /// What it took to get it.
    public struct Price: Sendable, Equatable {
        /// Nil where its price is unknown.
        public var cost: Money?
        public var tokens: Int64
        public var nanoseconds: Int64

        public init(cost: Money?, tokens: Int64, nanoseconds: Int64) {
            self.cost = cost
            self.tokens = tokens
            self.nanoseconds = nanoseconds
        }
    }

    /// The exchange that it was made for, and its span.
    public let origin: ExchangeID
    public let originSpan: TraceLink
    public let storedAt: WallTime
    public let source: Source
    public let body: ByteBuffer
    public let pieces: [Piece]
    public let price: Price

    public init(
        origin: ExchangeID, originSpan: TraceLink, storedAt: WallTime, source: Source, body: ByteBuffer,
        pieces: [Piece], price: Price
    ) {
        self.origin = origin
        self.originSpan = originSpan
        self.storedAt = storedAt
        self.source = source
        self.body = body
        self.pieces = pieces
        self.price = price
    }

    /// What it takes of memory, about.
    public var bytes: Int { body.readableBytes + pieces.count * 16 + 512 }

    public func ageSeconds(at time: WallTime) -> Int64 {
        max(0, (time.nanoseconds - storedAt.nanoseconds) / 1_000_000_000)
    }

    /// The target of a route that it came from; nil where the route has it no more, or reaches it in another way.
    public func target(among targets: [Target]) -> Target? {
        targets.first { target in
            target.provider.text == source.provider && target.servedModel.text == source.servedModel
                && target.way(for: source.surface)?.isTranslated == source.isTranslated
        }
    }
}

/// A reply of earlier, on its way to a client.
public final class Replay: Sendable {
    public let reply: StoredReply
    /// Where it came from then, of the configuration in force.
    public let target: Target
    /// Whether a stream is as slow as it was; no pause is longer than this. 0: at once.
    public let pauseSecondsMax: Double

    public init(_ reply: StoredReply, of target: Target, pauseSecondsMax: Double = 0) {
        self.reply = reply
        self.target = target
        self.pauseSecondsMax = pauseSecondsMax
    }
}

/// Is handed what the provider said, once its exchange is over.
public protocol ReplyKeeper: AnyObject, Sendable {
    /// Longer replies are not wanted.
    var bytesMax: Int { get }
    /// Exactly once. Nil: there is no whole reply of one provider, for whatever reason.
    func settle(_ reply: StoredReply?, _ outcome: borrowing Outcome)
}

/// Stands for a request, its tenant and all that its reply depends on: a SHA-256.
///
/// Four words and no vector: the frames of asynchronous functions are not aligned for those.
public struct CacheKey: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    /// The first 32 bytes.
    public init(digest: [UInt8]) {
        func word(_ index: Int) -> UInt64 {
            digest.dropFirst(index * 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.init(word(0), word(1), word(2), word(3))
    }

    public var bytes: [UInt8] {
        [first, second, third, fourth].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - $0 * 8)) }
        }
    }

    /// It is a hash already.
    public func hash(into hasher: inout Hasher) { hasher.combine(first) }
}

/// Keeps replies beyond the process, where it is configured. The roof implements it.
public protocol ReplyArchive: Sendable {
    /// Off the event loops; nil where there is none, or the disk fails.
    func find(_ key: CacheKey) async -> StoredReply?
    /// For later; never waits, and drops what does not fit.
    func keep(_ entry: CacheEntry)
    /// Returns how many went; nil: all routes, all teams.
    func purge(route: String?, team: String?) async -> Int
    /// Once what was to be kept is written.
    func flush() async
    var reading: CacheReading { get }
}

/// A reply to be kept, and whose it is.
public struct CacheEntry: Sendable {
    public let key: CacheKey
    public let reply: StoredReply
    public let route: String
    public let team: String
    /// Seconds that it is good for.
    public let ttlSeconds: Double

    public init(key: CacheKey, reply: StoredReply, route: String, team: String, ttlSeconds: Double) {
        self.key = key
        self.reply = reply
        self.route = route
        self.team = team
        self.ttlSeconds = ttlSeconds
    }
}

/// What a tier holds.
public struct CacheReading: Sendable, Equatable {
    public var entries = 0
    public var bytes = 0
    /// Replies that had to make room, and those found too old.
    public var evicted: UInt64 = 0
    public var expired: UInt64 = 0
    /// What the disk did not take.
    public var dropped: UInt64 = 0

    public init() {}
}

/// Writes a request so that requests which mean the same are the same bytes.
public protocol RequestNormalizer: Sendable {
    /// Without what does not matter to the reply: the model (it is the route's), whether it is streamed, who asks, and how
    /// it is written. `question`: a text of the conversation to be left out where it stands last.
    /// Nil where it cannot be read, or the question does not stand in it as one text.
    func normalized(_ request: ModelRequest, without question: String?) -> [UInt8]?
}
