import GatewayTypes
import Testing

@testable import Routing

/// What event loops share agrees however many of them use it.
@Suite struct SharedStateTests {
    private static let now: @Sendable () -> Moment = { .at(100) }

    /// Runs the work on so many tasks at once, and adds up what they return.
    private func sum(_ tasks: Int, of work: @escaping @Sendable (Int) -> Int) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for task in 0..<tasks { group.addTask { @concurrent in work(task) } }
            return await group.reduce(0, +)
        }
    }

    @Test(arguments: [1, 2, 8]) func `One probe at a time, whoever asks`(tasks: Int) async throws {
        let bench = Bench(.ordered)
        let gate = BreakerGate(settings: Breaker.Settings(), targetCount: 3, now: Self.now)
        let failed = Failure(.upstreamConnect, "", retryable: true)
        for _ in 0..<5 {
            try gate.admit(bench.targets[0], for: bench.exchange()).settle(
                attempt(at: bench.targets[0], from: 80, to: 85, failure: failed, status: 0))
        }
        #expect(gate.state(of: bench.targets[0]) == .open)
        #expect(gate.openings(of: bench.targets[0]) == 1)
        let admitted = await sum(tasks) { _ in
            var count = 0
            for _ in 0..<200 {
                do throws(Failure) {
                    _ = try gate.admit(bench.targets[0], for: bench.exchange())
                    count += 1
                } catch {
                    continue
                }
            }
            return count
        }
        #expect(admitted == 1)
        #expect(gate.state(of: bench.targets[0]) == .halfOpen)
    }

    @Test(arguments: [1, 2, 8]) func `Attempts under way are counted to the last one`(tasks: Int) async {
        let bench = Bench(.leastOutstanding)
        let watch = TargetWatch(
            targets: bench.targets, routes: [bench.route], outliers: OutlierEjection.Settings(), now: Self.now)
        let refused = await sum(tasks) { task in
            var refused = 0
            for number in 0..<200 {
                let target = bench.targets[(task + number) % 3]
                do throws(Failure) {
                    try watch.admit(target, for: bench.exchange()).settle(
                        attempt(at: target, from: 1, to: 2, firstToken: 0.5))
                } catch {
                    refused += 1
                }
            }
            return refused
        }
        #expect(refused == 0)
        #expect(bench.targets.allSatisfy { watch.outstanding(at: $0) == 0 })
        #expect(bench.targets.allSatisfy { watch.secondsToFirstToken(of: $0) == 0.5 })
    }

    @Test(arguments: [1, 2, 8]) func `A retry budget is spent once`(tasks: Int) async {
        let bench = Bench(.ordered)
        var settings = RetryDesk.Settings()
        settings.perTarget = 1
        let desk = RetryDesk(settings: settings, routes: [bench.route])
        let failed = Failure(.upstreamConnect, "", retryable: true)
        let made = await sum(tasks) { task in
            var made = 0
            for number in 0..<(800 / tasks) {
                desk.began(on: bench.route)
                let delay = desk.delay(
                    after: failed, retries: 0, on: bench.route, secondsLeft: 10, draw: UInt64(task * 1000 + number))
                if delay != nil { made += 1 }
            }
            return made
        }
        #expect((160...170).contains(made), "a fifth of 800, and what was saved up")
        #expect(desk.count(.made, on: bench.route) == UInt64(made))
    }
}
