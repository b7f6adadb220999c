import GatewayTypes
import Synchronization

/// A secret that runs out: fetched when it is first needed, and anew ahead of its end, by one request at a time.
///
/// While the old one is still good, everybody but the one who fetches goes on with it, and so does that one where the
/// fetch fails. Where there is none, all wait for the same fetch.
final class ExpiringSecret<Value: Sendable>: Sendable {
    struct Held: Sendable {
        let value: Value
        let expiresAt: WallTime
    }

    /// What somebody who waited is told.
    private enum News: Sendable {
        case fetched(Value)
        case failed(Failure)
        /// The one who fetched gave up, not the source: somebody else shall try.
        case abandoned
    }

    private struct State {
        var held: Held?
        var isFetching = false
        var waiting: [CheckedContinuation<News, Never>] = []
        /// When it was last asked for, and what kept it from coming.
        var asked: (at: WallTime, failure: Failure?)?
    }

    private enum Step {
        case use(Value)
        case fail(Failure)
        case fetch(fallback: Value?)
        case wait
    }

    /// How long before its end a secret is fetched anew.
    static var refreshBeforeNanoseconds: Int64 { 300_000_000_000 }
    /// How long before its end a secret is no longer used: a request takes a moment to arrive.
    static var marginNanoseconds: Int64 { 10_000_000_000 }
    /// How long nobody asks again: for a failure to pass, and for a service to have a later one than it gave.
    static var pauseNanoseconds: Int64 { 5_000_000_000 }

    private let state = Mutex(State())

    /// The secret to use at `time`; `fetch` is called where a new one is due.
    func value(
        at time: WallTime, fetch: () async throws(Failure) -> Held
    ) async throws(Failure) -> Value {
        while true {
            switch state.withLock({ Self.next(&$0, time) }) {
            case .use(let value): return value
            case .fail(let failure): throw failure
            case .fetch(let fallback): return try await run(fetch, fallback, time)
            case .wait:
                switch await news() {
                case .fetched(let value): return value
                case .failed(let failure): throw failure
                case .abandoned: continue
                }
            }
        }
    }

    private static func next(_ state: inout State, _ time: WallTime) -> Step {
        var usable: Value?
        if let held = state.held {
            let left = held.expiresAt.nanoseconds - time.nanoseconds
            if left > refreshBeforeNanoseconds { return .use(held.value) }
            if left > marginNanoseconds { usable = held.value }
        }
        if state.isFetching { return usable.map { .use($0) } ?? .wait }
        if let asked = state.asked, (0..<pauseNanoseconds).contains(time.nanoseconds - asked.at.nanoseconds) {
            if let usable { return .use(usable) }
            if let failure = asked.failure { return .fail(failure) }
        }
        state.isFetching = true
        return .fetch(fallback: usable)
    }

    private func run(
        _ fetch: () async throws(Failure) -> Held, _ fallback: Value?, _ time: WallTime
    ) async throws(Failure) -> Value {
        do throws(Failure) {
            let held = try await fetch()
            finish(.fetched(held.value)) { state in
                state.held = held
                state.asked = (time, nil)
            }
            return held.value
        } catch {
            if Task.isCancelled {
                finish(.abandoned) { _ in }
            } else {
                let news: News = fallback.map { .fetched($0) } ?? .failed(error)
                finish(news) { $0.asked = (time, error) }
            }
            if let fallback { return fallback }
            throw error
        }
    }

    private func finish(_ news: News, _ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            state.isFetching = false
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: news) }
    }

    /// Waits for the fetch that is under way; where it has just ended, there is nothing to wait for.
    private func news() async -> News {
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                if state.isFetching { state.waiting.append(continuation) }
                return !state.isFetching
            }
            if isLate { continuation.resume(returning: .abandoned) }
        }
    }
}
