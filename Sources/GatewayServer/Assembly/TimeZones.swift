import Foundation
import GatewayTypes

/// Time zones by their names in the IANA database.
enum TimeZones {
    /// How many years of changes are looked up ahead; a reload looks them up anew.
    private static let years = 20

    /// Nil where the name is not known.
    static func offsets(of name: String, from time: WallTime = .now()) -> ZoneOffsets? {
        guard let zone = TimeZone(identifier: name) else { return nil }
        var date = Date(timeIntervalSince1970: time.seconds - 366 * 86_400)
        let end = date.addingTimeInterval(Double(years) * 366 * 86_400)
        var changes = [(Int64(date.timeIntervalSince1970), Int64(zone.secondsFromGMT(for: date)))]
        while let next = zone.nextDaylightSavingTimeTransition(after: date), next > date, next < end {
            changes.append((Int64(next.timeIntervalSince1970), Int64(zone.secondsFromGMT(for: next))))
            date = next
        }
        return ZoneOffsets(changes: changes.map { (from: $0.0, offsetSeconds: $0.1) })
    }
}
