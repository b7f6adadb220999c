import Compression
import GatewayTypes
import NIOCore
import Synchronization
import Telemetry

/// Brings encoded batches of one signal to one destination. Without a spool it tries again while there is time; with
/// one it tries once, and what was not taken waits on disk. Its user sends one batch at a time.
final class Courier: Sendable {
    /// What its user is to do with a batch.
    enum Fate {
        /// Delivered, or kept on disk.
        case delivered
        /// Gone, and counted.
        case dropped
        /// It is to be brought again.
        case interrupted
    }

    let counts: ExportCounts
    let spool: Spool?
    private let call: ExportCall
    private let clock: ServiceClock
    private let lastWasFinal = Atomic(true)
    /// The one try of a batch that may be kept instead.
    private let trying = Mutex<Task<ExportAnswer, Never>?>(nil)

    private static let backoffSecondsMax = 5.0
    private static let replayPollSeconds = 0.25

    init(
        _ target: OTLPTarget, endpoint: Endpoint, fetcher: any HTTPFetcher, clock: ServiceClock,
        spool settings: SpoolSettings? = nil
    ) {
        let counts = ExportCounts(target, spools: settings != nil)
        self.counts = counts
        call = ExportCall(target: target, endpoint: endpoint, fetcher: fetcher, clock: clock)
        self.clock = clock
        spool = settings.map { Spool(target, $0, counts: counts, clock: clock) }
    }

    /// Whether batches leave its user as fast as they come: the collector gave a final answer to the last request, or
    /// the disk takes them.
    var healthy: Bool { spool != nil || lastWasFinal.load(ordering: .relaxed) }

    /// Brings a batch of `count` items, and counts what became of them.
    func bring(_ body: ByteBuffer, count: Int, until deadline: Moment) async -> Fate {
        guard let spool else { return await deliver(body, count: count, until: deadline) }
        // What waits goes first.
        if await !spool.hasWaiting(), let wire = call.wire(body) {
            let answer = await tryOnce(wire, count: count, until: deadline)
            if settle(answer, count: count) { return .delivered }
            if Task.isCancelled { return .interrupted }
        }
        await spool.append(body, count: count)
        return .delivered
    }

    /// `queueMax`: of the queue before it; nil: there is none.
    func write(to writer: inout SampleWriter, queueMax: Int?) {
        counts.write(to: &writer)
        ExporterInstruments(counts: counts, queueMax: queueMax).write(to: &writer)
        spool?.write(to: &writer, counts.labels)
    }

    /// Gives the try under way up: its batch is kept. No effect without a spool.
    func hurry() { trying.withLock { $0 }?.cancel() }

    private func tryOnce(_ wire: ByteBuffer, count: Int, until deadline: Moment) async -> ExportAnswer {
        let task = Task { await self.send(wire, count: count, until: deadline) }
        trying.withLock { $0 = task }
        let answer = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        trying.withLock { $0 = nil }
        return answer
    }

    /// Brings what waits on disk, oldest first, until cancelled.
    func replay() async {
        guard let spool else { return }
        var tries = 0
        while !Task.isCancelled {
            guard let waiting = await spool.lend() else {
                tries = 0
                do { try await clock.sleep(Self.replayPollSeconds) } catch { return }
                continue
            }
            guard let wire = call.wire(packed: waiting.packed) else {
                counts.dropped(waiting.count, .spoolUnreadable)
                await spool.takeBack(waiting, isDone: true)
                continue
            }
            let answer = await send(wire, count: waiting.count, until: .distantFuture)
            let isDone = settle(answer, count: waiting.count)
            await spool.takeBack(waiting, isDone: isDone)
            if isDone {
                tries = 0
                continue
            }
            do { try await clock.sleep(delay(after: tries, asked: answer.asked)) } catch { return }
            tries += 1
        }
    }

    private func deliver(_ body: ByteBuffer, count: Int, until deadline: Moment) async -> Fate {
        guard let wire = call.wire(body) else {
            counts.failed(.encoding)
            counts.dropped(count, .undeliverable)
            return .dropped
        }
        var tries = 0
        while true {
            let answer = await send(wire, count: count, until: deadline)
            if settle(answer, count: count) { return answer.meaning == .refused ? .dropped : .delivered }
            if Task.isCancelled { return .interrupted }
            let wait = delay(after: tries, asked: answer.asked)
            tries += 1
            guard clock.now().advanced(bySeconds: wait) < deadline else {
                counts.dropped(count, .undeliverable)
                return .dropped
            }
            do { try await clock.sleep(wait) } catch { return .interrupted }
        }
    }

    private func send(_ wire: ByteBuffer, count: Int, until deadline: Moment) async -> ExportAnswer {
        let began = clock.now()
        counts.began(count)
        let answer = await call.send(wire, until: deadline)
        counts.ended(count, answer, seconds: clock.now().seconds(since: began))
        if let failure = answer.failure { counts.failed(failure) }
        return answer
    }

    /// Counts a final answer; false: there was none.
    private func settle(_ answer: ExportAnswer, count: Int) -> Bool {
        switch answer.meaning {
        case .taken(let rejected):
            let refused = min(max(0, rejected), count)
            counts.exported(count - refused)
            counts.dropped(refused, .rejected)
        case .refused: counts.dropped(count, .rejected)
        case .again:
            lastWasFinal.store(false, ordering: .relaxed)
            return false
        }
        lastWasFinal.store(true, ordering: .relaxed)
        return true
    }

    /// What the collector asked for and up to a tenth more, else 1, 2, 4, 5 … seconds, each by 0.5 … 1.5: so that many
    /// gateways do not come back at once.
    private func delay(after tries: Int, asked: Double?) -> Double {
        if let asked { return asked * (1 + clock.chance() / 10) }
        return min(Self.backoffSecondsMax, Double(1 << min(tries, 8))) * (0.5 + clock.chance())
    }
}

extension ExportAnswer {
    /// How long the destination asks to wait, in seconds.
    var asked: Double? {
        if case .again(let seconds) = meaning { seconds } else { nil }
    }
}
