/// Hours of some days of the week, by a clock on the wall: `mon-fri 07:00-20:00`.
public struct WeeklyHours: Sendable, Equatable {
    public static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// By day, Monday first.
    private var isDay: [Bool]
    /// Minutes since midnight. Where `end` is not behind `start` the hours reach into the next day, and belong to the day on
    /// which they begin.
    private let start: Int
    private let end: Int

    /// Days (`mon`, `mon-fri`, `sat,sun`), hours (`07:00-20:00`), or both; nil where it is neither.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard let first = words.first, words.count <= 2 else { return nil }
        let hours = words.count == 2 ? Self.hours(words[1]) : Self.hours(first)
        if words.count == 2 || hours == nil {
            guard let days = Self.days(first) else { return nil }
            isDay = days
        } else {
            isDay = [Bool](repeating: true, count: 7)
        }
        if words.count == 2, hours == nil { return nil }
        (start, end) = hours ?? (0, Self.dayMinutes)
    }

    /// Whether they hold at a time, where the clock on the wall is `offsetSeconds` before UTC.
    public func hold(at time: WallTime, offsetSeconds: Int64) -> Bool {
        let minutes = (time.nanoseconds / 1_000_000_000 + offsetSeconds) / 60
        let minute = Int(minutes % Int64(Self.dayMinutes))
        // The first of January 1970 was a Thursday.
        let day = Int((minutes / Int64(Self.dayMinutes) + 3) % 7)
        if start < end { return isDay[day] && minute >= start && minute < end }
        return (isDay[day] && minute >= start) || (isDay[(day + 6) % 7] && minute < end)
    }

    private static let dayMinutes = 24 * 60

    private static func days(_ text: Substring) -> [Bool]? {
        var chosen = [Bool](repeating: false, count: 7)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = days.firstIndex(of: ends[0].lowercased()),
                let last = days.firstIndex(of: ends[ends.count - 1].lowercased())
            else { return nil }
            for step in 0...((last - first + 7) % 7) { chosen[(first + step) % 7] = true }
        }
        return chosen
    }

    private static func hours(_ text: Substring) -> (Int, Int)? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let start = minute(ends[0]), let end = minute(ends[1]), start != end,
            start < dayMinutes
        else { return nil }
        return (start, end)
    }

    /// `07:00`, up to `24:00`.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { 48...57 ~= $0 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= dayMinutes
        else { return nil }
        return hour * 60 + minute
    }
}

/// How far a time zone's clock is before UTC, from one change to the next.
public struct ZoneOffsets: Sendable, Equatable {
    /// Unix seconds from which each offset holds, rising; the first holds before it too.
    private let starts: [Int64]
    private let offsets: [Int64]

    /// `changes` are in rising order; at least one.
    public init(changes: [(from: Int64, offsetSeconds: Int64)]) {
        starts = changes.map(\.from)
        offsets = changes.map(\.offsetSeconds)
    }

    public static let utc = ZoneOffsets(changes: [(0, 0)])

    public func seconds(at time: WallTime) -> Int64 {
        let second = time.nanoseconds / 1_000_000_000
        var (low, high) = (0, starts.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle } else { high = middle }
        }
        return offsets.isEmpty ? 0 : offsets[low]
    }
}
