"""Traces leave over OTLP, decode with OpenTelemetry's own classes, and have the right parents."""
import json
import re

import pytest

from collector import Collector
from gateway import KEY, configuration, eventually, target
from upstreams import JSON, plain_chat
from wire import Connection, chat, request

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT.split("-")[1]
HOPS = {"receive", "authentication", "limits", "guardrails", "cache", "routing", "budgets", "stream", "settle"}


@pytest.fixture
def collector():
    server = Collector()
    yield server
    server.close()


@pytest.fixture
def traced(start, upstream, collector):
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


def test_a_gzip_body_is_what_a_configured_compression_sends(start, upstream, collector):
    whole = configuration(upstream.url + "/v1", {"smart": "served"})
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole, {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"})
    ask(gateway, chat("smart"))
    tree(collector)
    assert collector.requests[0][1]["content-encoding"] == "gzip"


# Each surface, vocabularies, content.

SURFACES = {
    "chat": ("/v1/chat/completions", {"model": "smart", "messages": [{"role": "user", "content": "SAID"}]}, "chat"),
    "responses": ("/v1/responses", {"model": "smart", "input": "SAID"}, "chat"),
    "messages": (
        "/v1/messages", {"model": "smart", "max_tokens": 999, "messages": [{"role": "user", "content": "SAID"}]}, "chat"),
    "gemini": (
        "/v1beta/models/smart:generateContent", {"contents": [{"role": "user", "parts": [{"text": "SAID"}]}]}, "chat"),
    "embeddings": ("/v1/embeddings", {"model": "smart", "input": "SAID"}, "embeddings"),
    "door": (
        "/providers/sim/chat/completions", {"model": "sim-fast", "messages": [{"role": "user", "content": "SAID"}]},
        "provider_api"),
}
PLANTED = "planted-word-of-a-prompt"
SECRET = "sk-planted0123456789abcdef"


def send(gateway, path, body, key=KEY):
    with Connection(gateway.port) as connection:
        connection.send(request(
            json.dumps(body).replace("SAID", f"{PLANTED} {SECRET}").encode(), path=path, key=key,
            fields=[f"traceparent: {PARENT}"]))
        return connection.reply()


@pytest.fixture
def begin(start, simulator, collector):
    def make(model="sim-fast", model_settings=None, **telemetry):
        whole = configuration(simulator.url, {"smart": model})
        whole["models"]["smart"] |= model_settings or {}
        whole["telemetry"] |= {"traces": {"endpoint": collector.url}} | telemetry
        return start(whole)
    return make


@pytest.mark.parametrize("surface", SURFACES)
def test_each_surface_makes_a_tree_with_usage_and_without_content(begin, collector, surface):
    path, body, operation = SURFACES[surface]
    gateway = begin("sim-embed" if surface == "embeddings" else "sim-fast")
    reply = send(gateway, path, body)
    assert reply.status == 200, reply
    root, hops, attempts = tree(collector)
    assert {span.parent for span in hops + attempts} == {root.span_id}
    assert [span.attributes["gen_ai.operation.name"] for span in attempts] == [operation]
    assert attempts[0].name == f"{operation} {attempts[0].attributes['gen_ai.request.model']}"
    assert attempts[0].attributes["gen_ai.usage.input_tokens"] > 0
    assert attempts[0].status == root.status == "UNSET" and root.attributes["weir.outcome"] == "completed"
    assert PLANTED not in repr([span.attributes for span in collector.of_trace(TRACE)])


@pytest.mark.parametrize("surface", ["chat", "responses", "messages"])
def test_a_stream_that_is_cut_is_an_error_of_its_attempt(begin, collector, surface):
    path, body, _ = SURFACES[surface]
    gateway = begin("sim:tokens=20,abort_after=5")
    with Connection(gateway.port) as connection:
        connection.send(request(
            json.dumps(body | {"stream": True}).encode(), path=path, key=KEY, fields=[f"traceparent: {PARENT}"]))
        connection.is_closed(10)
    root, _, attempts = tree(collector)
    assert root.attributes["error.type"] == attempts[0].attributes["error.type"] == "upstream_cut"
    assert root.status == attempts[0].status == "ERROR"


def test_what_a_budget_refuses_names_it(collector, start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"}, budgets=[
        {"name": "small", "scope": {"team": "search"}, "limit": "0.000001 USD", "per": "month", "owner": "o"}])
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    reply = send(start(whole), *SURFACES["chat"][:2])
    assert reply.status == 429
    root, hops, attempts = tree(collector)
    assert attempts == [] and root.status == "UNSET"
    assert root.attributes["weir.outcome"] == "budget_exceeded" and root.attributes["weir.budget"] == "small"
    assert [span.attributes["weir.budget"] for span in hops if span.name == "budgets"] == ["small"]
    assert "budgets: sim/sim-fast refused: budget_exceeded" in root.attributes["weir.notes"]


