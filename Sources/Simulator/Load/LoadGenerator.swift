public import GatewayTypes
import NIOCore
import Synchronization

/// Sends requests at a fixed rate or with a fixed concurrency, and measures what a client would feel.
///
/// In an open loop every latency counts from the moment at which the request was *meant* to start. A target that stalls
/// therefore shows in all requests that were due meanwhile, not only in the one that hung (no coordinated omission).
public struct LoadGenerator: Sendable {
    /// A loop to run on, and the engine that sends from it.
    public struct Worker: Sendable {
        /// Makes the engine; called once, on the loop.
        let upstream: @Sendable () -> any Upstream
        /// Runs an operation on the loop.
        let start: @Sendable (@escaping @Sendable () async -> Void) -> Void

        public init(
            upstream: @escaping @Sendable () -> any Upstream,
            start: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void
        ) {
            self.upstream = upstream
            self.start = start
        }
    }

    private let settings: LoadSettings
    private let endpoint: Endpoint
    private let workers: [Worker]
    private let clock: ToolClock
    private let progress: (@Sendable (LoadProgress) -> Void)?

    /// Nil where the settings' target is no URL, or there is no worker. `progress` is called once a second.
    public init?(
        settings: LoadSettings, workers: [Worker], clock: ToolClock = .system,
        progress: (@Sendable (LoadProgress) -> Void)? = nil
    ) {
        guard let endpoint = settings.endpoint(), !workers.isEmpty else { return nil }
        self.settings = settings
        self.endpoint = endpoint
        self.workers = workers
        self.clock = clock
        self.progress = progress
    }

    /// Makes the load; returns when its last reply has ended.
    public func run() async -> LoadReport {
        let plan = LoadPlan(settings: settings, began: clock.now(), clock: clock)
        let (ends, lanesEnd) = AsyncStream<Void>.makeStream()
        let lanes = max(1, settings.concurrency)
        let running = LaneCount(lanes)
        let hosts = workers.map { _ in LaneHost(plan: plan, endpoint: endpoint, body: settings.body()) }
        for (index, worker) in workers.enumerated() {
            let host = hosts[index]
            let mine = (lanes + workers.count - 1 - index) / workers.count
            worker.start {
                host.prepare(worker.upstream())
                for _ in 0..<mine {
                    worker.start {
                        await host.runLane()
                        if running.leave() { lanesEnd.finish() }
                    }
                }
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in ends {} }
            if let progress {
                group.addTask {
                    while (try? await Task.sleep(nanoseconds: 1_000_000_000)) != nil {
                        progress(LoadProgress(plan: plan, tally: Self.total(hosts)))
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
        return LoadReport(plan: plan, tally: Self.total(hosts))
    }

    private static func total(_ hosts: [LaneHost]) -> LoadTally {
        hosts.reduce(into: LoadTally()) { total, host in host.tally.withLock { total.merge($0) } }
    }
}

/// How many lanes are still running.
private final class LaneCount: Sendable {
    private let count: Atomic<Int>
    init(_ count: Int) { self.count = Atomic(count) }
    /// Whether the lane that leaves was the last.
    func leave() -> Bool { count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}
