public import GatewayTypes
import Synchronization

/// The counts of all limits of the process. It outlives reloads. Every count has a lock of its own, and nothing suspends
/// while one is held; what several limits count is taken in one step, their locks nested in one order.
public final class LimitBook: Sendable {
    private struct State {
        var counts: [String: LimitCounts] = [:]
        var made = 0
        var rejections: [RejectionKey: UInt64] = [:]
        var waits: [WaitKey: Waits] = [:]
    }

    /// The labels of `weir_limit_waits_total`.
    public struct WaitKey: Hashable, Sendable {
        public let limit: String
        public let result: LimitWait
    }

    /// How many waited, and how long together.
    public struct Waits: Sendable, Equatable {
        public internal(set) var count: UInt64 = 0
        public internal(set) var seconds = 0.0
    }

    /// The labels of `weir_limit_rejections_total`.
    public struct RejectionKey: Hashable, Sendable {
        public let limit: String
        public let team: String
    }

    private let state = Mutex(State())
    let clock: @Sendable () -> Moment

    public init(clock: @escaping @Sendable () -> Moment = { Moment.now() }) { self.clock = clock }

    /// Takes the limits of a configuration. One that counts the same for the same as before keeps its counts.
    public func adopt(_ definitions: [LimitDefinition], names: LimitSet.Names) -> LimitSet {
        let pairs = state.withLock { state in
            let pairs = definitions.map { definition in
                if let known = state.counts[definition.name.text], known.definition.countsAsMuch(as: definition) {
                    return (definition: definition, counts: known)
                }
                state.made += 1
                return (definition: definition, counts: LimitCounts(id: state.made, definition))
            }
            state.counts = Dictionary(
                pairs.map { ($0.definition.name.text, $0.counts) }, uniquingKeysWith: { first, _ in first })
            return pairs
        }
        return LimitSet(pairs, names: names)
    }

    // MARK: The stage's steps

    struct Refusal: Sendable {
        /// Position among the cells.
        let position: Int
        let obstacle: LimitState.Obstacle
    }

    /// Takes a place in every count or in none; `cells` in the order of their locks.
    func take(
        _ cost: LimitCost, in cells: [LimitCell], from position: Int = 0, at now: Moment,
        _ readings: inout LimitReadings
    ) -> Refusal? {
        guard position < cells.count else { return nil }
        return cells[position].state.withLock { state in
            if let obstacle = state.obstacle(to: cost, at: now, &readings) {
                return Refusal(position: position, obstacle: obstacle)
            }
            if let refusal = take(cost, in: cells, from: position + 1, at: now, &readings) { return refusal }
            state.take(cost, at: now, &readings)
            return nil
        }
    }

    func countRejection(by limit: String, team: String) {
        state.withLock { $0.rejections[RejectionKey(limit: limit, team: team), default: 0] += 1 }
    }

    func countWait(by limit: String, _ result: LimitWait, since began: Moment) {
        let seconds = max(0, clock().seconds(since: began))
        state.withLock { state in
            state.waits[WaitKey(limit: limit, result: result), default: Waits()].count += 1
            state.waits[WaitKey(limit: limit, result: result), default: Waits()].seconds += seconds
        }
    }

    // MARK: For those who watch

    /// Since the process began, also at limits that are gone.
    public func waits() -> [WaitKey: Waits] { state.withLock { $0.waits } }

    public struct Depth: Sendable, Equatable {
        public let limit: String
        /// Of the fullest of its queues.
        public let waiting: Int
        public let most: Int
    }

    /// Of the limits in force that have queues.
    public func depths() -> [Depth] {
        let counts = state.withLock { Array($0.counts.values) }
        return counts.compactMap { counts in
            counts.definition.queue.map {
                Depth(limit: counts.definition.name.text, waiting: counts.waitingMost, most: $0.depth)
            }
        }
    }

    /// Since the process began, also by limits that are gone.
    public func rejections() -> [RejectionKey: UInt64] { state.withLock { $0.rejections } }

    public struct Permits: Sendable, Equatable {
        public let limit: String
        /// Of the fullest of its counts.
        public let inUse: Int
        public let most: Int
    }

    /// Of the limits in force that have permits.
    public func permits() -> [Permits] {
        let counts = state.withLock { Array($0.counts.values) }
        return counts.compactMap { counts in
            counts.definition.concurrent.map {
                Permits(limit: counts.definition.name.text, inUse: counts.inUseMost, most: $0)
            }
        }
    }
}
