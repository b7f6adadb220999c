import Synchronization

/// Delivers what callouts are told after the fact: a bounded queue, and so many deliveries at once.
public final class CalloutCourier: Sendable {
    public static let waitingMax = 1000
    private static let atOnce = 16

    private let items: AsyncStream<@Sendable () async -> Void>
    private let door: AsyncStream<@Sendable () async -> Void>.Continuation
    private let waiting = Atomic(0)

    public init() {
        (items, door) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingMax))
    }

    /// Deliveries that wait or are under way.
    public var depth: Int { waiting.load(ordering: .relaxed) }

    /// False where the queue is full: it is then not delivered.
    func take(_ delivery: @escaping @Sendable () async -> Void) -> Bool {
        waiting.wrappingAdd(1, ordering: .relaxed)
        switch door.yield(delivery) {
        case .enqueued: return true
        case .dropped, .terminated: break
        @unknown default: break
        }
        waiting.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    /// Delivers until cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { deliveries in
            var underWay = 0
            for await delivery in items {
                if underWay >= Self.atOnce {
                    await deliveries.next()
                    underWay -= 1
                }
                underWay += 1
                deliveries.addTask { [self] in
                    await delivery()
                    waiting.wrappingSubtract(1, ordering: .relaxed)
                }
            }
        }
    }
}
