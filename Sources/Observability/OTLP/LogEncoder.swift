import COTLP
import GatewayTypes
import NIOCore
import Telemetry

/// Encodes batches as `ExportLogsServiceRequest`.
struct LogEncoder {
    let resource: [ResourceAttribute]
    let version: String
    var encoding = OTLPEncoding.protobuf

    /// `observed`: when the batch was made.
    func encode(_ records: ItemBatch<LogRecord>, observed: WallTime) -> ByteBuffer {
        let batch = BatchBuilder()
        return withExtendedLifetime(batch.arena) {
            let scopeLogs = batch.arena.make(WeirOtlp__ScopeLogs.self)
            weir_otlp__scope_logs__init(scopeLogs)
            scopeLogs.pointee.scope = batch.scope(version: version)
            scopeLogs.pointee.schema_url = batch.arena.text(Conventions.schemaURL)
            let list = batch.list(records.map { batch.record($0, observed: observed) })
            (scopeLogs.pointee.log_records, scopeLogs.pointee.n_log_records) = list

            let resourceLogs = batch.arena.make(WeirOtlp__ResourceLogs.self)
            weir_otlp__resource_logs__init(resourceLogs)
            resourceLogs.pointee.resource = batch.owner(resource)
            (resourceLogs.pointee.scope_logs, resourceLogs.pointee.n_scope_logs) = batch.list([scopeLogs])
            resourceLogs.pointee.schema_url = batch.arena.text(Conventions.schemaURL)

            let request = batch.arena.make(WeirOtlp__ExportLogsRequest.self)
            weir_otlp__export_logs_request__init(request)
            (request.pointee.resource_logs, request.pointee.n_resource_logs) = batch.list([resourceLogs])
            return encoding.write(request)
        }
    }
}

extension BatchBuilder {
    fileprivate func record(_ data: LogRecord, observed: WallTime) -> UnsafeMutablePointer<WeirOtlp__LogRecord> {
        let record = arena.make(WeirOtlp__LogRecord.self)
        weir_otlp__log_record__init(record)
        record.pointee.time_unix_nano = UInt64(max(0, data.at.nanoseconds))
        record.pointee.observed_time_unix_nano = UInt64(max(0, observed.nanoseconds))
        record.pointee.severity_number = Int32(data.severity.rawValue)
        record.pointee.severity_text = arena.text(data.severity.text)
        record.pointee.event_name = arena.text(data.eventName)
        record.pointee.body = anyValue(.text(data.body))
        (record.pointee.attributes, record.pointee.n_attributes) = attributes(data.attributes)
        if let span = data.span {
            record.pointee.trace_id = binary(span.traceHigh, span.traceLow)
            record.pointee.span_id = binary(span.spanID)
            record.pointee.flags = UInt32(span.flags)
        }
        return record
    }
}
