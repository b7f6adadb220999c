import GatewayTypes
import NIOCore
import Routing
import Synchronization

/// A provider that is checked at a fixed pace, and what was found out so far.
final class CheckedProvider: Sendable {
    private struct State {
        var judge: HealthJudge
        var passed: UInt64 = 0
        var failed: UInt64 = 0
    }

    let name: ConfiguredName
    /// Those of its targets in whose place others can serve.
    let targets: [Target]
    let endpoint: Endpoint
    let intervalSeconds: Double
    private let status: Int
    private let state: Mutex<State>

    /// `status`: what a check must be answered with.
    init(name: ConfiguredName, targets: [Target], endpoint: Endpoint, check: Configuration.HealthCheck) {
        self.name = name
        self.targets = targets
        self.endpoint = endpoint
        status = check.status
        intervalSeconds = check.intervalSeconds
        state = Mutex(
            State(judge: HealthJudge(intervalSeconds: check.intervalSeconds, failures: check.failures)))
    }

    func look(now: Moment) -> Bool { state.withLock { $0.judge.look(now: now) } }

    /// Makes one check, and says what it makes of the provider.
    func check(by fetcher: any HTTPFetcher) async -> HealthJudge.Verdict {
        let passed = await passes(fetcher)
        return state.withLock { state in
            if passed { state.passed += 1 } else { state.failed += 1 }
            return state.judge.settle(passed: passed)
        }
    }

    private func passes(_ fetcher: any HTTPFetcher) async -> Bool {
        let deadline = Moment.now().advanced(bySeconds: endpoint.timeouts.totalSeconds)
        do throws(Failure) {
            var proof: [ReplyField] = []
            if let credential = endpoint.credential {
                proof = try await credential.fields(
                    method: endpoint.method, url: endpoint.url, fields: [], body: ByteBuffer(), at: .now())
            }
            let request = UpstreamRequest(endpoint: endpoint, fields: proof, body: ByteBuffer(), deadline: deadline)
            return try await fetcher.fetch(request).head.status == status
        } catch {
            return false
        }
    }

    var isHealthy: Bool { state.withLock { $0.judge.isHealthy } }

    /// Checks so far.
    var counts: (passed: UInt64, failed: UInt64) { state.withLock { ($0.passed, $0.failed) } }
}
