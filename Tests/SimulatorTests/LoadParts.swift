import GatewayTypes
import NIOCore
import Synchronization
import Testing

@testable import Simulator

/// Stands for the event loop of a worker.
@globalActor actor LoadLoop { static let shared = LoadLoop() }

/// Answers every request by a script, on a clock that moves only when somebody sleeps.
final class ScriptedUpstream: Upstream {
    /// The events of the request of that number, each with the nanoseconds that it takes to come.
    typealias Script = @Sendable (Int) -> [Step]

    enum Step {
        case event(UpstreamEvent, after: UInt64)
        case failure(FailureReason, after: UInt64)

        static func ok(after: UInt64 = 0) -> Step { .event(.head(UpstreamHead(status: 200, fields: [])), after: after) }
        static func body(_ text: String, after: UInt64 = 0) -> Step {
            .event(.body(ByteBuffer(string: text)), after: after)
        }
        static let end = Step.event(.end, after: 0)
    }

    private let script: Script
    private let clock: TestClock
    private let seen: RequestLog
    private var count = 0

    init(_ clock: TestClock, _ seen: RequestLog, _ script: @escaping Script) {
        self.clock = clock
        self.seen = seen
        self.script = script
    }

    func start(_ request: UpstreamRequest) -> any UpstreamExchange {
        seen.append(request, at: clock.now)
        count += 1
        return ScriptedExchange(clock, script(count - 1))
    }

    func connect(_ request: UpstreamRequest) -> any UpstreamTunnel { NoTunnel() }
}

/// The load that is made opens no WebSockets.
final class NoTunnel: UpstreamTunnel {
    let phases = AttemptPhases()

    func head() async throws(Failure) -> UpstreamHead { throw Failure(.upstreamConnect, "As the script says.") }
    func read() async throws(Failure) -> ByteBuffer? { nil }
    func write(_ bytes: ByteBuffer) async throws(Failure) {}
    func limit(to deadline: Moment) {}
    func cancel() {}
}

final class ScriptedExchange: UpstreamExchange {
    private let clock: TestClock
    private var steps: [ScriptedUpstream.Step]

    init(_ clock: TestClock, _ steps: [ScriptedUpstream.Step]) {
        self.clock = clock
        self.steps = steps
    }

    func next() async throws(Failure) -> UpstreamEvent { try step() }
    func poll() throws(Failure) -> UpstreamEvent? { try step() }
    func whenReady(by moment: Moment?, _ action: @escaping () -> Void) { action() }

    private func step() throws(Failure) -> UpstreamEvent {
        guard !steps.isEmpty else { throw Failure(.upstreamCut, "The script is over.") }
        switch steps.removeFirst() {
        case .event(let event, let wait):
            clock.advance(wait)
            return event
        case .failure(let reason, let wait):
            clock.advance(wait)
            throw Failure(reason, "As the script says.")
        }
    }

    func limit(to deadline: Moment) {}
    func expectToken(by moment: Moment?) {}
    func cancel() {}
    var phases: AttemptPhases { AttemptPhases() }
}

/// The requests that were sent, and when.
final class RequestLog: Sendable {
    private let entries = Mutex<[(request: UpstreamRequest, at: Moment)]>([])
    func append(_ request: UpstreamRequest, at moment: Moment) { entries.withLock { $0.append((request, moment)) } }
    var all: [(request: UpstreamRequest, at: Moment)] { entries.withLock { $0 } }
}

/// Runs a load against a script.
struct LoadBench {
    let clock = TestClock()
    let log = RequestLog()

    func run(
        _ settings: LoadSettings, workers: Int = 1, script: @escaping ScriptedUpstream.Script
    ) async throws -> LoadReport {
        let all = (0..<workers).map { _ in
            LoadGenerator.Worker(
                upstream: { ScriptedUpstream(clock, log, script) },
                start: { operation in Task { @LoadLoop in await operation() } })
        }
        let generator = LoadGenerator(settings: settings, workers: all, clock: clock.tool)
        return try await #require(generator).run()
    }
}
