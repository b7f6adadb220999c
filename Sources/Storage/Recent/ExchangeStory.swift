public import GatewayTypes

/// All that is told of an exchange that ended lately: its row in the ledger, and how it went on the way.
public struct ExchangeStory: Sendable, Equatable {
    /// A stretch of time; nanoseconds, `start` from the exchange's arrival.
    public struct Stretch: Sendable, Equatable {
        public let start: Int64
        public let nanoseconds: Int64

        public init(start: Int64, nanoseconds: Int64) {
            self.start = start
            self.nanoseconds = nanoseconds
        }
    }

    public struct HopTime: Sendable, Equatable {
        public let hop: Hop
        public let time: Stretch
    }

    public struct Attempt: Sendable, Equatable {
        /// Position among the attempts, from 1.
        public var number = 0
        public var time = Stretch(start: 0, nanoseconds: 0)
        public var provider = ""
        public var model = ""
        public var keyAlias = ""
        /// Nanoseconds; 0 where the phase did not occur.
        public var dns: Int64 = 0
        public var connect: Int64 = 0
        public var tls: Int64 = 0
        public var wait: Int64 = 0
        public var stream: Int64 = 0
        public var isReused = false
        /// From the exchange's arrival.
        public var firstToken: Int64?
        public var firstVisibleToken: Int64?
        /// The provider's; 0 when none came.
        public var status = 0
        public var resendCount = 0
        public var providerRequestID: String?
        /// The failure's reason; nil when the attempt completed.
        public var reason: String?
        public var message: String?
        public var isRetryable = false
        public var usage = Usage()
        public var cost = Cost.nothing
    }

    public struct Remark: Sendable, Equatable {
        public let hop: Hop
        public let text: String
    }

    public var row: LedgerRow
    /// Whether the ledger was to have it.
    public var isAccounted = false
    public var hops: [HopTime] = []
    public var overheadNanoseconds: Int64 = 0
    /// The first ones and the last; those that had no room are counted in `row.attempts` alone.
    public var attempts: [Attempt] = []
    /// The number of the attempt that the reply came from.
    public var servedAttempt: Int?
    /// The route that a budget moved it from.
    public var reroutedFrom: String?
    /// The most output tokens that a budget's rule left it.
    public var clampedTo: Int64?
    public var failureMessage: String?
    public var notes: [Remark] = []
    public var dropped: [String] = []
    public var finishReasons: [String] = []
}
