import GatewayTypes
import Synchronization

/// All counts of one limit. It outlives reloads that do not change what is counted.
final class LimitCounts: Sendable {
    /// Unique in the process: the order in which locks are taken, the same in every configuration.
    let id: Int
    let definition: LimitDefinition
    /// Those of declared callers, teams and models, by name; never forgotten.
    private let declared = Mutex<[String: LimitCell]>([:])
    let table: LimitTable

    init(id: Int, _ definition: LimitDefinition) {
        self.id = id
        self.definition = definition
        table = LimitTable(definition)
    }

    func cell(named name: String) -> LimitCell {
        declared.withLock { cells in
            if let cell = cells[name] { return cell }
            let cell = LimitCell(definition)
            cells[name] = cell
            return cell
        }
    }

    /// Those who wait in the fullest of its queues.
    var waitingMost: Int {
        let cells = declared.withLock { Array($0.values) } + table.cells
        return cells.reduce(0) { max($0, $1.queue?.count ?? 0) }
    }

    /// Permits in use of the fullest of its counts.
    var inUseMost: Int {
        let cells = declared.withLock { Array($0.values) } + table.cells
        return cells.reduce(0) { most, cell in max(most, cell.state.withLock { $0.inUse }) }
    }
}
