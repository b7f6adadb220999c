import GatewayTypes
import Synchronization

/// An exchange that asks its provider, and those who asked the same meanwhile and wait for it.
final class CacheFlight: Sendable {
    private struct State {
        var isOver = false
        var reply: StoredReply?
        var waiting: [Int: CheckedContinuation<StoredReply?, Never>] = [:]
        var nextTicket = 0
        /// Those who gave up before they had begun to wait.
        var left: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Only the first end counts.
    func end(with reply: StoredReply?) {
        let waiting = state.withLock { state -> [CheckedContinuation<StoredReply?, Never>] in
            guard !state.isOver else { return [] }
            state.isOver = true
            state.reply = reply
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume(returning: reply) }
    }

    /// The reply; nil where there will be none, after so many seconds, or where the client leaves.
    func wait(seconds: Double, client: (any ClientPresence)?) async -> StoredReply? {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        client?.whenGone { [self] in leave(ticket) }
        defer { client?.whenGone {} }
        return await withTaskGroup(of: StoredReply?.self) { group in
            group.addTask { [self] in await landing(ticket) }
            group.addTask { [self] in
                do { try await Task.sleep(for: .seconds(seconds)) } catch { return nil }
                leave(ticket)
                return nil
            }
            let reply = await group.next() ?? nil
            group.cancelAll()
            return reply
        }
    }

    private func landing(_ ticket: Int) async -> StoredReply? {
        await withCheckedContinuation { continuation in
            let early = state.withLock { state -> StoredReply?? in
                if state.isOver { return .some(state.reply) }
                if state.left.remove(ticket) != nil { return .some(nil) }
                state.waiting[ticket] = continuation
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    private func leave(_ ticket: Int) {
        let waiter = state.withLock { state in
            let waiter = state.waiting.removeValue(forKey: ticket)
            if waiter == nil, !state.isOver { state.left.insert(ticket) }
            return waiter
        }
        waiter?.resume(returning: nil)
    }
}
