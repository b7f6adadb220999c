"""A collector goes away under load: no request is slower, memory is bounded, every loss is counted, and what waited on
disk arrives in order. WEIR_OUTAGE_SECONDS: how long it stays away."""
import os
import re
import socket
import statistics
import threading
import time
from pathlib import Path

import pytest

from collector import Collector
from gateway import KEY, Gateway, configuration, eventually
from wire import Connection, chat, request

OUTAGE = float(os.environ.get("WEIR_OUTAGE_SECONDS", "12"))
CALM = 4.0
MIB = 1 << 20
ENVIRONMENT = {
    "OTEL_EXPORTER_OTLP_TIMEOUT": "2000",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "64"}


class Load(threading.Thread):
    """Requests one after another, at most so many a second; `times`: when each began and how long it took."""

    def __init__(self, port, each_second=25):
        super().__init__(daemon=True)
        self.port, self.pause, self.times, self.over = port, 1 / each_second, [], threading.Event()
        self.start()

    def run(self):
        data = request(chat("smart"), key=KEY)
        with Connection(self.port) as connection:
            while not self.over.is_set():
                began = time.monotonic()
                connection.send(data)
                assert connection.reply().status == 200
                self.times.append((began, time.monotonic() - began))
                self.over.wait(max(0, self.pause - (time.monotonic() - began)))


def spans(gateway, destination, signal="traces"):
    """(exported, dropped, waiting on disk)."""
    sums = {"weir_spans_exported_total": 0, "weir_spans_dropped_total": 0, "weir_spool_items": 0}
    for (name, labels), value in gateway.metrics().items():
        if name in sums and {"destination": destination, "signal": signal}.items() <= dict(labels).items():
            sums[name] += int(float(value))
    return tuple(sums.values())


def has_settled(gateway, sink, made):
    """Whether all that was made has reached the collector that was there all the time."""
    waiting = sum(
        float(value) for (name, labels), value in gateway.metrics().items()
        if name.startswith("otel_sdk_") and name.endswith(("_queue_size", "_span_inflight"))
        and not ("inflight" in name and "/away" in dict(labels)["otel_component_name"]))
    return len(sink.roots()) == made and waiting == 0


def resident(gateway):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{gateway.pid}/status").read_text())[1]) * 1024


def quantiles(times):
    """The middle and the slow ones; further out it is the machine that speaks, not the gateway."""
    cuts = statistics.quantiles(times, n=20)
    return cuts[9], cuts[18]


def spooling(simulator, away, sink, **spool):
    whole = configuration(simulator.url, {"smart": "sim-small"})
    whole["telemetry"] |= {
        "destinations": {
            "away": {"endpoint": away, "signals": ["traces", "logs"]}, "sink": {"endpoint": sink, "signals": ["traces"]}},
        "spool": {"path": "spool"} | spool}
    return whole


@pytest.fixture
def sink():
    server = Collector()
    yield server
    server.close()


@pytest.mark.parametrize("kind", ["gone", "silent"])
def test_nobody_notices_but_the_disk(start, simulator, sink, kind):
    away = Collector()
    gateway = start(spooling(simulator, away.url, sink.url), ENVIRONMENT)
    load = [Load(gateway.port) for _ in range(4)]
    time.sleep(CALM)
    memory, port, left = resident(gateway), away.port, time.monotonic()
    away.close()
    # One that accepts and says nothing is worse than one that is not there.
    silent = socket.create_server(("127.0.0.1", port), backlog=64) if kind == "silent" else None
    peak, until = 0, left + OUTAGE
    while time.monotonic() < until:
        peak = max(peak, resident(gateway))
        time.sleep(0.25)
    for one in load:
        one.over.set()
    for one in load:
        one.join(10)
    made = sum(len(one.times) for one in load)
    times = [(began, took) for one in load for began, took in one.times]
    # The first second of all is that of first connections.
    before = [took for began, took in times if left - CALM + 1 < began < left - 0.1]
    during = [took for began, took in times if began >= left]
    assert len(during) > len(before) * OUTAGE / CALM / 2, "the load went on"
    (middle, slow), (middle_during, slow_during) = quantiles(before), quantiles(during)
    assert middle_during < middle * 1.5 + 0.003, (middle, middle_during)
    assert slow_during < slow * 2 + 0.030, (slow, slow_during)
    assert peak - memory < 48 * MIB, (memory, peak)

    assert eventually(lambda: has_settled(gateway, sink, made), 20)
    total = len(sink.spans)
    assert sum(spans(gateway, "sink")) == total
    assert eventually(lambda: sum(spans(gateway, "away")) == total, 20), (spans(gateway, "away"), total)
    assert spans(gateway, "away")[2] > 0
    if silent:
        silent.close()
    back = Collector(port)
    assert eventually(lambda: spans(gateway, "away")[2] == 0 and spans(gateway, "away", "logs")[2] == 0, 40)
    exported, dropped, _ = spans(gateway, "away")
    assert exported + dropped == total and dropped == 0
    arrived = {span.span_id for span in away.spans + back.spans}
    assert arrived == {span.span_id for span in sink.spans}
    roots = back.roots()
    assert all(later.end - earlier.end > -1e9 for earlier, later in zip(roots, roots[1:])), "in order"
    assert not any((gateway.directory / "spool" / "traces.away").iterdir()), "nothing is left on disk"
    back.close()


