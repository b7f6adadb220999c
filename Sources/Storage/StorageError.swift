/// Why the journal or the ledger cannot be used: a sentence for people that names the file and what to do.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
