"""Callouts: a real service in Python allows, denies, annotates, rewrites, fails and comes back."""
import base64
import hashlib
import hmac
import json
import signal
import socket
import time

import anthropic
import openai
import pytest

from gateway import KEY, OTHER_KEY, Gateway, configuration, eventually
from upstreams import RecordingUpstream

MESSAGES = [{"role": "user", "content": "Say hello."}]
SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
ALLOW = 200, {"content-type": "application/json"}, b'{"verdict": "allow"}'


def verdict(**members):
    return 200, {"content-type": "application/json"}, json.dumps({"verdict": "allow"} | members).encode()


class Policy(RecordingUpstream):
    """A service whose answer each test sets; it keeps what it was asked."""

    def __init__(self):
        self.then = lambda question: ALLOW
        super().__init__(lambda request: self.then(json.loads(request["body"])))

    def asked(self):
        return [json.loads(request["body"]) for request in self.requests]


def callout(policy, **changes):
    return {"name": "policy", "url": policy.url + "/ask", "on_error": "deny", "deadline": "2s"} | changes


def guarded(upstream, callouts, **changes):
    return configuration(
        upstream.url + "/v1", {"smart": "served", "fast": "quick"}, callouts=callouts, **changes)


@pytest.fixture(scope="module")
def policy():
    server = Policy()
    yield server
    server.close()


@pytest.fixture(scope="module")
def house(policy, recorder, shared_collector, tmp_path_factory):
    """One gateway before one service that is asked everything and told everything."""
    whole = guarded(recorder, [
        callout(policy, send=["identity", "head", "body"], secret="env:HOOK_SECRET", headers={"authorization": "env:HOOK_KEY"},
                headers_to_provider=["x-tenant"], body_bytes_max="64KiB"),
        callout(policy, name="late", hop=["routing", "settle"], on_error="allow", team="search"),
    ])
    whole["telemetry"]["traces"] = {"endpoint": shared_collector.url}
    env = {"HOOK_SECRET": SECRET, "HOOK_KEY": "Bearer hook-secret-0123456789"}
    program = Gateway(tmp_path_factory.mktemp("callouts"), whole, env)
    yield program
    assert program.stop() == 0


@pytest.fixture
def clean(policy, recorder):
    policy.then = lambda question: ALLOW
    policy.requests.clear()
    recorder.requests.clear()


def sdk(gateway, key=KEY):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=20)


def ask(gateway, model="smart", key=KEY, **more):
    return sdk(gateway, key).chat.completions.with_raw_response.create(model=model, messages=MESSAGES, **more)


def at(policy, hop):
    return [question for question in policy.asked() if question["hop"] == hop]


def only(hop, answer):
    """Answers so at one hop; allows at the others."""
    return lambda question: answer if question["hop"] == hop else ALLOW


def counted(gateway, name="policy", hop="authentication"):
    return {
        dict(labels)["result"]: int(value) for (metric, labels), value in gateway.metrics().items()
        if metric == "weir_callouts_total" and ("callout", name) in labels and ("hop", hop) in labels and value != "0"
    }


def test_it_is_asked_what_is_configured_signed_and_without_credentials(house, policy, recorder, clean):
    assert ask(house, extra_headers={"x-app": "shop"}).parse().choices
    request = policy.requests[0]
    question = json.loads(request["body"])
    assert question["hop"] == "authentication" and question["callout"] == "policy"
    assert question["request"]["model"] == "smart" and question["request"]["messages"] == 1
    assert question["caller"]["name"] == "alice" and question["caller"]["team"] == "search"
    assert question["body"]["messages"] == MESSAGES
    assert ["x-app", "shop"] in question["head"]["fields"]
    assert KEY not in request["body"].decode()
    fields = request["fields"]
    assert fields["authorization"] == "Bearer hook-secret-0123456789" and fields["traceparent"]
    signed = b".".join([fields["webhook-id"].encode(), fields["webhook-timestamp"].encode(), request["body"]])
    mac = base64.b64encode(hmac.new(b"k" * 24, signed, hashlib.sha256).digest()).decode()
    assert fields["webhook-signature"] == "v1," + mac
    routed = at(policy, "routing")[0]
    assert routed["request"]["route"] == "smart" and routed["request"]["targets"] == ["sim/served"]
    assert "body" not in routed and "head" not in routed


def test_a_denial_has_its_status_and_message_in_every_surfaces_shape(house, policy, recorder, clean):
    policy.then = lambda question: (200, {}, json.dumps(
        {"verdict": "deny", "status": 451, "message": "Not in this country."}).encode())
    with pytest.raises(openai.APIStatusError) as caught:
        ask(house)
    assert caught.value.status_code == 451 and "Not in this country." in caught.value.message
    assert caught.value.response.headers["x-weir-callout"] == "policy"
    client = anthropic.Anthropic(base_url=house.url, api_key=KEY, max_retries=0, timeout=20)
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(model="smart", max_tokens=20, messages=MESSAGES)
    assert caught.value.status_code == 451
    assert caught.value.body["error"]["message"] == "Not in this country."
    assert not recorder.requests
    line = eventually(lambda: next((l for l in house.access_log() if l["status"] == 451), None))
    assert line["outcome"] == "not_permitted" and line["caller"] == "alice"


