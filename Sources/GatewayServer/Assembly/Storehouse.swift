import GatewayTypes
import Storage

/// The journal, the ledger and who moves exchanges from one to the other.
struct Storehouse {
    let journal: MappedJournal
    let ledger: Ledger
    let writer: LedgerWriter
    /// Nil: no timelines are kept.
    let recent: RecentExchanges?

    init(_ configuration: Configuration, workers: Int) throws(StartupFailure) {
        let storage = configuration.storage
        do {
            let journal = try MappedJournal(
                path: storage.journal, slots: storage.journalSlots, workers: workers,
                whenFull: Self.whenFull(storage.whenFull))
            let ledger = try Ledger(path: storage.path)
            let count = storage.explainExchanges
            recent = count > 0 ? try RecentExchanges(path: storage.path + "-recent", capacity: count) : nil
            self.journal = journal
            self.ledger = ledger
            writer = LedgerWriter(journal: journal, ledger: ledger, retentionSeconds: Int64(storage.retentionSeconds))
        } catch {
            throw StartupFailure(error.description)
        }
    }

    private static func whenFull(_ written: Configuration.Storage.WhenFull) -> WhenFull {
        switch written {
        case .refuse: .refuse
        case .continueUnaccounted: .continueUnaccounted
        }
    }
}
