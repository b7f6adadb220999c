"""An OTLP/gRPC receiver on grpcio, with OpenTelemetry's own service classes; it keeps what it gets as `collector` does."""
from concurrent import futures

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as traces

from collector import RESPONSES, Keeper


class GRPCCollector(Keeper):
    """`answers` holds what to do with the next requests: a grpc.StatusCode, (code, trailing metadata), or a response."""

    def __init__(self, credentials=None, port=0):
        super().__init__()
        self.answers, self.metadata = [], []
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        logs.add_LogsServiceServicer_to_server(self._servicer(logs.LogsServiceServicer, "logs"), self._server)
        traces.add_TraceServiceServicer_to_server(self._servicer(traces.TraceServiceServicer, "traces"), self._server)
        metrics.add_MetricsServiceServicer_to_server(
            self._servicer(metrics.MetricsServiceServicer, "metrics"), self._server)
        if credentials:
            self.port = self._server.add_secure_port(f"127.0.0.1:{port}", credentials)
        else:
            self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()
        self.url = f"{'https' if credentials else 'http'}://127.0.0.1:{self.port}"

    def close(self):
        self._server.stop(None)

    def _servicer(self, base, signal):
        collector = self

        class Servicer(base):
            def Export(self, request, context):
                with collector.lock:
                    collector.metadata.append((signal, dict(context.invocation_metadata())))
                    answer = collector.answers.pop(0) if collector.answers else None
                    if answer is None or hasattr(answer, "SerializeToString"):
                        collector.keep(signal, request)
                        return answer or RESPONSES[signal]()
                code, trailing = answer if isinstance(answer, tuple) else (answer, ())
                context.set_trailing_metadata(trailing)
                context.abort(code, "said by the test: 100 %")

        return Servicer()
