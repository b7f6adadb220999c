import Listener
import NIOCore
import Testing

@Suite struct WorkerTests {
    @Test func `An operation stays on its worker's loop across suspensions`() async throws {
        let workers = Workers(count: 2)
        for worker in workers.all {
            let stayed = await withCheckedContinuation { continuation in
                worker.start {
                    var stayed = worker.loop.inEventLoop
                    for _ in 0..<10 {
                        await withUnsafeContinuation { resume in worker.loop.execute { resume.resume() } }
                        stayed = stayed && worker.loop.inEventLoop
                    }
                    continuation.resume(returning: stayed)
                }
            }
            #expect(stayed)
        }
        try await workers.shutDown()
    }
}
