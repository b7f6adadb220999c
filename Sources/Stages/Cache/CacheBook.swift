public import GatewayTypes
import Synchronization

/// All stored replies of the process, and who waits for which. Outlives the configuration.
public final class CacheBook: Sendable {
    private struct State {
        var shelf: ReplyShelf
        var flights: [CacheKey: CacheFlight] = [:]
        var purged: (memory: UInt64, archive: UInt64) = (0, 0)
        /// By route.
        var indexes: [String: SemanticIndex] = [:]
    }

    /// Nil: memory alone.
    public let archive: (any ReplyArchive)?
    private let state: Mutex<State>

    public init(bytesMax: Int, archive: (any ReplyArchive)? = nil) {
        self.archive = archive
        state = Mutex(State(shelf: ReplyShelf(bytesMax: bytesMax)))
    }

    /// A new bound of memory.
    public func adopt(bytesMax: Int) { state.withLock { $0.shelf.resize(bytesMax: bytesMax) } }

    // MARK: Replies

    func find(_ key: CacheKey, at time: WallTime, ageSecondsMax: Int64, ttlSeconds: Int64) -> StoredReply? {
        state.withLock { $0.shelf.find(key, at: time, ageSecondsMax: ageSecondsMax, ttlSeconds: ttlSeconds) }
    }

    /// From the disk, into memory too.
    func findArchived(
        _ key: CacheKey, at time: WallTime, ageSecondsMax: Int64, ttlSeconds: Int64, route: String, team: String
    ) async -> StoredReply? {
        guard let reply = await archive?.find(key), reply.ageSeconds(at: time) <= min(ageSecondsMax, ttlSeconds) else {
            return nil
        }
        state.withLock { $0.shelf.put(ReplyShelf.Item(key: key, reply: reply, route: route, team: team)) }
        return reply
    }

    func keep(_ entry: CacheEntry) {
        state.withLock { state in
            state.shelf.put(
                ReplyShelf.Item(key: entry.key, reply: entry.reply, route: entry.route, team: entry.team))
        }
        archive?.keep(entry)
    }

    // MARK: Those who ask the same at once

    /// Nil: nobody asks this now, and who called leads from here on, until `end`.
    func join(_ key: CacheKey) -> CacheFlight? {
        state.withLock { state in
            if let flight = state.flights[key] { return flight }
            state.flights[key] = CacheFlight()
            return nil
        }
    }

    func end(_ key: CacheKey, with reply: StoredReply?) {
        state.withLock { $0.flights.removeValue(forKey: key) }?.end(with: reply)
    }

    // MARK: Questions

    func index(of route: String, entriesMax: Int) -> SemanticIndex {
        state.withLock { state in
            if let index = state.indexes[route] {
                index.resize(entriesMax: entriesMax)
                return index
            }
            let index = SemanticIndex(entriesMax: entriesMax)
            state.indexes[route] = index
            return index
        }
    }

    // MARK: Operators

    /// Forgets replies; nil: of all routes, of all teams. Returns how many, of memory and of the disk.
    public func purge(route: String? = nil, team: String? = nil) async -> (memory: Int, archive: Int) {
        let count = state.withLock { state in
            let count = state.shelf.removeAll { item in
                (route.map { $0 == item.route } ?? true) && (team.map { $0 == item.team } ?? true)
            }
            state.purged.memory += UInt64(count)
            return count
        }
        let archived = await archive?.purge(route: route, team: team) ?? 0
        state.withLock { $0.purged.archive += UInt64(archived) }
        return (count, archived)
    }

    public var reading: CacheReading {
        state.withLock { state in
            var reading = CacheReading()
            reading.entries = state.shelf.count
            reading.bytes = state.shelf.bytes
            reading.evicted = state.shelf.evicted
            reading.expired = state.shelf.expired
            return reading
        }
    }

    /// How many replies operators had thrown away.
    public var purged: (memory: UInt64, archive: UInt64) { state.withLock(\.purged) }

    /// Questions remembered, by route.
    public var questions: [(route: String, count: Int)] {
        state.withLock { $0.indexes.map { ($0.key, $0.value.count) } }
    }
}
