import GatewayTypes
import NIOCore
import Synchronization

@testable import Credentials

/// Answers requests by method and URL, and remembers them. What it does not know, it refuses to connect to.
final class FakeService: HTTPFetcher {
    struct Answer: Sendable {
        var status = 200
        var body: String
    }

    private struct State {
        var answers: [String: Answer]
        var requests: [UpstreamRequest] = []
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var arrived: [CheckedContinuation<Void, Never>] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    init(_ answers: [String: Answer]) { state = Mutex(State(answers: answers)) }

    var requests: [UpstreamRequest] { state.withLock { $0.requests } }
    var calls: [String] { requests.map { "\($0.method.rawValue) \($0.url)" } }
    var nextEndpointID: @Sendable () -> Int {
        {
            self.state.withLock {
                $0.nextID += 1
                return $0.nextID
            }
        }
    }

    func answer(_ call: String, _ answer: Answer?) { state.withLock { $0.answers[call] = answer } }

    func fetch(_ request: UpstreamRequest) async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer) {
        let arrived = state.withLock { state in
            state.requests.append(request)
            defer { state.arrived = [] }
            return state.arrived
        }
        for waiter in arrived { waiter.resume() }
        await waitUntilReleased()
        if Task.isCancelled { throw Failure(.interrupted, "cancelled") }
        guard let answer = state.withLock({ $0.answers["\(request.method.rawValue) \(request.url)"] }) else {
            throw Failure(.upstreamConnect, "refused")
        }
        return (UpstreamHead(status: answer.status, fields: []), ByteBuffer(string: answer.body))
    }

    // MARK: Holding replies back

    /// From now on replies wait for `release`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for waiter in held { waiter.resume() }
    }

    /// Returns once `count` requests have come in all.
    func whenAsked(_ count: Int) async {
        while requests.count < count {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.requests.count < count { state.arrived.append(continuation) }
                    return state.requests.count >= count
                }
                if isThere { continuation.resume() }
            }
        }
    }

    private func waitUntilReleased() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isHeld { state.held.append(continuation) }
                return !state.isHeld
            }
            if isFree { continuation.resume() }
        }
    }
}

extension WallTime {
    /// 2026-11-22T17:44:01Z, and seconds after it.
    static func after(_ seconds: Int64) -> WallTime {
        WallTime(nanoseconds: (1_795_369_441 + seconds) * 1_000_000_000)
    }
}

extension [ReplyField] {
    subscript(name: String) -> String? { first { $0.name == name }?.value }
}
