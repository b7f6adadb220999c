"""Budgets hold to the last digit, act, say so, let go again, and survive a kill."""
import json
import re
import threading
import time
from datetime import datetime, timezone
from decimal import Decimal

import openai
import pytest

import accounts
from budgets import (
    CHEAP, DEAR, MOVE, Receiver, ask, budget, charged, fires, rule, sample, transitions, two_models)
from collector import Collector
from gateway import KEY, OTHER_KEY, configuration, eventually
from test_configuration import weir
from wire import Connection, chat, request

# Answers with as many tokens as it is allowed: one reply of 200 costs 0.9 USD.
WORDY = {"provider": "sim", "model": "sim:tokens=4000,ttft=20ms", "output_tokens_max": 200}


def strict(simulator, **changes):
    hard = budget(limit="10 USD", per="month", enforce="hard")
    return configuration(
        simulator.url, {"smart": [WORDY]}, budgets=[hard], **changes,
        prices={"overrides": [{"provider": "sim", "model": WORDY["model"], "input": "200", "output": "4500"}]})


def burst(gateway, count, connections=1000):
    """`count` requests, as many at once as there are connections; every second one names no bound."""
    replies, lock, width = [], threading.Lock(), min(count, connections)
    gate = threading.Barrier(width)

    def client(number):
        with Connection(gateway.port, timeout=60) as connection:
            gate.wait(30)
            for turn in range(number, count, width):
                bound = {"max_tokens": 200} if turn % 2 else {}
                connection.send(request(chat("smart", stream=turn % 4 > 1, **bound), key=KEY))
                reply = connection.reply()
                with lock:
                    replies.append(reply)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("count", [50, 1000])
def test_a_hard_budget_is_never_passed(start, simulator, count, loops):
    gateway = start(strict(simulator, listen={"address": "127.0.0.1:0", "event_loops": loops}))
    replies = burst(gateway, count)
    assert len(replies) == count
    assert {reply.status for reply in replies} == {200, 429}
    served = sum(reply.status == 200 for reply in replies)
    assert 9 <= served <= 11, served
    assert eventually(lambda: sample(gateway, "weir_budget_reserved_usd") == 0), gateway.metrics()
    assert eventually(lambda: len(accounts.of_ledger(gateway.directory / "weir.db")) == served)
    spent = charged(gateway.directory / "weir.db")
    assert Decimal(8) < spent <= 10
    assert sample(gateway, "weir_budget_spent_usd", budget="search") == spent
    assert sample(gateway, "weir_budget_remaining_usd", budget="search") == 10 - spent
    assert sample(gateway, "weir_budget_overshoot_usd_total", budget="search") == 0
    resets = datetime.fromtimestamp(int(sample(gateway, "weir_budget_reset_timestamp_seconds")), timezone.utc)
    for reply in replies:
        if reply.status == 429:
            error = reply.json()["error"]
            assert error["code"] == "insufficient_quota"
            assert '"search" of 10 USD (per month)' in error["message"]
            assert resets.strftime("%Y-%m-%dT%H:%M:%SZ") in error["message"]
            assert reply.fields["x-should-retry"] == "false" and reply.fields["x-weir-budget"] == "search"
            assert "retry-after" not in reply.fields


def test_a_provider_is_held_to_the_cap_that_was_reserved_for(start, upstream):
    whole = strict(upstream)
    whole["providers"]["sim"]["base_url"] = upstream.url + "/v1"
    gateway = start(whole)
    for bound in ({"max_tokens": None}, {"max_tokens": 7}, {"max_tokens": None, "max_completion_tokens": 9000}):
        assert ask(gateway, **bound).status == 200
    asked = [json.loads(received["body"]) for received in upstream.requests]
    caps = [body.get("max_completion_tokens", body.get("max_tokens")) for body in asked]
    assert caps == [200, 7, 200]


def test_the_sdk_makes_one_attempt_at_what_a_budget_refuses(start, simulator):
    whole = strict(simulator)
    whole["budgets"][0]["limit"] = "0.5 USD"
    gateway = start(whole)
    eager = openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, max_retries=4)
    with pytest.raises(openai.RateLimitError) as caught:
        eager.chat.completions.create(model="smart", messages=[{"role": "user", "content": "hello"}])
    assert caught.value.code == "insufficient_quota"
    assert gateway.stop() == 0
    lines = gateway.access_log()
    assert [line["outcome"] for line in lines] == ["budget_exceeded"]


def test_a_refused_target_gives_way_to_a_cheaper_one(start, simulator):
    whole = two_models(simulator, [budget(enforce="hard", per="month", limit="0.0501 USD")])
    whole["models"]["smart"]["targets"] = [
        {"provider": "sim", "model": model, "output_tokens_max": 100} for model in (DEAR, CHEAP)]
    gateway = start(whole)
    replies = [ask(gateway) for _ in range(7)]
    assert [reply.status for reply in replies] == [200] * 5 + [429] * 2
    assert {reply.fields["x-weir-model"] for reply in replies[:5]} == {CHEAP}
    assert eventually(lambda: sample(gateway, "weir_budget_spent_usd") == Decimal("0.05"))


