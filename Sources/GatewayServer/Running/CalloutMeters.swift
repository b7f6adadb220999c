import GatewayTypes
import Synchronization
import Telemetry

/// The callouts' instruments. Counts outlive a reload.
final class CalloutMeters: Sendable {
    private struct Key: Hashable {
        let callout: String
        let hop: Hop
    }

    private struct Meter {
        var results: [CalloutResult: UInt64] = [:]
        let duration = SharedHistogram(.calloutDuration)
    }

    private let meters = Mutex<[Key: Meter]>([:])

    /// Its series begin at 0.
    func declare(_ callout: ConfiguredName, _ hop: Hop) {
        meters.withLock { $0[Key(callout: callout.text, hop: hop), default: Meter()].results[.allow, default: 0] += 0 }
    }

    func count(_ record: CalloutRecord) {
        let duration = meters.withLock { meters in
            meters[Key(callout: record.name.text, hop: record.hop), default: Meter()].results[
                record.result, default: 0] += 1
            return meters[Key(callout: record.name.text, hop: record.hop)]?.duration
        }
        if record.isSent { duration?.record(record.ended.seconds(since: record.began)) }
    }

    func write(to writer: inout SampleWriter) {
        for (key, meter) in meters.withLock({ $0 }) {
            for result in CalloutResult.allCases {
                writer.add(
                    .callouts, [key.callout, key.hop.rawValue, result.rawValue], meter.results[result, default: 0])
            }
            writer.add(.calloutDuration, [key.callout, key.hop.rawValue], meter.duration)
        }
    }
}
