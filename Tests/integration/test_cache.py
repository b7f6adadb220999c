"""The cache: what is said again, in which shape, to whom, and what the books say of it."""
import json
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import accounts
from gateway import (
    ADMIN_KEY, BINARY, KEY, OTHER_KEY, SECRETS, Gateway, configuration, eventually, provider, target)
from upstreams import JSON, RecordingUpstream
from wire import Connection, chat, events, request

BODIES = {
    "chat": ("/v1/chat/completions", {"model": "smart", "messages": [{"role": "user", "content": "SAID"}]}),
    "responses": ("/v1/responses", {"model": "smart", "input": "SAID"}),
    "messages": (
        "/v1/messages", {"model": "smart", "max_tokens": 99, "messages": [{"role": "user", "content": "SAID"}]}),
    "gemini": (
        "/v1beta/models/smart:generateContent", {"contents": [{"role": "user", "parts": [{"text": "SAID"}]}]}),
    "embeddings": ("/v1/embeddings", {"model": "embed", "input": "SAID"}),
}
# Which of the simulated provider's dialects serves the surface itself, and so lets the bytes pass.
NATIVE = {"chat": "openai", "responses": "openai", "messages": "anthropic", "gemini": "gemini"}


def send(gateway, path, body, key=KEY, fields=()):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(json.dumps(body).encode(), path=path, key=key, fields=fields))
        return connection.reply()


def say(gateway, text="hello", key=KEY, fields=(), model="smart", **more):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(chat(model, text=text, **more), key=key, fields=fields))
        return connection.reply()


def result(reply):
    return reply.fields.get("x-weir-cache")


def value(gateway, name, **labels):
    return sum(float(number) for (series, pairs), number in gateway.metrics().items()
               if series == name and set(labels.items()) <= pairs)


def answer(request):
    """Says what it was asked, and how often it has been asked anything."""
    body = json.loads(request["body"])
    answer.count += 1
    return 200, JSON, json.dumps({
        "id": f"chatcmpl-{answer.count}", "object": "chat.completion", "created": 1, "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": f"{answer.count}: {body['messages'][-1]['content']}"}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }).encode()


@pytest.fixture
def counting():
    answer.count = 0
    server = RecordingUpstream(answer)
    yield server
    server.close()


def cached(url, cache=None, models=None, **changes):
    whole = configuration(url, models or {"smart": "sim-fast", "embed": "sim-embed"}, **changes)
    for name in whole["models"]:
        if name in ("smart", "embed"):
            whole["models"][name]["cache"] = cache or {}
    return whole


@pytest.fixture(scope="module")
def replaying(simulator, tmp_path_factory):
    """A gateway before each dialect of the simulated provider, whose models all have a cache."""
    root = simulator.url.removesuffix("/v1")
    shapes = {
        "openai": provider(simulator.url),
        "anthropic": provider(root, dialect="anthropic", kind="anthropic"),
        "gemini": provider(root, dialect="gemini", kind="gemini"),
    }
    models = {f"smart-{name}": [target("sim-fast", name)] for name in shapes} | {"embed": [target("sim-embed", "openai")]}
    whole = configuration(simulator.url, models, providers=shapes)
    for model in whole["models"].values():
        model["cache"] = {"ttl": "1h"}
    program = Gateway(tmp_path_factory.mktemp("replaying"), whole)
    yield program
    assert program.stop() == 0


def asked(surface, shape, text, streams):
    path, body = BODIES[surface]
    body = json.loads(json.dumps(body).replace("SAID", text).replace('"smart"', f'"smart-{shape}"'))
    path = path.replace("smart", f"smart-{shape}")
    if streams and surface == "gemini":
        path = path.replace("generateContent", "streamGenerateContent?alt=sse")
    elif streams:
        body["stream"] = True
    return path, body


