"""An OTLP/HTTP receiver that decodes with OpenTelemetry's own protobuf classes."""
import base64
import gzip
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest, ExportLogsServiceResponse)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest, ExportMetricsServiceResponse)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest, ExportTraceServiceResponse)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan, Status


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(item) for item in any_value.array_value.values]
    return getattr(any_value, kind) if kind else None


def attributes(pairs):
    return {pair.key: value(pair.value) for pair in pairs}


RESPONSES = {"traces": ExportTraceServiceResponse, "logs": ExportLogsServiceResponse,
             "metrics": ExportMetricsServiceResponse}


REQUESTS = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest,
            "metrics": ExportMetricsServiceRequest}


def standard(found):
    """OTLP's JSON as protobuf's own: ids are base64 there."""
    if isinstance(found, list):
        return [standard(item) for item in found]
    if not isinstance(found, dict):
        return found
    return {key: base64.b64encode(bytes.fromhex(item)).decode() if key in ("traceId", "spanId", "parentSpanId")
            else standard(item) for key, item in found.items()}


class Span:
    def __init__(self, span, resource, scope):
        self.name, self.kind = span.name, WireSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
        self.trace_id, self.span_id, self.parent = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
        self.start, self.end = span.start_time_unix_nano, span.end_time_unix_nano
        self.status = Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_")
        self.attributes, self.resource, self.scope = attributes(span.attributes), resource, scope
        self.state, self.flags = span.trace_state, span.flags
        self.dropped_attributes, self.dropped_events = span.dropped_attributes_count, span.dropped_events_count
        self.links = [(link.trace_id.hex(), link.span_id.hex(), attributes(link.attributes)) for link in span.links]

    def __repr__(self):
        return f"<{self.kind} {self.name} {self.span_id} of {self.parent or 'nobody'}>"


class Record:
    def __init__(self, record, resource):
        self.event, self.severity, self.body = record.event_name, record.severity_number, value(record.body)
        self.trace_id, self.span_id, self.time = record.trace_id.hex(), record.span_id.hex(), record.time_unix_nano
        self.attributes, self.resource = attributes(record.attributes), resource

    def __repr__(self):
        return f"<{self.event} {self.body} {self.attributes}>"


class Keeper:
    """Keeps every span, log record and collection of metrics."""

    def __init__(self):
        self.spans, self.records, self.collections = [], [], []
        self.lock = threading.Lock()

    def of_trace(self, trace_id):
        with self.lock:
            return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.start)

    def roots(self):
        with self.lock:
            return [span for span in self.spans if span.kind == "SERVER"]

    def of_event(self, name):
        with self.lock:
            return [record for record in self.records if record.event == name]

    def keep(self, signal, message):
        """Call it under the lock."""
        if signal == "logs":
            for group in message.resource_logs:
                resource = attributes(group.resource.attributes)
                for scoped in group.scope_logs:
                    self.records += [Record(record, resource) for record in scoped.log_records]
            return
        if signal == "metrics":
            self.collections += [
                {metric.name: metric for scoped in group.scope_metrics for metric in scoped.metrics}
                for group in message.resource_metrics]
            return
        for group in message.resource_spans:
            resource = attributes(group.resource.attributes)
            for scoped in group.scope_spans:
                self.spans += [Span(span, resource, scoped.scope.name) for span in scoped.spans]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, *arguments):
        self._sockets = []
        super().__init__(*arguments)

    def get_request(self):
        accepted = super().get_request()
        self._sockets.append(accepted[0])
        return accepted

    def server_close(self):
        super().server_close()
        for one in self._sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended already.


class Collector(Keeper):
    """`statuses` holds what to answer to the next requests, 200 when it is empty. `port`: of one that was there before."""

    def __init__(self, port=0):
        super().__init__()
        self.requests, self.statuses = [], []
        self._server = Server(("127.0.0.1", port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def take(self, path, fields, body):
        with self.lock:
            status, extra = self.statuses.pop(0) if self.statuses else (200, {})
            self.requests.append((path, {name.lower(): text for name, text in fields.items()}, status))
            if status != 200:
                return status, extra
            if fields.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            signal = path.rsplit("/", 1)[1]
            if fields["content-type"] == "application/json":
                message = json_format.ParseDict(standard(json.loads(body)), REQUESTS[signal]())
            else:
                message = REQUESTS[signal].FromString(body)
            self.keep(signal, message)
            return status, extra

    def _handler(self):
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, extra = collector.take(self.path, self.headers, body)
                is_json = self.headers["content-type"] == "application/json"
                reply = b"{}" if is_json else RESPONSES[self.path.rsplit("/", 1)[1]]().SerializeToString()
                self.send_response(status)
                for name, text in {"content-type": self.headers["content-type"], **extra}.items():
                    self.send_header(name, text)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        return Handler
