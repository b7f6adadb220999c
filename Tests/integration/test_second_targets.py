"""Targets beside the first: races for the first token, canaries, shadows."""
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from gateway import KEY, configuration, eventually, target
from wire import Connection, chat, request


def value(gateway, name, **labels):
    return sum(float(number) for (series, pairs), number in gateway.metrics().items()
               if series == name and set(labels.items()) <= pairs)


def ask(gateway, model, stream=False):
    with Connection(gateway.port, timeout=30) as connection:
        connection.send(request(chat(model, stream=stream), key=KEY))
        return connection.reply()


def begun(simulator, models, **changes):
    whole = configuration(simulator.url, models)
    for name, settings in changes.items():
        whole["models"][name] |= settings
    return whole


def test_whoever_speaks_first_serves(start, simulator):
    slow = "sim:ttft=1800ms,tokens=5"
    gateway = start(begun(
        simulator, {"raced": [target(slow), target("sim-fast")], "won": [target("sim-fast"), target(slow)]},
        raced={"hedge": {"after": "150ms", "at_most": "100%"}}, won={"hedge": {"after": "1500ms", "at_most": "100%"}}))
    for stream in (True, False):
        reply = ask(gateway, "raced", stream)
        assert reply.status == 200 and reply.fields["x-weir-model"] == "sim-fast"
        assert ask(gateway, "won", stream).fields["x-weir-model"] == "sim-fast"
    assert value(gateway, "weir_hedges_total", route="raced", result="won") == 2
    assert value(gateway, "weir_hedges_total", route="won") == 0
    assert value(gateway, "weir_exchanges_total", moved="hedge", outcome="completed") == 2
    assert value(gateway, "weir_attempts_total", served_model=slow, reason="interrupted") == 2
    assert value(gateway, "weir_cost_usd_total", served_model=slow, purpose="aborted") > 0, "its prompt was sent"
    assert value(gateway, "weir_target_outstanding_attempts") == 0
    assert value(gateway, "weir_breaker_state", state="open") == 0


def test_a_canary_that_fails_is_halted_and_no_client_notices(start, simulator):
    bad = "sim:error=500"
    gateway = start(begun(
        simulator, {"smart": "sim-fast"},
        smart={"canary": {"target": target(bad), "share": "50%", "halt": {"errors": "+5%", "after": 20}}})
        | {"routing": {"breaker": {"failures": 1_000_000, "minimum": 1_000_000}}})

    def client(_):
        statuses, ends = set(), time.monotonic() + 20
        while time.monotonic() < ends and not value(gateway, "weir_canary_state", state="halted"):
            statuses |= {ask(gateway, "smart").status for _ in range(20)}
        return statuses

    with ThreadPoolExecutor(2) as pool:
        assert set().union(*pool.map(client, range(2))) == {200}
    assert value(gateway, "weir_canary_state", route="smart", served_model=bad, state="halted") == 1
    assert value(gateway, "weir_canary_halts_total", cause="errors") == 1
    tried = value(gateway, "weir_attempts_total", served_model=bad)
    assert tried >= 20
    for _ in range(40):
        assert ask(gateway, "smart").fields["x-weir-model"] == "sim-fast"
    assert value(gateway, "weir_attempts_total", served_model=bad) == tried
    assert eventually(lambda: value(gateway, "weir_audit_entries_total", action="canary.halt") == 1)
    # A restart is no reason to try again.
    path = gateway.directory / "weir.yaml"
    assert gateway.stop() == 0
    gateway = start(json.loads(path.read_text()), directory=gateway.directory)
    assert value(gateway, "weir_canary_state", route="smart", served_model=bad, state="halted") == 1
    assert {ask(gateway, "smart").fields["x-weir-model"] for _ in range(20)} == {"sim-fast"}
    # It begins anew where the configuration changes it.
    path.write_text(path.read_text().replace("sim:error=500", "sim-small"))
    gateway.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: value(gateway, "weir_canary_state", served_model="sim-small", state="running") == 1)
    assert eventually(lambda: value(gateway, "weir_audit_entries_total", action="canary.reset") == 1)
    served = [ask(gateway, "smart").fields["x-weir-model"] for _ in range(30)]
    assert "sim-small" in served and "sim-fast" in served
    assert value(gateway, "weir_exchanges_total", moved="canary", served_model="sim-small") == served.count("sim-small")


def test_a_shadow_is_shown_copies_and_no_client_waits_for_it(start, simulator):
    slow = "sim:ttft=700ms,tokens=9"
    gateway = start(begun(
        simulator, {"smart": "sim-fast", "priced": slow},
        smart={"shadow": {"target": target(slow), "share": "100%", "in_flight_max": 4}}))
    began = time.monotonic()
    for stream in (True, False):
        reply = ask(gateway, "smart", stream)
        assert reply.status == 200 and reply.fields["x-weir-model"] == "sim-fast"
    assert time.monotonic() - began < 5
    assert eventually(lambda: value(gateway, "weir_shadows_total", route="smart", result="both_completed") == 2)
    assert value(gateway, "weir_exchanges_total") == 2, "a copy is no client's exchange"
    assert value(gateway, "weir_exchanges_in_flight") == 0
    assert value(gateway, "weir_cost_usd_total", served_model=slow, purpose="shadow", team="search") > 0
    assert value(gateway, "weir_attempts_total", served_model=slow, outcome="completed") == 2
    assert value(gateway, "weir_shadow_output_tokens_total", side="shadow") == 18
    assert value(gateway, "weir_shadow_seconds_total", side="shadow") > 1
    # More than may be under way at once are dropped.
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: ask(gateway, "smart").status, range(24))) == {200}
    assert value(gateway, "weir_shadows_total", result="dropped") >= 1
    assert eventually(
        lambda: sum(value(gateway, "weir_shadows_total", result=result) for result in ("both_completed", "dropped")) == 26)
    assert eventually(lambda: (gateway.directory / "access.log").read_text().count('"purpose":"shadow"') >= 2)