def test_without_a_spool_every_loss_is_counted(start, simulator, sink):
    away = Collector()
    whole = spooling(simulator, away.url, sink.url)
    del whole["telemetry"]["spool"]
    gateway = start(whole, ENVIRONMENT | {"OTEL_BSP_MAX_QUEUE_SIZE": "256"})
    port = away.port
    away.close()
    load = [Load(gateway.port) for _ in range(3)]
    assert eventually(lambda: spans(gateway, "away")[1] > 0, 30), "the queue has an end"
    for one in load:
        one.over.set()
    for one in load:
        one.join(10)
    made = sum(len(one.times) for one in load)
    assert eventually(lambda: len(sink.roots()) == made, 20)
    total, back = len(sink.spans), Collector(port)
    assert eventually(lambda: sum(spans(gateway, "away")[:2]) == total, 40), (spans(gateway, "away"), total)
    exported, dropped, waiting = spans(gateway, "away")
    assert exported == len(away.spans) + len(back.spans) and dropped == total - exported and waiting == 0
    arrived = {span.span_id for span in away.spans + back.spans}
    assert arrived < {span.span_id for span in sink.spans} and len(arrived) == exported
    assert gateway.stop() == 0
    back.close()


def test_what_waits_survives_the_process(simulator, sink, tmp_path):
    away = Collector()
    port = away.port
    away.close()
    whole = spooling(simulator, away.url, sink.url)
    first = Gateway(tmp_path, whole, ENVIRONMENT)
    load = Load(first.port)
    assert eventually(lambda: spans(first, "away")[2] > 50 and spans(first, "away", "logs")[2] > 10, 20)
    load.over.set()
    load.join(10)
    assert eventually(lambda: has_settled(first, sink, len(load.times)), 10)
    assert sum(spans(first, "away")) == sum(spans(first, "sink")) == len(sink.spans)
    # The audit log's entries, of the start for instance, are records too.
    audited = sum(int(value) for (name, _), value in first.metrics().items() if name == "weir_audit_entries_total")
    assert eventually(lambda: sum(spans(first, "away", "logs")) == len(load.times) + audited, 10)
    first.kill()
    back = Collector(port)
    second = Gateway(tmp_path, whole, ENVIRONMENT)
    assert eventually(lambda: {span.span_id for span in back.spans} == {span.span_id for span in sink.spans}, 20)
    assert eventually(lambda: len(back.of_event("weir.exchange")) == len(load.times), 10)
    assert second.stop() == 0
    back.close()


def test_a_directory_that_cannot_be_used_stops_nothing(start, simulator, sink, tmp_path):
    in_the_way = tmp_path / "spool"
    in_the_way.write_text("a file")
    gateway = start(spooling(simulator, "http://127.0.0.1:9", sink.url, path=str(in_the_way)), ENVIRONMENT)
    gateway.wait_for(r"telemetry\.spool: .* nothing is spooled")
    load = Load(gateway.port)
    assert eventually(lambda: len(load.times) > 5, 10)
    load.over.set()
    load.join(10)