def test_a_reroute_begins_is_marked_everywhere_and_ends(start, simulator):
    collector = Collector()
    whole = two_models(simulator, [budget(rules=[rule(), MOVE])])
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole)
    reply = ask(gateway)
    assert reply.fields["x-weir-model"] == DEAR and "x-weir-reroute" not in reply.fields
    for _ in range(5):
        ask(gateway)
    assert eventually(lambda: fires(gateway, "warn") and fires(gateway, "move"), 5)
    assert sample(gateway, "weir_reroute_active", rule="move", **{"from": "smart", "to": "fast"}) == 1
    # Demand stays while what is spent falls: long enough for the first, dear ones to leave the window.
    moved, until = [], time.monotonic() + 12
    while time.monotonic() < until:
        moved.append(ask(gateway))
        time.sleep(0.15)
    header = 'budget="search";rule="move";from="smart";to="fast"'
    said = {(reply.status, reply.fields.get("x-weir-reroute"), reply.fields["x-weir-model"]) for reply in moved}
    assert said == {(200, header, CHEAP)}
    assert transitions(gateway, "move") == 1
    check_marks(gateway, collector, moved)
    # Nobody asks any more: demand leaves the window, the rule ends, and the dear model serves again.
    assert eventually(lambda: not fires(gateway, "move") and not fires(gateway, "warn"), 15)
    reply = ask(gateway)
    assert reply.fields["x-weir-model"] == DEAR and "x-weir-reroute" not in reply.fields
    assert sample(gateway, "weir_reroute_active") == 0
    assert transitions(gateway, "move") == 2
    collector.close()


def check_marks(gateway, collector, moved):
    identifiers = {reply.fields["x-weir-exchange-id"] for reply in moved}
    said = {"budget": "search", "rule": "move", "rerouted_to": "fast"}
    lines = {line["exchange"]: line for line in gateway.access_log()}
    database = gateway.directory / "weir.db"
    assert eventually(lambda: identifiers <= {row["id"] for row in accounts.rows(database, "exchanges")})
    rows = {row["id"]: row for row in accounts.rows(database, "exchanges")}
    assert eventually(lambda: identifiers <= {s.attributes["weir.exchange.id"] for s in collector.roots()}, 15)
    roots = {span.attributes["weir.exchange.id"]: span.attributes for span in collector.roots()}
    for identifier in identifiers:
        line, row, root = lines[identifier], rows[identifier], roots[identifier]
        assert said.items() <= line.items() and line["rerouted_from"] == "smart" and line["moved"] == "budget"
        assert said.items() <= row.items() and row["moved"] == "budget" and row["served_model"] == CHEAP
        assert Decimal(line["cost_usd"]) == accounts.picodollars(row) == Decimal("0.01")
        assert Decimal(line["demand_usd"]) == Decimal(row["demand"]) == Decimal("0.1")
        assert root["weir.route.requested_model"] == "smart" and root["weir.route.served_model"] == CHEAP
        assert root["weir.budget"] == "search" and root["weir.rule"] == "move" and root["weir.route.reason"] == "budget"
    labels = {"budget": "search", "rule": "move", "from": "smart", "to": "fast", "team": "search"}
    assert sample(gateway, "weir_reroutes_total", **labels) == len(moved)
    assert sample(gateway, "weir_reroute_saved_usd_total", **labels) == Decimal("0.09") * len(moved)


def test_spend_past_a_rule_moves_traffic_within_a_second(start, simulator):
    gateway = start(two_models(simulator, [budget(per="rolling 1h", rules=[MOVE])]))
    for _ in range(5):
        assert "x-weir-reroute" not in ask(gateway).fields
    passed = time.monotonic()
    assert eventually(lambda: "x-weir-reroute" in ask(gateway).fields, 5)
    assert time.monotonic() - passed < 1.5


def test_what_needs_tools_is_not_moved_to_a_model_that_has_none(start, simulator):
    gateway = start(two_models(simulator, [budget(per="rolling 1h", rules=[MOVE])], cheap={"lacks": ["tools"]}))
    for _ in range(5):
        ask(gateway)
    assert eventually(lambda: "x-weir-reroute" in ask(gateway).fields, 5)
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    reply = ask(gateway, tools=tools)
    assert reply.status == 200 and reply.fields["x-weir-model"] == DEAR and "x-weir-reroute" not in reply.fields
    assert ask(gateway).fields["x-weir-model"] == CHEAP


def test_other_teams_are_left_alone(start, simulator):
    gateway = start(two_models(simulator, [budget(per="rolling 1h", rules=[MOVE])]))
    for _ in range(5):
        ask(gateway)
    assert eventually(lambda: "x-weir-reroute" in ask(gateway).fields, 5)
    assert ask(gateway, key=OTHER_KEY).fields["x-weir-model"] == DEAR


