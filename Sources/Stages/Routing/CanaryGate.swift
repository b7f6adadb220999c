public import GatewayTypes

/// Watches the attempts of canaries and of those whom they may replace; refuses nothing.
public final class CanaryGate: AttemptGate {
    public static let hop = Hop.routing

    private struct Place: Sendable {
        let state: CanaryState
        let isCanary: Bool
    }

    /// In the order of the routes.
    public let states: [CanaryState]
    private let book: CanaryBook
    /// By the target's index.
    private let places: [Place?]
    private let byRoute: [ObjectIdentifier: CanaryState]
    private let wallNow: @Sendable () -> WallTime

    init(
        book: CanaryBook, routes: [Route], states: [String: CanaryState], targetCount: Int,
        wallNow: @escaping @Sendable () -> WallTime = WallTime.now
    ) {
        self.book = book
        self.wallNow = wallNow
        var places = [Place?](repeating: nil, count: targetCount)
        var byRoute: [ObjectIdentifier: CanaryState] = [:]
        for route in routes {
            guard let canary = route.canary, let state = states[route.name.text] else { continue }
            byRoute[ObjectIdentifier(route)] = state
            places[canary.target.index] = Place(state: state, isCanary: true)
            for target in route.targets { places[target.index] = Place(state: state, isCanary: false) }
        }
        self.places = places
        self.byRoute = byRoute
        self.states = routes.compactMap { byRoute[ObjectIdentifier($0)] }
    }

    /// Whether an exchange with this draw goes to the route's canary first.
    func takes(_ route: Route, draw: UInt64) -> Bool { byRoute[ObjectIdentifier(route)]?.takes(draw: draw) ?? false }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        // First choices are compared: those who stand in serve requests that have failed once.
        let isFirst = exchange.targets.first === target
        return Grant(place: isFirst && target.index < places.count ? places[target.index] : nil, gate: self)
    }

    private struct Grant: Admission {
        let place: Place?
        let gate: CanaryGate

        func settle(_ outcome: borrowing AttemptOutcome) {
            guard let place else { return }
            let result = Breaker.Result(outcome)
            // One that lost a race was at least as slow as this; left out, it would make its side look fast.
            let lost = outcome.lostRaceAsFirst
            guard result != .unknown || lost else { return }
            let spoke = outcome.firstToken ?? (lost && outcome.streams ? outcome.ended : nil)
            let change = place.state.settle(
                isCanary: place.isCanary, failed: result == .failed,
                firstTokenSeconds: spoke.map { $0.seconds(since: outcome.began) }, at: gate.wallNow())
            if let change { gate.book.note(change) }
        }
    }
}
