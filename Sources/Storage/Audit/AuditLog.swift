import GatewayTypes
import Synchronization

/// Writes the audit log, off everybody's path: who records an event waits for nothing.
public actor AuditLog {
    /// Events that may wait for a ledger that takes none; what comes then is counted, and the log says how many.
    static let waitingMax = 10_000

    private struct State {
        var waiting: [AuditEvent] = []
        var lost: UInt64 = 0
        /// Of them, those that no entry tells of yet.
        var lostUntold: UInt64 = 0
        var counts: [AuditAction: UInt64] = [:]
        var headSequence: Int64 = 0
        var problem: String?
    }

    private let ledger: Ledger
    private let chain: AuditChain
    private let executor = QueueExecutor(label: "weir.audit")
    private let state = Mutex(State())
    private let tell: @Sendable ([AuditEntry]) async -> Void

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `tell` hears of entries once they are on the disk.
    public init(
        ledger: Ledger, sha256: @escaping AuditChain.Digest, tell: @escaping @Sendable ([AuditEntry]) async -> Void
    ) {
        self.ledger = ledger
        chain = AuditChain(sha256: sha256)
        self.tell = tell
        let head = (try? ledger.auditHead())?.sequence ?? 0
        state.withLock { $0.headSequence = head }
    }

    /// Takes an event; it is on the disk within 200 ms, or once `drain` has returned true.
    public nonisolated func record(_ event: AuditEvent) {
        state.withLock { state in
            if state.waiting.count < Self.waitingMax {
                state.waiting.append(event)
            } else {
                state.lost += 1
                state.lostUntold += 1
            }
        }
    }

    /// Works until its task is cancelled; `drain` does what is left.
    public func run() async {
        while !Task.isCancelled {
            await drain()
            try? await Task.sleep(nanoseconds: 100_000_000)
        }
    }

    /// Writes all that waits. False: the ledger did not take it; it waits on.
    @discardableResult
    public func drain() async -> Bool {
        let (events, untold) = state.withLock { ($0.waiting, $0.lostUntold) }
        guard !events.isEmpty else { return true }
        var all = events
        if untold > 0 {
            all.append(
                AuditEvent(actor: "process", action: .lost, after: "\(untold)", reason: "the ledger took nothing"))
        }
        // Written before anything is awaited, so that no second drain sees the same events.
        do throws(StorageError) {
            let entries = try ledger.append(all, chain: chain)
            state.withLock { state in
                state.waiting.removeFirst(events.count)
                state.lostUntold -= untold
                for entry in entries { state.counts[entry.event.action, default: 0] += 1 }
                state.headSequence = entries.last?.sequence ?? state.headSequence
                state.problem = nil
            }
            await tell(entries)
            return true
        } catch {
            state.withLock { $0.problem = error.description }
            return false
        }
    }

    // MARK: For telemetry, from any thread

    /// Entries written since the start, by action.
    public nonisolated var counts: [AuditAction: UInt64] { state.withLock(\.counts) }
    /// Events that were not kept.
    public nonisolated var lost: UInt64 { state.withLock(\.lost) }
    /// Events that wait for the ledger.
    public nonisolated var waiting: Int { state.withLock { $0.waiting.count } }
    public nonisolated var headSequence: Int64 { state.withLock(\.headSequence) }
    /// Why the ledger took nothing the last time; nil: it did.
    public nonisolated var problem: String? { state.withLock(\.problem) }
}
