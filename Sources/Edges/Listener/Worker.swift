import GatewayTypes
import Glibc
public import NIOCore
import NIOPosix

/// One event loop and the request code that runs on it.
public actor Worker {
    /// Position among the workers, from 0: rooms keep their loop-confined state in arrays by it.
    public nonisolated let index: Int
    public nonisolated let loop: any EventLoop
    nonisolated let executor: LoopExecutor

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(index: Int, loop: any EventLoop) {
        self.index = index
        self.loop = loop
        executor = LoopExecutor(loop)
    }

    /// Starts `operation` on this worker at once when called on its loop, else as soon as the loop is free.
    public nonisolated func start(_ operation: @escaping @Sendable () async -> Void) {
        if loop.inEventLoop {
            assumeIsolated { worker in worker.launch(operation) }
        } else {
            loop.execute { self.assumeIsolated { worker in worker.launch(operation) } }
        }
    }

    private func launch(_ operation: @escaping @Sendable () async -> Void) {
        Task.immediate(executorPreference: executor) { await self.perform(operation) }
    }

    private func perform(_ operation: @Sendable () async -> Void) async { await operation() }
}

/// Event loops, one worker each.
public struct Workers: Sendable {
    public let all: [Worker]
    private let group: MultiThreadedEventLoopGroup

    /// `count` is at least 1. `niceness`: of the threads, 0 to 19; those with more give way to those with less.
    public init(count: Int, niceness: Int32 = 0) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.group = group
        all = group.makeIterator().enumerated().map { Worker(index: $0.offset, loop: $0.element) }
        guard niceness > 0 else { return }
        // On Linux a thread has a niceness of its own, and 0 is the calling one.
        for worker in all { worker.loop.execute { _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness) } }
    }

    /// Ends all loops; no request may be under way.
    public func shutDown() async throws { try await group.shutdownGracefully() }

    var eventLoopGroup: any EventLoopGroup { group }
}

extension Worker {
    /// Calls `action` on this worker's loop every `seconds`, with how many seconds late it was.
    public nonisolated func every(seconds: Double, _ action: @escaping @Sendable (_ lateSeconds: Double) -> Void) {
        let due = Moment.now().advanced(bySeconds: seconds)
        loop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            action(max(0, Moment.now().seconds(since: due)))
            self.every(seconds: seconds, action)
        }
    }
}
