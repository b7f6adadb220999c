public import GatewayTypes
import Synchronization

/// What is noticed of keys while they are used: networks that are new, permissions that stood in the way.
/// Bounded, and it outlives reloads.
public final class KeyWatch: Sendable {
    /// A key was used from a network that it had not been used from.
    public struct NewNetwork: Sendable {
        public let subject: String
        public let caller: Caller
        public let network: IPNetwork
        /// Whether it is the first one that the key was ever used from.
        public let isFirst: Bool
        public let at: WallTime
        public let exchange: ExchangeID
    }

    /// What a permission refused, by team.
    public struct Denial: Hashable, Sendable {
        public let team: String
        public let subject: PermissionSubject

        public init(team: String, subject: PermissionSubject) {
            self.team = team
            self.subject = subject
        }
    }

    public struct Counts: Sendable {
        public var denials: [Denial: UInt64] = [:]
        /// By team; the first network of a key does not count.
        public var newNetworks: [String: UInt64] = [:]
        /// New networks that nobody was told of, because too many waited.
        public var lost: UInt64 = 0
    }

    static let waitingMax = 1000
    static let sightingsMax = 200_000

    private struct State {
        var sightings: [String: KeySighting] = [:]
        var waiting: [NewNetwork] = []
        var counts = Counts()
    }

    private let state = Mutex(State())

    public init() {}

    /// Puts back what an earlier process knew.
    public func restore(_ sightings: [KeySighting]) {
        state.withLock { state in
            for sighting in sightings { state.sightings[sighting.subject] = sighting }
        }
    }

    /// The one of that name, made now if there was none; nil where there are too many.
    public func sighting(of subject: String) -> KeySighting? {
        state.withLock { state in
            if let known = state.sightings[subject] { return known }
            guard state.sightings.count < Self.sightingsMax else { return nil }
            let new = KeySighting(subject: subject)
            state.sightings[subject] = new
            return new
        }
    }

    public func forget(_ subject: String) { state.withLock { $0.sightings[subject] = nil } }

    /// New networks since the last call, in order.
    public func takeNewNetworks() -> [NewNetwork] {
        state.withLock { state in
            defer { state.waiting.removeAll(keepingCapacity: true) }
            return state.waiting
        }
    }

    public var counts: Counts { state.withLock(\.counts) }

    func used(_ identity: KeyIdentity, _ exchange: borrowing Exchange, from address: IPAddress?) {
        guard let sighting = identity.sighting else { return }
        let (isNew, isFirst) = sighting.see(from: address, at: exchange.arrivedAt)
        guard isNew, let address else { return }
        let event = NewNetwork(
            subject: sighting.subject, caller: identity.caller, network: .around(address), isFirst: isFirst,
            at: exchange.arrivedAt, exchange: exchange.id)
        state.withLock { state in
            if !isFirst { state.counts.newNetworks[identity.caller.team.text, default: 0] += 1 }
            if state.waiting.count < Self.waitingMax { state.waiting.append(event) } else { state.counts.lost += 1 }
        }
    }

    func denied(_ subject: PermissionSubject, to team: ConfiguredName) {
        state.withLock { $0.counts.denials[Denial(team: team.text, subject: subject), default: 0] += 1 }
    }
}
