"""OTLP over gRPC, to a real gRPC server: all three signals, what it answers, and TLS."""
import datetime
import ipaddress

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector import Collector
from gateway import configuration, eventually
from grpc_collector import GRPCCollector
from test_destinations import ask, running

# google.rpc.Status with a RetryInfo of a tenth of a second.
DURATION = b"\x10" + b"\x80\xc2\xd7\x2f"
INFO = b"\x0a" + bytes([len(DURATION)]) + DURATION
TYPE = b"type.googleapis.com/google.rpc.RetryInfo"
ANY = b"\x0a" + bytes([len(TYPE)]) + TYPE + b"\x12" + bytes([len(INFO)]) + INFO
RETRY_INFO = b"\x08\x08\x1a" + bytes([len(ANY)]) + ANY


@pytest.fixture
def server():
    server = GRPCCollector()
    yield server
    server.close()


def counted(gateway, name, **labels):
    return sum(float(value) for (found, pairs), value in gateway.metrics().items()
               if found == name and labels.items() <= dict(pairs).items())


def test_all_three_signals_arrive(start, upstream, server):
    plain = Collector()
    gateway = running(start, upstream, {
        "one": {"endpoint": server.url, "protocol": "grpc", "headers": {"x-tenant": "a"}},
        "two": {"endpoint": plain.url}})
    reply = ask(gateway)
    trace = reply.fields["traceparent"].split("-")[1]
    assert eventually(lambda: server.of_trace(trace) and server.of_event("weir.exchange") and server.collections
                      and plain.of_trace(trace), 15)
    def told(keeper):
        return [(span.name, span.span_id, span.parent, span.attributes) for span in keeper.of_trace(trace)]

    assert told(server) == told(plain)
    assert server.of_event("weir.exchange")[0].trace_id == trace
    assert server.collections[-1]["weir_exchange_duration_seconds"].histogram.data_points[0].count >= 1
    assert {signal for signal, _ in server.metadata} == {"traces", "logs", "metrics"}
    assert all(fields["x-tenant"] == "a" and fields["user-agent"].startswith("weir/")
               for _, fields in server.metadata)
    assert counted(gateway, "weir_spans_dropped_total", destination="one") == 0
    assert counted(gateway, "otel_sdk_exporter_span_exported_total",
                   otel_component_type="otlp_grpc_span_exporter") >= 3
    plain.close()


def test_the_environment_chooses_it_too_and_messages_may_be_compressed(start, upstream, server):
    gateway = start(configuration(upstream.url + "/v1", {"smart": "served"}), {
        "OTEL_EXPORTER_OTLP_ENDPOINT": server.url, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_METRIC_EXPORT_INTERVAL": "300"})
    trace = ask(gateway).fields["traceparent"].split("-")[1]
    assert eventually(lambda: server.of_trace(trace) and server.collections, 15)


def test_what_the_server_answers_is_followed(start, upstream, server):
    server.answers = [
        grpc.StatusCode.UNAVAILABLE,
        (grpc.StatusCode.RESOURCE_EXHAUSTED, (("grpc-status-details-bin", RETRY_INFO),)),
        ExportTraceServiceResponse()]
    server.answers[-1].partial_success.rejected_spans = 1
    gateway = running(start, upstream, {
        "one": {"endpoint": server.url, "protocol": "grpc", "signals": ["traces"]}})
    ask(gateway)
    assert eventually(lambda: counted(gateway, "weir_spans_exported_total", destination="one") > 0, 15)
    assert counted(gateway, "weir_export_failures_total", destination="one", reason="unavailable") == 1
    assert counted(gateway, "weir_export_failures_total", destination="one", reason="throttled") == 1
    assert counted(gateway, "weir_spans_dropped_total", destination="one", reason="rejected") == 1
    server.answers = [grpc.StatusCode.RESOURCE_EXHAUSTED]
    ask(gateway)
    assert eventually(lambda: counted(gateway, "weir_spans_dropped_total", destination="one") > 1, 15)
    assert counted(gateway, "weir_export_failures_total", destination="one", reason="refused") == 1


def test_a_server_that_is_away_is_found_again(start, upstream):
    server = GRPCCollector()
    gateway = running(start, upstream, {
        "one": {"endpoint": server.url, "protocol": "grpc", "signals": ["traces"]}})
    ask(gateway)
    assert eventually(server.roots, 15)
    port = server.port
    server.close()
    ask(gateway)
    assert eventually(
        lambda: counted(gateway, "weir_export_failures_total", destination="one", reason="connection") > 0, 15)
    again = GRPCCollector(port=port)
    assert eventually(again.roots, 20)
    again.close()


def certificate():
    """A key and a certificate for 127.0.0.1 that it signed itself, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "collector")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()), \
        made.public_bytes(serialization.Encoding.PEM)


def test_it_goes_over_tls(start, upstream, tmp_path):
    key, public = certificate()
    (tmp_path / "ca.pem").write_bytes(public)
    server = GRPCCollector(grpc.ssl_server_credentials([(key, public)]))
    gateway = running(start, upstream, {
        "one": {"endpoint": server.url, "protocol": "grpc", "ca_file": str(tmp_path / "ca.pem")}})
    trace = ask(gateway).fields["traceparent"].split("-")[1]
    assert eventually(lambda: server.of_trace(trace) and server.collections, 15)
    server.close()


def test_a_client_certificate_proves_who_asks(start, upstream, tmp_path):
    key, public = certificate()
    own_key, own = certificate()
    for name, data in {"ca.pem": public, "own.pem": own, "own.key": own_key}.items():
        (tmp_path / name).write_bytes(data)
    server = GRPCCollector(grpc.ssl_server_credentials([(key, public)], own, require_client_auth=True))
    gateway = start(configuration(upstream.url + "/v1", {"smart": "served"}), {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": server.url, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(tmp_path / "ca.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(tmp_path / "own.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(tmp_path / "own.key")})
    trace = ask(gateway).fields["traceparent"].split("-")[1]
    assert eventually(lambda: server.of_trace(trace), 15)
    server.close()