def words(surface, reply):
    """The text of a reply, whole or streamed."""
    if reply.fields["content-type"].startswith("text/event-stream"):
        said = ""
        for event in events(reply.body):
            if surface == "chat":
                said += "".join(choice["delta"].get("content") or "" for choice in event.get("choices", []))
            elif surface == "responses" and event.get("type") == "response.output_text.delta":
                said += event["delta"]
            elif surface == "messages" and event.get("type") == "content_block_delta":
                said += event["delta"].get("text", "")
            elif surface == "gemini":
                said += "".join(part.get("text", "") for part in event["candidates"][0]["content"].get("parts", []))
        return said
    body = json.loads(reply.body)
    if surface == "chat":
        return body["choices"][0]["message"]["content"]
    if surface == "responses":
        return "".join(part["text"] for item in body["output"] for part in item.get("content", []))
    if surface == "messages":
        return "".join(part["text"] for part in body["content"])
    return "".join(part["text"] for part in body["candidates"][0]["content"]["parts"])


@pytest.mark.parametrize("shape", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("surface", NATIVE)
def test_a_reply_is_said_again_whole_and_as_a_stream(replaying, surface, shape):
    for first_streams in (False, True):
        text = f"{surface} {shape} {first_streams}"
        first = send(replaying, *asked(surface, shape, text, first_streams))
        assert first.status == 200 and result(first) == "miss", first
        said = words(surface, first)
        assert said
        for streams in (first_streams, not first_streams):
            again = send(replaying, *asked(surface, shape, text, streams))
            assert (again.status, result(again)) == (200, "hit"), again
            assert words(surface, again) == said
            assert again.fields["content-type"].startswith("text/event-stream" if streams else "application/json")
            assert again.fields["x-weir-model"] == "sim-fast" and int(again.fields["age"]) >= 0
            if streams == first_streams and NATIVE[surface] == shape:
                assert again.body == first.body, "the provider's bytes pass as they came"


def test_vectors_are_said_again(replaying):
    body = {"model": "embed", "input": ["one", "two"]}
    first = send(replaying, "/v1/embeddings", body)
    again = send(replaying, "/v1/embeddings", body)
    assert (result(first), result(again)) == ("miss", "hit") and first.body == again.body
    assert result(send(replaying, "/v1/embeddings", body | {"dimensions": 8})) == "miss"


def test_a_hit_costs_nothing_and_the_books_agree(start, counting):
    gateway = start(cached(counting.url + "/v1", {"ttl": "1h"}))
    replies = [say(gateway) for _ in range(4)] + [say(gateway, fields=["x-weir-cache: no-store"])]
    assert [result(reply) for reply in replies] == ["miss", "hit", "hit", "hit", "bypass"]
    assert len(counting.requests) == 2
    cost = (100 * 3 + 10 * 15.123457) / 1e6
    assert value(gateway, "weir_cost_usd_total") == pytest.approx(2 * cost)
    assert value(gateway, "weir_tokens_total") == 220
    assert value(gateway, "weir_cache_saved_usd_total", kind="exact", team="search") == pytest.approx(3 * cost)
    assert value(gateway, "weir_cache_saved_usd_total", team="shop") == 0
    assert value(gateway, "weir_cache_saved_tokens_total", kind="exact") == 330
    counts = {word: value(gateway, "weir_cache_requests_total", kind="exact", result=word)
              for word in ("hit", "miss", "bypass")}
    assert counts == {"hit": 3, "miss": 1, "bypass": 1}
    assert value(gateway, "weir_exchanges_total", outcome="completed") == 5
    assert value(gateway, "weir_attempts_total") == 2
    assert value(gateway, "weir_cache_entries", tier="memory") == 1
    assert 0 < value(gateway, "weir_cache_bytes", tier="memory") < value(gateway, "weir_cache_limit_bytes", tier="memory")
    assert gateway.stop() == 0
    rows = accounts.rows(gateway.directory / "weir.db", "exchanges")
    assert len(rows) == 2, "what made no attempt cost nothing, and the ledger says nothing of it"
    lines = gateway.access_log()
    assert sorted(line["cache"] for line in lines) == ["bypass", "hit", "hit", "hit", "miss"]
    hit = next(line for line in lines if line["cache"] == "hit")
    assert hit["cache_origin"] == replies[0].fields["x-weir-exchange-id"] and hit["attempts"] == 0
    assert float(hit["cache_saved_usd"]) == pytest.approx(cost)


def test_tenants_share_nothing(start, counting):
    gateway = start(cached(counting.url + "/v1"))
    assert [result(say(gateway, key=key)) for key in (KEY, OTHER_KEY, KEY, OTHER_KEY)] == ["miss", "miss", "hit", "hit"]
    mine, another = ["x-weir-end-user: u-1"], ["x-weir-end-user: u-2"]
    assert [result(say(gateway, fields=fields)) for fields in (mine, another, mine)] == ["miss", "miss", "hit"]
    assert result(say(gateway, user="u-1")) == "hit"


def test_age_is_kept_to(start, counting):
    gateway = start(cached(counting.url + "/v1", {"ttl": "1s"}))
    assert result(say(gateway)) == "miss"
    assert result(say(gateway, fields=["x-weir-cache: max-age=0"])) == "miss", "a fresh one is asked for"
    assert result(say(gateway)) == "hit"
    assert eventually(lambda: result(say(gateway)) == "miss", timeout=10, every=0.3)


def test_it_holds_no_more_than_it_may(start, counting):
    whole = cached(counting.url + "/v1")
    whole["cache"] = {"memory": "64KiB", "reply_max": "8KiB"}
    gateway = start(whole)
    with Connection(gateway.port, timeout=20) as connection:
        for number in range(60):
            connection.send(request(chat("smart", text=f"{number} " + "x" * 3000), key=KEY))
            assert connection.reply().status == 200
    assert value(gateway, "weir_cache_bytes", tier="memory") <= 65536
    assert value(gateway, "weir_cache_removals_total", tier="memory", reason="size") > 30
    assert result(say(gateway, text="59 " + "x" * 3000)) == "hit"
    assert result(say(gateway, text="0 " + "x" * 3000)) == "miss"
    assert [result(say(gateway, text="x" * 9000)) for _ in range(2)] == ["miss", "miss"], "too long to be kept"


def test_of_fifty_that_ask_the_same_at_once_one_asks(start):
    gate = threading.Event()

    def slow(request):
        gate.wait(10)
        return answer(request)

    upstream = RecordingUpstream(slow)
    answer.count = 0
    gateway = start(cached(upstream.url + "/v1", providers={"sim": provider(upstream.url + "/v1", timeouts={
        "connect": "1s", "first_byte": "20s", "idle": "20s", "total": "30s"})}))
    with ThreadPoolExecutor(50) as pool:
        waiting = [pool.submit(say, gateway) for _ in range(50)]
        assert eventually(lambda: value(gateway, "weir_exchanges_in_flight") == 50)
        gate.set()
        replies = [one.result() for one in waiting]
    upstream.close()
    assert {reply.status for reply in replies} == {200} and len(upstream.requests) == 1
    assert sorted(result(reply) for reply in replies) == ["hit"] * 49 + ["miss"]
    assert value(gateway, "weir_attempts_total") == 1


def test_a_reply_on_the_disk_outlives_a_restart(start, counting, tmp_path):
    whole = cached(counting.url + "/v1")
    whole["cache"] = {"disk": "16MiB"}
    first = start(whole, directory=tmp_path / "same")
    told = say(first)
    assert first.stop() == 0
    second = start(whole, directory=tmp_path / "same")
    again = say(second)
    assert result(again) == "hit" and again.body == told.body and len(counting.requests) == 1
    assert value(second, "weir_cache_entries", tier="disk") == 1
    assert result(say(second)) == "hit"


def test_what_a_fallback_or_a_reroute_said_is_not_kept(start, simulator):
    models = {"smart": [target("sim:error=503"), target("sim-fast")], "cheap": "sim-small", "dear": "sim-large"}
    gateway = start(cached(simulator.url, models=models))
    assert [result(say(gateway)) for _ in range(3)] == ["miss"] * 3
    whole = configuration(
        simulator.url, {"dear": "sim-large", "cheap": "sim-small"}, reroutes={"economy": {"dear": "cheap"}},
        budgets=[{"name": "small", "scope": {"team": "search"}, "limit": "1000 USD", "per": "month", "owner": "o", "rules": [
            {"name": "any", "when": "spent > 0 USD", "severity": "ticket", "then": {"reroute": "economy"}}]}])
    whole["models"]["dear"]["cache"] = {}
    gateway = start(whole)
    say(gateway, model="dear", text="spends")
    numbers = iter(range(10_000))
    assert eventually(lambda: "x-weir-reroute" in say(gateway, model="dear", text=f"moved {next(numbers)}").fields)
    replies = [say(gateway, model="dear", text="moved again") for _ in range(2)]
    assert all("x-weir-reroute" in reply.fields for reply in replies)
    assert [result(reply) for reply in replies] == ["miss", "miss"]
    assert result(say(gateway, model="dear", text="spends")) == "hit", "what was kept before is still said"


def test_a_failure_and_a_cut_stream_are_not_kept(start, simulator):
    gateway = start(cached(simulator.url, models={"smart": "sim:error=500"}))
    assert all(say(gateway).status >= 500 for _ in range(2))
    assert value(gateway, "weir_cache_entries", tier="memory") == 0
    cut = start(cached(simulator.url, models={"smart": "sim:tokens=20,abort_after=5"}))
    for _ in range(2):
        with Connection(cut.port) as connection:
            connection.send(request(chat("smart", stream=True), key=KEY))
            connection.is_closed(10)
    assert value(cut, "weir_cache_entries", tier="memory") == 0
    assert value(cut, "weir_cache_requests_total", kind="exact", result="miss") == 2


def test_a_paced_stream_comes_in_pieces(start, simulator):
    gateway = start(cached(
        simulator.url, {"replay": "paced", "pause_max": "20ms"}, models={"smart": "sim:tokens=12,gap=20ms"}))

    def pieces():
        with Connection(gateway.port, timeout=20) as connection:
            connection.send(request(chat("smart", stream=True), key=KEY))
            status, fields = connection.head()
            assert status == 200
            return fields["x-weir-cache"], list(connection.chunks())

    (first, told), (again, repeated) = pieces(), pieces()
    assert (first, again) == ("miss", "hit")
    assert b"".join(told) == b"".join(repeated) and len(repeated) > 5


def semantic(url, **settings):
    return cached(url, {"semantic": {"model": "vectors", "threshold": "70%", "deadline": "5s"} | settings},
                  models={"smart": "sim-fast", "vectors": "sim-embed"})


def test_a_question_that_means_the_same_is_answered_and_a_trap_is_not(collector, start, simulator):
    whole = semantic(simulator.url)
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole)
    first = say(gateway, text="How do I reset the router in Berlin after 30 days?")
    same = say(gateway, text="How can I reset the router in Berlin after 30 days?")
    assert (result(first), result(same)) == ("miss", "hit") and same.body == first.body
    assert float(same.fields["x-weir-cache-similarity"]) >= 0.7
    for trap in ("How do I reset the router in Berlin after 90 days?", "How do I reset the router in Munich after 30 days?",
                 "How do I not reset the router in Berlin after 30 days?"):
        assert result(say(gateway, text=trap)) == "miss", trap
    assert result(say(gateway, text="How could I reset the router in Berlin after 30 days?", key=OTHER_KEY)) == "miss"
    assert value(gateway, "weir_cache_requests_total", kind="semantic", result="hit") == 1
    assert value(gateway, "weir_cache_requests_total", kind="semantic", result="miss") == 5
    assert {trap: value(gateway, "weir_cache_near_misses_total", trap=trap) for trap in ("number", "name", "negation")} \
        == {"number": 1, "name": 1, "negation": 1}
    assert value(gateway, "weir_cost_usd_total", purpose="embedding") > 0
    assert value(gateway, "weir_cache_questions", route="smart") == 5
    # The span of the hit is linked to the exchange whose reply it is.
    root = eventually(lambda: next((span for span in collector.spans
                                    if span.attributes.get("weir.cache.kind") == "semantic"
                                    and span.name.startswith("POST")), None))
    assert root.attributes["weir.cache.origin"] == first.fields["x-weir-exchange-id"]
    assert root.attributes["weir.cache.similarity"] >= 0.7
    told = subprocess.run(
        [BINARY, "explain", same.fields["x-weir-exchange-id"]], capture_output=True, text=True,
        env=os.environ | SECRETS | {"WEIR_ADMIN_URL": gateway.urls["admin"], "WEIR_ADMIN_KEY": ADMIN_KEY})
    assert "semantic hit: what " + first.fields["x-weir-exchange-id"] in told.stdout, told


