public import GatewayTypes

/// Days of the proleptic Gregorian calendar as prices name them.
public enum CalendarDay {
    /// Midnight (UTC) of a `YYYY-MM-DD` from 1970 to 2261 (what 64 bits of nanoseconds can hold); nil when it is no such day.
    public static func start(of text: some StringProtocol) -> WallTime? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]),
            (1970...2261).contains(year), (1...12).contains(month), day >= 1, day <= length(of: month, in: year)
        else { return nil }
        return WallTime(nanoseconds: days(year, month, day) * 86_400_000_000_000)
    }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01. A year is counted from March, so that a leap day is its last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
