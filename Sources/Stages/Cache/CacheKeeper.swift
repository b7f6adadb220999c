import GatewayTypes

/// One who leads: others that ask the same wait for it until it says how it ended.
struct CacheLead: Sendable {
    let book: CacheBook
    /// Nil: nobody waits for it.
    let key: CacheKey?

    func end(with reply: StoredReply?) {
        if let key { book.end(key, with: reply) }
    }
}

/// What was found, and how.
struct CacheFinding {
    let kind: CacheKind
    let reply: StoredReply
    let hit: CacheHit
    let waitedNanoseconds: Int64

    init(
        _ kind: CacheKind, _ reply: StoredReply, similarity: Double? = nil, since waitedNanoseconds: Int64?,
        at exchange: borrowing Exchange
    ) {
        self.kind = kind
        self.reply = reply
        self.waitedNanoseconds = waitedNanoseconds ?? 0
        hit = CacheHit(
            kind: kind, ageSeconds: reply.ageSeconds(at: exchange.arrivedAt), similarity: similarity, reply: reply)
    }
}

/// Keeps the reply of an exchange that found none, and lets those who wait have it.
final class CacheKeeper: ReplyKeeper {
    struct Place: Sendable {
        let key: CacheKey
        let route: String
        let team: String
        let ttlSeconds: Double
    }

    let bytesMax: Int
    private let lead: CacheLead
    private let place: Place
    /// The question, where it is to be remembered too.
    private let asked: SemanticSearch.Asked?

    init(_ lead: CacheLead, _ place: Place, bytesMax: Int, asked: SemanticSearch.Asked?) {
        self.lead = lead
        self.place = place
        self.bytesMax = bytesMax
        self.asked = asked
    }

    func settle(_ reply: StoredReply?, _ outcome: borrowing Outcome) {
        guard let reply, KeepingRule.mayKeep(outcome) else { return lead.end(with: nil) }
        lead.book.keep(
            CacheEntry(
                key: place.key, reply: reply, route: place.route, team: place.team, ttlSeconds: place.ttlSeconds))
        if let asked {
            asked.index.add(
                KnownQuestion(key: place.key, essentials: asked.essentials, storedAt: reply.storedAt), asked.vector,
                to: asked.partition)
        }
        lead.end(with: reply)
    }
}
