import GatewayTypes
import Listener
import Telemetry

/// Measures how late the event loops run: a timer on each that reports its own delay.
struct LoopLagProbe {
    static let intervalSeconds = 0.5

    static func start(_ worker: Worker, shard: TelemetryShard) {
        worker.every(seconds: intervalSeconds) { lateSeconds in shard.loopLag(lateSeconds) }
    }
}