def test_the_latest_vocabulary_is_spoken_on_spans_and_metrics(begin, collector):
    gateway = begin("sim-cached", conventions="latest")
    send(gateway, *SURFACES["chat"][:2])
    tree(collector)
    names = {name for name, _ in gateway.metrics() if name.startswith("gen_ai_")}
    assert names and all(name.startswith("gen_ai_client_inference_") for name in names)


@pytest.mark.parametrize("surface", ["chat", "responses", "messages", "gemini"])
@pytest.mark.parametrize("streams", [False, True])
def test_content_is_shown_where_a_route_asks_for_it(begin, collector, surface, streams):
    gateway = begin(model_settings={"capture": "both"}, profiles=["openinference", "langfuse"])
    path, body, _ = SURFACES[surface]
    if streams and surface == "gemini":
        path = path.replace("generateContent", "streamGenerateContent?alt=sse")
    elif streams:
        body = body | {"stream": True}
    reply = send(gateway, path, body)
    assert reply.status == 200, reply
    _, _, attempts = tree(collector)
    said = json.loads(attempts[0].attributes["gen_ai.input.messages"])
    assert said == [{"role": "user", "parts": [{"type": "text", "content": f"{PLANTED} [redacted: key]"}]}]
    answered = json.loads(attempts[0].attributes["gen_ai.output.messages"])
    assert [message["role"] for message in answered] == ["assistant"] and answered[0]["finish_reason"] == "stop"
    words = answered[0]["parts"][0]["content"].split()
    assert words and words[0] in reply.body.decode()
    # Nothing of it, and of the secret nothing anywhere, is in logs, metrics and other spans.
    assert eventually(gateway.access_log)
    _, _, metrics = gateway.get(gateway.metrics_url)
    log = (gateway.directory / "access.log").read_text() + "\n".join(line or "" for line in gateway.output)
    assert PLANTED not in log + metrics.decode() and words[0] + " " not in metrics.decode()
    assert SECRET not in repr([span.attributes for span in collector.of_trace(TRACE)]) + log


def test_log_records_show_no_content(start, simulator, collector):
    whole = configuration(simulator.url, {"smart": "sim-fast"})
    whole["models"]["smart"]["capture"] = "both"
    whole["telemetry"]["destinations"] = {"all": {"endpoint": collector.url}}
    send(start(whole), *SURFACES["chat"][:2])
    tree(collector)
    assert eventually(lambda: collector.of_event("weir.exchange"), 15)
    assert PLANTED not in repr(collector.records) and PLANTED in repr([s.attributes for s in collector.spans])


def test_a_client_that_is_not_trusted_is_linked(begin, collector):
    gateway = begin(trust_incoming="never")
    reply = send(gateway, *SURFACES["chat"][:2])
    trace = reply.fields["traceparent"].split("-")[1]
    assert trace != TRACE and eventually(lambda: has_root(collector, trace), 15)
    root = next(span for span in collector.of_trace(trace) if span.kind == "SERVER")
    assert root.parent == "" and root.links == [(TRACE, PARENT.split("-")[2], {"weir.link": "client"})]
