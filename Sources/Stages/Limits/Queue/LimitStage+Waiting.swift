import GatewayTypes

extension LimitStage {
    private static let priorityField: HeaderName = "x-weir-priority"
    /// How long one who is first waits at most before it looks again by itself.
    private static let lookSeconds = 1.0

    /// What an exchange waits with.
    struct Wish {
        let cost: LimitCost
        let cells: [LimitCell]
    }

    /// The first count at which others wait already: nobody goes before them.
    func crowded(_ cells: [LimitCell]) -> LimitBook.Refusal? {
        for (position, cell) in cells.enumerated() where cell.queue.map({ $0.count > 0 }) ?? false {
            return LimitBook.Refusal(
                position: position, obstacle: LimitState.Obstacle(rate: nil, waitNanoseconds: 1_000_000_000))
        }
        return nil
    }

    /// Waits until all counts have room, in the queue of the one that has none; refuses when the time is up. Returns when
    /// the room was taken.
    func wait(
        _ wish: Wish, behind refusal: LimitBook.Refusal, _ exchange: inout Exchange, _ readings: inout LimitReadings
    ) async throws(Failure) -> Moment {
        let began = book.clock()
        var refusal = refusal
        var deadline: Moment?
        // Without a queue it is refused at once: that is no waiting.
        defer { if deadline != nil { exchange.waitedNanoseconds += max(0, book.clock().nanoseconds(since: began)) } }
        while true {
            let cell = wish.cells[refusal.position]
            guard let queue = cell.queue, let rules = cell.definition.queue else {
                throw refuse(&exchange, cell.definition, refusal.obstacle, readings)
            }
            let until = deadline ?? min(began.advanced(bySeconds: rules.waitSeconds), exchange.deadline)
            deadline = until
            switch await stand(in: queue, rules, wish, refusal, until: until, exchange, &readings) {
            case .served(let moment):
                book.countWait(by: cell.definition.name.text, .served, since: began)
                exchange.notes.append(Note(.limits, "limit \(cell.definition.name.text): waited"))
                return moment
            case .elsewhere(let next): refusal = next
            case .gone:
                book.countWait(by: cell.definition.name.text, .gone, since: began)
                throw Self.clientGone
            case .ended(let end, let obstacle):
                book.countWait(by: cell.definition.name.text, end, since: began)
                // A client that was refused while it waited is told of the count, which others may have moved since.
                throw refuse(&exchange, cell.definition, obstacle, readings)
            }
        }
    }

    private static let clientGone = Failure(.clientGone, "The client left before the reply was complete.")

    private enum Stood {
        case served(Moment)
        /// Another count is in the way now.
        case elsewhere(LimitBook.Refusal)
        case gone
        case ended(LimitWait, LimitState.Obstacle)
    }

    private func stand(
        in queue: LimitQueue, _ rules: LimitDefinition.Queue, _ wish: Wish, _ refusal: LimitBook.Refusal,
        until deadline: Moment, _ exchange: Exchange, _ readings: inout LimitReadings
    ) async -> Stood {
        let flow = rules.fairness == .team ? exchange.caller.team.index : exchange.caller.name.index
        guard let place = queue.enter(flow: flow, priority: Self.priority(rules, exchange)) else {
            return .ended(.full, refusal.obstacle)
        }
        let client = exchange.client
        client?.whenGone {
            queue.leave(place.ticket)
            place.bell.ring()
        }
        defer { client?.whenGone {} }
        var obstacle = refusal.obstacle
        while true {
            let now = book.clock()
            var look = deadline.seconds(since: now)
            switch queue.standing(of: place.ticket) {
            case .gone: return client?.isGone ?? false ? .gone : .ended(.shed, obstacle)
            case .behind: break
            case .first:
                guard let next = book.take(wish.cost, in: wish.cells, at: now, &readings) else {
                    queue.serve(place.ticket)
                    return .served(now)
                }
                guard next.position == refusal.position else {
                    queue.leave(place.ticket)
                    return .elsewhere(next)
                }
                obstacle = next.obstacle
                look = min(look, Double(obstacle.waitNanoseconds) / 1e9, Self.lookSeconds)
            }
            guard now < deadline else {
                queue.leave(place.ticket)
                return .ended(.timeout, obstacle)
            }
            await place.bell.wait(seconds: max(0.001, look))
        }
    }

    /// The plan's class; who may choose says it in the request, and everybody may step back.
    private static func priority(_ rules: LimitDefinition.Queue, _ exchange: borrowing Exchange) -> LimitPriority {
        let plan = exchange.caller.plan.text
        let own: LimitPriority = rules.high.contains(plan) ? .high : rules.low.contains(plan) ? .low : .normal
        let asked: LimitPriority
        switch exchange.head[priorityField] {
        case "high": asked = .high
        case "normal": asked = .normal
        case "low": asked = .low
        case _: return own
        }
        return rules.choosers.contains(exchange.caller.name.text) ? asked : max(asked, own)
    }
}

/// How waiting for a limit ended: the label `result`.
public enum LimitWait: String, CaseIterable, Sendable {
    case served, timeout, shed, full, gone
}
