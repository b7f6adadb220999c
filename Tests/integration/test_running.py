"""Readiness, draining, reload, and what must survive."""
import json
import os
import signal
import threading
import time

import pytest

from gateway import KEY, OTHER_KEY, Gateway, configuration, eventually
from wire import Closed, Connection, chat, request

SLOW = "sim:ttft=20ms,gap=50ms,tokens=40"


def probe(gateway, path):
    return gateway.get(gateway.urls["metrics"] + path)[0]


def test_the_metrics_port_answers_its_three_paths_and_nothing_else(gateway):
    assert [probe(gateway, path) for path in ("/metrics", "/healthz", "/readyz")] == [200, 200, 200]
    assert [probe(gateway, path) for path in ("/", "/api/v1/ledger", "/v1/models")] == [404, 404, 404]


def test_the_admin_port_wants_its_key_for_reads_too(gateway):
    for path in ("/", "/api/v1/exchanges"):
        assert gateway.get(gateway.urls["admin"] + path)[0] == 401
        assert gateway.get(gateway.urls["admin"] + path, {"Authorization": f"Bearer {KEY}"})[0] == 401


def test_a_stream_ends_well_while_the_gateway_drains(start, simulator):
    whole = configuration(simulator.url, {"slow": SLOW, "fast": "sim-fast"})
    gateway = start(whole | {"drain": {"delay": "700ms", "deadline": "10s"}})
    with Connection(gateway.port) as streaming, Connection(gateway.port) as late:
        streaming.send(request(chat("slow", stream=True), key=KEY))
        status, _ = streaming.head()
        gateway.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: probe(gateway, "/readyz") == 503, 3, 0.02)
        late.send(request(chat("fast"), key=KEY))
        reply = late.reply()
        assert reply.status == 200 and reply.fields["connection"].lower() == "close"
        body = b"".join(streaming.chunks())
        assert status == 200 and body.endswith(b"data: [DONE]\n\n")
    assert gateway.process.wait(10) == 0
    assert [line["outcome"] for line in gateway.access_log()] == ["completed", "completed"]


def test_a_stream_that_outlasts_the_deadline_is_cut_and_accounted(start, simulator):
    whole = configuration(simulator.url, {"endless": "sim:ttft=10ms,gap=100ms,tokens=1000"})
    gateway = start(whole | {"drain": {"delay": "0s", "deadline": "500ms"}})
    with Connection(gateway.port) as connection:
        connection.send(request(chat("endless", stream=True), key=KEY))
        connection.head()
        chunks = connection.chunks()
        assert next(chunks).startswith(b"data:")
        began = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        with pytest.raises(Closed):
            b"".join(chunks)
    assert gateway.process.wait(10) == 0
    assert time.monotonic() - began < 5
    lines = gateway.access_log()
    assert len(lines) == 1 and lines[0]["outcome"] != "completed" and lines[0]["accounted"]


def test_a_reload_changes_the_routes_and_a_bad_one_changes_nothing(start, simulator):
    whole = configuration(simulator.url, {"fast": "sim-fast"})
    gateway = start(whole)

    def status_of(model):
        with Connection(gateway.port) as connection:
            connection.send(request(chat(model), key=KEY))
            return connection.reply().status

    def reload(text, successful):
        before = reloads()
        (gateway.directory / "weir.yaml").write_text(text)
        os.kill(gateway.pid, signal.SIGHUP)
        assert eventually(lambda: reloads() > before)
        assert gateway.metrics()["weir_config_last_reload_successful", frozenset()] == successful

    def reloads():
        return sum(float(v) for (name, _), v in gateway.metrics().items() if name == "weir_config_reloads_total")

    assert (status_of("fast"), status_of("new")) == (200, 404)
    reload(json.dumps(configuration(simulator.url, {"fast": "sim-fast", "new": "sim-small"})), "1")
    assert (status_of("fast"), status_of("new")) == (200, 200)
    reload("weir: [", "0")
    assert (status_of("fast"), status_of("new")) == (200, 200)


def test_the_sums_survive_a_restart(start, simulator, tmp_path):
    whole = configuration(simulator.url, {"fast": "sim-fast"})
    gateway = start(whole)
    for key in (KEY, OTHER_KEY):
        with Connection(gateway.port) as connection:
            connection.send(request(chat("fast"), key=key))
            assert connection.reply().status == 200

    def spend(program):
        return {labels: value for (name, labels), value in program.metrics().items()
                if name == "weir_spend_usd" and ("window", "month") in labels}

    assert eventually(lambda: len([v for v in spend(gateway).values() if v != "0"]) == 2)
    before = spend(gateway)
    gateway.kill()
    again = Gateway(gateway.directory, whole)
    try:
        assert eventually(lambda: spend(again) == before), (before, spend(again))
    finally:
        again.stop()


def test_a_client_that_does_not_read_does_not_grow_the_gateway(start, simulator):
    """Back-pressure: an upstream of tens of megabytes, and clients that take nothing of it."""
    gateway = start(configuration(simulator.url, {"flood": "sim:tokens=100000,batch=200"}))

    def resident():
        with open(f"/proc/{gateway.pid}/status") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])

    before, idle = resident(), []
    for _ in range(20):
        connection = Connection(gateway.port)
        connection.send(request(chat("flood", stream=True), key=KEY))
        idle.append(connection)
    time.sleep(1.5)
    grown = resident() - before
    for connection in idle:
        connection.socket.close()
    assert grown < 60_000, f"{grown} kB for 20 streams that nobody reads"


def test_many_exchanges_at_once_are_all_answered(gateway):
    statuses = []

    def ask():
        with Connection(gateway.port) as connection:
            for _ in range(10):
                connection.send(request(chat("fast"), key=KEY))
                statuses.append(connection.reply().status)

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 400
