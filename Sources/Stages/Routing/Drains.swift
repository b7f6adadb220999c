public import GatewayTypes
import Synchronization

/// Targets that an operator has taken out. One for the process; it outlives reloads.
public final class Drains: Sendable {
    /// A provider, or one of its models.
    public struct Place: Hashable, Sendable {
        public let provider: String
        /// Nil: all of them.
        public let model: String?

        public init(provider: String, model: String?) {
            self.provider = provider
            self.model = model
        }
    }

    private let isActive = Atomic(false)
    private let places = Mutex<Set<Place>>([])

    public init() {}

    /// In place of those before.
    public func adopt(_ new: Set<Place>) {
        places.withLock { $0 = new }
        isActive.store(!new.isEmpty, ordering: .releasing)
    }

    public func isDrained(_ target: Target) -> Bool {
        guard isActive.load(ordering: .acquiring) else { return false }
        let provider = target.provider.text
        let model = target.servedModel.text
        return places.withLock {
            $0.contains(Place(provider: provider, model: nil)) || $0.contains(Place(provider: provider, model: model))
        }
    }
}

/// Refuses attempts at drained targets; those under way go on.
public struct DrainGate: AttemptGate {
    public static let hop = Hop.routing

    private let drains: Drains

    public init(drains: Drains) { self.drains = drains }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        guard drains.isDrained(target) else { return Free() }
        throw Failure(
            .breakerOpen,
            "\(target.provider.text)/\(target.servedModel.text) was taken out by an operator.", retryable: true)
    }

    private struct Free: Admission {
        func settle(_ outcome: borrowing AttemptOutcome) {}
    }
}
