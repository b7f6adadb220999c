public import GatewayTypes

/// What a limit is per. Calendar windows are UTC, where no day is longer than another; a week begins on Monday (ISO 8601).
public enum BudgetWindow: Hashable, Sendable, CustomStringConvertible {
    public enum Unit: String, CaseIterable, Sendable { case hour, day, week, month }

    case calendar(Unit)
    /// The last stretch of that length, at any time; at least `rollingMin`.
    case rolling(TimeSpan)
    case lifetime

    public static let rollingMin = TimeSpan.seconds(10)
    public static let rollingMax = TimeSpan.seconds(31_622_400)

    /// `hour`, `day`, `week`, `month`, `rolling 20s`, `lifetime`.
    public init(parsing text: String) throws(RuleTextError) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let first = words.first else {
            throw RuleTextError(column: 1, message: "expected \(Self.forms)")
        }
        let column = text.distance(from: text.startIndex, to: first.startIndex) + 1
        if first == "rolling" {
            guard words.count == 2 else {
                throw RuleTextError(column: column, message: "rolling takes one duration; write rolling 24h")
            }
            let spanColumn = text.distance(from: text.startIndex, to: words[1].startIndex) + 1
            guard let span = TimeSpan(words[1]), span >= Self.rollingMin, span <= Self.rollingMax else {
                throw RuleTextError(
                    column: spanColumn,
                    message: "\"\(words[1])\" is not a duration of \(Self.rollingMin) to 366d")
            }
            self = .rolling(span)
            return
        }
        if words.count == 1, first == "lifetime" {
            self = .lifetime
        } else if words.count == 1, let unit = Unit(rawValue: String(first)) {
            self = .calendar(unit)
        } else {
            let known = Unit.allCases.map(\.rawValue) + ["rolling", "lifetime"]
            throw RuleTextError(
                column: column,
                message: "\"\(text)\" is not a window\(NearWord.suggestion(for: String(first), among: known))")
        }
    }

    private static let forms = "hour, day, week, month, rolling DURATION or lifetime"

    public var description: String {
        switch self {
        case .calendar(let unit): unit.rawValue
        case .rolling(let span): "rolling \(span)"
        case .lifetime: "lifetime"
        }
    }

    /// First moment of the calendar window that holds `time`, and first moment of the next; nil where there is none.
    public func bounds(at time: WallTime) -> (start: WallTime, end: WallTime)? {
        switch self {
        case .calendar(let unit): Self.bounds(of: unit, at: time)
        case .rolling, .lifetime: nil
        }
    }

    private static func bounds(of unit: Unit, at time: WallTime) -> (start: WallTime, end: WallTime) {
        let hour: Int64 = 3_600_000_000_000
        let day = 24 * hour
        let today = floorDivide(time.nanoseconds, day)
        switch unit {
        case .hour:
            let start = floorDivide(time.nanoseconds, hour) * hour
            return (WallTime(nanoseconds: start), WallTime(nanoseconds: start + hour))
        case .day: return (WallTime(nanoseconds: today * day), WallTime(nanoseconds: (today + 1) * day))
        case .week:
            // 1970-01-01 was a Thursday.
            let monday = floorDivide(today + 3, 7) * 7 - 3
            return (WallTime(nanoseconds: monday * day), WallTime(nanoseconds: (monday + 7) * day))
        case .month:
            let date = CalendarDate(daysSince1970: today)
            let first = today - Int64(date.day - 1)
            // The 32nd day from the first lies in the next month, whatever its length.
            let next = first + 31
            let end = next - Int64(CalendarDate(daysSince1970: next).day - 1)
            return (WallTime(nanoseconds: first * day), WallTime(nanoseconds: end * day))
        }
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        let quotient = value / by
        return value % by < 0 ? quotient - 1 : quotient
    }
}
