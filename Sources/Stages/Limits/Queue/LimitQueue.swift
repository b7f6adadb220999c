import Synchronization

/// Those who wait for one count, and how they are woken.
final class LimitQueue: Sendable {
    private struct State {
        var queue: FairQueue
        var bells: [FairQueue.Ticket: LimitBell] = [:]
    }

    private let state: Mutex<State>

    init(depthMax: Int) { state = Mutex(State(queue: FairQueue(depthMax: depthMax))) }

    var count: Int { state.withLock { $0.queue.count } }

    /// A place and the bell that rings when it may be its turn; nil: the queue is full.
    func enter(flow: Int, priority: LimitPriority) -> (ticket: FairQueue.Ticket, bell: LimitBell)? {
        let (place, shed): ((ticket: FairQueue.Ticket, bell: LimitBell)?, LimitBell?) = state.withLock { state in
            switch state.queue.enter(flow: flow, priority: priority) {
            case .full: return (nil, nil)
            case .waits(let ticket):
                let bell = LimitBell()
                state.bells[ticket] = bell
                return ((ticket, bell), nil)
            case .displaces(let ticket, let shed):
                let bell = LimitBell()
                state.bells[ticket] = bell
                return ((ticket, bell), state.bells.removeValue(forKey: shed))
            }
        }
        shed?.ring()
        return place
    }

    /// How it stands with a place.
    enum Standing { case first, behind, gone }

    func standing(of ticket: FairQueue.Ticket) -> Standing {
        state.withLock { state in
            guard state.queue.holds(ticket) else { return .gone }
            return state.queue.first == ticket ? .first : .behind
        }
    }

    /// It has what it waited for: perhaps there is more, for the next one.
    func serve(_ ticket: FairQueue.Ticket) {
        state.withLock { state in
            state.queue.serve(ticket)
            state.bells[ticket] = nil
        }
        wake()
    }

    func leave(_ ticket: FairQueue.Ticket) {
        state.withLock { state in
            state.queue.leave(ticket)
            state.bells[ticket] = nil
        }
        wake()
    }

    /// Something was given back: it is the first one's turn.
    func wake() {
        let bell = state.withLock { state in state.queue.first.flatMap { state.bells[$0] } }
        bell?.ring()
    }
}

/// Wakes one who waits; a ring that comes before the wait ends it at once.
final class LimitBell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.hasRung = true }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns once it rings, or after so many seconds.
    func wait(seconds: Double) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await heard() }
            group.addTask { [self] in
                do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
                ring()
            }
            await group.next()
            group.cancelAll()
        }
        // A ring of the clock's that nobody heard is not the next wait's.
        state.withLock { $0.hasRung = false }
    }

    private func heard() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.hasRung {
                    state.hasRung = false
                    return true
                }
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
