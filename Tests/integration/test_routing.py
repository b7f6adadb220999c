"""Where requests go, and that they arrive: black holes, providers that die, pauses, retries, sessions."""
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import KEY, OTHER_KEY, Simulator, configuration, eventually, provider, target
from upstreams import JSON, RecordingUpstream, plain_chat
from wire import Closed, Connection, chat, request


@pytest.fixture
def black_hole():
    """Takes connections into its backlog and never reads one."""
    hole = socket.create_server(("127.0.0.1", 0), backlog=1024)
    yield f"http://127.0.0.1:{hole.getsockname()[1]}/v1"
    hole.close()


def value(gateway, name, **labels):
    return sum(float(number) for (series, pairs), number in gateway.metrics().items()
               if series == name and set(labels.items()) <= pairs)


def ask(gateway, model, fields=(), **more):
    with Connection(gateway.port, timeout=30) as connection:
        connection.send(request(chat(model, **more), key=KEY, fields=fields))
        return connection.reply()


def test_a_black_hole_is_ejected_within_five_seconds_and_requests_complete_elsewhere(start, simulator, black_hole):
    providers = {
        "hole": provider(black_hole, timeouts={"connect": "500ms", "first_byte": "1s"}), "sim": provider(simulator.url)}
    gateway = start(configuration(
        simulator.url, {"smart": [target("sim-fast", "hole"), target("sim-fast")]}, providers=providers))
    began, statuses, open_after = time.monotonic(), [], []

    def client():
        connection = Connection(gateway.port, timeout=30)
        while time.monotonic() < began + 6:
            connection.send(request(chat("smart", stream=len(statuses) % 2 == 0), key=KEY))
            statuses.append(connection.reply().status)
            time.sleep(0.02)
        connection.socket.close()

    def watch():
        while time.monotonic() < began + 6:
            if not open_after and value(gateway, "weir_breaker_state", provider="hole", state="open"):
                open_after.append(time.monotonic() - began)
            time.sleep(0.1)

    with ThreadPoolExecutor(21) as pool:
        for done in [pool.submit(watch)] + [pool.submit(client) for _ in range(20)]:
            done.result()
    assert open_after and open_after[0] <= 5
    assert len(statuses) > 300
    assert statuses.count(200) / len(statuses) >= 0.999
    attempts = value(gateway, "weir_attempts_total", provider="hole")
    assert attempts <= 45, "twenty clients before it was found out, then probes"
    assert value(gateway, "weir_target_ejections_total", provider="hole", reason="breaker") == 1
    assert value(gateway, "weir_exchanges_total", moved="fallback") == len(statuses)


def stream(gateway, model):
    """What one client sees: its bytes, and whether the stream came to a proper end of its framing."""
    with Connection(gateway.port, timeout=30) as connection:
        connection.send(request(chat(model, stream=True), key=KEY))
        status, fields = connection.head()
        body = b""
        if "chunked" not in fields.get("transfer-encoding", ""):
            return status, connection.exactly(int(fields["content-length"])), True, fields
        try:
            for chunk in connection.chunks():
                body += chunk
            return status, body, True, fields
        except Closed:
            return status, body, False, fields


