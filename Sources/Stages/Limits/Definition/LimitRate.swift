/// So much in so much time: `60/minute`, or paced: `60/minute burst 5`.
public struct LimitRate: Sendable, Equatable, CustomStringConvertible {
    public enum Period: String, CaseIterable, Sendable {
        case second, minute, hour, day

        public var nanoseconds: Int64 {
            switch self {
            case .second: 1_000_000_000
            case .minute: 60_000_000_000
            case .hour: 3_600_000_000_000
            case .day: 86_400_000_000_000
            }
        }
    }

    /// The most that counts as one limit, so that sums and products of the counting never overflow.
    public static let amountMax: Int64 = 1_000_000_000_000

    /// At least 1.
    public let amount: Int64
    public let period: Period
    /// Nil: `amount` in any stretch as long as the period. Else: evenly spread over the period, so much at once at most.
    public let burst: Int64?

    public init(amount: Int64, per period: Period, burst: Int64? = nil) {
        self.amount = amount
        self.period = period
        self.burst = burst
    }

    /// Reads `60/minute` or `60/minute burst 5`.
    public init(parsing text: String) throws(LimitTextError) {
        let words = text.split(separator: " ")
        let parts = (words.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, words.count == 1 || (words.count == 3 && words[1] == "burst") else {
            throw LimitTextError("\"\(text.prefix(64))\" is no rate; write 60/minute, or 60/minute burst 5")
        }
        guard let period = Period(rawValue: String(parts[1])) else {
            throw LimitTextError("\"\(parts[1].prefix(64))\" is no period; write second, minute, hour or day")
        }
        amount = try Self.count(parts[0], most: Self.amountMax)
        self.period = period
        burst = words.count == 3 ? try Self.count(words[2], most: amount) : nil
    }

    private static func count(_ text: Substring, most: Int64) throws(LimitTextError) -> Int64 {
        guard let count = Int64(text), (1...most).contains(count) else {
            throw LimitTextError("\"\(text.prefix(64))\" is out of bounds; write a whole number from 1 to \(most)")
        }
        return count
    }

    public var description: String { "\(amount)/\(period.rawValue)" + (burst.map { " burst \($0)" } ?? "") }
}

/// What is wrong with the text of a limit, and what to write instead.
public struct LimitTextError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
