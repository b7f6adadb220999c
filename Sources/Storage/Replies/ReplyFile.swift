import Dispatch
import GRDB
public import GatewayTypes
import Glibc
import Synchronization

/// Replies that are to be said again, in a SQLite file of its own: what is in it can be lost, and is then asked for anew.
///
/// Read and written on threads of its own. What does not fit goes, the oldest first.
public final class ReplyFile: ReplyArchive {
    /// Replies that may wait to be written.
    private static let waitingMax = 1_000
    /// Oldest replies that make room at once.
    private static let evictedAtOnce = 64

    private struct State {
        var reading = CacheReading()
        var waiting = 0
    }

    private let database: DatabasePool
    private let bytesMax: Int
    private let writes = DispatchQueue(label: "weir.cache.write")
    private let reads = DispatchQueue(label: "weir.cache.read", attributes: .concurrent)
    private let state = Mutex(State())

    public init(path: String, bytesMax: Int) throws(StorageError) {
        self.bytesMax = bytesMax
        // Made before SQLite would make it, for nobody else to read.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError("cache \(path): cannot be opened: \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
        do {
            var configuration = Configuration()
            configuration.label = "cache"
            configuration.busyMode = .timeout(2)
            configuration.maximumReaderCount = 4
            database = try DatabasePool(path: path, configuration: configuration)
            try database.write { try ReplyRow.prepare($0) }
            let sums = try database.read { try ReplyRow.sums($0) }
            state.withLock { state in
                state.reading.entries = sums.count
                state.reading.bytes = sums.bytes
            }
        } catch {
            throw StorageError("cache \(path): cannot be used: \(error); move it away")
        }
    }

    public var reading: CacheReading { state.withLock(\.reading) }

    // MARK: Reading

    public func find(_ key: CacheKey) async -> StoredReply? {
        await withCheckedContinuation { continuation in
            reads.async { [database] in
                let reply = try? database.read { try ReplyRow.find(key, in: $0) }
                continuation.resume(returning: reply ?? nil)
            }
        }
    }

    // MARK: Writing

    public func keep(_ entry: CacheEntry) {
        let fits = state.withLock { state in
            guard state.waiting < Self.waitingMax, entry.reply.bytes <= bytesMax else {
                state.reading.dropped += 1
                return false
            }
            state.waiting += 1
            return true
        }
        guard fits else { return }
        writes.async { [self] in
            write(entry)
            state.withLock { $0.waiting -= 1 }
        }
    }

    private func write(_ entry: CacheEntry) {
        do {
            let (sums, gone) = try database.write { database in
                let expired = try ReplyRow.expire(at: entry.reply.storedAt, in: database)
                try ReplyRow.insert(entry, into: database)
                var evicted = 0
                var sums = try ReplyRow.sums(database)
                while sums.bytes > bytesMax, sums.count > 0 {
                    evicted += try ReplyRow.evict(min(Self.evictedAtOnce, max(1, sums.count / 16)), from: database)
                    sums = try ReplyRow.sums(database)
                }
                return (sums, (expired: expired, evicted: evicted))
            }
            state.withLock { state in
                state.reading.entries = sums.count
                state.reading.bytes = sums.bytes
                state.reading.expired += UInt64(gone.expired)
                state.reading.evicted += UInt64(gone.evicted)
            }
        } catch {
            state.withLock { $0.reading.dropped += 1 }
        }
    }

    public func purge(route: String?, team: String?) async -> Int {
        await withCheckedContinuation { continuation in
            writes.async { [self] in
                let result = try? database.write { database in
                    (try ReplyRow.purge(route: route, team: team, in: database), try ReplyRow.sums(database))
                }
                if let sums = result?.1 {
                    state.withLock { state in
                        state.reading.entries = sums.count
                        state.reading.bytes = sums.bytes
                    }
                }
                continuation.resume(returning: result?.0 ?? 0)
            }
        }
    }

    public func flush() async {
        await withCheckedContinuation { continuation in writes.async { continuation.resume() } }
    }
}
