import GatewayTypes
import Synchronization

/// Takes finished spans; does not wait for a network.
public protocol SpanExporter: Sendable {
    func offer(_ spans: [SpanData]) async
}

/// Turns queued outcomes into access lines and spans, off the event loops. One per process.
public actor OutcomeRenderer {
    private let telemetry: Telemetry
    private let lines: (any LineWriter)?
    private let exporter: (any SpanExporter)?
    private var spans = SpanRenderer()
    private let lost = Atomic<UInt64>(0)

    /// Either may be nil; its rendering is then left out.
    public init(telemetry: Telemetry, lines: (any LineWriter)?, exporter: (any SpanExporter)?) {
        self.telemetry = telemetry
        self.lines = telemetry.settings.accessLog ? lines : nil
        self.exporter = telemetry.settings.spans ? exporter : nil
        telemetry.register { [weak self] writer in
            guard let self else { return }
            writer.add(.accessLinesDropped, [DropReason.writeFailed.rawValue], self.lost.load(ordering: .relaxed))
        }
    }

    /// Drains every 100 ms until cancelled, and once more then.
    public func run() async {
        while !Task.isCancelled {
            await drain()
            try? await Task.sleep(for: .milliseconds(100))
        }
        await drain()
    }

    /// Renders all that waits now.
    public func drain() async {
        for shard in telemetry.shards {
            let outcomes = shard.queue.takeAll()
            guard !outcomes.isEmpty else { continue }
            writeLines(outcomes)
            guard let exporter else { continue }
            let rendered = outcomes.filter(\.trace.sampled).flatMap { spans.render($0) }
            if !rendered.isEmpty { await exporter.offer(rendered) }
        }
    }

    private func writeLines(_ outcomes: [Outcome]) {
        guard let lines else { return }
        var start = 0
        while start < outcomes.count {
            let batch = outcomes[start..<min(start + Self.linesPerWrite, outcomes.count)]
            start += batch.count
            var bytes: [UInt8] = []
            bytes.reserveCapacity(batch.count * 1_024)
            for outcome in batch { AccessLine.render(outcome, into: &bytes) }
            if !lines.write(bytes) {
                lost.wrappingAdd(UInt64(batch.count), ordering: .relaxed)
            }
        }
    }

    private static let linesPerWrite = 128
}
