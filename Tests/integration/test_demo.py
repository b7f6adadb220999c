"""What a newcomer sees first."""
import re
import socket
import subprocess

import pytest

from gateway import BINARY

PORTS = (8080, 9464, 9465)


def taken(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(any(map(taken, PORTS)), reason=f"the demo's ports {PORTS} are in use on this machine")
def test_the_demo_tells_the_whole_story_and_ends_by_itself(tmp_path):
    done = subprocess.run(
        [str(BINARY), "demo", "--for", "1"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=150)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    for port in PORTS:
        assert f"http://127.0.0.1:{port}" in text
    for word in ("trace", "exchange", "weir_tokens_total", "weir_cost_usd_total", "USD/million", "total", "curl"):
        assert word in text, word
    budget = text[text.index("6. A budget that acts"):]
    warn, reroute, recovery = (budget.index(f"\n   {step}: ") for step in ("Warn", "Reroute", "Recovery"))
    metric = 'weir_budget_rule_state{budget="search",rule='
    for part, words in (
        (budget[warn:reroute], ("no x-weir-reroute", metric + '"warn",state="firing"} 1', "x-weir-model: sim-large")),
        (budget[reroute:recovery], (
            'x-weir-reroute: budget="search";rule="save";from="smart";to="fast"', "x-weir-model: sim-small",
            metric + '"save",state="firing"} 1',
            'weir_reroute_active{budget="search",rule="save",from="smart",to="fast"} 1',
            "weir_reroute_saved_usd_total{")),
        (budget[recovery:], (
            "no x-weir-reroute", metric + '"save",state="inactive"} 1', "x-weir-model: sim-large",
            'weir_reroute_active{budget="search",rule="save",from="smart",to="fast"} 0')),
    ):
        for word in words:
            assert word in part, (word, part)
        assert re.search(r"trace +[0-9a-f]{32}\n", part), part
    assert not any(map(taken, PORTS)), "something still listens"
