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

    let book: LimitBook
    let set: LimitSet
    private let pricer: any Pricer

    /// `pricer` estimates the tokens of a prompt.
    public init(book: LimitBook, set: LimitSet, pricer: any Pricer) {
        self.book = book
        self.set = set
        self.pricer = pricer
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard !set.isEmpty, case .model(let request) = exchange.request else { return .pass }
        let entries = set.entries(for: exchange)
        guard !entries.isEmpty else { return .pass }
        for entry in entries where entry.hasShape { try checkShape(&exchange, request, entry) }
        var now = book.clock()
        var cells: [LimitCell] = []
        var countsTokens = false
        cells.reserveCapacity(entries.count)
        for entry in entries {
            guard let cell = try cell(entry, exchange, request, now) else { continue }
            cells.append(cell)
            if entry.countsTokens { countsTokens = true }
        }
        guard !cells.isEmpty else { return .pass }
        let cost = countsTokens ? estimate(request, exchange) : LimitCost()
        var readings = LimitReadings()
        if let refusal = crowded(cells) ?? book.take(cost, in: cells, at: now, &readings) {
            now = try await wait(Wish(cost: cost, cells: cells), behind: refusal, &exchange, &readings)
        }
        exchange.replyFields += LimitFields.fields(readings)
        return .follow(LimitGrant(book: book, cells: cells, reserved: cost, reservedAt: now))
    }

    /// The counts that a limit keeps for this exchange; nil where it keeps none.
    private func cell(
        _ entry: LimitSet.Entry, _ exchange: borrowing Exchange, _ request: ModelRequest, _ now: Moment
    ) throws(Failure) -> LimitCell? {
        guard entry.countsAnything else { return nil }
        let index: Int
        switch entry.each {
        case .caller: index = exchange.caller.name.index
        case .team: index = exchange.caller.team.index
        case .model: index = exchange.route.name.index
        case .gateway: index = 0
        case .key:
            let subject = LimitSubject(caller: exchange.caller.name.text, value: exchange.caller.keyAlias)
            return entry.counts.table.cell(of: subject, at: now)
        case .endUser:
            guard let user = exchange.head[Self.endUserField] ?? request.facts.endUser, !user.isEmpty else {
                return nil
            }
            guard user.utf8.count <= Self.endUserBytesMax else { throw Self.longName }
            let subject = LimitSubject(caller: exchange.caller.name.text, value: user)
            return entry.counts.table.cell(of: subject, at: now)
        }
        return entry.cells[index < entry.cells.count ? index : 0]
    }

    private static let longName = Failure(
        .badRequest, "The end user's name is longer than \(endUserBytesMax) bytes; send a shorter x-weir-end-user.")

    // MARK: What one request alone may be

    private func checkShape(
        _ exchange: inout Exchange, _ request: ModelRequest, _ entry: LimitSet.Entry
    ) throws(Failure) {
        let definition = entry.definition
        if let most = definition.bodyBytesMax, request.bodyBytes > most {
            note(&exchange, definition, "refused a body of \(request.bodyBytes) bytes")
            throw LimitRefusal.body(definition, most)
        }
        guard let most = definition.outputTokensMax, request.operation == .chat else { return }
        exchange.outputTokensMax = min(exchange.outputTokensMax ?? most, most)
        let asked = request.facts.outputTokensMax
        switch definition.over {
        case .clamp:
            guard asked ?? .max > most else { return }
            exchange.notes.append(Note(.limits, "limit \(definition.name.text): \(most) output tokens at most"))
        case .refuse:
            guard let asked, asked > most else { return }
            note(&exchange, definition, "refused \(asked) output tokens")
            throw LimitRefusal.outputTokens(definition, most)
        }
    }

    func estimate(_ request: ModelRequest, _ exchange: borrowing Exchange) -> LimitCost {
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

    func refuse(
        _ exchange: inout Exchange, _ definition: LimitDefinition, _ obstacle: LimitState.Obstacle,
        _ readings: LimitReadings
    ) -> Failure {
        note(&exchange, definition, "refused, \(LimitRefusal.what(definition, obstacle))")
        return LimitRefusal.limit(definition, obstacle, readings)
    }

    /// Counts a refusal and says why, for the trace.
    private func note(_ exchange: inout Exchange, _ definition: LimitDefinition, _ what: String) {
        book.countRejection(by: definition.name.text, team: exchange.caller.team.text)
        exchange.notes.append(Note(.limits, "limit \(definition.name.text): \(what)"))
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
        for cell in cells { cell.queue?.wake() }
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
