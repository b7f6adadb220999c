public import GatewayTypes
import Synchronization

/// How much at once and how often: lets an exchange pass where every limit that holds for it has room, and takes that room.
///
/// Tokens are reserved by an estimate, and put right when the exchange settles.
public struct LimitStage: Stage {
    public static let hop = Hop.limits

    /// Output tokens of a reply that its client left open, and the most that is reserved for one whatever the client allows:
    /// few replies are longer, and those that are count in full once they are known.
    static let outputTokensDefault: Int64 = 1024
    static let outputTokensReserved: Int64 = 4096
    static let tokensPerImage: Int64 = 1024
    private static let endUserField: HeaderName = "x-weir-end-user"
    private static let endUserBytesMax = 128

    private let book: LimitBook
    private let set: LimitSet
    private let pricer: any Pricer

    /// `pricer` estimates the tokens of a prompt.
    public init(book: LimitBook, set: LimitSet, pricer: any Pricer) {
        self.book = book
        self.set = set
        self.pricer = pricer
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard !set.isEmpty, case .model(let request) = exchange.request else { return .pass }
        var positions: [Int] = []
        try set.forEach(exchange) { position throws(Failure) in positions.append(position) }
        guard !positions.isEmpty else { return .pass }
        try checkShape(&exchange, request, positions)
        let now = book.clock()
        var cells: [LimitCell] = []
        var owners: [Int] = []
        var countsTokens = false
        cells.reserveCapacity(positions.count)
        owners.reserveCapacity(positions.count)
        for position in positions {
            guard let cell = try cell(position, exchange, request, now) else { continue }
            cells.append(cell)
            owners.append(position)
            if set.entries[position].countsTokens { countsTokens = true }
        }
        guard !cells.isEmpty else { return .pass }
        let cost = countsTokens ? estimate(request, exchange) : LimitCost()
        var readings = LimitReadings()
        if let refusal = book.take(cost, in: cells, at: now, &readings) {
            throw refuse(&exchange, owners[refusal.position], refusal.obstacle, readings)
        }
        exchange.replyFields += LimitFields.fields(readings)
        return .follow(LimitGrant(book: book, cells: cells, reserved: cost, reservedAt: now))
    }

    /// The counts that a limit keeps for this exchange; nil where it keeps none.
    private func cell(
        _ position: Int, _ exchange: borrowing Exchange, _ request: ModelRequest, _ now: Moment
    ) throws(Failure) -> LimitCell? {
        guard set.entries[position].countsAnything else { return nil }
        let index: Int
        switch set.entries[position].definition.each {
        case .caller: index = exchange.caller.name.index
        case .team: index = exchange.caller.team.index
        case .model: index = exchange.route.name.index
        case .gateway: index = 0
        case .key:
            let subject = LimitSubject(caller: exchange.caller.name.text, value: exchange.caller.keyAlias)
            return set.entries[position].counts.table.cell(of: subject, at: now)
        case .endUser:
            guard let user = exchange.head[Self.endUserField] ?? request.facts.endUser, !user.isEmpty else {
                return nil
            }
            guard user.utf8.count <= Self.endUserBytesMax else { throw Self.longName }
            let subject = LimitSubject(caller: exchange.caller.name.text, value: user)
            return set.entries[position].counts.table.cell(of: subject, at: now)
        }
        let cells = set.entries[position].cells
        return cells[index < cells.count ? index : 0]
    }

    private static let longName = Failure(
        .badRequest, "The end user's name is longer than \(endUserBytesMax) bytes; send a shorter x-weir-end-user.")

    // MARK: What one request alone may be

