import NIOCore

/// The serial and task executor of one event loop.
///
/// Being both is what keeps a request on its loop: a continuation resumed there goes on there, without a hop through
/// the global pool. (An actor that only has the loop as its serial executor pays two thread hops per `await`.)
final class LoopExecutor: TaskExecutor, SerialExecutor, @unchecked Sendable {
    // Sound: `ready` and `draining` are touched on the loop only; every other path goes through `loop.execute`.
    let loop: any EventLoop
    private var ready: [UnownedJob] = []
    private var draining = false

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if loop.inEventLoop {
            ready.append(job)
            guard !draining else { return }
            draining = true
            loop.execute { self.drain() }
        } else {
            loop.execute {
                self.ready.append(job)
                guard !self.draining else { return }
                self.draining = true
                self.drain()
            }
        }
    }

    /// Runs the jobs that are ready, and those that they make ready, in one turn of the loop.
    private func drain() {
        var next = 0
        while next < ready.count {
            let job = ready[next]
            next += 1
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        ready.removeAll(keepingCapacity: true)
        draining = false
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }
    func checkIsolated() { loop.preconditionInEventLoop() }
    func isIsolatingCurrentContext() -> Bool? { loop.inEventLoop }
}
