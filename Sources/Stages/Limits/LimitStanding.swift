public import GatewayTypes
import Synchronization

/// How a limit stands for an exchange that is not made.
public struct LimitStanding: Sendable, Equatable {
    public let limit: String
    /// Why it would refuse; nil: it would not, or it counts keys or end users apart and was not looked at.
    public let refusal: String?
    /// Seconds until there is room; 0 where it has room or never has.
    public let waitSeconds: Double
    /// What is left of it; nil where it counts no such thing.
    public let requestsLeft: Int64?
    public let tokensLeft: Int64?
}

extension LimitStage {
    /// What the limits that hold for an exchange would say to it. Takes nothing.
    public func standing(for exchange: Exchange) -> [LimitStanding] {
        guard case .model(let request) = exchange.request else { return [] }
        let now = book.clock()
        let cost = estimate(request, exchange)
        return set.entries(for: exchange).map { entry in
            var readings = LimitReadings()
            var obstacle: LimitState.Obstacle?
            if var state = state(entry, exchange) {
                obstacle = state.obstacle(to: cost, at: now, &readings)
                if obstacle == nil { state.read(at: now, &readings) }
            }
            return LimitStanding(
                limit: entry.definition.name.text,
                refusal: shapeRefusal(entry, request)
                    ?? obstacle.map { LimitRefusal.what(entry.definition, $0) },
                waitSeconds: Double(obstacle?.waitNanoseconds ?? 0) / 1e9, requestsLeft: readings.requests?.remaining,
                tokensLeft: readings.tokens?.remaining)
        }
    }

    /// A copy of the counts; nil where they are of keys or end users, whose counts would have to be made first.
    private func state(_ entry: LimitSet.Entry, _ exchange: Exchange) -> LimitState? {
        guard entry.countsAnything else { return nil }
        let index: Int
        switch entry.each {
        case .caller: index = exchange.caller.name.index
        case .team: index = exchange.caller.team.index
        case .model: index = exchange.route.name.index
        case .gateway: index = 0
        case .key, .endUser: return nil
        }
        return entry.cells[index < entry.cells.count ? index : 0].state.withLock { $0 }
    }

    private func shapeRefusal(_ entry: LimitSet.Entry, _ request: ModelRequest) -> String? {
        let definition = entry.definition
        if let most = definition.bodyBytesMax, request.bodyBytes > most {
            return "a body of \(request.bodyBytes) bytes is longer than \(most)"
        }
        guard let most = definition.outputTokensMax, definition.over == .refuse, request.operation == .chat,
            let asked = request.facts.outputTokensMax, asked > most
        else { return nil }
        return "\(asked) output tokens are more than \(most)"
    }
}
