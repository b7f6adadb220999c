"""Span trees of each surface and ending, as a collector gets them: vocabularies, links, and what was said."""
import json
import socket

import pytest

from gateway import KEY, configuration, eventually, target
from test_realtime import EVENTS, Provider, ask, dial, done
from test_traces import PARENT, TRACE, has_root, tree
from wire import Connection, request


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


@pytest.mark.parametrize("surface", ["chat", "responses", "messages", "gemini", "embeddings", "door"])
def test_what_a_guardrail_blocks_has_a_span_of_its_own(collector, start, simulator, surface):
    path, body, _ = SURFACES[surface]
    whole = configuration(simulator.url, {"smart": "sim-fast"}, guardrails={
        "plain": {"kind": "words", "words": ["nobody says this"]},
        "planted": {"kind": "words", "words": {"planted": [PLANTED]}}})
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    reply = send(start(whole), path, body)
    assert reply.status == 400 and "planted" in reply.body.decode(), reply
    root, hops, attempts = tree(collector)
    assert root.attributes["weir.outcome"] == "blocked" and attempts == []
    checks = {span.name: span for span in collector.of_trace(TRACE) if span.name.startswith("run_guardrail ")}
    assert set(checks) == {"run_guardrail plain", "run_guardrail planted"}
    blocked = checks["run_guardrail planted"]
    assert blocked.parent == root.span_id and blocked.attributes["weir.guardrail.verdict"] == "block"
    assert blocked.attributes["weir.guardrail.reasons"] == ["planted"]
    assert blocked.attributes["weir.guardrail.phase"] == "input" and len(blocked.attributes["weir.guardrail.fingerprint"]) == 16
    assert checks["run_guardrail plain"].attributes["weir.guardrail.verdict"] == "pass"
    assert "guardrails" in {span.name for span in hops}
    assert PLANTED not in repr([span.attributes for span in collector.of_trace(TRACE)])


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
    gateway = begin("sim-cached", {"capture": "output"}, conventions="latest")
    send(gateway, *SURFACES["chat"][:2])
    _, _, attempts = tree(collector)
    # Why the reply ended stands on the span alone.
    assert "finish_reason" not in json.loads(attempts[0].attributes["gen_ai.output.messages"])[0]
    assert list(attempts[0].attributes["gen_ai.response.finish_reasons"]) == ["stop"]
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


@pytest.mark.parametrize("surface", [surface for surface in SURFACES if surface != "door"])
def test_what_is_said_again_has_no_attempt_and_is_linked_to_where_it_came_from(begin, collector, surface):
    path, body, _ = SURFACES[surface]
    gateway = begin("sim-embed" if surface == "embeddings" else "sim-fast", {"cache": {"ttl": "1h"}})
    with Connection(gateway.port) as connection:
        connection.send(request(json.dumps(body).encode(), path=path, key=KEY))
        first = connection.reply()
        connection.send(request(json.dumps(body).encode(), path=path, key=KEY, fields=[f"traceparent: {PARENT}"]))
        again = connection.reply()
    assert (first.fields["x-weir-cache"], again.fields["x-weir-cache"]) == ("miss", "hit")
    root, hops, attempts = tree(collector)
    assert attempts == [] and root.status == "UNSET" and root.attributes["weir.outcome"] == "completed"
    assert root.attributes["weir.cache.result"] == "hit" and root.attributes["weir.cache.kind"] == "exact"
    assert root.attributes["weir.cache.origin"] == first.fields["x-weir-exchange-id"]
    assert root.attributes["weir.cost.status"] == "nothing" and float(root.attributes["weir.cache.saved_usd"]) > 0
    _, trace, span, _ = first.fields["traceparent"].split("-")
    assert (trace, span, {"weir.link": "cached"}) in root.links
    hop = next(hop for hop in hops if hop.name == "cache")
    assert hop.attributes["weir.cache.result"] == "hit" and hop.parent == root.span_id
    assert {"authentication", "cache", "stream"} <= {hop.name for hop in hops} and "routing" not in {
        hop.name for hop in hops}


def test_a_client_that_is_not_trusted_is_linked(begin, collector):
    gateway = begin(trust_incoming="never")
    reply = send(gateway, *SURFACES["chat"][:2])
    trace = reply.fields["traceparent"].split("-")[1]
    assert trace != TRACE and eventually(lambda: has_root(collector, trace), 15)
    root = next(span for span in collector.of_trace(trace) if span.kind == "SERVER")
    assert root.parent == "" and root.links == [(TRACE, PARENT.split("-")[2], {"weir.link": "client"})]


def test_a_session_is_one_attempt(start, collector):
    server = Provider()
    whole = configuration(server.url + "/v1", {"talker": "served"})
    whole["models"]["talker"]["capture"] = "both"
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    with dial(start(whole)) as session:
        session.recv(10)
        assert ask(session) == [json.dumps(event) for event in [*EVENTS, done()]]
    assert eventually(collector.roots, 15)
    root = collector.roots()[0]
    spans = collector.of_trace(root.trace_id)
    attempts = [span for span in spans if span.kind == "CLIENT"]
    assert [span.name for span in attempts] == ["realtime served"]
    assert root.name == "GET /v1/realtime" and root.status == attempts[0].status == "UNSET"
    assert attempts[0].attributes["gen_ai.usage.input_tokens"] == 1000
    # A live session is not captured, whatever the route says.
    assert not any(key.endswith(".messages") for span in spans for key in span.attributes)
    server.close()


@pytest.mark.parametrize("surface", ["chat", "responses", "messages"])
def test_a_client_that_leaves_is_no_error(begin, collector, surface):
    gateway = begin("sim:ttft=5ms,gap=20ms,tokens=60")
    path, body, _ = SURFACES[surface]
    with Connection(gateway.port) as connection:
        connection.send(request(
            json.dumps(body | {"stream": True}).encode(), path=path, key=KEY, fields=[f"traceparent: {PARENT}"]))
        connection.head()
        connection.socket.shutdown(socket.SHUT_RDWR)
    root, _, attempts = tree(collector)
    assert root.attributes["weir.outcome"] == "client_gone"
    assert root.status == attempts[0].status == "UNSET"
    assert "error.type" not in root.attributes | attempts[0].attributes
    assert root.attributes["weir.abort.billing"] in ("drained", "estimated")


@pytest.mark.parametrize("surface", ["chat", "responses", "messages", "gemini", "embeddings"])
def test_a_fallback_is_two_siblings(begin, collector, surface):
    path, body, operation = SURFACES[surface]
    served = "sim-embed" if surface == "embeddings" else "sim-fast"
    gateway = begin([target("sim:error=503"), target(served)])
    assert send(gateway, path, body).status == 200
    root, _, attempts = tree(collector)
    assert [span.name for span in attempts] == [f"{operation} sim:error=503", f"{operation} {served}"]
    assert [span.parent for span in attempts] == [root.span_id] * 2
    assert [span.attributes.get("error.type") for span in attempts] == ["upstream_error", None]
    assert [span.attributes.get("http.request.resend_count") for span in attempts] == [None, 1]
    assert root.status == "UNSET" and root.attributes["weir.route.reason"] == "fallback"
