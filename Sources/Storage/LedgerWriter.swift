public import GatewayTypes
import Synchronization

/// How the ledger fares, for telemetry.
public struct LedgerHealth: Sendable, Equatable {
    /// Whether the last batch was taken.
    public let healthy: Bool
    /// How long the longest waiting exchange has been waiting for the ledger; 0 when none is.
    public let lagSeconds: Double
    /// Batches that the ledger did not take, since the start.
    public let failures: Int
    /// The last failure, for people; nil while healthy.
    public let problem: String?
}

/// What `LedgerWriter.recover` found in the journal.
public struct Recovery: Sendable, Equatable {
    /// Exchanges whose outcome was known and went into the ledger now (those of them that were there already
    /// included).
    public var closed = 0
    /// Exchanges that were cut off under way; the ledger has a row `interrupted` of each.
    public var interrupted = 0
    /// Slots that could not be read; nothing is known of their exchanges.
    public var damaged = 0
}

/// Moves exchanges from the journal to the ledger: the only writer the ledger has.
public actor LedgerWriter {
    /// Bounds a transaction.
    static let batchRows = 500
    private static let pauseNanoseconds: Int64 = 100_000_000
    private static let backoffMaxNanoseconds: Int64 = 5_000_000_000

    private struct State {
        var failures = 0
        var problem: String?
        /// Since when the first of the rows waits that were taken from the journal and are not in the ledger.
        var pendingSince: Moment?
    }

    private let journal: MappedJournal
    private let ledger: Ledger
    private let retentionNanoseconds: Int64?
    private let executor = QueueExecutor(label: "weir.ledger")
    private let state = Mutex(State())

    private var pending: [MappedJournal.Waiting] = []
    private var notBefore = Moment.zero
    private var backoffNanoseconds: Int64 = 0
    private var nextExpiry = Moment.zero

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `retentionSeconds`: how long raw rows are kept; nil: for ever.
    public init(journal: MappedJournal, ledger: Ledger, retentionSeconds: Int64? = nil) {
        self.journal = journal
        self.ledger = ledger
        retentionNanoseconds = retentionSeconds.map { $0 * 1_000_000_000 }
    }

    /// Brings what an earlier process left in the journal into the ledger, and frees its slots. To be called once,
    /// before `run`; when it throws, nothing is freed.
    public func recover() throws(StorageError) -> Recovery {
        var recovery = Recovery()
        var rows: [LedgerRow] = []
        for index in journal.leftover {
            switch journal.contents(of: index) {
            case .free: break
            case .closed(let row):
                recovery.closed += 1
                rows.append(row)
            case .open(let row):
                recovery.interrupted += 1
                rows.append(row)
            case .damaged: recovery.damaged += 1
            }
        }
        for first in stride(from: 0, to: rows.count, by: Self.batchRows) {
            try ledger.insert(Array(rows[first..<min(first + Self.batchRows, rows.count)]))
        }
        journal.release(journal.leftover)
        return recovery
    }

    /// Works until its task is cancelled; `flush` does what is left.
    public func run() async {
        while !Task.isCancelled {
            tick(now: .now(), wall: .now())
            try? await Task.sleep(nanoseconds: UInt64(Self.pauseNanoseconds))
        }
    }

    /// At shutdown, once no exchange is under way: moves everything that waits. False: the ledger did not take it; it
    /// stays in the journal for the next start.
    public func flush(now: Moment = .now()) -> Bool {
        pending += journal.takeClosed()
        return insertPending(now: now)
    }

    public nonisolated func health(now: Moment = .now()) -> LedgerHealth {
        let current = state.withLock { $0 }
        let since = [current.pendingSince, journal.oldestClosed].compactMap { $0 }.min()
        return LedgerHealth(
            healthy: current.problem == nil, lagSeconds: since.map { max(0, now.seconds(since: $0)) } ?? 0,
            failures: current.failures, problem: current.problem)
    }

    /// One round of work. A ledger that refuses is left alone for a while that doubles up to five seconds.
    func tick(now: Moment, wall: WallTime) {
        guard now >= notBefore else { return }
        pending += journal.takeClosed()
        guard insertPending(now: now) else { return }
        expireIfDue(now: now, wall: wall)
    }

    private func insertPending(now: Moment) -> Bool {
        state.withLock { $0.pendingSince = pending.first?.since }
        while !pending.isEmpty {
            let batch = pending.prefix(Self.batchRows)
            let rows = batch.compactMap { waiting -> LedgerRow? in
                switch journal.contents(of: waiting.index) {
                case .closed(let row), .open(let row): row
                case .free, .damaged: nil
                }
            }
            do { try ledger.insert(rows) } catch {
                fail(error, now: now)
                return false
            }
            journal.release(batch.map(\.index))
            pending.removeFirst(batch.count)
            state.withLock { $0.pendingSince = pending.first?.since }
        }
        backoffNanoseconds = 0
        state.withLock { $0.problem = nil }
        return true
    }

    private func expireIfDue(now: Moment, wall: WallTime) {
        guard let retentionNanoseconds, now >= nextExpiry else { return }
        nextExpiry = now.advanced(bySeconds: 3600)
        do { try ledger.expire(olderThan: wall.advanced(byNanoseconds: -retentionNanoseconds)) } catch {
            fail(error, now: now)
        }
    }

    private func fail(_ error: StorageError, now: Moment) {
        backoffNanoseconds = min(max(Self.pauseNanoseconds, backoffNanoseconds * 2), Self.backoffMaxNanoseconds)
        notBefore = Moment(nanoseconds: now.nanoseconds &+ UInt64(backoffNanoseconds))
        state.withLock { state in
            state.failures += 1
            state.problem = error.description
        }
    }
}
