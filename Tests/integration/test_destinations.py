"""Several collectors, each with its own signals, headers and way of writing; one that fails holds up no other."""
import pytest

from collector import Collector
from gateway import KEY, configuration, eventually
from wire import Connection, chat, request


@pytest.fixture
def collectors():
    both = Collector(), Collector()
    yield both
    for server in both:
        server.close()


def ask(gateway):
    with Connection(gateway.port) as connection:
        connection.send(request(chat("smart"), key=KEY))
        return connection.reply()


def running(start, upstream, destinations, **more):
    whole = configuration(upstream.url + "/v1", {"smart": "served"})
    whole["telemetry"]["destinations"] = destinations
    return start(whole, {"OTEL_METRIC_EXPORT_INTERVAL": "300"} | more)


def test_each_destination_gets_what_it_asks_for(start, upstream, collectors):
    one, two = collectors
    gateway = running(start, upstream, {
        "one": {"endpoint": one.url, "signals": ["traces"], "headers": {"x-tenant": "a"}},
        "two": {"endpoint": two.url + "/base", "protocol": "http/json", "compression": "gzip"}})
    reply = ask(gateway)
    trace = reply.fields["traceparent"].split("-")[1]
    assert eventually(lambda: one.of_trace(trace) and two.of_trace(trace) and two.of_event("weir.exchange")
                      and two.collections, 15)
    as_protobuf, as_json = one.of_trace(trace), two.of_trace(trace)
    assert [(span.name, span.span_id, span.parent, span.start, span.attributes) for span in as_protobuf] == [
        (span.name, span.span_id, span.parent, span.start, span.attributes) for span in as_json]
    assert two.of_event("weir.exchange")[0].trace_id == trace
    assert two.collections[-1]["weir_exchange_duration_seconds"].histogram.data_points[0].count >= 1
    assert {path for path, _, _ in one.requests} == {"/v1/traces"}
    assert {fields["x-tenant"] for _, fields, _ in one.requests} == {"a"}
    assert {path for path, _, _ in two.requests} == {"/base/v1/traces", "/base/v1/logs", "/base/v1/metrics"}
    assert {(fields["content-type"], fields["content-encoding"]) for _, fields, _ in two.requests} == {
        ("application/json", "gzip")}


def test_one_that_refuses_holds_up_no_other_and_is_counted(start, upstream, collectors):
    one, two = collectors
    one.statuses = [(400, {})] * 50
    gateway = running(start, upstream, {
        "one": {"endpoint": one.url, "signals": ["traces", "logs"]}, "two": {"endpoint": two.url, "signals": ["logs"]}})
    for _ in range(5):
        ask(gateway)
    assert eventually(lambda: len(two.of_event("weir.exchange")) == 5, 15)

    def dropped():
        return sum(float(value) for (name, labels), value in gateway.metrics().items()
                   if name == "weir_spans_dropped_total" and {
                       "signal": "logs", "destination": "one", "reason": "rejected"}.items() <= dict(labels).items())
    # The exchanges, and what the audit log says of the start and of the prices.
    assert eventually(lambda: dropped() == 5 + 2, 10)
    assert not one.records


def test_a_destination_may_get_a_part_only(start, upstream, collectors):
    one, two = collectors
    gateway = running(start, upstream, {
        "one": {"endpoint": one.url, "signals": ["traces", "logs"], "only": ["errors"]},
        "two": {"endpoint": two.url, "signals": ["traces", "logs"], "teams": ["search"], "routes": ["smart"]}})
    good = ask(gateway).fields["traceparent"].split("-")[1]
    with Connection(gateway.port) as connection:
        connection.send(request(chat("nowhere"), key=KEY))
        bad = connection.reply().fields["traceparent"].split("-")[1]
    assert eventually(lambda: one.of_trace(bad) and two.of_trace(good), 15)
    assert eventually(lambda: one.of_event("weir.exchange") and two.of_event("weir.exchange"), 15)
    assert not one.of_trace(good) and not two.of_trace(bad)
    assert {record.trace_id for record in one.of_event("weir.exchange")} == {bad}
    assert {record.trace_id for record in two.of_event("weir.exchange")} == {good}
