"""Traces leave over OTLP, decode with OpenTelemetry's own classes, and have the right parents."""
import json
import re

import pytest

from gateway import KEY, configuration, eventually, target
from upstreams import JSON, plain_chat
from wire import Connection, chat, request

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT.split("-")[1]
HOPS = {"receive", "authentication", "limits", "guardrails", "cache", "routing", "budgets", "stream", "settle"}


@pytest.fixture
def traced(collector, start, upstream):
    whole = configuration(
        upstream.url + "/v1", {"smart": "served", "rescued": [target("broken"), target("served")]})
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    return start(whole)


def ask(gateway, body, *fields):
    with Connection(gateway.port) as connection:
        connection.send(request(body, key=KEY, fields=[f"traceparent: {PARENT}", *fields]))
        return connection.reply()


def has_root(collector, trace=TRACE):
    return any(span.kind == "SERVER" for span in collector.of_trace(trace))


def tree(collector):
    """Root, hops and attempts of the one trace, once its root has arrived."""
    assert eventually(lambda: has_root(collector), 15), "no trace arrived"
    spans = collector.of_trace(TRACE)
    roots = [span for span in spans if span.kind == "SERVER"]
    assert len(roots) == 1, spans
    return (roots[0], [span for span in spans if span.kind == "INTERNAL"],
            [span for span in spans if span.kind == "CLIENT"])


def test_one_exchange_is_one_tree(traced, upstream, collector):
    reply = ask(traced, chat("smart"), "tracestate: vendor=1")
    root, hops, attempts = tree(collector)
    assert root.name == "POST /v1/chat/completions"
    assert root.parent == PARENT.split("-")[2]
    assert {span.parent for span in hops + attempts} == {root.span_id}
    assert {"authentication", "routing"} <= {span.name for span in hops} <= HOPS
    assert [span.name for span in attempts] == ["chat served"]
    assert len({span.span_id for span in [root, *hops, *attempts]}) == 1 + len(hops) + len(attempts)
    for span in hops + attempts:
        assert root.start <= span.start <= span.end <= root.end, span
    assert root.attributes["weir.exchange.id"] == reply.fields["x-weir-exchange-id"]
    assert root.attributes["http.response.status_code"] == 200
    assert root.resource["service.name"] == "weir"
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", reply.fields["traceparent"])
    path, fields, _ = collector.requests[0]
    assert path == "/v1/traces" and fields["content-type"] == "application/x-protobuf"


def test_the_provider_receives_the_attempt_as_its_parent(traced, upstream, collector):
    ask(traced, chat("smart"), "tracestate: vendor=1")
    _, _, attempts = tree(collector)
    assert upstream.requests[0]["fields"]["traceparent"] == f"00-{TRACE}-{attempts[0].span_id}-01"
    assert upstream.requests[0]["fields"]["tracestate"] == "vendor=1"


def test_an_attempt_says_what_was_used_and_what_it_cost(traced, collector):
    ask(traced, chat("smart"))
    root, _, attempts = tree(collector)
    said = attempts[0].attributes
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.provider.name"] == "openai"
    assert said["gen_ai.request.model"] == "served"
    assert said["gen_ai.usage.input_tokens"] == 5 and said["gen_ai.usage.output_tokens"] == 1
    assert list(said["gen_ai.response.finish_reasons"]) == ["stop"]
    assert root.attributes["weir.cost.usd"] == "0.000030123457"
    assert root.attributes["weir.route.requested_model"] == "smart"
    assert root.attributes["weir.route.served_model"] == "served"


def test_each_attempt_of_a_fallback_has_its_own_span(traced, upstream, collector):
    upstream.answer = lambda asked: (
        (503, JSON, b'{"error":{"message":"down"}}') if json.loads(asked["body"])["model"] == "broken"
        else plain_chat(asked))
    ask(traced, chat("rescued"))
    root, _, attempts = tree(collector)
    assert [span.name for span in attempts] == ["chat broken", "chat served"]
    assert [span.status for span in attempts] == ["ERROR", "UNSET"]
    assert attempts[0].attributes["error.type"] and "error.type" not in attempts[1].attributes
    assert root.status == "UNSET"
    received = [asked["fields"]["traceparent"].split("-")[2] for asked in upstream.requests]
    assert received == [span.span_id for span in attempts]


def test_nothing_of_the_prompt_or_of_a_key_is_in_a_trace(traced, collector):
    ask(traced, chat("smart", text="a very private prompt"), "x-api-key: also-private")
    spans = tree(collector)
    text = repr([span.attributes for span in [spans[0], *spans[1], *spans[2]]])
    assert "private" not in text and KEY not in text and "sk-provider" not in text


def test_an_invalid_traceparent_begins_a_new_trace(traced, collector):
    invalid = "traceparent: 00-" + "0" * 32 + "-b7ad6b7169203331-01"
    with Connection(traced.port) as connection:
        connection.send(request(chat("smart"), key=KEY, fields=[invalid]))
        reply = connection.reply()
    trace = reply.fields["traceparent"].split("-")[1]
    assert trace != "0" * 32
    assert eventually(lambda: has_root(collector, trace), 15)
    assert [span.parent for span in collector.of_trace(trace) if span.kind == "SERVER"] == [""]


def test_an_unsampled_parent_is_passed_on_and_not_exported(traced, upstream, collector):
    unsampled = PARENT[:-2] + "00"
    # The first exchange of a model is kept in any case.
    with Connection(traced.port) as connection:
        connection.send(request(chat("smart"), key=KEY, fields=["traceparent: 00-" + "a" * 32 + "-" + "b" * 16 + "-00"]))
        connection.reply()
    upstream.requests.clear()
    with Connection(traced.port) as connection:
        connection.send(request(chat("smart"), key=KEY, fields=[f"traceparent: {unsampled}"]))
        connection.reply()
    received = upstream.requests[0]["fields"]["traceparent"]
    assert received.startswith(f"00-{TRACE}-") and received.endswith("-00")
    traced.stop()
    assert collector.of_trace(TRACE) == []


def test_a_collector_that_is_busy_gets_the_spans_later(traced, collector):
    collector.statuses = [(503, {"retry-after": "1"}), (429, {"retry-after": "1"})]
    ask(traced, chat("smart"))
    assert eventually(lambda: has_root(collector), 20), "the spans did not come again"
    assert [status for _, _, status in collector.requests[:3]] == [503, 429, 200]


def test_a_stopped_gateway_has_sent_what_it_knew(traced, collector):
    for _ in range(20):
        ask(traced, chat("smart"))
    assert traced.stop() == 0
    assert len([span for span in collector.of_trace(TRACE) if span.kind == "SERVER"]) == 20


def test_a_gzip_body_is_what_a_configured_compression_sends(collector, start, upstream):
    whole = configuration(upstream.url + "/v1", {"smart": "served"})
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole, {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"})
    ask(gateway, chat("smart"))
    tree(collector)
    assert collector.requests[0][1]["content-encoding"] == "gzip"
