import GatewayTypes
import NIOCore

/// A listening port's part on one event loop: its connections, the date, and the sweep that ends slow clients.
final class ListenerLane: @unchecked Sendable {
    // Sound: every member but `worker` is touched on the worker's loop only.
    let worker: Worker
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private var date = DateText()
    private let counters: ListenerCounters

    /// How often deadlines are looked at; a timeout may come late by this.
    private static let sweepInterval = TimeAmount.milliseconds(250)

    init(worker: Worker, counters: ListenerCounters) {
        self.worker = worker
        self.counters = counters
    }

    func startSweeping() {
        worker.loop.scheduleRepeatedTask(initialDelay: Self.sweepInterval, delay: Self.sweepInterval) { _ in
            self.sweep()
        }
    }

    func add(_ connection: ClientConnection) { connections[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: ClientConnection) {
        if connections.removeValue(forKey: ObjectIdentifier(connection)) != nil { counters.closed() }
    }

    func dateText() -> String {
        if date.text.isEmpty { date.update(to: .now()) }
        return date.text
    }

    private func sweep() {
        date.update(to: .now())
        let now = Moment.now()
        for connection in connections.values where connection.deadline < now { connection.expire() }
    }

    func drain() {
        for connection in connections.values { connection.drain() }
    }

    func cut() {
        for connection in connections.values { connection.cut() }
    }
}
