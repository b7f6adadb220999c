import GatewayTypes

/// One budget's money, as a value: its window, what is reserved, and what was counted.
struct BudgetAccount: Sendable {
    var definition: BudgetDefinition
    var window: SpendWindow
    /// The sum of the open reservations; carried over every reset and reload, because each is given back once.
    var reserved = Spend.zero
    var counts = Counts()
    /// Whether the configuration in force declares it; one that it does not misses spend.
    var isDeclared = true

    struct Counts: Sendable {
        var refusals: Int64 = 0
        /// Exchanges booked at an assumed price.
        var assumed: Int64 = 0
        /// What attempts cost beyond their reservation.
        var overshoot = Money.zero
    }

    init(_ definition: BudgetDefinition, at now: BudgetTime) {
        self.definition = definition
        window = SpendWindow(window: definition.window, spans: definition.spans, at: now)
    }

    /// Takes the new words of a reload; false where they count other money, so that the sums begin anew.
    mutating func adopt(_ new: BudgetDefinition, at now: BudgetTime) -> Bool {
        let isSame = isDeclared && definition.window == new.window && definition.scope.isSame(as: new.scope)
        definition = new
        isDeclared = true
        if isSame {
            window.watch(new.spans, at: now)
        } else {
            window = SpendWindow(window: new.window, spans: new.spans, at: now)
        }
        return isSame
    }

    /// Whether a further `amount` fits below the limit.
    func fits(_ amount: Money) -> Bool { window.current.actual + reserved.actual + amount <= definition.limit }

    func signals(_ view: BudgetSignals.View) -> BudgetSignals {
        BudgetSignals(limit: definition.limit, window: window, reserved: reserved, view: view)
    }
}
