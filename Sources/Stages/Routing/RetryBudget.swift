/// How many retries a route may make: each exchange earns a part of one, each retry takes a whole one.
///
/// A provider that is down can therefore never see more than this part more of a route's traffic.
struct RetryBudget: Sendable {
    /// Retries that may be saved up, and that a route begins with.
    static let savedMax = 10.0

    /// Of 1000 000 000 parts of a retry: sums of whole numbers are exact.
    private static let whole: Int64 = 1_000_000_000
    private let earned: Int64
    private var saved: Int64

    /// `ratio`: retries for each exchange, 0 to 1.
    init(ratio: Double) {
        earned = Int64(ratio * Double(Self.whole))
        saved = earned == 0 ? 0 : Int64(Self.savedMax) * Self.whole
    }

    mutating func earn() { saved = min(saved + earned, Int64(Self.savedMax) * Self.whole) }

    /// True where one may be made, which is thereby spent.
    mutating func spend() -> Bool {
        guard saved >= Self.whole else { return false }
        saved -= Self.whole
        return true
    }
}