def test_a_rewrite_reaches_the_provider_and_the_model_moves(house, policy, recorder, clean):
    policy.then = only("authentication", verdict(
        rewrite={"model": "fast", "body": {"temperature": 0.1, "user": None, "metadata": {"case": "7"}}},
        attributes={"risk": "low"}, headers={"x-tenant": "gold"}))
    reply = ask(house, user="somebody", temperature=1.5)
    assert reply.headers["x-weir-model"] == "quick"
    sent = recorder.requests[-1]
    body = json.loads(sent["body"])
    assert body["model"] == "quick" and body["temperature"] == 0.1 and body["metadata"] == {"case": "7"}
    assert "user" not in body and body["messages"] == MESSAGES
    assert sent["fields"]["x-tenant"] == "gold"
    assert at(policy, "routing")[0]["request"]["route"] == "fast"


def test_each_question_has_a_span_and_the_root_its_annotations(house, policy, shared_collector, clean):
    policy.then = only("authentication", verdict(attributes={"risk": "high", "score": 7}))
    exchange = ask(house).headers["x-weir-exchange-id"]

    def spans():
        root = next((r for r in shared_collector.roots() if r.attributes.get("weir.exchange.id") == exchange), None)
        return root and [root, *shared_collector.of_trace(root.trace_id)]

    found = eventually(spans, 15)
    root, asked = found[0], [span for span in found if span.name == "callout policy"]
    assert root.attributes["weir.annotation.risk"] == "high" and root.attributes["weir.annotation.score"] == "7"
    assert len(asked) == 1 and asked[0].kind == "CLIENT" and asked[0].parent == root.span_id
    assert asked[0].attributes["weir.callout.result"] == "annotate"
    assert asked[0].attributes["http.response.status_code"] == 200
    # An end that an earlier test left may be told meanwhile.
    assert any(asked[0].span_id in request["fields"]["traceparent"] for request in policy.requests)


def test_it_is_told_of_the_end_and_only_for_its_team(house, policy, clean):
    exchange = ask(house).headers["x-weir-exchange-id"]
    ask(house, key=OTHER_KEY)
    told = eventually(lambda: at(policy, "settle"))
    assert [question["exchange"] for question in told] == [exchange]
    assert told[0]["reply"]["outcome"] == "completed" and told[0]["reply"]["model"] == "served"
    assert told[0]["reply"]["input_tokens"] > 0 and float(told[0]["reply"]["cost_usd"]) > 0
    assert len(at(policy, "authentication")) == 2 and len(at(policy, "routing")) == 1


NONSENSE = {
    "garbage": (200, {}, b"\xff\x00{"), "no verdict": (200, {}, b"{}"), "an error": (500, {}, b'{"verdict":"allow"}'),
    "a redirect": (302, {"location": "http://127.0.0.1:1/"}, b""), "a stream": verdict(rewrite={"body": {"stream": True}}),
    "what breaks the request": verdict(rewrite={"body": {"messages": "none"}}),
    "too much": (200, {}, b'{"verdict":"allow","x":"' + b"x" * 300_000 + b'"}'),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_fails_closed_or_open_as_is_configured(house, policy, recorder, clean, answer):
    policy.then = only("authentication", answer)
    with pytest.raises(openai.InternalServerError) as caught:
        ask(house)
    assert caught.value.status_code == 503 and 'The policy "policy"' in caught.value.message
    assert not recorder.requests
    assert sum(n for result, n in counted(house).items() if result in ("malformed", "refused")) >= 1
    # Who must not fail open has said so; the other one does. It also brings the first one's breaker back.
    policy.then = only("routing", answer)
    assert ask(house).parse().choices


def test_a_request_that_is_too_large_is_not_sent(house, policy, clean):
    with pytest.raises(openai.APIStatusError) as caught:
        sdk(house).chat.completions.create(model="smart", messages=[{"role": "user", "content": "x" * 70_000}])
    assert caught.value.status_code == 413
    assert [question for question in policy.asked() if question["hop"] != "settle"] == []


def test_away_slow_back_and_new_by_a_reload(start, recorder, tmp_path):
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{place.getsockname()[1]}"
    away = {"name": "away", "url": gone, "on_error": "allow", "deadline": "1s"}
    gateway = start(guarded(recorder, [away]))
    for _ in range(7):
        assert ask(gateway).parse().choices
    results = counted(gateway, "away")
    assert results["unreachable"] == 5 and results["breaker_open"] == 2

    service = Policy()
    try:
        def slow(question):
            time.sleep(1)
            return ALLOW

        service.then = slow
        path = gateway.directory / "weir.yaml"
        whole = guarded(recorder, [away, callout(service, name="slow", deadline="100ms")])
        path.write_text(json.dumps(whole))
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_for("reloaded")
        with pytest.raises(openai.InternalServerError) as caught:
            ask(gateway)
        assert caught.value.response.headers["retry-after"] == "1"
        assert counted(gateway, "slow") == {"timeout": 1}
        service.then = lambda question: ALLOW
        assert ask(gateway).parse().choices
        # What was counted before the reload still is.
        assert counted(gateway, "away")["unreachable"] >= 5
        duration = [
            float(value) for (name, labels), value in gateway.metrics().items()
            if name == "weir_callout_duration_seconds_count" and ("callout", "slow") in labels]
        assert duration == [2]
    finally:
        service.close()
