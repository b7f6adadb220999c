public import GatewayTypes
import NIOCore
public import Telemetry

/// Sends one item to each destination and tells what it said: what `weir telemetry test` does.
public enum OTLPProbe {
    /// One destination's answer.
    public struct Answer: Sendable {
        public let destination: String
        public let signal: TelemetrySignal
        public let encoding: OTLPEncoding
        public let url: String
        public let isTaken: Bool
        /// The status or code and the destination's own words; or why there was no answer.
        public let words: String
        public let seconds: Double
    }

    /// One after another; each once, without another try. `endpointID` gives each endpoint a number of its own.
    public static func run(
        _ settings: OTLPSettings, fetcher: any HTTPFetcher, endpointID: () -> Int, clock: ServiceClock = .system
    ) async -> [Answer] {
        var answers: [Answer] = []
        for target in settings.targets {
            let endpoint = target.makeEndpoint(id: endpointID(), version: settings.version)
            let call = ExportCall(target: target, endpoint: endpoint, fetcher: fetcher, clock: clock)
            let began = clock.now()
            guard let wire = call.wire(message(target, settings, clock)) else { continue }
            let answer = await call.send(wire, until: .distantFuture)
            let isTaken = answer.meaning == .taken(rejected: 0)
            answers.append(
                Answer(
                    destination: target.destination, signal: target.signal, encoding: target.encoding,
                    url: target.url.text, isTaken: isTaken, words: answer.words,
                    seconds: clock.now().seconds(since: began)))
        }
        return answers
    }

    private static let eventName = "weir.telemetry.test"

    private static func message(_ target: OTLPTarget, _ settings: OTLPSettings, _ clock: ServiceClock) -> ByteBuffer {
        let at = clock.wallNow()
        let envelope = settings.envelope(for: target)
        var wire = WireBuffer(capacity: 1_024)
        switch target.signal {
        case .traces: wire.span(SpanData(testOf: eventName, at: at))
        case .logs:
            wire.record(
                LogRecord(at: at, severity: .info, eventName: eventName, body: "weir telemetry test", attributes: []),
                observed: at)
        case .metrics:
            let point = MetricPoint(labels: [settings.version, "", ""], value: .number(1), exemplars: [])
            let family = MetricFamily(spec: Instrument.buildInfo.spec, points: [point])
            return MetricEncoder(envelope: envelope, temporality: target.temporality).encode([family], from: at, to: at)
        }
        return envelope.request([wire.take()])
    }
}
