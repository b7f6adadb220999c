public import GatewayTypes
import Synchronization

/// The keys of one issuer: fetched ahead of their need, at once when a token names a key that is not among them, and kept
/// while the issuer is away. It outlives reloads that do not change where the keys are.
public final class TokenIssuer: Sendable {
    public struct Times: Sendable, Equatable {
        /// Seconds between two fetches.
        public var refreshSeconds = 300.0
        /// Seconds that keys count which cannot be fetched anew.
        public var staleSeconds = 86_400.0

        public init() {}
    }

    /// Why keys could not be fetched: a sentence for the operator.
    public struct Trouble: Error, Sendable {
        public let sentence: String
        public init(_ sentence: String) { self.sentence = sentence }
    }

    public typealias Fetch = @Sendable () async throws(Trouble) -> TokenKeySet

    /// What became of a fetch; nil: none was made.
    public enum Fetched: Sendable { case keys(count: Int), trouble(Trouble) }

    /// The `issuer` label of metrics.
    public let name: String

    private struct State {
        var schedule: KeySetSchedule
        var set: TokenKeySet?
        /// Counts the sets: what was verified by an earlier one is verified again.
        var number = 0
        var waiting: [CheckedContinuation<Bool, Never>] = []
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0
    }

    /// Requests that wait for one fetch at most; further ones are refused.
    private static let waitersMax = 10_000

    private let fetch: Fetch
    private let state: Mutex<State>
    /// The state's number, for those who need no more of it.
    private let number = Atomic<Int>(0)
    /// The `Moment` from which on the set counts no more.
    private let goodUntil = Atomic<UInt64>(0)

    public init(name: String, times: Times = Times(), fetch: @escaping Fetch) {
        self.name = name
        self.fetch = fetch
        var settings = KeySetSchedule.Settings()
        settings.refreshSeconds = times.refreshSeconds
        settings.staleSeconds = times.staleSeconds
        state = Mutex(State(schedule: KeySetSchedule(settings)))
    }

    // MARK: Use

    /// Which set counts now; nil: none does.
    func set(at now: Moment) -> Int? {
        now.nanoseconds < goodUntil.load(ordering: .relaxed) ? number.load(ordering: .relaxed) : nil
    }

    /// Keys, and the number of the set that they are of.
    typealias Found = (keys: [TokenKeySet.Key], set: Int)

    /// The keys that `token` may be signed with, fetched where they are not known; none where the one of that name is for
    /// another algorithm.
    func keys(for token: CompactToken, at now: Moment) async throws(AuthenticationFault) -> Found {
        if let keys = known(for: token, at: now) { return keys }
        await renew(for: .unknownKey, at: now)
        if let keys = known(for: token, at: now) { return keys }
        throw set(at: now) == nil ? .keysAway : .unknownSigner
    }

    /// Nil: the set has no key of that name, or does not count.
    private func known(for token: CompactToken, at now: Moment) -> Found? {
        let (held, number) = state.withLock { ($0.set, $0.number) }
        guard set(at: now) != nil, let set = held else { return nil }
        let keys = set.keys(for: token)
        // A key of that name for another algorithm is no reason to fetch: the algorithm is not the token's to choose.
        return keys.isEmpty && !set.names(token.keyID) ? nil : (keys, number)
    }

    // MARK: Fetching

    /// Fetches where that is due. For the service that looks after it.
    public func renewIfDue(at now: Moment) async -> Fetched? { await renew(for: .routine, at: now) }

    /// One fetch at a time, whoever wants it; the others wait for it where they must.
    @discardableResult
    private func renew(for wish: KeySetSchedule.Wish, at now: Moment) async -> Fetched? {
        while true {
            switch state.withLock({ $0.schedule.step(for: wish, now: now) }) {
            case .leave: return nil
            case .fetch: return await run(at: now)
            case .wait:
                // Where the one who fetched gave up, somebody else shall try.
                if await news() { return nil }
            }
        }
    }

    private func run(at now: Moment) async -> Fetched? {
        do throws(Trouble) {
            let set = try await fetch()
            // Before those who wait look: the new set is the one that counts.
            finish(isAnswered: true) { state in
                state.schedule.succeeded(at: now)
                state.succeeded += 1
                goodUntil.store(state.schedule.goodUntil.nanoseconds, ordering: .relaxed)
                // The same keys again take nothing from what they have verified.
                guard state.set?.json != set.json else { return }
                state.set = set
                state.number += 1
                number.store(state.number, ordering: .relaxed)
            }
            return .keys(count: set.count)
        } catch {
            guard !Task.isCancelled else {
                finish(isAnswered: false) { $0.schedule.abandoned() }
                return nil
            }
            finish(isAnswered: true) { state in
                state.schedule.failed()
                state.failed += 1
            }
            return .trouble(error)
        }
    }

    private func finish(isAnswered: Bool, _ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: isAnswered) }
    }

    /// Waits for the fetch that is under way; false: it was given up, look again.
    private func news() async -> Bool {
        await withCheckedContinuation { continuation in
            // Ended meanwhile, or too many wait already: nothing to wait for.
            let isLate = state.withLock { state in
                guard state.schedule.isFetching, state.waiting.count < Self.waitersMax else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isLate { continuation.resume(returning: true) }
        }
    }

    // MARK: Figures

    public struct Reading: Sendable {
        /// Seconds since the keys in use were fetched; nil: there are none yet.
        public let ageSeconds: Double?
        public let keys: Int
        public let succeeded: UInt64
        public let failed: UInt64
    }

    public func reading(at now: Moment) -> Reading {
        state.withLock { state in
            Reading(
                ageSeconds: state.schedule.fetchedAt.map { now.seconds(since: $0) }, keys: state.set?.count ?? 0,
                succeeded: state.succeeded, failed: state.failed)
        }
    }
}
