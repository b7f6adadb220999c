public import GatewayTypes
import Synchronization
public import Telemetry

/// What the core keeps on one event loop; touched on that loop only.
public final class Lane: @unchecked Sendable {
    // Sound: every member is read and written on the lane's loop; the handler picks the lane by the worker's index.
    /// The worker's position.
    let index: Int
    let upstream: any Upstream
    let telemetry: TelemetryShard
    /// The clock of all that is measured, handed in so that tests know the figures.
    let now: @Sendable () -> Moment
    /// Waits so many seconds; returns at once where the task was cancelled.
    let sleep: @Sendable (Double) async -> Void
    /// Starts something on this loop that no client waits for; nil: nothing can be.
    let launch: (@Sendable (@escaping @Sendable () async -> Void) -> Void)?
    var ids = IDSource()

    public init(
        index: Int, upstream: any Upstream, telemetry: TelemetryShard,
        now: @escaping @Sendable () -> Moment = Moment.now,
        sleep: @escaping @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) },
        launch: (@Sendable (@escaping @Sendable () async -> Void) -> Void)? = nil
    ) {
        self.index = index
        self.upstream = upstream
        self.telemetry = telemetry
        self.now = now
        self.sleep = sleep
        self.launch = launch
    }
}

/// How many exchanges are under way, and whether the process is about to end.
public final class InFlight: Sendable {
    private let count = Atomic<Int>(0)
    private let ending = Atomic<Bool>(false)

    public init() {}

    /// Exchanges now under way.
    public var exchanges: Int { count.load(ordering: .relaxed) }

    /// From now on an upstream whose client has left is not waited for.
    public func endSoon() { ending.store(true, ordering: .relaxed) }

    var isEnding: Bool { ending.load(ordering: .relaxed) }
    func enter() { count.wrappingAdd(1, ordering: .relaxed) }
    func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
}
