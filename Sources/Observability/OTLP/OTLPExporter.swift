import GatewayTypes
import NIOCore
public import Telemetry

/// Sends packed items of one signal to one destination: bounded queue, batches, retries bounded by time. What
/// cannot be sent is dropped and counted; nothing ever waits for the collector but this.
public actor OTLPExporter {
    private let limits: BatchLimits
    private let clock: ServiceClock
    nonisolated let courier: Courier
    private let envelope: BatchEnvelope

    private var queue = ItemQueue()
    private var lastExport: Moment
    private var closed = false
    private var running = false
    /// The sleep between two looks at the queue; cut short when a batch is full.
    private var sleeper: Task<Void, Never>?

    /// Between two looks at the queue, in seconds.
    private static let pollSeconds = 0.25
    /// How long a burst may hold its renderer while the collector takes batches, and between two looks, in seconds.
    private static let patienceSeconds = 1.0
    private static let patiencePollSeconds = 0.002

    init(limits: BatchLimits, envelope: BatchEnvelope, courier: Courier, clock: ServiceClock = .system) {
        self.limits = limits
        self.envelope = envelope
        self.courier = courier
        self.clock = clock
        lastExport = clock.now()
    }

    /// The exporter's own metrics: `telemetry.register { exporter.write(to: &$0) }`.
    public nonisolated func write(to writer: inout SampleWriter) {
        courier.write(to: &writer, queueMax: limits.queueMax)
    }

    /// Takes what fits; waits a moment for room while batches leave; drops the rest. A collector that takes longer than
    /// that moment over a batch loses it to the disk, where there is a spool.
    public func offer(_ pieces: [PackedItems]) async {
        var rest = pieces[...]
        var patience = clock.now().advanced(bySeconds: Self.patienceSeconds)
        var isHurried = courier.spool == nil
        while true {
            while !closed, let next = rest.first, queue.hasRoom(for: next, max: limits.queueMax) {
                queue.append(next)
                rest.removeFirst()
            }
            if queue.count >= limits.batchMax { sleeper?.cancel() }
            courier.counts.queued(queue.count)
            if rest.isEmpty || closed || !running || !courier.healthy { break }
            if clock.now() >= patience {
                if isHurried { break }
                isHurried = true
                courier.hurry()
                patience = clock.now().advanced(bySeconds: Self.patienceSeconds)
            }
            do { try await clock.sleep(Self.patiencePollSeconds) } catch { break }
        }
        let left = rest.reduce(0) { $0 + $1.count }
        courier.counts.dropped(left, closed ? .shutdown : .queueFull)
    }

    /// Sends batches as they fill or come of age, until cancelled. One export at a time.
    public func run() async {
        running = true
        while !Task.isCancelled {
            if isDue {
                await exportBatch(until: clock.now().advanced(bySeconds: limits.exportTimeoutSeconds))
            } else {
                await rest()
            }
        }
        running = false
    }

    private func rest() async {
        let clock = clock
        let sleeper = Task { _ = try? await clock.sleep(Self.pollSeconds) }
        self.sleeper = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        self.sleeper = nil
    }

    /// Sends what is left within that time, drops the rest or leaves it to the disk, and takes no more. Call it when `run`
    /// has returned.
    public func shutdown(withinSeconds seconds: Double) async {
        closed = true
        let deadline = clock.now().advanced(bySeconds: seconds)
        let isKept = courier.spool != nil
        while queue.count > 0 && !Task.isCancelled && (isKept || clock.now() < deadline) {
            await exportBatch(until: deadline)
        }
        courier.counts.dropped(queue.count, .shutdown)
        queue.removeAll()
        courier.counts.queued(0)
    }

    private var isDue: Bool {
        queue.count >= limits.batchMax
            || (queue.count > 0 && clock.now().seconds(since: lastExport) >= limits.scheduleDelaySeconds)
    }

    private func exportBatch(until deadline: Moment) async {
        let batch = queue.take(limits.batchMax)
        courier.counts.queued(queue.count)
        if await courier.bring(envelope.request(batch.pieces.map(\.bytes)), count: batch.count, until: deadline)
            == .interrupted
        {
            queue.putBack(batch)
            courier.counts.queued(queue.count)
        } else {
            courier.counts.handed(batch.count)
        }
        lastExport = clock.now()
    }
}
