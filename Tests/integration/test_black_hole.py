"""Providers that stop answering, with nothing configured but two targets."""
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from gateway import KEY, configuration, eventually, provider, target
from upstreams import JSON, RecordingUpstream, plain_chat
from wire import Connection, chat, request


def value(gateway, name, **labels):
    return sum(float(number) for (series, pairs), number in gateway.metrics().items()
               if series == name and set(labels.items()) <= pairs)


class Deaf:
    """A port whose queue is full: the system drops every further request for a connection."""

    def __init__(self):
        self._port = socket.create_server(("127.0.0.1", 0), backlog=0)
        self._waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(self._port.getsockname())
            self._waiting.append(client)
        self.url = f"http://127.0.0.1:{self._port.getsockname()[1]}/v1"

    def close(self):
        for client in self._waiting:
            client.close()
        self._port.close()


def test_black_holes_are_left_alone_and_every_request_completes_elsewhere(start, simulator):
    deaf = Deaf()
    mute = socket.create_server(("127.0.0.1", 0), backlog=1024)
    try:
        gateway = start(configuration(
            simulator.url,
            {"deaf": [target("sim-fast", "deaf"), target("sim-fast")],
             "mute": [target("sim-fast", "mute"), target("sim-fast")]},
            providers={"deaf": provider(deaf.url, timeouts={}), "sim": provider(simulator.url),
                       "mute": provider(f"http://127.0.0.1:{mute.getsockname()[1]}/v1", timeouts={})}))
        began = time.monotonic()

        def client(number):
            statuses, longest = [], 0
            while time.monotonic() < began + 5:
                asked = time.monotonic()
                with Connection(gateway.port, timeout=30) as connection:
                    connection.send(request(chat(("deaf", "mute")[number % 2], stream=number % 4 < 2), key=KEY))
                    statuses.append(connection.reply().status)
                longest = max(longest, time.monotonic() - asked)
                time.sleep(0.05)
            return statuses, longest

        with ThreadPoolExecutor(12) as pool:
            results = list(pool.map(client, range(12)))
        statuses = [status for each, _ in results for status in each]
        assert set(statuses) == {200}
        # 3.6 seconds by design; the rest is for slow machines.
        assert max(longest for _, longest in results) < 8
        for name in ("deaf", "mute"):
            assert value(gateway, "weir_breaker_state", provider=name, state="open") == 1
            assert value(gateway, "weir_target_ejections_total", provider=name) >= 1
            assert value(gateway, "weir_attempts_total", provider=name, outcome="completed") == 0
        assert value(gateway, "weir_target_ejections_total", provider="mute", reason="silence") == 1
        assert value(gateway, "weir_provider_questions_total", provider="mute", result="unanswered") >= 2
        assert value(gateway, "weir_exchanges_total", moved="fallback") == len(statuses)
    finally:
        deaf.close()
        mute.close()


def test_a_provider_that_thinks_for_long_is_asked_and_waited_for(start, simulator):
    def answer(asked):
        if asked["method"] == "GET":
            return 404, JSON, b"{}"
        time.sleep(4)
        return plain_chat(asked)

    slow = RecordingUpstream(answer)
    try:
        gateway = start(configuration(
            simulator.url, {"smart": [target("served", "slow"), target("sim-fast")]},
            providers={"slow": provider(slow.url + "/v1", timeouts={}), "sim": provider(simulator.url)}))
        with Connection(gateway.port, timeout=30) as connection:
            connection.send(request(chat("smart"), key=KEY))
            reply = connection.reply()
        assert reply.status == 200 and reply.fields["x-weir-provider"] == "slow"
        questions = [asked for asked in slow.requests if asked["method"] == "GET"]
        assert 1 <= len(questions) <= 3
        assert all("authorization" not in asked["fields"] for asked in questions), "no key goes along"
        assert eventually(lambda: value(gateway, "weir_provider_questions_total", result="answered") == len(questions))
        assert value(gateway, "weir_target_ejections_total") == 0
    finally:
        slow.close()


def test_a_provider_that_fails_its_checks_is_left_alone_until_it_passes_one(start, simulator):
    health = {"status": 503}

    def answer(asked):
        return (health["status"], JSON, b"{}") if asked["method"] == "GET" else plain_chat(asked)

    sick = RecordingUpstream(answer)
    try:
        gateway = start(configuration(
            simulator.url, {"smart": [target("served", "sick"), target("sim-fast")]},
            providers={"sim": provider(simulator.url), "sick": provider(sick.url + "/v1", health={
                "interval": "1s", "timeout": "500ms", "path": "/health", "failures": 2})},
            routing={"breaker": {"cooldown": "100ms"}}))
        assert eventually(lambda: value(gateway, "weir_breaker_state", provider="sick", state="open") == 1)
        assert value(gateway, "weir_provider_healthy", provider="sick") == 0
        with Connection(gateway.port, timeout=30) as connection:
            connection.send(request(chat("smart"), key=KEY))
            assert connection.reply().fields["x-weir-provider"] == "sim"
        assert all(asked["path"] == "/v1/health" and "authorization" in asked["fields"] for asked in sick.requests)
        assert value(gateway, "weir_attempts_total", provider="sick") == 0, "no check is a request"
        assert value(gateway, "weir_target_ejections_total", provider="sick", reason="health") == 1
        health["status"] = 200
        assert eventually(lambda: value(gateway, "weir_provider_healthy", provider="sick") == 1)

        def served():
            with Connection(gateway.port, timeout=30) as connection:
                connection.send(request(chat("smart"), key=KEY))
                return connection.reply().fields["x-weir-provider"]

        assert eventually(lambda: served() == "sick", timeout=15, every=0.2)
    finally:
        sick.close()
