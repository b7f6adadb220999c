/// Time and chance for background services, handed in so that tests need neither wait nor hope.
public struct ServiceClock: Sendable {
    public var now: @Sendable () -> Moment
    public var wallNow: @Sendable () -> WallTime
    /// Seconds; throws when the task is cancelled.
    public var sleep: @Sendable (Double) async throws -> Void
    /// 0 ..< 1.
    public var chance: @Sendable () -> Double

    public init(
        now: @escaping @Sendable () -> Moment, wallNow: @escaping @Sendable () -> WallTime,
        sleep: @escaping @Sendable (Double) async throws -> Void, chance: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.wallNow = wallNow
        self.sleep = sleep
        self.chance = chance
    }

    public static let system = ServiceClock(
        now: { Moment.now() }, wallNow: { WallTime.now() }, sleep: { try await Task.sleep(for: .seconds($0)) },
        chance: { Double.random(in: 0..<1) })
}
