import GatewayTypes
import Synchronization

/// The counts of one limit for one of those that it counts apart.
final class LimitCell: Sendable {
    let state: Mutex<LimitState>
    let definition: LimitDefinition
    /// Nil: who finds no room is told at once.
    let queue: LimitQueue?

    init(_ definition: LimitDefinition) {
        self.definition = definition
        queue = definition.queue.map { LimitQueue(depthMax: $0.depth) }
        state = Mutex(LimitState(definition))
    }
}

/// Whose counts they are, where nobody declared them: an end user of a caller, or a key.
struct LimitSubject: Hashable, Sendable {
    let caller: String
    let value: String
}

/// The counts of those whom nobody declared, bounded: the idle ones leave, and who finds no place shares one with the others
/// who find none, so that making names up wins nothing.
final class LimitTable: Sendable {
    static let cellsMax = 10_000
    private static let shardCount = 16

    private struct Shard {
        var cells: [LimitSubject: LimitCell] = [:]
        var sweptAt = Moment.zero
    }

    private final class Place: Sendable {
        let shard = Mutex(Shard())
    }

    private let definition: LimitDefinition
    private let cellsPerShard: Int
    private let places: [Place]
    private let others: LimitCell

    init(_ definition: LimitDefinition, cellsMax: Int = cellsMax) {
        self.definition = definition
        cellsPerShard = max(1, cellsMax / Self.shardCount)
        places = (0..<Self.shardCount).map { _ in Place() }
        others = LimitCell(definition)
    }

    func cell(of subject: LimitSubject, at now: Moment) -> LimitCell {
        let place = places[Int(UInt(bitPattern: subject.hashValue) % UInt(Self.shardCount))]
        return place.shard.withLock { shard in
            if let cell = shard.cells[subject] { return cell }
            if shard.cells.count >= cellsPerShard { Self.sweep(&shard, at: now) }
            guard shard.cells.count < cellsPerShard else { return others }
            let cell = LimitCell(definition)
            shard.cells[subject] = cell
            return cell
        }
    }

    /// Looks through a full shard once a second at most. An exchange that found its cell and has not counted yet would count
    /// in a cell that nobody finds again; it has its own reference, so at worst one exchange in a full table goes uncounted.
    private static func sweep(_ shard: inout Shard, at now: Moment) {
        guard now.nanoseconds(since: shard.sweptAt) >= 1_000_000_000 else { return }
        shard.sweptAt = now
        shard.cells = shard.cells.filter { cell in !cell.value.state.withLock { $0.isIdle(at: now) } }
    }

    var count: Int { places.reduce(0) { sum, place in sum + place.shard.withLock { $0.cells.count } } }

    /// All that exist, that of the others too.
    var cells: [LimitCell] { places.flatMap { place in place.shard.withLock { Array($0.cells.values) } } + [others] }
}
