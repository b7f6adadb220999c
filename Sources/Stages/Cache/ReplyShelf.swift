import GatewayTypes

/// Stored replies up to a number of bytes; those not used for longest go first. A pure value.
struct ReplyShelf {
    /// A reply and whose it is.
    struct Item: Sendable {
        let key: CacheKey
        let reply: StoredReply
        let route: String
        let team: String
    }

    private struct Node {
        var item: Item
        /// Towards what was used later, and earlier; -1: none.
        var newer: Int
        var older: Int
    }

    private(set) var bytes = 0
    /// Replies that had to make room.
    private(set) var evicted: UInt64 = 0
    /// Replies that were found too old.
    private(set) var expired: UInt64 = 0
    private var bytesMax: Int
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var places: [CacheKey: Int] = [:]
    private var newest = -1
    private var oldest = -1

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var count: Int { places.count }

    mutating func resize(bytesMax: Int) {
        self.bytesMax = bytesMax
        makeRoom(for: 0)
    }

    /// Nil where there is none so young. One older than `ttlSeconds` is thrown away.
    mutating func find(_ key: CacheKey, at time: WallTime, ageSecondsMax: Int64, ttlSeconds: Int64) -> StoredReply? {
        guard let place = places[key], let reply = nodes[place]?.item.reply else { return nil }
        let age = reply.ageSeconds(at: time)
        if age > ttlSeconds {
            expired += 1
            remove(place)
            return nil
        }
        guard age <= ageSecondsMax else { return nil }
        unlink(place)
        link(place)
        return reply
    }

    /// Takes the place of an earlier one of the same key. One larger than all there is room for is left out.
    mutating func put(_ item: Item) {
        if let place = places[item.key] { remove(place) }
        guard item.reply.bytes <= bytesMax else { return }
        makeRoom(for: item.reply.bytes)
        let place: Int
        if let last = free.popLast() {
            place = last
        } else {
            place = nodes.count
            nodes.append(nil)
        }
        nodes[place] = Node(item: item, newer: -1, older: -1)
        places[item.key] = place
        bytes += item.reply.bytes
        link(place)
    }

    /// Returns how many went.
    mutating func removeAll(where matches: (Item) -> Bool) -> Int {
        let gone = places.values.filter { place in nodes[place].map { matches($0.item) } ?? false }
        for place in gone { remove(place) }
        return gone.count
    }

    private mutating func makeRoom(for more: Int) {
        while bytes + more > bytesMax, oldest >= 0 {
            evicted += 1
            remove(oldest)
        }
    }

    private mutating func remove(_ place: Int) {
        guard let item = nodes[place]?.item else { return }
        unlink(place)
        bytes -= item.reply.bytes
        places[item.key] = nil
        nodes[place] = nil
        free.append(place)
    }

    private mutating func unlink(_ place: Int) {
        guard let node = nodes[place] else { return }
        if node.newer >= 0 { nodes[node.newer]?.older = node.older } else { newest = node.older }
        if node.older >= 0 { nodes[node.older]?.newer = node.newer } else { oldest = node.newer }
    }

    /// As the newest.
    private mutating func link(_ place: Int) {
        nodes[place]?.newer = -1
        nodes[place]?.older = newest
        if newest >= 0 { nodes[newest]?.newer = place } else { oldest = place }
        newest = place
    }
}
