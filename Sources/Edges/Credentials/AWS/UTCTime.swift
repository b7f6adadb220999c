import GatewayTypes

/// Points in time as AWS writes them.
enum UTCTime {
    /// `2026-11-22T18:00:00Z`, with or without a fraction, which is left out. Nil for another form.
    static func parse(_ text: String) -> WallTime? {
        guard text.hasSuffix("Z") else { return nil }
        let halves = text.dropLast().split(separator: "T")
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-").compactMap { Int64($0) }
        let time = halves[1].prefix { $0 != "." }.split(separator: ":").compactMap { Int64($0) }
        guard date.count == 3, time.count == 3, (1970...2200).contains(date[0]), (1...12).contains(date[1]),
            (1...31).contains(date[2]), (0...23).contains(time[0]), time[1...].allSatisfy({ (0...60).contains($0) })
        else { return nil }
        let seconds = days(date[0], date[1], date[2]) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
        return WallTime(nanoseconds: seconds * 1_000_000_000)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, the year begun in March so that the leap day is its last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }
}
