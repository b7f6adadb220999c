"""A provider's own API under /providers/{name}/: every byte passes, and every hop still does its work."""
import json
import threading
from decimal import Decimal

import pytest

from gateway import KEY, OTHER_KEY, PROVIDER_KEY, Gateway, configuration, eventually
from simulated_providers import cost_of
from upstreams import RecordingUpstream
from wire import Connection, request

BODY = b'{ "model" : "served" , "odd":[1.0,1e5,-0], "input":"caf\\u00e9 \xc3\xa9" }'

CLIMBS = [
    "../admin", "a/../../admin", "%2e%2e/admin", "a/%2E%2E/%2e%2e/admin", "..%2fadmin", "./x", "a/..%5cadmin",
]


def whole_chat(usage=True, model="served", **more):
    usage = {"usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}} if usage else {}
    return json.dumps({"id": "x", "model": model, "choices": []} | usage | more).encode()


@pytest.fixture
def upstream(recorder):
    recorder.requests.clear()
    recorder.answer = lambda _: (200, {"content-type": "application/json"}, whole_chat())
    return recorder


@pytest.fixture(scope="module")
def door(recorder, tmp_path_factory):
    """A gateway before the recording upstream: `served` and `other` are priced, only `served` is a route's."""
    whole = configuration(recorder.url + "/v1", {"smart": "served"})
    whole["prices"]["overrides"] = [
        {"provider": "sim", "model": "served", "input": "3", "output": "15"},
        {"provider": "sim", "model": "other", "input": "1", "output": "2"},
    ]
    program = Gateway(tmp_path_factory.mktemp("doors"), whole)
    yield program
    assert program.stop() == 0


def send(gateway, path, body=b"", method="POST", key=KEY, fields=()):
    with Connection(gateway.port) as connection:
        connection.send(request(body, path=path, key=key, method=method, fields=fields))
        return connection.reply()


def line_of(gateway, reply):
    found = eventually(
        lambda: [line for line in gateway.access_log() if line["exchange"] == reply.fields["x-weir-exchange-id"]])
    assert len(found) == 1
    return found[0]


def unpriced(gateway, model):
    return sum(
        float(value) for (name, labels), value in gateway.metrics().items()
        if name == "weir_unpriced_exchanges_total" and ("served_model", model) in labels)


# What passes


@pytest.mark.parametrize("path", ["served", "v1/served", "a/b%2Fc/d:e", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_any_path_and_method_passes_below_the_base_url(door, upstream, method, path):
    upstream.answer = lambda _: (200, {"content-type": "application/json", "x-request-id": "r1"}, b' {"a" : 1.0}\n')
    reply = send(door, f"/providers/sim/{path}", BODY if method == "POST" else b"", method)
    assert (reply.status, reply.body) == (200, b' {"a" : 1.0}\n')
    assert reply.fields["content-type"] == "application/json" and reply.fields["x-request-id"] == "r1"
    received = upstream.requests[0]
    below = path.removeprefix("v1/")
    assert (received["method"], received["path"]) == (method, f"/v1/{below}")
    assert received["body"] == (BODY if method == "POST" else b"")


def test_the_query_passes_without_the_caller_s_key(door, upstream):
    send(door, f"/providers/sim/files?after=a%20b&key={KEY}&limit=2", method="GET", key=None)
    assert upstream.requests[0]["path"] == "/v1/files?after=a%20b&limit=2"
    send(door, f"/providers/sim/files?key={KEY}", method="GET", key=None)
    assert upstream.requests[1]["path"] == "/v1/files"


@pytest.mark.parametrize("field", ["Authorization: Bearer {}", "x-api-key: {}", "api-key: {}", "x-goog-api-key: {}"])
def test_the_caller_s_credential_stays_and_weir_s_goes(door, upstream, field):
    reply = send(door, "/providers/sim/x", BODY, key=None, fields=[
        field.format(KEY), "cookie: a=b", "x-weir-tags: a=b", "openai-organization: org", "openai-beta: assistants=v2"])
    assert reply.status == 200
    received = upstream.requests[0]
    assert received["fields"]["authorization"] == f"Bearer {PROVIDER_KEY}"
    assert KEY not in repr(received)
    assert not {"cookie", "x-weir-tags", "x-api-key", "api-key", "x-goog-api-key"} & received["fields"].keys()
    assert received["fields"]["openai-beta"] == "assistants=v2"


def test_a_body_that_is_no_json_passes(door, upstream):
    for body, kind in [(b"\x00\xff\x01", "application/octet-stream"), (b"{not json", "application/json")]:
        with Connection(door.port) as connection:
            connection.send(
                b"POST /providers/sim/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode()
                + b"\r\nContent-Type: " + kind.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert connection.reply().status == 200
        assert upstream.requests[-1]["body"] == body
        assert upstream.requests[-1]["fields"]["content-type"] == kind


# Who is refused


def test_nobody_passes_without_a_key(door, upstream):
    assert send(door, "/providers/sim/x", BODY, key=None).status == 401
    assert send(door, "/providers/sim/x", BODY, key="sk-nobody").status == 401
    assert send(door, "/providers/sim/files", method="GET", key=None).status == 401
    assert not upstream.requests


@pytest.mark.parametrize("path", ["/providers/nobody/x", "/providers/", "/providers", "/providers/sim%2F../x"])
def test_an_unknown_provider_is_404(door, upstream, path):
    reply = send(door, path, BODY)
    assert reply.status == 404, reply
    assert not upstream.requests


@pytest.mark.parametrize("path", CLIMBS)
def test_no_path_climbs_out_of_the_base_url(door, upstream, path):
    reply = send(door, f"/providers/sim/{path}", BODY)
    received = [request["path"] for request in upstream.requests]
    assert reply.status in (400, 404) or all(path.startswith("/v1/") and ".." not in path for path in received), (
        reply, received)


# What is booked


def test_usage_is_found_and_priced_by_the_model_that_the_reply_names(door, upstream):
    for model, label, cost in [("served", "served", "0.00009"), ("other", "_other", "0.000018")]:
        upstream.answer = lambda _: (200, {"content-type": "application/json"}, whole_chat(model=model))
        reply = send(door, "/providers/sim/chat/completions", json.dumps({"model": model}).encode())
        line = line_of(door, reply)
        assert (line["operation"], line["surface"]) == ("provider_api", "provider_api")
        assert (line["provider"], line["served_model"], line["asked_model"]) == ("sim", label, model)
        assert cost_of(line) == Decimal(cost)
        assert line["usage_source"] == "provider"


def test_a_reply_without_usage_has_an_unknown_price(door, upstream):
    upstream.answer = lambda _: (200, {"content-type": "application/json"}, whole_chat(usage=False))
    before = unpriced(door, "served")
    line = line_of(door, send(door, "/providers/sim/chat/completions", BODY))
    assert line["cost_status"] == "unpriced"
    assert eventually(lambda: unpriced(door, "served") == before + 1)


def test_a_model_without_a_price_is_unpriced(door, upstream):
    upstream.answer = lambda _: (200, {"content-type": "application/json"}, whole_chat(model="nobody-s"))
    line = line_of(door, send(door, "/providers/sim/chat/completions", b'{"model":"nobody-s"}'))
    assert (line["cost_status"], line["served_model"]) == ("unpriced", "_other")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_merely_fetched_costs_nothing(door, upstream, method):
    upstream.answer = lambda _: (200, {"content-type": "application/json"}, whole_chat())
    line = line_of(door, send(door, "/providers/sim/responses/r1", method=method))
    assert line["cost_status"] == "nothing" and line["accounted"]


# Errors and streams


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
def test_a_provider_s_error_passes_byte_for_byte(door, upstream, status):
    body = b' {"error" : "as the provider says it", "odd": 1.0 }'
    fields = {"content-type": "application/problem+json", "retry-after": "3", "x-amzn-errortype": "Odd", "x-own": "1"}
    upstream.answer = lambda _: (status, fields, body)
    reply = send(door, "/providers/sim/x", BODY)
    assert (reply.status, reply.body, reply.fields["content-type"]) == (status, body, "application/problem+json")
    assert reply.fields["retry-after"] == "3" and reply.fields["x-amzn-errortype"] == "Odd"
    assert len(upstream.requests) == 1, "a provider's own API is asked once"
    line = line_of(door, reply)
    assert line["status"] == status and line["cost_status"] == "nothing"


@pytest.mark.parametrize("kind", ["text/event-stream", "application/x-ndjson", "application/octet-stream"])
def test_a_streamed_reply_is_not_held_back(door, upstream, kind):
    def pieces():
        yield b'data: {"n":1}\n\n' if kind == "text/event-stream" else b'{"n":1}\n'
        assert arrived.wait(10), "the first piece did not arrive before the second was written"
        yield b'data: [DONE]\n\n' if kind == "text/event-stream" else b'{"n":2}\n'

    arrived = threading.Event()
    upstream.answer = lambda _: (200, {"content-type": kind}, pieces())
    with Connection(door.port) as connection:
        connection.send(request(BODY, path="/providers/sim/anything", key=KEY))
        status, fields = connection.head()
        assert status == 200 and fields["content-type"] == kind
        chunks = connection.chunks()
        first = next(chunks)
        arrived.set()
        rest = b"".join(chunks)
    assert b'"n":1' in first and rest


def test_budgets_refuse_here_too(start, upstream):
    whole = configuration(upstream.url + "/v1", {"smart": "served"})
    whole["budgets"] = [{
        "name": "tiny", "scope": {"team": "search"}, "limit": "0.000001 USD", "per": "day", "owner": "search-oncall"}]
    gateway = start(whole)
    reply = send(gateway, "/providers/sim/chat/completions", BODY)
    assert reply.status == 429 and reply.json()["error"]["code"] == "insufficient_quota"
    assert reply.fields["x-should-retry"] == "false" and reply.fields["x-weir-budget"]
    assert not upstream.requests
    assert send(gateway, "/providers/sim/chat/completions", BODY, key=OTHER_KEY).status == 200


def test_dots_inside_of_a_name_are_no_way_up(start):
    upstream = RecordingUpstream()
    gateway = start(configuration(upstream.url + "/v1/accounts/7", {"smart": "served"}))
    with Connection(gateway.port) as connection:
        connection.send(request(method="GET", path="/providers/sim/files/a..b/.c/v1.5", key=KEY))
        connection.reply()
    assert [seen["path"] for seen in upstream.requests] == ["/v1/accounts/7/files/a..b/.c/v1.5"]
    upstream.close()
