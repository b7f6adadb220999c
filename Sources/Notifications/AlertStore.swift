/// Where the notifier keeps what it knows over a restart.
public protocol AlertStore: Sendable {
    /// What was saved last; nil: nothing yet.
    func load() -> [UInt8]?
    /// Keeps the bytes in place of those before, whole or not at all. False: it could not; it is tried again after some seconds.
    func save(_ bytes: [UInt8]) -> Bool
}