def test_a_provider_that_dies_under_two_hundred_streams(start, simulator):
    """Half of its streams have said something, half have not. Recovery is probed, not stormed."""
    dying = Simulator()
    talking, silent = "sim:ttft=10ms,gap=100ms,tokens=100", "sim:ttft=20s,tokens=8"
    gateway = start(configuration(
        simulator.url,
        {"talking": [target(talking, "dying"), target("sim-fast")],
         "silent": [target(silent, "dying"), target("sim-fast")]},
        providers={"dying": provider(dying.url, timeouts={"first_byte": "30s", "idle": "30s"}),
                   "sim": provider(simulator.url)},
        routing={"breaker": {"cooldown": "1s"}}))
    with ThreadPoolExecutor(200) as pool:
        runs = [pool.submit(stream, gateway, model) for _ in range(100) for model in ("talking", "silent")]
        assert eventually(
            lambda: value(gateway, "weir_target_outstanding_attempts", provider="dying") == 200, timeout=15)
        time.sleep(1)
        port = dying.url.split(":")[2].split("/")[0]
        dying.kill()
        results = [run.result() for run in runs]
    for status, body, whole, fields in results[1::2]:
        assert status == 200 and whole and body.endswith(b"data: [DONE]\n\n")
        assert fields["x-weir-provider"] == "sim"
    for status, body, whole, fields in results[0::2]:
        assert status == 200 and fields["x-weir-provider"] == "dying"
        assert not whole and b'"content"' in body
        last = json.loads(body.rstrip().rsplit(b"data: ", 1)[1])
        assert last["error"] and b"[DONE]" not in body
    assert value(gateway, "weir_exchanges_in_flight") == 0
    tried = value(gateway, "weir_attempts_total", provider="dying")
    assert tried <= 260, "streams, and few that came while the breaker learned"

    # It stays away under load: a probe each second, no more.
    before, ends = tried, time.monotonic() + 3
    with ThreadPoolExecutor(10) as pool:
        def load(_):
            served = 0
            while time.monotonic() < ends:
                assert ask(gateway, "talking").status == 200
                served += 1
            return served
        served = sum(pool.map(load, range(10)))
    assert served > 100
    assert value(gateway, "weir_attempts_total", provider="dying") - before <= 8
    # And it comes back.
    again = Simulator(None, "--port", port)
    try:
        assert eventually(
            lambda: ask(gateway, "talking", max_tokens=1).status == 200
            and value(gateway, "weir_breaker_state", provider="dying", served_model=talking, state="closed") == 1,
            timeout=30, every=0.2)
    finally:
        again.stop()


def test_silence_before_the_first_token_leads_to_the_next_target(start, simulator):
    """A role came, and comments; then nothing. The client sees only what the second target says."""
    gateway = start(configuration(
        simulator.url,
        {"slow": [target("sim:ttft=20s,comments=3", "patient"), target("sim-fast")],
         "stalled": [target("sim:ttft=20s", "idle"), target("sim-fast")]},
        providers={
            "patient": provider(simulator.url, timeouts={"first_token": "400ms"}),
            "idle": provider(simulator.url, timeouts={"idle": "300ms", "first_byte": "400ms"}),
            "sim": provider(simulator.url)}))
    for model in ("slow", "stalled"):
        began = time.monotonic()
        status, body, whole, fields = stream(gateway, model)
        assert status == 200 and whole and body.endswith(b"data: [DONE]\n\n")
        assert fields["x-weir-provider"] == "sim"
        assert body.count(b'"role"') == 1, "of one target alone"
        assert time.monotonic() - began < 3
    failed = value(gateway, "weir_attempts_total", outcome="failed", reason="upstream_timeout")
    assert failed == 2


def test_a_pause_that_a_provider_asks_for_is_no_failure(start, simulator):
    gateway = start(configuration(
        simulator.url, {"smart": [target("sim:error=503,retry_after=30"), target("sim-fast")]}))
    for _ in range(10):
        assert ask(gateway, "smart").status == 200
    assert value(gateway, "weir_attempts_total", outcome="failed") == 1
    assert value(gateway, "weir_target_ejections_total", reason="pause") == 1
    assert value(gateway, "weir_breaker_state", state="open") == 0
    assert value(gateway, "weir_exchanges_total", moved="fallback") == 10


