"""Limits refuse, say so in every surface's own words, count, and let go again: seen by the providers' own SDKs."""
import concurrent.futures
import json
import signal

import anthropic
import openai
import pytest

from collector import Collector
from gateway import KEY, OTHER_KEY, configuration, eventually
from upstreams import plain_chat
from wire import Connection, chat, request

MESSAGES = [{"role": "user", "content": "Say hello."}]
SLOW = "sim:tokens=4,ttft=1500ms"
# One request in any second and a half or so: who waits the second that a refusal names gets through.
BRIEF = {"name": "brief", "requests": "1/second"}


def limited(simulator, limits, model="sim-fast", **changes):
    return configuration(simulator.url, {"smart": model, "slow": SLOW}, limits=limits, **changes)


def sdk(gateway, key=KEY, retries=0):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=retries, timeout=20)


def ask(client, **more):
    return client.chat.completions.with_raw_response.create(model="smart", messages=MESSAGES, **more)


def test_the_sdk_sees_a_rate_limit_error_with_the_limits_name_and_when(simulator, start):
    gateway = start(limited(simulator, [{"name": "chat", "requests": "2/minute", "tokens": "100000/minute"}]))
    client = sdk(gateway)
    first = ask(client)
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert first.headers["x-ratelimit-limit-tokens"] == "100000"
    assert 0 < int(first.headers["x-ratelimit-remaining-tokens"]) < 100000
    ask(client)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client)
    error = caught.value
    assert error.status_code == 429 and error.code == "rate_limit_exceeded"
    assert 'Limit "chat" is reached: 2 requests in any minute for each caller' in error.message
    assert 50 <= int(error.response.headers["retry-after"]) <= 62
    assert error.response.headers["x-ratelimit-remaining-requests"] == "0"
    assert error.response.headers["x-weir-limit"] == "chat"
    ask(sdk(gateway, OTHER_KEY))
    counted = gateway.metrics()
    labels = {"limit": "chat", "team": "search"}
    assert counted["weir_limit_rejections_total", frozenset(labels.items())] == "1"
    assert counted["weir_limit_rejections_total", frozenset({**labels, "team": "shop"}.items())] == "0"
    line = eventually(lambda: next((l for l in gateway.access_log() if l["outcome"] == "rate_limited"), None))
    assert line["status"] == 429


def test_the_sdks_own_retries_succeed(simulator, start):
    gateway = start(limited(simulator, [BRIEF]))
    client = sdk(gateway, retries=3)
    for _ in range(3):
        assert ask(client).parse().choices[0].message.content
    refused = gateway.metrics()["weir_limit_rejections_total", frozenset({"limit": "brief", "team": "search"}.items())]
    assert int(refused) >= 1, "nothing was refused, so that nothing was retried"


def test_anthropics_sdk_sees_its_own_error_and_its_retries_succeed(simulator, start):
    gateway = start(limited(simulator, [BRIEF]))

    def message(retries):
        client = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=retries, timeout=20)
        return client.messages.create(model="smart", max_tokens=20, messages=MESSAGES)

    message(0)
    with pytest.raises(anthropic.RateLimitError) as caught:
        message(0)
    assert caught.value.body["error"]["type"] == "rate_limit_error"
    assert caught.value.response.headers["retry-after"] in ("1", "2")
    assert message(3).content


def test_permits_come_back_when_clients_leave_and_when_replies_end(simulator, start):
    gateway = start(limited(simulator, [{"name": "few", "concurrent": 2}]))
    few = frozenset({"limit": "few"}.items())
    assert gateway.metrics()["weir_permits_limit", few] == "2"
    assert gateway.metrics()["weir_permits_in_use", few] == "0"
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        bodies = [chat(model="slow", stream=True)] * 4
        replies = list(pool.map(lambda body: _exchange(gateway, body), bodies))
    assert sorted(status for status, _ in replies) == [200, 200, 429, 429]
    assert all(fields.get("retry-after") == "1" for status, fields in replies if status == 429)
    leaving = Connection(gateway.port)
    leaving.send(request(chat(model="slow", stream=True), key=KEY))
    assert eventually(lambda: gateway.metrics()["weir_permits_in_use", few] == "1")
    leaving.socket.close()
    assert eventually(lambda: gateway.metrics()["weir_permits_in_use", few] == "0")
    assert ask(sdk(gateway)).status_code == 200


def _exchange(gateway, body):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(body, key=KEY))
        reply = connection.reply()
        return reply.status, reply.fields


def test_plans_hold_for_who_has_them_and_end_users_are_counted_apart(start, upstream):
    plans = {
        "free": {"limits": [{"name": "free", "requests": "1/minute"}]},
        "apps": {"limits": [{"name": "users", "each": "end_user", "requests": "1/minute"}]},
    }
    whole = configuration(
        upstream.url + "/v1", {"smart": "served"}, plans=plans,
        callers={"alice": {"team": "search", "plan": "free"}, "bob": {"team": "shop", "plan": "apps"}})
    gateway = start(whole)
    statuses = [gateway_status(gateway, KEY) for _ in range(2)]
    assert statuses == [200, 429]
    assert [gateway_status(gateway, OTHER_KEY, user) for user in ("u1", "u2", "u1", "", "")] == [
        200, 200, 429, 200, 200]
    assert len(upstream.requests) == 5
    assert all("x-weir-end-user" not in sent["fields"] for sent in upstream.requests), "the end user's name went upstream"


