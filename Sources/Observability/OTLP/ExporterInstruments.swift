import Telemetry

/// The exporters' metrics in OpenTelemetry's own names ("Semantic conventions for OpenTelemetry SDK metrics"), and the
/// queues' in Weir's.
struct ExporterInstruments {
    let counts: ExportCounts
    /// Of the queue before the exporter; nil where it has none.
    let queueMax: Int?

    func write(to writer: inout SampleWriter) {
        let now = counts.now
        let component = [type, "\(type)/\(counts.target.destination)"]
        let (exported, inFlight) = Self.exporter(counts.target.signal)
        writer.add(exported, component + [""], now.exported)
        for (reason, count) in now.dropped where !Self.isProcessors(reason) {
            writer.add(exported, component + [reason.rawValue], count)
        }
        writer.set(inFlight, component, Double(now.inFlight))
        for (errorType, histogram) in now.durations {
            writer.add(.exporterOperationDuration, component + [errorType], histogram)
        }
        guard let queueMax, let processor = Self.processor(counts.target.signal) else { return }
        let owner = [processor.type, "\(processor.type)/\(counts.target.destination)"]
        let queue = counts.labels.joined(separator: "/")
        writer.set(.queueDepth, [queue], Double(now.queued))
        writer.set(.queueLimit, [queue], Double(queueMax))
        writer.set(processor.queueSize, owner, Double(now.queued))
        writer.set(processor.queueCapacity, owner, Double(queueMax))
        writer.add(processor.processed, owner + [""], now.handed)
        for (reason, count) in now.dropped where Self.isProcessors(reason) {
            writer.add(processor.processed, owner + [reason.rawValue], count)
        }
    }

    /// The attribute `otel.component.type`.
    private var type: String {
        let carrier =
            switch counts.target.encoding {
            case .protobuf: "otlp_http"
            case .json: "otlp_http_json"
            case .grpc: "otlp_grpc"
            }
        return switch counts.target.signal {
        case .traces: carrier + "_span_exporter"
        case .logs: carrier + "_log_exporter"
        case .metrics: carrier + "_metric_exporter"
        }
    }

    /// Whether it never came to the exporter.
    private static func isProcessors(_ reason: DropReason) -> Bool {
        switch reason {
        case .queueFull, .shutdown: true
        case .rejected, .undeliverable, .writeFailed, .spoolFull, .spoolExpired, .spoolUnreadable: false
        }
    }

    private static func exporter(_ signal: TelemetrySignal) -> (exported: Instrument, inFlight: Instrument) {
        switch signal {
        case .traces: (.exporterSpans, .exporterSpansInFlight)
        case .logs: (.exporterLogs, .exporterLogsInFlight)
        case .metrics: (.exporterPoints, .exporterPointsInFlight)
        }
    }

    private struct Processor {
        let type: String
        let queueSize: Instrument
        let queueCapacity: Instrument
        let processed: Instrument
    }

    private static func processor(_ signal: TelemetrySignal) -> Processor? {
        switch signal {
        case .traces:
            Processor(
                type: "batching_span_processor", queueSize: .processorSpanQueue,
                queueCapacity: .processorSpanQueueCapacity, processed: .processorSpans)
        case .logs:
            Processor(
                type: "batching_log_processor", queueSize: .processorLogQueue,
                queueCapacity: .processorLogQueueCapacity, processed: .processorLogs)
        case .metrics: nil
        }
    }
}
