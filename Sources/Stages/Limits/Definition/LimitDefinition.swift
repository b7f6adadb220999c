public import GatewayTypes

/// One limit of the configuration, with every name resolved and every text read.
public struct LimitDefinition: Sendable, Equatable {
    /// What has a count of its own.
    public enum Each: String, CaseIterable, Sendable {
        case caller, team, key, model
        case endUser = "end_user"
        /// One count for everybody.
        case gateway
    }

    /// What a rate counts.
    public enum Counted: String, CaseIterable, Sendable {
        case requests, tokens
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
    }

    public struct Rate: Sendable, Equatable {
        public let counted: Counted
        public let rate: LimitRate

        public init(_ counted: Counted, _ rate: LimitRate) {
            self.counted = counted
            self.rate = rate
        }
    }

    /// What happens to a request for more output tokens than `outputTokensMax`.
    public enum Over: String, CaseIterable, Sendable { case clamp, refuse }

    /// Who finds no room waits, instead of being told at once.
    public struct Queue: Sendable, Equatable {
        /// Whose turns alternate.
        public enum Fairness: String, CaseIterable, Sendable { case team, caller }

        /// Most that wait in each of its queues; at least 1.
        public let depth: Int
        public let waitSeconds: Double
        public let fairness: Fairness
        /// Names of plans that go before the others, and behind them.
        public let high: Set<String>
        public let low: Set<String>
        /// Names of callers who choose for themselves.
        public let choosers: Set<String>

        public init(
            depth: Int, waitSeconds: Double, fairness: Fairness = .team, high: Set<String> = [], low: Set<String> = [],
            choosers: Set<String> = []
        ) {
            self.depth = depth
            self.waitSeconds = waitSeconds
            self.fairness = fairness
            self.high = high
            self.low = low
            self.choosers = choosers
        }
    }

    public let name: ConfiguredName
    /// Holds for those who have this plan; nil: for all.
    public let plan: ConfiguredName?
    public let each: Each
    /// Empty: all.
    public let teams: [ConfiguredName]
    public let callers: [ConfiguredName]
    public let routes: [ConfiguredName]
    public let rates: [Rate]
    /// Exchanges under way at once; nil: no limit.
    public let concurrent: Int?
    public let outputTokensMax: Int64?
    public let over: Over
    public let bodyBytesMax: Int?
    /// Nil: there is no queue.
    public let queue: Queue?

    public init(
        name: ConfiguredName, plan: ConfiguredName? = nil, each: Each, teams: [ConfiguredName] = [],
        callers: [ConfiguredName] = [], routes: [ConfiguredName] = [], rates: [Rate] = [], concurrent: Int? = nil,
        outputTokensMax: Int64? = nil, over: Over = .clamp, bodyBytesMax: Int? = nil, queue: Queue? = nil
    ) {
        self.queue = queue
        self.name = name
        self.plan = plan
        self.each = each
        self.teams = teams
        self.callers = callers
        self.routes = routes
        self.rates = rates
        self.concurrent = concurrent
        self.outputTokensMax = outputTokensMax
        self.over = over
        self.bodyBytesMax = bodyBytesMax
    }

    public var isEmpty: Bool { !counts && outputTokensMax == nil && bodyBytesMax == nil }
    /// Whether it needs anything remembered from one exchange to the next.
    var counts: Bool { !rates.isEmpty || concurrent != nil }

    /// Whether the counts of `other` are its counts too: nothing that is counted, or for whom, has changed.
    func countsAsMuch(as other: LimitDefinition) -> Bool {
        func texts(_ names: [ConfiguredName]) -> [String] { names.map(\.text).sorted() }
        return each == other.each && rates == other.rates && concurrent == other.concurrent && queue == other.queue
            && plan?.text == other.plan?.text && texts(teams) == texts(other.teams)
            && texts(callers) == texts(other.callers) && texts(routes) == texts(other.routes)
    }
}