def gateway_status(gateway, key, user=None):
    more = {"extra_headers": {"x-weir-end-user": user}} if user is not None else {}
    try:
        return ask(sdk(gateway, key), **more).status_code
    except openai.APIStatusError as error:
        return error.status_code


def test_replies_are_cut_and_large_requests_refused(start, upstream):
    limits = [{"name": "short", "max_tokens": 7}, {"name": "small", "body_bytes_max": "1KiB"}]
    gateway = start(configuration(upstream.url + "/v1", {"smart": "served"}, limits=limits))
    ask(sdk(gateway), max_tokens=1000)
    ask(sdk(gateway))
    bodies = [json.loads(sent["body"]) for sent in upstream.requests]
    assert bodies[0]["max_tokens"] == 7
    assert 7 in (bodies[1].get("max_tokens"), bodies[1].get("max_completion_tokens"))
    with pytest.raises(openai.APIStatusError) as caught:
        ask(sdk(gateway), user="x" * 2000)
    assert caught.value.status_code == 413 and '"small"' in caught.value.message


def test_a_reload_keeps_the_counts_of_limits_that_did_not_change(simulator, start):
    whole = limited(simulator, [{"name": "chat", "requests": "1/minute"}])
    gateway = start(whole)
    ask(sdk(gateway))
    whole["limits"].append({"name": "more", "requests": "5/minute"})
    (gateway.directory / "weir.yaml").write_text(json.dumps(whole))
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_for("reloaded")
    with pytest.raises(openai.RateLimitError):
        ask(sdk(gateway))
    whole["limits"][0]["requests"] = "2/minute"
    (gateway.directory / "weir.yaml").write_text(json.dumps(whole))
    gateway.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: gateway_status(gateway, KEY) == 200)


def test_the_fields_stand_in_the_place_of_the_providers(start, upstream):
    def answer(asked):
        status, fields, body = plain_chat(asked)
        own = {"x-ratelimit-limit-requests": "9000", "x-ratelimit-limit-tokens": "8000"}
        return status, fields | own, body

    upstream.answer = answer
    limits = [{"name": "chat", "model": "smart", "requests": "2/minute"}]
    gateway = start(configuration(upstream.url + "/v1", {"smart": "served", "free": "served"}, limits=limits))
    fields = ask(sdk(gateway)).http_response.headers
    assert fields.get_list("x-ratelimit-limit-requests") == ["2"]
    assert fields.get_list("x-ratelimit-limit-tokens") == ["8000"]
    free = sdk(gateway).chat.completions.with_raw_response.create(model="free", messages=MESSAGES)
    assert free.http_response.headers.get_list("x-ratelimit-limit-requests") == ["9000"]


def test_the_hops_note_names_the_limit(simulator, start):
    collector = Collector()
    whole = limited(simulator, [{"name": "chat", "requests": "1/minute"}])
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole)
    assert [gateway_status(gateway, KEY) for _ in range(2)] == [200, 429]

    def noted():
        spans = [span for trace in {root.trace_id for root in collector.roots()} for span in collector.of_trace(trace)]
        return [span for span in spans if span.name == "limits" and span.attributes.get("weir.notes")]

    spans = eventually(noted, 15)
    collector.close()
    assert [span.attributes["weir.notes"] for span in spans] == [["limit chat: refused, 1 request in any minute"]]


def test_who_finds_no_room_waits_in_turn_where_there_is_a_queue(simulator, start):
    gateway = start(limited(simulator, [
        {"name": "brief", "each": "gateway", "model": "slow", "concurrent": 1, "queue": {"wait": "100ms"}},
        {"name": "one", "each": "gateway", "concurrent": 1, "queue": {"wait": "20s", "depth": 5}},
    ], model="sim:tokens=4,ttft=300ms"))

    def several(model, count, key=KEY):
        def one(_):
            try:
                return sdk(gateway, key).chat.completions.with_raw_response.create(
                    model=model, messages=MESSAGES).http_response.status_code
            except openai.APIStatusError as error:
                return error.status_code

        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return sorted(pool.map(one, range(count)))

    def counted(limit, result):
        return int(gateway.metrics()["weir_limit_waits_total", frozenset({"limit": limit, "result": result}.items())])

    assert several("smart", 4) == [200] * 4
    assert counted("one", "served") >= 1
    waited = eventually(lambda: [line["waited_ms"] for line in gateway.access_log() if "waited_ms" in line])
    assert max(waited) > 200
    metrics = gateway.metrics()
    assert metrics["weir_queue_limit", frozenset({("queue", "limit/one")})] == "5"
    assert float(metrics["weir_queue_depth", frozenset({("queue", "limit/one")})]) == 0
    assert float(metrics["weir_limit_wait_seconds_total", frozenset({("limit", "one")})]) > 0.2
    # Not the gateway's own time: what it held itself is far less than what was waited.
    line = next(line for line in gateway.access_log() if line.get("waited_ms") == max(waited))
    assert line["overhead_us"] / 1000 < line["waited_ms"]
    # A reply takes far longer than others wait for it.
    assert several("slow", 2) == [200, 429]
    assert counted("brief", "timeout") == 1
