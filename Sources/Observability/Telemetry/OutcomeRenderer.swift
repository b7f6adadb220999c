public import GatewayTypes
import Synchronization

/// Takes finished spans. It may hold its caller for a moment so that a burst is not lost, but not for a destination that
/// does not answer.
public protocol SpanExporter: Sendable {
    /// Whether any destination takes spans of such an exchange; where none does, none are made.
    func wants(_ facts: ExchangeFacts) -> Bool
    /// The spans of one exchange as they will leave; called while they are fresh.
    func pack(_ spans: [SpanData], of facts: ExchangeFacts) -> PackedItems
    func offer(_ exchanges: [PackedItems]) async
}

/// Takes log records, on the same terms.
public protocol LogExporter: Sendable {
    func offer(_ records: [LogRecord]) async
}

/// Turns queued outcomes into access lines, log records and spans, off the event loops. One per process.
public actor OutcomeRenderer {
    private let telemetry: Telemetry
    private let lines: (any LineWriter)?
    private let exporter: (any SpanExporter)?
    private let records: (any LogExporter)?
    private let keeper: (any OutcomeKeeper)?
    private var spans: SpanRenderer
    /// By shard: memory that its queue had before.
    private var spares: [[Outcome]]
    private let lost = Atomic<UInt64>(0)

    /// Any may be nil; its rendering is then left out.
    public init(
        telemetry: Telemetry, lines: (any LineWriter)?, exporter: (any SpanExporter)?,
        records: (any LogExporter)? = nil, keeper: (any OutcomeKeeper)? = nil
    ) {
        self.telemetry = telemetry
        spans = SpanRenderer(style: telemetry.settings.style)
        spares = telemetry.shards.map { _ in [] }
        self.lines = telemetry.settings.accessLog ? lines : nil
        self.exporter = telemetry.settings.spans ? exporter : nil
        self.records = telemetry.settings.logs ? records : nil
        self.keeper = telemetry.settings.keepsOutcomes ? keeper : nil
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

    /// Renders all that waits now, piece by piece: what is rendered takes many times the memory of what waits.
    public func drain() async {
        for (position, shard) in telemetry.shards.enumerated() {
            let waiting = shard.queue.takeAll(leaving: spares[position])
            spares[position] = []
            for start in stride(from: 0, to: waiting.count, by: Self.outcomesPerPiece) {
                let piece = waiting[start..<min(start + Self.outcomesPerPiece, waiting.count)]
                writeLines(piece)
                keeper?.keep(piece)
                await exportSpans(piece)
                if let records { await records.offer(piece.flatMap { LogRecord.all(of: $0) }) }
            }
            spares[position] = OutcomeQueue.spare(of: waiting)
        }
    }

    private func writeLines(_ outcomes: ArraySlice<Outcome>) {
        guard let lines else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(outcomes.count * 1_024)
        for position in outcomes.indices {
            AccessLine.render(outcomes[position], as: telemetry.settings.accessLogFormat, into: &bytes)
        }
        if !lines.write(bytes) { lost.wrappingAdd(UInt64(outcomes.count), ordering: .relaxed) }
    }

    private func exportSpans(_ outcomes: ArraySlice<Outcome>) async {
        guard let exporter else { return }
        var packed: [PackedItems] = []
        packed.reserveCapacity(outcomes.count)
        outcomes.withUnsafeBufferPointer { outcomes in
            // In place: an outcome is large, and a loop over the elements would copy each.
            for position in outcomes.indices where outcomes[position].kept != nil {
                let facts = ExchangeFacts(outcomes[position])
                guard exporter.wants(facts) else { continue }
                packed.append(exporter.pack(spans.render(outcomes[position]), of: facts))
            }
        }
        if !packed.isEmpty { await exporter.offer(packed) }
    }

    private static let outcomesPerPiece = 64
}
