public import GatewayTypes

/// The clock of the simulator and the load generator: handed in, so that tests need not wait.
public struct ToolClock: Sendable {
    public let now: @Sendable () -> Moment
    public let wallNow: @Sendable () -> WallTime
    /// Suspends for so many nanoseconds, on the caller's executor.
    public let sleep: @Sendable (UInt64) async -> Void

    public init(
        now: @escaping @Sendable () -> Moment, wallNow: @escaping @Sendable () -> WallTime,
        sleep: @escaping @Sendable (UInt64) async -> Void
    ) {
        self.now = now
        self.wallNow = wallNow
        self.sleep = sleep
    }

    public static let system = ToolClock(
        now: { Moment.now() }, wallNow: { WallTime.now() },
        // A cancelled sleep ends early, which is what who cancels wants.
        sleep: { try? await Task.sleep(nanoseconds: $0) })

    /// Suspends until `due`; returns at once where that is past.
    func sleep(until due: Moment) async {
        let wait = due.nanoseconds(since: now())
        if wait > 0 { await sleep(UInt64(wait)) }
    }
}
