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
        for permits in book.permits() {
            writer.set(.permitsInUse, [permits.limit], Double(permits.inUse))
            writer.set(.permitsLimit, [permits.limit], Double(permits.most))
        }
    }
}
