import GRDB
public import GatewayTypes

/// What somebody thought of a reply.
public struct FeedbackRow: Sendable, Equatable {
    public var exchange: ExchangeID
    public var at: WallTime
    public var team = ""
    public var caller = ""
    public var route = ""
    public var provider = ""
    public var servedModel = ""
    /// 0 (bad) … 1 (good).
    public var score: Double
    /// Stands in the ledger alone.
    public var comment: String?

    public init(exchange: ExchangeID, at: WallTime, score: Double) {
        self.exchange = exchange
        self.at = at
        self.score = score
    }
}

extension Ledger {
    /// Keeps a feedback in the place of the one that the exchange had, which is the result; nil: it had none.
    public func keep(_ feedback: FeedbackRow) throws(StorageError) -> FeedbackRow? {
        var earlier: FeedbackRow?
        try writing { database in
            earlier = try Row.fetchOne(
                database, sql: "SELECT * FROM feedback WHERE exchange = ?", arguments: [feedback.exchange.description]
            ).flatMap(FeedbackRow.init)
            let values: [(any DatabaseValueConvertible)?] = [
                feedback.exchange.description, feedback.at.nanoseconds, feedback.team, feedback.caller, feedback.route,
                feedback.provider, feedback.servedModel, feedback.score, feedback.comment,
            ]
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO feedback
                    (exchange, at_ns, team, caller, route, provider, served_model, score, comment)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, arguments: StatementArguments(values))
        }
        return earlier
    }

    /// Feedback given at `time` or later, the oldest first.
    public func feedback(since time: WallTime) throws(StorageError) -> [FeedbackRow] {
        try reading { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM feedback WHERE at_ns >= ? ORDER BY at_ns", arguments: [time.nanoseconds]
            ).compactMap(FeedbackRow.init)
        }
    }
}

extension FeedbackRow {
    fileprivate init?(_ row: Row) {
        guard let exchange = ExchangeID(row["exchange"] as String) else { return nil }
        self.init(exchange: exchange, at: WallTime(nanoseconds: row["at_ns"]), score: row["score"])
        team = row["team"]
        caller = row["caller"]
        route = row["route"]
        provider = row["provider"]
        servedModel = row["served_model"]
        comment = row["comment"]
    }
}