def test_retries_serve_within_their_budget(start):
    refusals = {"left": 1}
    lock = threading.Lock()

    def answer(asked):
        with lock:
            refusals["left"] -= 1
            failing = refusals["left"] >= 0
        return (500, JSON, b'{"error":{"message":"no","type":"server_error"}}') if failing else plain_chat(asked)

    upstream = RecordingUpstream(answer)
    try:
        gateway = start(configuration(
            upstream.url + "/v1", {"smart": "served"},
            routing={"retries": {"per_target": 1, "backoff": "10ms"},
                     "breaker": {"failures": 1_000_000, "minimum": 1_000_000}}))
        assert ask(gateway, "smart").status == 200
        assert len(upstream.requests) == 2
        assert value(gateway, "weir_cost_usd_total", purpose="retry") > 0
        assert value(gateway, "weir_exchanges_total", moved="no") == 1
        refusals["left"] = 1_000_000
        for _ in range(100):
            assert ask(gateway, "smart").status == 500
        made = value(gateway, "weir_retries_total", result="made")
        assert 20 <= made <= 31, "a fifth of 101, and the ten that were saved up"
        assert len(upstream.requests) == 101 + made
        assert value(gateway, "weir_retries_total", result="budget") == 101 - made
    finally:
        upstream.close()


def test_a_session_stays_and_no_provider_hears_of_it(start):
    upstreams = [RecordingUpstream() for _ in range(4)]
    try:
        names = [f"p{number}" for number in range(4)]
        gateway = start(configuration(
            "", {"smart": [target("served", name) for name in names]},
            providers={name: provider(upstream.url + "/v1") for name, upstream in zip(names, upstreams)}))
        path = gateway.directory / "weir.yaml"
        whole = json.loads(path.read_text())
        whole["models"]["smart"] |= {"strategy": "sticky"}
        gateway = start(whole)
        for session in range(12):
            served = {ask(gateway, "smart", [f"X-Weir-Session: s{session}"]).fields["x-weir-provider"] for _ in range(3)}
            assert len(served) == 1
        counts = [len(upstream.requests) for upstream in upstreams]
        assert sum(counts) == 36 and max(counts) < 36
        for upstream in upstreams:
            assert not any(name.startswith("x-weir") for asked in upstream.requests for name in asked["fields"])
        moved = value(gateway, "weir_exchanges_total", moved="weight")
        assert moved == 36 - counts[0]
    finally:
        for upstream in upstreams:
            upstream.close()


def test_the_fast_one_the_cheap_one_and_the_able_one(start, simulator):
    slow, quick = "sim:ttft=150ms", "sim:ttft=5ms"
    whole = configuration(simulator.url, {
        "fast": [target(slow), target(quick)], "cheap": [target(slow), target(quick)],
        "able": [target(slow, lacks=["tools"]), target(quick)]})
    whole["models"]["fast"]["strategy"] = "lowest_latency"
    whole["models"]["cheap"]["strategy"] = "lowest_cost"
    for price in whole["prices"]["overrides"]:
        if price["model"] == quick:
            price |= {"input": "0.1", "output": "0.5"}
    gateway = start(whole)
    for model in ("fast", "cheap"):
        served = [stream(gateway, model)[3]["x-weir-model"] for _ in range(20)]
        assert served.count(quick) >= 17, "all but those who look"
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert ask(gateway, "able", tools=tools).fields["x-weir-model"] == quick
    assert ask(gateway, "able").fields["x-weir-model"] == slow
    for moved, route in (("latency", "fast"), ("cost", "cheap"), ("content", "able")):
        assert value(gateway, "weir_exchanges_total", moved=moved, route=route) >= 1
    assert value(gateway, "weir_target_first_token_estimate_seconds", served_model=slow) >= 0.15


def test_targets_are_for_the_requests_that_meet_their_conditions(start, simulator):
    gateway = start(configuration(simulator.url, {"smart": [
        target("sim-large", when={"team": "shop"}),
        target("sim-small", when={"header": "x-tier: gold", "prompt_tokens_max": 100}),
        target("sim-fast")]}))
    assert ask(gateway, "smart").fields["x-weir-model"] == "sim-fast"
    assert ask(gateway, "smart", ["X-Tier: gold"]).fields["x-weir-model"] == "sim-small"
    assert ask(gateway, "smart", ["X-Tier: gold"], text="x" * 500).fields["x-weir-model"] == "sim-fast"
    with Connection(gateway.port) as connection:
        connection.send(request(chat("smart"), key=OTHER_KEY))
        assert connection.reply().fields["x-weir-model"] == "sim-large"
    assert value(gateway, "weir_exchanges_total", moved="content") == 3
