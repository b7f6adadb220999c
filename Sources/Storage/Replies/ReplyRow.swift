import Foundation
import GRDB
import GatewayTypes
import NIOCore

/// A stored reply as a row.
enum ReplyRow {
    private static let version = 1

    /// A file of another version begins anew.
    static func prepare(_ database: Database) throws {
        if try Int.fetchOne(database, sql: "PRAGMA user_version") != version {
            try database.execute(sql: "DROP TABLE IF EXISTS replies; DROP TABLE IF EXISTS sums")
        }
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS replies (
                    key BLOB PRIMARY KEY, route TEXT NOT NULL, team TEXT NOT NULL,
                    stored_at_ns INTEGER NOT NULL, expires_at_ns INTEGER NOT NULL, bytes INTEGER NOT NULL,
                    origin TEXT NOT NULL, trace_high INTEGER NOT NULL, trace_low INTEGER NOT NULL, span INTEGER NOT NULL,
                    provider TEXT NOT NULL, model TEXT NOT NULL, surface TEXT NOT NULL, translated INTEGER NOT NULL,
                    stream INTEGER NOT NULL, framing TEXT NOT NULL, content_type TEXT,
                    cost TEXT, tokens INTEGER NOT NULL, took_ns INTEGER NOT NULL, pieces BLOB NOT NULL, body BLOB NOT NULL
                );
                CREATE INDEX IF NOT EXISTS replies_by_age ON replies (stored_at_ns, bytes);
                CREATE INDEX IF NOT EXISTS replies_by_end ON replies (expires_at_ns);
                CREATE TABLE IF NOT EXISTS sums (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER, bytes INTEGER);
                INSERT OR IGNORE INTO sums SELECT 1, COUNT(*), COALESCE(SUM(bytes), 0) FROM replies;
                CREATE TRIGGER IF NOT EXISTS reply_came AFTER INSERT ON replies BEGIN
                    UPDATE sums SET count = count + 1, bytes = bytes + NEW.bytes; END;
                CREATE TRIGGER IF NOT EXISTS reply_went AFTER DELETE ON replies BEGIN
                    UPDATE sums SET count = count - 1, bytes = bytes - OLD.bytes; END;
                PRAGMA user_version = \(version);
                """)
    }

    static func sums(_ database: Database) throws -> (count: Int, bytes: Int) {
        let row = try Row.fetchOne(database, sql: "SELECT count, bytes FROM sums")
        return (row?["count"] ?? 0, row?["bytes"] ?? 0)
    }

    static func insert(_ entry: CacheEntry, into database: Database) throws {
        let (reply, source) = (entry.reply, entry.reply.source)
        let expires = reply.storedAt.nanoseconds &+ Int64(entry.ttlSeconds * 1e9)
        // Not `OR REPLACE`, which tells no trigger of the row that goes.
        try database.execute(sql: "DELETE FROM replies WHERE key = ?", arguments: [Data(entry.key.bytes)])
        try database.execute(
            sql: "INSERT INTO replies VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            arguments: [
                Data(entry.key.bytes), entry.route, entry.team, reply.storedAt.nanoseconds, expires, reply.bytes,
                reply.origin.description, Int64(bitPattern: reply.originSpan.traceHigh),
                Int64(bitPattern: reply.originSpan.traceLow), Int64(bitPattern: reply.originSpan.spanID),
                source.provider, source.servedModel, source.surface.rawValue, source.isTranslated, source.stream,
                source.framing.rawValue, source.contentType, reply.price.cost?.description, reply.price.tokens,
                reply.price.nanoseconds, Data(encoded(reply.pieces)), Data(reply.body.readableBytesView),
            ])
    }

    static func find(_ key: CacheKey, in database: Database) throws -> StoredReply? {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM replies WHERE key = ?", arguments: [Data(key.bytes)])
        else { return nil }
        let (body, pieces): (Data, Data) = (row["body"], row["pieces"])
        let (origin, surface, framing): (String, String, String) = (row["origin"], row["surface"], row["framing"])
        let (high, low, span): (Int64, Int64, Int64) = (row["trace_high"], row["trace_low"], row["span"])
        guard let origin = ExchangeID(origin), let surface = Surface(rawValue: surface),
            let framing = StreamFraming(rawValue: framing), let pieces = decoded(Array(pieces), of: body.count)
        else { return nil }
        let cost: String? = row["cost"]
        return StoredReply(
            origin: origin,
            originSpan: TraceLink(
                traceHigh: UInt64(bitPattern: high), traceLow: UInt64(bitPattern: low),
                spanID: UInt64(bitPattern: span)),
            storedAt: WallTime(nanoseconds: row["stored_at_ns"]),
            source: StoredReply.Source(
                provider: row["provider"], servedModel: row["model"], surface: surface,
                isTranslated: row["translated"], stream: row["stream"], framing: framing,
                contentType: row["content_type"]),
            body: ByteBuffer(bytes: body), pieces: pieces,
            price: StoredReply.Price(
                cost: cost.flatMap { Money($0) }, tokens: row["tokens"], nanoseconds: row["took_ns"]))
    }

    // MARK: What goes

    /// A bounded part of what is too old.
    static func expire(at time: WallTime, in database: Database) throws -> Int {
        try database.execute(
            sql: """
                DELETE FROM replies WHERE key IN
                (SELECT key FROM replies WHERE expires_at_ns < ? ORDER BY expires_at_ns LIMIT 64)
                """, arguments: [time.nanoseconds])
        return database.changesCount
    }

    static func evict(_ count: Int, from database: Database) throws -> Int {
        try database.execute(
            sql: "DELETE FROM replies WHERE key IN (SELECT key FROM replies ORDER BY stored_at_ns LIMIT ?)",
            arguments: [count])
        return database.changesCount
    }

    static func purge(route: String?, team: String?, in database: Database) throws -> Int {
        try database.execute(
            sql: "DELETE FROM replies WHERE (?1 IS NULL OR route = ?1) AND (?2 IS NULL OR team = ?2)",
            arguments: [route, team])
        return database.changesCount
    }

    // MARK: Pieces: end and milliseconds, four bytes each

    private static func encoded(_ pieces: [StoredReply.Piece]) -> [UInt8] {
        pieces.flatMap { piece in
            [piece.end, piece.milliseconds].flatMap { value in
                let bits = UInt32(clamping: value)
                return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
            }
        }
    }

    private static func decoded(_ bytes: [UInt8], of bodyBytes: Int) -> [StoredReply.Piece]? {
        guard bytes.count % 8 == 0 else { return nil }
        func value(_ start: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) } }
        var pieces: [StoredReply.Piece] = []
        for start in stride(from: 0, to: bytes.count, by: 8) {
            let piece = StoredReply.Piece(end: value(start), milliseconds: value(start + 4))
            guard piece.end <= bodyBytes, piece.end >= pieces.last?.end ?? 0 else { return nil }
            pieces.append(piece)
        }
        return pieces
    }
}
