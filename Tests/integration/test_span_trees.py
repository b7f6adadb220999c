"""What spans say beside the tree (`test_span_matrix.py`), as a collector gets it: vocabularies, links, and what was said."""
import json

import pytest

from gateway import KEY, configuration, eventually
from test_realtime import EVENTS, Provider, ask, dial, done
from test_traces import PARENT, TRACE, has_root, tree
from wire import Connection, request


SURFACES = {
    "chat": ("/v1/chat/completions", {"model": "smart", "messages": [{"role": "user", "content": "SAID"}]}),
    "responses": ("/v1/responses", {"model": "smart", "input": "SAID"}),
    "messages": (
        "/v1/messages", {"model": "smart", "max_tokens": 999, "messages": [{"role": "user", "content": "SAID"}]}),
    "gemini": ("/v1beta/models/smart:generateContent", {"contents": [{"role": "user", "parts": [{"text": "SAID"}]}]}),
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
def begin(collector, start, simulator):
    def make(model="sim-fast", model_settings=None, **telemetry):
        whole = configuration(simulator.url, {"smart": model})
        whole["models"]["smart"] |= model_settings or {}
        whole["telemetry"] |= {"traces": {"endpoint": collector.url}} | telemetry
        return start(whole)
    return make


def test_the_latest_vocabulary_is_spoken_on_spans_and_metrics(begin, collector):
    gateway = begin("sim-cached", {"capture": "output"}, conventions="latest")
    send(gateway, *SURFACES["chat"])
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
    path, body = SURFACES[surface]
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


PLAIN = {
    "completions": ("/v1/completions", {"model": "smart", "prompt": ["SAID", "and on"], "stream": True}),
    "whole completions": ("/v1/completions", {"model": "smart", "prompt": "SAID"}),
    "embeddings": ("/v1/embeddings", {"model": "smart", "input": ["SAID", "again"]}),
    "rerank": ("/v1/rerank", {"model": "smart", "query": "SAID", "documents": ["a lake", "a weir"]}),
    "images": ("/v1/images/generations", {"model": "smart", "prompt": "SAID"}),
    "speech": ("/v1/audio/speech", {"model": "smart", "voice": "alloy", "input": "SAID"}),
    "moderations": ("/v1/moderations", {"model": "smart", "input": "SAID"}),
}


@pytest.mark.parametrize("surface", PLAIN)
def test_content_of_other_operations_is_shown_as_far_as_it_is_text(begin, collector, surface):
    path, body = PLAIN[surface]
    gateway = begin("sim:tokens=4", {"capture": "both"}, profiles=["openinference"])
    assert send(gateway, path, body).status == 200
    _, _, (attempt,) = tree(collector)
    said = json.loads(attempt.attributes["gen_ai.input.messages"])
    texts = [part["content"] for message in said for part in message["parts"]]
    assert {message["role"] for message in said} == {"user"}
    assert texts[0] == f"{PLANTED} [redacted: key]" and len(texts) == {
        "completions": 2, "embeddings": 2, "rerank": 3}.get(surface, 1)
    if "completions" in surface:
        (answered,) = json.loads(attempt.attributes["gen_ai.output.messages"])
        assert len(answered["parts"][0]["content"].split()) == 4 and answered["finish_reason"] == "stop"
    else:
        # Vectors, images and sounds are shown nowhere.
        assert "gen_ai.output.messages" not in attempt.attributes
    if surface == "embeddings":
        assert attempt.attributes["embedding.embeddings.1.embedding.text"] == "again"
    assert "weir.content.truncated" not in attempt.attributes
    assert SECRET not in repr([span.attributes for span in collector.of_trace(TRACE)])


@pytest.mark.parametrize("surface", ["embeddings", "completions"])
def test_content_that_is_too_long_is_cut_and_says_so(begin, collector, surface):
    path, body = PLAIN[surface]
    gateway = begin("sim:tokens=4", {"capture": "input"}, content_bytes_max=1024)
    long = {key: ["x\"" * 400, "y" * 900] if isinstance(value, list) else value for key, value in body.items()}
    assert send(gateway, path, long).status == 200
    _, _, (attempt,) = tree(collector)
    written = attempt.attributes["gen_ai.input.messages"]
    assert len(written.encode()) <= 1024 and attempt.attributes["weir.content.truncated"] is True
    first = json.loads(written)[0]["parts"][0]["content"]
    assert first and ("x\"" * 400).startswith(first)


def test_log_records_show_no_content(collector, start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"})
    whole["models"]["smart"]["capture"] = "both"
    whole["telemetry"]["destinations"] = {"all": {"endpoint": collector.url}}
    send(start(whole), *SURFACES["chat"])
    tree(collector)
    assert eventually(lambda: collector.of_event("weir.exchange"), 15)
    assert PLANTED not in repr(collector.records) and PLANTED in repr([s.attributes for s in collector.spans])


def test_a_client_that_is_not_trusted_is_linked(begin, collector):
    gateway = begin(trust_incoming="never")
    reply = send(gateway, *SURFACES["chat"])
    trace = reply.fields["traceparent"].split("-")[1]
    assert trace != TRACE and eventually(lambda: has_root(collector, trace), 15)
    root = next(span for span in collector.of_trace(trace) if span.kind == "SERVER")
    assert root.parent == "" and root.links == [(TRACE, PARENT.split("-")[2], {"weir.link": "client"})]


def test_a_session_is_one_attempt(collector, start):
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
