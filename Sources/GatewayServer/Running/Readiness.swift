import Synchronization

/// Whether the process wants traffic, and why not.
final class Readiness: Sendable {
    private let draining = Atomic<Bool>(false)
    private let ledgerHealthy: @Sendable () -> Bool

    init(ledgerHealthy: @escaping @Sendable () -> Bool) { self.ledgerHealthy = ledgerHealthy }

    func beginDraining() { draining.store(true, ordering: .relaxed) }

    /// Nil when the process is ready.
    var reasonNotReady: String? {
        if draining.load(ordering: .relaxed) { return "draining" }
        return ledgerHealthy() ? nil : "the ledger cannot be written"
    }
}
