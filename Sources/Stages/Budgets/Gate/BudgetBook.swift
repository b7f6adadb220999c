public import GatewayTypes
import Synchronization

/// The money of all budgets of the process: one lock, so that a reservation over several budgets is one step. It outlives
/// reloads; nothing suspends while it is held.
public final class BudgetBook: Sendable {
    struct State {
        var accounts: [BudgetAccount] = []
        var slots: [String: Int] = [:]
        var moves: [MoveKey: MoveTally] = [:]
        var learned: [LearnedCost.Key: LearnedCost] = [:]
    }

    let state = Mutex(State())
    let clock: @Sendable () -> BudgetTime

    /// `clock` reads both clocks.
    public init(clock: @escaping @Sendable () -> BudgetTime = { BudgetTime.now() }) { self.clock = clock }

    /// Takes the budgets of a configuration. One that was there under the same name, scope and window keeps its sums.
    public func adopt(_ definitions: [BudgetDefinition]) -> BudgetSet {
        let now = clock()
        return state.withLock { state in
            var slots: [Int] = []
            var unseeded: [String] = []
            for definition in definitions {
                let name = definition.name.text
                if let slot = state.slots[name] {
                    slots.append(slot)
                    if !state.accounts[slot].adopt(definition, at: now) { unseeded.append(name) }
                } else {
                    slots.append(state.accounts.count)
                    unseeded.append(name)
                    state.slots[name] = state.accounts.count
                    state.accounts.append(BudgetAccount(definition, at: now))
                }
            }
            for slot in state.accounts.indices where !slots.contains(slot) { state.accounts[slot].isDeclared = false }
            return BudgetSet(definitions: definitions, slots: slots, unseeded: unseeded)
        }
    }

    /// Books what the ledger remembers: money spent at `time`. Call it once for each row or sum of rows, before traffic.
    /// What lies before the window in force is left out.
    public func seed(spent: Money, demand: Money? = nil, into budget: String, at time: WallTime) {
        let now = clock()
        state.withLock { state in
            guard let slot = state.slots[budget] else { return }
            state.accounts[slot].window.seed(Spend(actual: spent, demand: demand ?? spent), at: time, now: now)
        }
    }

    /// The earliest time whose spend still counts for anything in a budget: how far back to seed from. Nil: since ever.
    public func seedStart(of budget: String) -> WallTime? {
        let now = clock()
        return state.withLock { state in
            guard let slot = state.slots[budget] else { return now.wall }
            let account = state.accounts[slot]
            var start = now.wall
            switch account.definition.window {
            case .calendar: start = account.window.bounds?.start ?? start
            case .rolling(let span): start = now.wall.advanced(byNanoseconds: -span.nanoseconds)
            case .lifetime: return nil
            }
            for span in account.definition.spans {
                start = min(start, now.wall.advanced(byNanoseconds: -span.nanoseconds))
            }
            return start
        }
    }

    // MARK: The gate's steps

    /// What stood in the way of a reservation.
    struct Obstacle: Sendable {
        let definition: BudgetDefinition
        let reset: WallTime?
    }

    /// Reserves in every budget that counts the payer, or in none: returns the first budget that has no room.
    func reserve(_ amounts: Amounts, payer: BudgetSet.Payer, in set: BudgetSet) -> Obstacle? {
        let now = clock()
        return state.withLock { state in
            var obstacle: Int?
            set.forEach(payer) { position in
                let entry = set.entries[position]
                guard entry.isHard, !amounts.isFree else { return true }
                state.accounts[entry.slot].window.advance(to: now)
                if state.accounts[entry.slot].fits(amounts.spend(under: entry).actual) { return true }
                obstacle = position
                return false
            }
            if let obstacle {
                let slot = set.entries[obstacle].slot
                state.accounts[slot].counts.refusals += 1
                return Obstacle(
                    definition: set.definitions[obstacle], reset: state.accounts[slot].window.bounds?.end)
            }
            set.forEach(payer) { position in
                let entry = set.entries[position]
                state.accounts[entry.slot].reserved += amounts.spend(under: entry)
                return true
            }
            return nil
        }
    }

    /// Gives a reservation back and books what was spent instead.
    func settle(
        _ reserved: Amounts, as spent: Amounts, payer: BudgetSet.Payer, in set: BudgetSet, move: MoveKey?
    ) {
        let now = clock()
        state.withLock { state in
            set.forEach(payer) { position in
                let entry = set.entries[position]
                let slot = entry.slot
                let held = reserved.spend(under: entry)
                let spend = spent.spend(under: entry)
                state.accounts[slot].reserved -= held
                state.accounts[slot].window.book(spend, at: now)
                if spent.priced == nil, entry.unpriced == .assume { state.accounts[slot].counts.assumed += 1 }
                if spend.actual > held.actual { state.accounts[slot].counts.overshoot += spend.actual - held.actual }
                return true
            }
            if let move {
                state.moves[move, default: MoveTally()].exchanges += 1
                state.moves[move, default: MoveTally()].saved += spent.demand - (spent.priced ?? spent.assumed)
            }
        }
    }

    func expected(_ key: LearnedCost.Key) -> Money? { state.withLock { $0.learned[key]?.nearlyAll } }

    func learn(_ cost: Money, for key: LearnedCost.Key) {
        state.withLock { $0.learned[key, default: LearnedCost()].observe(cost) }
    }

    func countRuleRefusal(of budget: String) {
        state.withLock { state in
            if let slot = state.slots[budget] { state.accounts[slot].counts.refusals += 1 }
        }
    }
}

/// An amount as each way of treating unknown prices sees it.
struct Amounts: Sendable {
    /// Nil where the price is unknown.
    let priced: Money?
    /// What `unpriced: assume` takes in its place.
    let assumed: Money
    let demand: Money
    /// What such attempts cost at most as a rule; nil where nobody asks or it is not learned yet.
    var expected: Money?
    /// Under which to learn what it did cost; nil where nobody asks.
    var learns: LearnedCost.Key?

    var isFree: Bool { priced == .zero }

    func spend(under entry: BudgetSet.Entry) -> Spend {
        guard let priced else {
            switch entry.unpriced {
            case .assume: return Spend(actual: assumed, demand: demand)
            case .refuse, .allow: return Spend(actual: .zero, demand: demand)
            }
        }
        guard entry.isExpecting, let expected, priced > expected else {
            return Spend(actual: priced, demand: demand)
        }
        let (product, tooMuch) = demand.picodollars.multipliedReportingOverflow(by: expected.picodollars)
        let scaled = tooMuch ? demand : Money(picodollars: product / priced.picodollars)
        return Spend(actual: expected, demand: scaled)
    }
}

/// Whose reroute it was: the labels of `weir_reroutes_total`.
public struct MoveKey: Hashable, Sendable {
    public let budget: String
    public let rule: String
    public let from: String
    public let to: String
    public let team: String
    public let route: String
}

/// What a reroute has done.
public struct MoveTally: Sendable {
    /// Attempts that were served elsewhere.
    public var exchanges: Int64 = 0
    /// Negative where the move cost more.
    public var saved = Money.zero
}
