import GatewayTypes

/// The budgets of one configuration, and which of them count an exchange. Never changes; a reload makes a new one.
public final class BudgetSet: Sendable {
    public let definitions: [BudgetDefinition]
    /// Names of those whose sums begin empty: the roof seeds them from the ledger.
    public let unseeded: [String]
    /// What the path needs of a definition: without names and rules, because copying those costs more than the sums.
    struct Entry: Sendable {
        /// The account in the book.
        let slot: Int
        let isHard: Bool
        let unpriced: BudgetDefinition.Unpriced
        let isExpecting: Bool
    }

    /// By position in `definitions`.
    let entries: [Entry]
    /// Whether any budget reserves what it expects.
    let isExpecting: Bool

    private let teams: ScopeMasks
    private let callers: ScopeMasks
    private let routes: ScopeMasks

    init(definitions: [BudgetDefinition], slots: [Int], unseeded: [String]) {
        self.definitions = definitions
        entries = zip(definitions, slots).map { definition, slot in
            Entry(
                slot: slot, isHard: definition.enforcement == .hard, unpriced: definition.unpriced,
                isExpecting: definition.reserving == .expected)
        }
        isExpecting = entries.contains(where: \.isExpecting)
        self.unseeded = unseeded
        teams = ScopeMasks(definitions.map(\.scope.teams))
        callers = ScopeMasks(definitions.map(\.scope.callers))
        routes = ScopeMasks(definitions.map(\.scope.routes))
    }

    /// Whose exchange it is, as positions in the tables of names.
    struct Payer {
        let team: Int
        let caller: Int
        let route: Int
    }

    /// Whether a hard budget counts the payer: then a reply must not grow beyond what was reserved for it.
    func isHard(for payer: Payer) -> Bool {
        var isHard = false
        forEach(payer) { position in
            isHard = definitions[position].enforcement == .hard
            return !isHard
        }
        return isHard
    }

    /// Calls `body` with the position of each budget that counts the payer, in the configuration's order, until it says false.
    @inline(__always)
    func forEach(_ payer: Payer, _ body: (Int) -> Bool) {
        for word in 0..<teams.wordCount {
            var bits =
                teams.mask(payer.team, word) & callers.mask(payer.caller, word) & routes.mask(payer.route, word)
            while bits != 0 {
                guard body(word * 64 + bits.trailingZeroBitCount) else { return }
                bits &= bits - 1
            }
        }
    }

    func hasBudget(for payer: Payer) -> Bool {
        var found = false
        forEach(payer) { _ in
            found = true
            return false
        }
        return found
    }
}

/// For one dimension of the scopes: by name, a bit for each budget that admits the name.
private struct ScopeMasks: Sendable {
    let wordCount: Int
    /// Row 0 stands for names that no scope mentions; row n + 1 for the name of index n.
    private let words: [UInt64]
    private let nameCount: Int

    init(_ scopes: [[ConfiguredName]]) {
        let wordCount = (scopes.count + 63) / 64
        let nameCount = (scopes.joined().map(\.index).max() ?? -1) + 1
        var words = [UInt64](repeating: 0, count: wordCount * (nameCount + 1))
        for (position, names) in scopes.enumerated() {
            let rows = names.isEmpty ? Array(0...nameCount) : names.map { $0.index + 1 }
            for row in rows { words[row * wordCount + position / 64] |= 1 << UInt64(position % 64) }
        }
        self.wordCount = wordCount
        self.nameCount = nameCount
        self.words = words
    }

    @inline(__always)
    func mask(_ name: Int, _ word: Int) -> UInt64 { words[(name < nameCount ? name + 1 : 0) * wordCount + word] }
}