def test_budgets_and_rules_survive_a_kill(start, simulator, tmp_path):
    receiver = Receiver()
    told = MOVE | {"notify": ["webhook"]}
    whole = two_models(
        simulator, [budget(per="rolling 20s", rules=[told]), budget(name="month", per="month", rules=[MOVE])],
        notify={"webhook": {"url": receiver.url + "/hook"}}, storage={
            "path": str(tmp_path / "weir.db"), "journal": str(tmp_path / "weir.journal")})
    first = start(whole)
    for _ in range(6):
        ask(first)
    assert eventually(lambda: receiver.alerts(rule="move"), 10)
    assert fires(first, "move", "month")
    began = receiver.alerts(rule="move")[0]["startsAt"]
    spent = sample(first, "weir_budget_spent_usd", budget="month")
    assert spent == Decimal("0.6")
    first.kill()
    second = start(whole)
    assert charged(tmp_path / "weir.db") == spent
    for name in ("search", "month"):
        assert sample(second, "weir_budget_spent_usd", budget=name) == spent
        assert sample(second, "weir_budget_reserved_usd", budget=name) == 0
        assert fires(second, "move", name)
        assert transitions(second, "move", name) == 0
    assert ask(second).fields["x-weir-model"] == CHEAP
    # What was told is not told again; the end is told with the same beginning.
    assert eventually(lambda: [a for a in receiver.alerts(rule="move") if a["status"] == "resolved"], 40)
    told = [(alert["status"], alert["startsAt"]) for alert in receiver.alerts(rule="move")]
    assert told == [("firing", began), ("resolved", began)]
    assert fires(second, "move", "month")
    receiver.close()


def test_an_exchange_that_a_kill_interrupts_counts_as_feared(start, simulator, tmp_path):
    whole = strict(simulator, storage={"path": str(tmp_path / "weir.db"), "journal": str(tmp_path / "weir.journal")})
    slow = WORDY | {"model": "sim:tokens=4000,gap=50ms"}
    whole["models"]["smart"]["targets"] = [slow]
    whole["prices"]["overrides"][0]["model"] = slow["model"]
    first = start(whole)
    with Connection(first.port) as connection:
        connection.send(request(chat("smart", stream=True), key=KEY))
        connection.until(b"data:")
        reserved = sample(first, "weir_budget_reserved_usd")
        assert reserved > Decimal("0.9")
        first.kill()
    second = start(whole)
    rows = accounts.rows(tmp_path / "weir.db", "exchanges")
    assert [row["outcome"] for row in rows] == ["interrupted"]
    assert Decimal(rows[0]["reserved"]) == reserved
    assert sample(second, "weir_budget_spent_usd") == charged(tmp_path / "weir.db")
    assert sample(second, "weir_budget_reserved_usd") == 0


def test_what_was_assumed_of_a_model_without_a_price_survives_a_kill(start, simulator, tmp_path):
    whole = two_models(
        simulator, [budget(per="month")], cheap={"model": "sim:tokens=3"}, storage={
            "path": str(tmp_path / "weir.db"), "journal": str(tmp_path / "weir.journal")})
    first = start(whole)
    for model in ("fast", "fast", "smart"):
        assert ask(first, model).status == 200
    spent = sample(first, "weir_budget_spent_usd")
    first.kill()
    second = start(whole)
    assert spent > charged(tmp_path / "weir.db") > 0
    assert sample(second, "weir_budget_spent_usd") == spent


FAULTS = [
    ("spnt >= 80%", {}, ["column 1", "spnt", "spent"]),
    ("spent >= 80% and brn(1h) > 2", {}, ["column 18", "brn", "burn"]),
    ("spent >= ", {}, ["column"]),
    ("spent >= 80%", {"then": {"reroute": "econmy"}}, ["econmy", "economy"]),
    ("spent >= 80%", {"notify": ["alertmanager"]}, ["notify.alertmanager"]),
    ("spent >= 80%", {"then": {"reroute": "economy", "refuse": True}}, ["one of"]),
]


@pytest.mark.parametrize("when,more,words", FAULTS, ids=lambda value: str(value)[:30])
def test_check_names_a_budget_s_mistake(simulator, tmp_path, when, more, words):
    whole = two_models(simulator, [budget(rules=[rule(when=when, **more)])])
    (tmp_path / "weir.yaml").write_text(json.dumps(whole, indent=1))
    status, output = weir("check", "weir.yaml", directory=tmp_path)
    assert status == 2, output
    said = [line for line in output.splitlines() if "budgets[0].rules[0]" in line]
    assert said and all(word in " ".join(said) for word in words), output
    assert re.search(r"weir\.yaml:\d+:", said[0]), output


def test_check_says_in_english_what_a_rule_does(simulator, tmp_path):
    whole = two_models(simulator, [budget(rules=[rule(), MOVE])])
    (tmp_path / "weir.yaml").write_text(json.dumps(whole))
    status, output = weir("check", "weir.yaml", directory=tmp_path)
    assert status == 0, output
    assert re.search(r"search: 1 USD in any 10 \w+ for .*search", output), output
    assert re.search(r"warn: when .*20%", output), output
    assert re.search(r"move: when .*50%.* smart .*fast.*until .*30%", output), output
