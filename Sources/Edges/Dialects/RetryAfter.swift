import GatewayTypes

/// How long a provider asks to wait (RFC 9110, section 10.2.3, and `retry-after-ms`).
enum RetryAfter {
    /// Longer waits are cut to a day.
    static let secondsMax = 86_400

    /// Whole seconds, rounded up; nil where the reply does not say.
    static func seconds(_ head: UpstreamHead, now: WallTime) -> Int? {
        if let text = head["retry-after-ms"], let milliseconds = Double(text), milliseconds >= 0 {
            return bounded(milliseconds / 1000)
        }
        guard let text = head["retry-after"] else { return nil }
        if let seconds = Double(text) { return seconds >= 0 ? bounded(seconds) : nil }
        guard let until = unixSeconds(text) else { return nil }
        // The provider's own clock, where it shows it.
        let reference = head["date"].flatMap(unixSeconds) ?? now.nanoseconds / 1_000_000_000
        return bounded(Double(until - reference))
    }

    private static func bounded(_ seconds: Double) -> Int {
        Int(min(max(seconds, 0), Double(secondsMax)).rounded(.up))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads an IMF-fixdate (`Sun, 06 Nov 1994 08:49:37 GMT`), the only form that may still be sent.
    static func unixSeconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3])
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3, (1...31).contains(day), (1970...9999).contains(year),
            time.allSatisfy({ (0...60).contains($0) }), time[0] < 24
        else { return nil }
        return days(year: year, month: Int64(month) + 1, day: day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    /// Days since 1970-01-01 in the Gregorian calendar, the year begun in March so that the leap day is its last.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let monthsSinceMarch = (month + 9) % 12
        let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }
}
