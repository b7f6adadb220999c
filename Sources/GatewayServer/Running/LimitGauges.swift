import GatewayTypes
import Limits
import Telemetry

/// The limits' instruments, from the counts that enforce them.
struct LimitGauges {
    let book: LimitBook
    /// Of the configuration in force.
    let limits: LimitSet
    /// Every declared team.
    let teams: [ConfiguredName]

    func write(to writer: inout SampleWriter) {
        for limit in limits.definitions {
            for team in teams { writer.add(.limitRejections, [limit.name.text, team.text], 0) }
        }
        for (key, count) in book.rejections() {
            writer.add(.limitRejections, [key.limit, key.team], count)
        }
        var seconds: [String: Double] = [:]
        for limit in limits.definitions where limit.queue != nil {
            for result in LimitWait.allCases { writer.add(.limitWaits, [limit.name.text, result.rawValue], 0) }
            seconds[limit.name.text] = 0
        }
        for (key, waits) in book.waits() {
            writer.add(.limitWaits, [key.limit, key.result.rawValue], waits.count)
            seconds[key.limit, default: 0] += waits.seconds
        }
        for (limit, seconds) in seconds { writer.setCounter(.limitWaitSeconds, [limit], seconds) }
        for depth in book.depths() {
            writer.set(.queueDepth, ["limit/" + depth.limit], Double(depth.waiting))
            writer.set(.queueLimit, ["limit/" + depth.limit], Double(depth.most))
        }
        for permits in book.permits() {
            writer.set(.permitsInUse, [permits.limit], Double(permits.inUse))
            writer.set(.permitsLimit, [permits.limit], Double(permits.most))
        }
    }
}
