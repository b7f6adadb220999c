"""An OTLP/HTTP receiver that decodes with OpenTelemetry's own protobuf classes."""
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


class Span:
    def __init__(self, span, resource, scope):
        self.name, self.kind = span.name, WireSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
        self.trace_id, self.span_id, self.parent = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
        self.start, self.end = span.start_time_unix_nano, span.end_time_unix_nano
        self.status = Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_")
        self.attributes, self.resource, self.scope = attributes(span.attributes), resource, scope

    def __repr__(self):
        return f"<{self.kind} {self.name} {self.span_id} of {self.parent or 'nobody'}>"


class Collector:
    """Keeps every span; `statuses` holds what to answer to the next requests, 200 when it is empty."""

    def __init__(self):
        self.spans, self.requests, self.statuses = [], [], []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def of_trace(self, trace_id):
        with self._lock:
            return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.start)

    def roots(self):
        with self._lock:
            return [span for span in self.spans if span.kind == "SERVER"]

    def take(self, path, fields, body):
        with self._lock:
            status, extra = self.statuses.pop(0) if self.statuses else (200, {})
            self.requests.append((path, {name.lower(): text for name, text in fields.items()}, status))
            if status != 200:
                return status, extra
            if fields.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = attributes(group.resource.attributes)
                for scoped in group.scope_spans:
                    self.spans += [Span(span, resource, scoped.scope.name) for span in scoped.spans]
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
                reply = ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                for name, text in {"content-type": "application/x-protobuf", **extra}.items():
                    self.send_header(name, text)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        return Handler
