import GatewayTypes

/// Reads `Retry-After` (RFC 9110 §10.2.3).
enum RetryAfter {
    /// Seconds from `now`, at least 0: of a number of seconds, or of an HTTP date in the preferred form.
    static func seconds(_ text: String, now: WallTime) -> Double? {
        if let seconds = Int(text) { return seconds >= 0 ? Double(seconds) : nil }
        guard let date = unixSeconds(text) else { return nil }
        return max(0, Double(date) - now.seconds)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func unixSeconds(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (1...31).contains(day), (1970...9999).contains(year), (0...23).contains(time[0]),
            (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        return days(year: year, month: month + 1, day: day) * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Days since the Unix epoch, by years that begin in March.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
