"""What clients send never makes /metrics or the gateway's memory grow; what a reload takes out goes away by and by."""
import json
import signal
import statistics
import threading
import time
import uuid

from gateway import KEY, configuration, eventually, parse_exposition
from wire import Connection, chat, request


def page(gateway):
    return gateway.get(gateway.metrics_url, {"Accept": "text/plain;version=0.0.4"})[2].decode()


def resident(gateway):
    return float(parse_exposition(page(gateway))["process_resident_memory_bytes", frozenset()])


def strange(number):
    """A request full of names that nobody declared."""
    word = f"random-{uuid.uuid4().hex}"
    fields = [
        f"user-agent: {word}", f"x-weir-tags: team={word},app={word}", f"x-weir-session: {word}",
        f"x-weir-end-user: {word}", f"traceparent: 00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01",
        f"tracestate: {word[:20]}=1", f"baggage: {word}={word}", f"x-{word}: {word}",
    ]
    match number % 5:
        case 0: return request(chat(word), key=KEY, fields=fields)
        case 1: return request(chat("fast"), key="sk-" + word, fields=fields)
        case 2: return request(chat("fast"), key=KEY, path=f"/v1/{word}", fields=fields)
        case 3: return request(chat(f"sim:tokens=1,tier={word}"), key=KEY, path="/providers/sim/chat/completions",
                               fields=fields)
        case _: return request(chat("fast", user=word, metadata={word: word}), key=KEY, fields=fields)


def test_random_names_leave_the_page_and_the_memory_as_they_are(start, simulator):
    gateway = start(configuration(simulator.url, {"fast": "sim:tokens=1"}))

    def send(count):
        with Connection(gateway.port) as connection:
            for number in range(count):
                connection.send(strange(number))
                connection.reply()

    send(600)
    size, memory = len(page(gateway)), resident(gateway)
    send(3_000)
    text = page(gateway)
    assert "random-" not in text
    assert len(text) < size * 1.1 and len(text) < 400_000, (size, len(text))
    assert resident(gateway) < memory + 24 * 2**20, (memory, resident(gateway))


def test_series_of_what_a_reload_took_out_go_and_their_money_stays(start, simulator):
    whole = configuration(simulator.url, {"fast": "sim-fast", "small": "sim-small"})
    whole["telemetry"]["series_idle"] = "1s"
    gateway = start(whole)
    for model in ("fast", "small"):
        with Connection(gateway.port) as connection:
            connection.send(request(chat(model), key=KEY))
            assert connection.reply().status == 200
    assert 'weir_exchanges_total{operation="chat",route="small"' in page(gateway)
    del whole["models"]["small"]
    (gateway.directory / "weir.yaml").write_text(json.dumps(whole))
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_for("reloaded")
    gone = eventually(lambda: 'weir_exchanges_total{operation="chat",route="small"' not in page(gateway), 20, 0.3)
    assert gone, "the series of a route that is gone stay"
    text = page(gateway)
    assert 'weir_cost_usd_total{team="search",route="small",provider="sim",served_model="sim-small"' in text
    assert 'weir_exchanges_total{operation="chat",route="fast"' in text
    assert 'weir_exchange_duration_seconds_count{operation="chat",provider="sim",served_model="sim-fast"} 1' in text


def test_a_scrape_of_many_series_does_not_hold_the_loops_up(start, simulator):
    """Scrapes follow one another under load; were they made on the loops, timers would run late by about half of one."""
    whole = configuration(simulator.url, {f"model-{number}": f"sim:tokens={number + 1}" for number in range(50)})
    whole["teams"] |= {f"team-{number}": {"owner": "a"} for number in range(60)}
    whole["telemetry"]["series_max"] = 1_000_000
    gateway = start(whole)
    ended = threading.Event()

    def load():
        with Connection(gateway.port) as connection:
            while not ended.is_set():
                connection.send(request(chat("model-1"), key=KEY))
                connection.reply()

    def lag():
        found = parse_exposition(page(gateway))
        return {dict(labels)["le"]: float(value) for (name, labels), value in found.items()
                if name == "weir_event_loop_lag_seconds_bucket"}

    thread = threading.Thread(target=load)
    thread.start()
    try:
        before, taken, began = lag(), [], time.monotonic()
        while time.monotonic() - began < 8:
            scraped = time.monotonic()
            text = page(gateway)
            taken.append(time.monotonic() - scraped)
        after = lag()
    finally:
        ended.set()
        thread.join()
    assert text.count("\n") > 14_000
    probes = after["+Inf"] - before["+Inf"]
    bound = next(float(le) for le, count in after.items() if count - before[le] >= probes / 2)
    print(f"scrapes of {text.count(chr(10))} lines take {statistics.median(taken):.3f} s; median lag <= {bound} s")
    assert probes >= 10
    assert bound <= max(0.025, statistics.median(taken) / 5), (bound, taken)
