public import GatewayTypes
import Synchronization

/// When one key was last used, and the networks that it was used from; it outlives reloads.
public final class KeySighting: Sendable {
    /// Networks remembered; beyond them the one that was met first is forgotten, and counts as new when it comes back.
    static let networksMax = 64
    /// How coarse the time of the last use is.
    static let coarseSeconds: Int64 = 60

    /// Its name in the audit log and in storage.
    public let subject: String
    private let lastUsedSeconds = Atomic<Int64>(0)
    /// The network of the last use, as its code; most keys never leave one.
    private let lastNetwork = Atomic<UInt64>(0)
    private let networks: Mutex<[UInt64]>

    public init(subject: String, networks: [IPNetwork] = [], lastUsed: WallTime? = nil) {
        self.subject = subject
        self.networks = Mutex(networks.suffix(Self.networksMax).map(Self.code))
        if let lastUsed { lastUsedSeconds.store(lastUsed.nanoseconds / 1_000_000_000, ordering: .relaxed) }
    }

    /// To the minute; nil: never.
    public var lastUsed: WallTime? {
        let seconds = lastUsedSeconds.load(ordering: .relaxed)
        return seconds == 0 ? nil : WallTime(nanoseconds: seconds * 1_000_000_000)
    }

    /// Notes a use. The result: whether its network is new, and whether it is the first that the key ever met.
    func see(from address: IPAddress?, at now: WallTime) -> (isNew: Bool, isFirst: Bool) {
        let seconds = now.nanoseconds / 1_000_000_000
        if seconds - lastUsedSeconds.load(ordering: .relaxed) >= Self.coarseSeconds {
            lastUsedSeconds.store(seconds, ordering: .relaxed)
        }
        guard let address else { return (false, false) }
        let code = Self.code(.around(address))
        if lastNetwork.load(ordering: .relaxed) == code { return (false, false) }
        lastNetwork.store(code, ordering: .relaxed)
        return networks.withLock { known in
            if known.contains(code) { return (false, false) }
            let isFirst = known.isEmpty
            if known.count == Self.networksMax { known.removeFirst() }
            known.append(code)
            return (true, isFirst)
        }
    }

    /// A network of `IPNetwork.around` in one word, never 0.
    private static func code(_ network: IPNetwork) -> UInt64 {
        network.address.isV4 ? 1 << 56 | network.address.low & 0xFFFF_FFFF : 2 << 56 | network.address.high >> 16
    }
}
