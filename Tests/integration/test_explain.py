"""`weir explain`: the story of one exchange, with its timeline."""
import json
import os
import subprocess

import pytest

from budgets import MOVE, ask, budget, two_models
from gateway import ADMIN_KEY, BINARY, KEY, SECRETS, configuration, eventually, target
from wire import Connection, chat, request

BY_KEY = {"Authorization": f"Bearer {ADMIN_KEY}"}
ROUTES = {
    "smart": "sim-fast:ttft=20ms,tokens=20", "rescued": [target("sim:error=503"), target("sim-fast")],
    "broken": "sim:error=500",
}


@pytest.fixture
def gateway(start, simulator):
    return start(configuration(simulator.url, ROUTES))


def call(gateway, model, key=KEY, **more):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(chat(model, **more), key=key))
        return connection.reply().fields["x-weir-exchange-id"]


def explain(gateway, *arguments):
    return subprocess.run(
        [str(BINARY), "explain", *arguments], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
        env=dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], **SECRETS))


def told(gateway, which, source="recent"):
    def found():
        status, _, body = gateway.get(f"{gateway.urls['admin']}/api/v1/exchanges/{which}", BY_KEY)
        story = json.loads(body) if status == 200 else None
        return story if story and story["source"] == source else None
    assert (story := eventually(found)), gateway.get(f"{gateway.urls['admin']}/api/v1/exchanges/{which}", BY_KEY)
    return story


def test_the_timeline_of_a_stream_adds_up(gateway):
    story = told(gateway, call(gateway, "smart", stream=True))
    duration = story["duration_ns"] / 1e6
    hops = {hop["hop"]: hop for hop in story["hops"]}
    assert list(hops)[0] == "receive" and list(hops)[-1] == "settle"
    assert {"authentication", "routing", "budgets", "attempt", "stream"} <= set(hops)
    starts = [hop["start_ms"] for hop in story["hops"]]
    assert starts[0] == 0 and all(hop["start_ms"] + hop["duration_ms"] <= duration + 1 for hop in story["hops"])
    attempt, = story["attempt_list"]
    assert (attempt["provider"], attempt["status"], attempt["served"]) == ("sim", 200, True)
    assert attempt["retry_count"] == 0 and attempt["output_tokens"] == 20 == story["output_tokens"]
    assert attempt["cost_usd"] == story["cost_usd"] and attempt["cost_lines"] == story["cost_lines"]
    phases = {phase["phase"]: phase for phase in attempt["phases"]}
    assert {"wait", "stream"} <= set(phases) and phases["wait"]["duration_ms"] > 0
    assert attempt["start_ms"] <= attempt["first_token_ms"] <= attempt["start_ms"] + attempt["duration_ms"]
    # The attempt tells when the token was read, the exchange when it was handed to the client.
    assert attempt["first_token_ms"] <= story["ttft_ns"] / 1e6 <= duration
    assert story["accounted"] is True and 0 < story["overhead_ms"] < duration
    assert story["why"] == [f"smart is route smart, which led to sim/{ROUTES['smart']}, its first choice."]


def test_a_fallback_shows_both_attempts_and_why(gateway):
    exchange = call(gateway, "rescued")
    failed, served = told(gateway, exchange)["attempt_list"]
    assert failed["status"] == 503 and failed["retryable"] is True and failed["reason"] == "upstream_error"
    assert failed["cost_status"] == "nothing" and served["served"] and served["cost_status"] == "priced"
    assert served["start_ms"] >= failed["start_ms"] + failed["duration_ms"]
    done = explain(gateway, exchange)
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    bars = [line for line in lines if "█" in line]
    assert any(line.startswith("  1 sim/sim:error=503 ") for line in bars)
    assert any(line.startswith("  2 sim/sim-fast ") for line in bars)
    assert any("after another target had failed" in line for line in lines)
    assert any("503, upstream_error, retryable" in line for line in lines)


def test_a_refused_exchange_has_a_story_though_the_ledger_has_none(gateway):
    story = told(gateway, call(gateway, "smart", key="sk-nobody"))
    assert story["outcome"] == "unauthenticated" and story["accounted"] is False and story["attempt_list"] == []
    assert [hop["hop"] for hop in story["hops"]] == ["receive", "authentication", "settle"]
    assert story["failure"] and "sk-nobody" not in json.dumps(story)


def test_the_rule_that_moved_an_exchange_is_named(start, simulator):
    gateway = start(two_models(simulator, [budget(rules=[MOVE])]))

    def moved():
        ask(gateway)
        found = told(gateway, "last")
        return found if found["moved"] == "budget" else None
    story = eventually(moved, 20, 0.2)
    assert (story["budget"], story["rule"], story["rerouted_from"], story["rerouted_to"]) == (
        "search", "move", "smart", "fast")
    assert any(f"unmoved it would have cost {story['demand_usd']} USD" in line for line in story["why"])


def test_the_last_one_and_the_beginning_of_an_id_are_enough(gateway):
    first, second = call(gateway, "smart"), call(gateway, "broken")
    told(gateway, second)
    assert json.loads(explain(gateway, "--last", "--output", "json").stdout)["exchange"] == second
    length = len(os.path.commonprefix([first, second])) + 1
    assert told(gateway, first[:length])["exchange"] == first
    shared = explain(gateway, first[:8])
    assert shared.returncode == 1 and first in shared.stderr and second in shared.stderr
    assert explain(gateway, "0" * 12).returncode == 1
    for arguments in [[], [first, "--last"]]:
        assert explain(gateway, *arguments).returncode not in (0, 1)
    assert explain(gateway, "nonsense").returncode == 1


def test_stories_survive_a_kill_and_beyond_the_ring_the_row_alone_is_told(start, simulator):
    whole = configuration(simulator.url, ROUTES)
    whole["storage"]["explain_exchanges"] = 3
    gateway = start(whole)
    ids = []
    for _ in range(5):
        # One at a time: event loops hand theirs over one loop after the other.
        ids.append(call(gateway, "smart"))
        told(gateway, ids[-1])
    gateway.kill()
    gateway = start(whole | {"storage": whole["storage"] | {
        name: str(gateway.directory / whole["storage"][name]) for name in ("path", "journal")}})
    assert len(told(gateway, ids[4])["hops"]) > 5
    row = told(gateway, ids[0], source="ledger")
    assert "hops" not in row and row["cost_usd"]
    text = explain(gateway, ids[0]).stdout
    assert "is kept of the latest 3 exchanges" in text and "USD/million" in text


def test_no_timelines_are_kept_where_none_are_wanted(start, simulator):
    whole = configuration(simulator.url, ROUTES)
    whole["storage"]["explain_exchanges"] = 0
    gateway = start(whole)
    exchange = call(gateway, "smart")
    assert told(gateway, exchange, source="ledger")["exchange"] == exchange
    assert not (gateway.directory / "weir.db-recent").exists()


def test_prompts_replies_and_keys_are_not_in_the_file(gateway):
    told(gateway, call(gateway, "smart", text="a very private prompt"))
    kept = (gateway.directory / "weir.db-recent").read_bytes()
    assert b"sim-fast" in kept
    for secret in [b"private", KEY.encode(), SECRETS["SIM_KEY"].encode()]:
        assert secret not in kept