    private func checkShape(
        _ exchange: inout Exchange, _ request: ModelRequest, _ positions: [Int]
    ) throws(Failure) {
        for position in positions {
            let definition = set.entries[position].definition
            if let most = definition.bodyBytesMax, request.bodyBytes > most {
                note(&exchange, position, "refused a body of \(request.bodyBytes) bytes")
                throw LimitRefusal.body(definition, most)
            }
            guard let most = definition.outputTokensMax, request.operation == .chat else { continue }
            switch definition.over {
            case .clamp:
                exchange.outputTokensMax = min(exchange.outputTokensMax ?? most, most)
                if request.facts.outputTokensMax ?? .max > most {
                    exchange.notes.append(
                        Note(.limits, "limit \(definition.name.text): \(most) output tokens at most"))
                }
            case .refuse:
                exchange.outputTokensMax = min(exchange.outputTokensMax ?? most, most)
                if let asked = request.facts.outputTokensMax, asked > most {
                    note(&exchange, position, "refused \(asked) output tokens")
                    throw LimitRefusal.outputTokens(definition, most)
                }
            }
        }
    }

    private func estimate(_ request: ModelRequest, _ exchange: borrowing Exchange) -> LimitCost {
        let facts = request.facts
        var cost = LimitCost()
        if let target = exchange.route.targets.first {
            cost.inputTokens = pricer.estimateTokens(textBytes: facts.textBytes, target: target, output: false)
        }
        cost.inputTokens += Int64(facts.imageCount) * Self.tokensPerImage
        switch request.operation {
        case .chat, .textCompletion:
            let asked = min(facts.outputTokensMax ?? Self.outputTokensDefault, exchange.outputTokensMax ?? .max)
            let choices = max(1, min(facts.choiceCount, 128))
            cost.outputTokens = max(0, min(asked, Self.outputTokensReserved)) * choices
        case .embeddings, .listModels, .imageGeneration, .transcription, .translation, .speech, .moderation, .rerank,
            .countTokens, .realtime, .providerAPI:
            break
        }
        return cost
    }

    // MARK: Refusals

    private func refuse(
        _ exchange: inout Exchange, _ position: Int, _ obstacle: LimitState.Obstacle, _ readings: LimitReadings
    ) -> Failure {
        let definition = set.entries[position].definition
        let failure = LimitRefusal.limit(definition, obstacle, readings)
        note(&exchange, position, "refused, \(LimitRefusal.what(definition, obstacle))")
        return failure
    }

    /// Counts a refusal and says why, for the trace.
    private func note(_ exchange: inout Exchange, _ position: Int, _ what: String) {
        let name = set.entries[position].definition.name.text
        book.countRejection(by: name, team: exchange.caller.team.text)
        exchange.notes.append(Note(.limits, "limit \(name): \(what)"))
    }
}

/// What an exchange took of its limits. Settling it again has no effect.
final class LimitGrant: ReplyFilter {
    private let book: LimitBook
    private let cells: [LimitCell]
    private let reserved: LimitCost
    private let reservedAt: Moment
    private var isSettled = false

    init(book: LimitBook, cells: [LimitCell], reserved: LimitCost, reservedAt: Moment) {
        self.book = book
        self.cells = cells
        self.reserved = reserved
        self.reservedAt = reservedAt
    }

    func filter(_ event: borrowing ReplyEvent) throws(Failure) -> FilterStep { .forward }

    func settle(_ outcome: borrowing Outcome) {
        guard !isSettled else { return }
        isSettled = true
        let used = used(outcome)
        let now = book.clock()
        for cell in cells {
            cell.state.withLock { $0.settle(reserved, as: used, reservedAt: reservedAt, at: now) }
        }
    }

    /// The tokens that somebody counted; the estimate where a reply came and nobody did; none where there was none.
    private func used(_ outcome: borrowing Outcome) -> LimitCost {
        guard outcome.usage.source == .none else {
            return LimitCost(
                inputTokens: outcome.usage.inputTokens ?? 0, outputTokens: outcome.usage.outputTokens ?? 0)
        }
        return outcome.failure == nil && outcome.servedAttempt != nil ? reserved : LimitCost()
    }
}
