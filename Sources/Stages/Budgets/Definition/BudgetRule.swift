public import GatewayTypes

/// One rule of a budget: when it fires, when it lets go, whom it tells and what it does.
public struct BudgetRule: Sendable {
    public enum Severity: String, CaseIterable, Sendable { case page, ticket }

    /// Serve by `to` what was asked of `from`: names of routes.
    public struct Move: Hashable, Sendable {
        public let from: ConfiguredName
        public let to: ConfiguredName

        public init(from: ConfiguredName, to: ConfiguredName) {
            self.from = from
            self.to = to
        }
    }

    public enum Action: Sendable {
        /// `map` is the name in `reroutes:`; `sharePercent` 1 … 100 of the exchanges that it names.
        case reroute(map: String, moves: [Move], sharePercent: Int)
        case refuse
        /// At least 1.
        case clamp(outputTokensMax: Int64)
    }

    public enum Exception: Hashable, Sendable {
        /// What a known price of 0 serves.
        case free
        /// An asked route or a served model, by name.
        case model(String)
    }

    public let name: ConfiguredName
    public let when: Condition
    /// Nil: as soon as `when` no longer holds.
    public let until: Condition?
    /// How long `when` must hold before the rule fires.
    public let holdFor: TimeSpan
    /// How long it fires at least.
    public let minDwell: TimeSpan
    /// Nil: nobody is told.
    public let severity: Severity?
    /// Channels by name, beside the alerts of a Prometheus.
    public let notify: [String]
    public let action: Action?
    public let except: [Exception]

    public init(
        name: ConfiguredName, when: Condition, until: Condition? = nil, holdFor: TimeSpan = .zero,
        minDwell: TimeSpan = .zero, severity: Severity? = nil, notify: [String] = [], action: Action? = nil,
        except: [Exception] = [.free]
    ) {
        self.name = name
        self.when = when
        self.until = until
        self.holdFor = holdFor
        self.minDwell = minDwell
        self.severity = severity
        self.notify = notify
        self.action = action
        self.except = except
    }

    /// Decided for each request as it comes, from `request.cost`; such a rule has no life of its own.
    public var isPerRequest: Bool { when.signals.contains(.requestCost) }

    var conditions: [Condition] { until.map { [when, $0] } ?? [when] }

    /// Whether it looks at sums that begin anew with the window.
    var looksAtWindow: Bool {
        conditions.flatMap(\.signals).contains { signal in
            switch signal {
            case .spent, .remaining, .forecast: true
            case .spentOver, .burn, .requestCost: false
            }
        }
    }

    var isReroute: Bool {
        if case .reroute = action { return true }
        return false
    }

    func excepts(_ name: ConfiguredName) -> Bool { except.contains(.model(name.text)) }
    var exceptsFree: Bool { except.contains(.free) }
}