def test_vectors_that_come_too_late_are_a_miss(start, simulator):
    whole = semantic(simulator.url, deadline="100ms")
    whole["models"]["vectors"]["targets"] = [target("sim:head=3s")]
    gateway = start(whole)
    assert [result(say(gateway, text=text)) for text in ("One way?", "One way, or?", "One way?")] == ["miss", "miss", "hit"]
    assert value(gateway, "weir_cache_requests_total", kind="semantic", result="miss") == 2


def test_an_operator_looks_at_it_and_throws_it_away(start, counting):
    gateway = start(cached(counting.url + "/v1"))
    environment = os.environ | SECRETS | {"WEIR_ADMIN_URL": gateway.urls["admin"], "WEIR_ADMIN_KEY": ADMIN_KEY}

    def weir(*words):
        return subprocess.run([BINARY, "cache", *words], capture_output=True, text=True, env=environment)

    for key in (KEY, OTHER_KEY):
        say(gateway, key=key)
    stats = json.loads(weir("stats", "--output", "json").stdout)
    assert [tier["entries"] for tier in stats["tiers"]] == [2]
    assert "memory" in weir("stats").stdout
    assert "1 replies went from memory" in weir("purge", "--team", "shop", "--model", "smart").stdout
    assert [result(say(gateway, key=key)) for key in (KEY, OTHER_KEY)] == ["hit", "miss"]
    assert "2 replies went from memory" in weir("purge", "--all").stdout
    assert result(say(gateway)) == "miss"
    assert weir("purge", "--team", "nobody").returncode == 1 and weir("purge").returncode == 64
    assert value(gateway, "weir_cache_removals_total", tier="memory", reason="purge") == 3


def test_guardrails_look_at_what_is_said_again_and_a_reply_that_they_end_is_not_kept(start, counting):
    whole = cached(counting.url + "/v1", {"ttl": "1h"}, {"smart": "served"})
    whole["guardrails"] = {
        "mails": {"kind": "pii", "action": "mask"},
        "secret": {"kind": "words", "words": ["heron"], "phase": "output", "action": "block"}}
    gateway = start(whole)

    def said(text):
        reply = say(gateway, text)
        choice = json.loads(reply.body)["choices"][0]
        return result(reply), choice["finish_reason"], choice["message"]["content"]

    # One placeholder stands for both addresses: the request is the same, and each caller gets its own back.
    assert said("write to ann@mail.example.org") == ("miss", "stop", "1: write to ann@mail.example.org")
    assert said("write to bob@mail.example.org") == ("hit", "stop", "1: write to bob@mail.example.org")
    for count in (2, 3):
        kept, why, text = said("a heron")
        assert (kept, why) == ("miss", "content_filter") and "heron" not in (text or "") and answer.count == count
