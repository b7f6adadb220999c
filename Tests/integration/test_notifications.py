"""Owners are told: through a real Alertmanager, a web hook, and a real Prometheus that loads the shipped alerts."""
import json
import time
import urllib.request

import pytest

from budgets import MOVE, Receiver, ask, budget, fires, sample, two_models
from gateway import ADMIN_KEY, KEY, OTHER_KEY, Gateway, configuration, eventually
from keys import call
from prometheus import Alertmanager, Prometheus

OWNED = {"alertname": "WeirBudgetRuleFiring", "budget": "search", "rule": "move", "owner": "search-oncall",
         "team": "search", "severity": "page", "component": "weir"}


@pytest.fixture
def hooks():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def alertmanager(tmp_path, hooks):
    server = Alertmanager(tmp_path, hooks.url)
    yield server
    server.stop()


def overspend(gateway):
    """Spends past the rule; returns the moment at which it was passed."""
    for _ in range(6):
        assert ask(gateway).status == 200
    return time.monotonic()


def within(seconds, since, condition):
    found = eventually(condition, max(0.0, since + seconds - time.monotonic()), 0.1)
    assert found, f"not within {seconds} s"
    return found


def post(gateway, path):
    asked = urllib.request.Request(
        gateway.urls["admin"] + path, method="POST", data=b"", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    with urllib.request.urlopen(asked, timeout=20) as reply:
        return json.load(reply)


def test_an_alertmanager_pages_the_owner_and_hears_the_end(start, simulator, alertmanager, hooks):
    whole = two_models(
        simulator, [budget(rules=[MOVE | {"notify": ["alertmanager"]}])], notify={"alertmanager": [alertmanager.url]})
    gateway = start(whole)
    passed = overspend(gateway)
    [alert] = within(15, passed, lambda: alertmanager.alerts(budget="search", rule="move"))
    assert alert["labels"] == OWNED
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    # The example configuration routes by owner and severity.
    page = within(15, passed, lambda: [body for path, body in hooks.posts if path == "/search/page"])[0]
    assert page["status"] == "firing" and page["alerts"][0]["labels"] == OWNED
    within(60, passed, lambda: not alertmanager.alerts(budget="search"))
    within(60, passed, lambda: [a for a in hooks.alerts(rule="move") if a["status"] == "resolved"])
    assert {path for path, _ in hooks.posts} == {"/search/page"}
    assert sample(gateway, "weir_budget_notifications_total", channel="alertmanager", result="delivered") >= 2
    assert sample(gateway, "weir_budget_notifications_total", channel="alertmanager", result="failed") == 0


def test_a_test_reaches_every_channel_and_says_what_it_answered(start, simulator, alertmanager, hooks):
    whole = two_models(
        simulator, [budget()],
        notify={"alertmanager": [alertmanager.url, "http://127.0.0.1:1"], "webhook": {"url": hooks.url + "/direct"}})
    answers = {answer["channel"]: answer for answer in post(start(whole), "/api/v1/budgets/test-notify")}
    assert answers.keys() == {"alertmanager", "webhook"}
    assert answers["webhook"]["delivered"] and [a["status"] for a in answers["webhook"]["answers"]] == [200]
    peers = {a["address"].split("/")[2] if "//" in a["address"] else a["address"]: a.get("status")
             for a in answers["alertmanager"]["answers"]}
    assert sorted(str(status) for status in peers.values()) == ["200", "None"]
    assert eventually(lambda: alertmanager.alerts(), 5)
    assert [path for path, _ in hooks.posts if path == "/direct"] == ["/direct"]


def test_a_web_hook_gets_alertmanagers_own_shape(start, simulator, hooks):
    gateway = start(two_models(
        simulator, [budget(rules=[MOVE | {"notify": ["webhook"]}])], notify={"webhook": {"url": hooks.url + "/hook"}}))
    passed = overspend(gateway)
    within(15, passed, lambda: hooks.posts)
    within(60, passed, lambda: len(hooks.posts) > 1)
    (_, fired), (_, resolved) = hooks.posts
    for body in (fired, resolved):
        assert body.keys() >= {"version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels",
                               "commonLabels", "commonAnnotations", "externalURL", "alerts"}
        assert body["version"] == "4" and body["commonLabels"] == OWNED
        assert body["alerts"][0].keys() == {
            "status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}
    assert (fired["status"], resolved["status"]) == ("firing", "resolved")
    assert fired["groupKey"] == resolved["groupKey"]
    before, after = fired["alerts"][0], resolved["alerts"][0]
    assert before["fingerprint"] == after["fingerprint"] and before["startsAt"] == after["startsAt"]
    assert before["endsAt"] == "0001-01-01T00:00:00Z" and after["endsAt"] > after["startsAt"]


def test_a_receiver_that_is_down_is_told_later(start, simulator, hooks):
    hooks.statuses = [503, 503]
    gateway = start(two_models(
        simulator, [budget(per="rolling 1h", rules=[MOVE | {"notify": ["webhook"]}])],
        notify={"webhook": {"url": hooks.url + "/hook"}}))
    passed = overspend(gateway)
    within(40, passed, lambda: len(hooks.posts) >= 3)
    bodies = [body for _, body in hooks.posts]
    assert len({body["alerts"][0]["fingerprint"] for body in bodies}) == 1
    assert eventually(lambda: sample(gateway, "weir_budget_notifications_total", result="delivered") == 1, 5)
    assert sample(gateway, "weir_budget_notifications_total", result="retried") == 2


def test_prometheus_pages_the_owner_by_the_shipped_alerts(start, simulator, alertmanager, hooks, tmp_path):
    gateway = start(two_models(simulator, [budget(rules=[MOVE])]))
    prometheus = Prometheus(tmp_path, gateway.metrics_url.split("/")[2], alertmanager)
    try:
        assert eventually(lambda: prometheus.query("up == 1"), 20), "Prometheus does not scrape"
        passed = overspend(gateway)
        [alert] = within(15, passed, lambda: alertmanager.alerts(alertname="WeirBudgetRuleFiring"))
        assert OWNED.items() <= alert["labels"].items()
        assert [path for path, _ in within(15, passed, lambda: list(hooks.posts))] == ["/search/page"]
        within(60, passed, lambda: not fires(gateway, "move"))
        within(60, passed, lambda: [a for a in hooks.alerts(rule="move") if a["status"] == "resolved"])
    finally:
        prometheus.stop()


def test_a_key_on_a_new_network_is_told_of_once_over_restarts(simulator, hooks, tmp_path):
    whole = configuration(simulator.url, {"smart": "sim-fast"}, notify={"webhook": {"url": hooks.url + "/hook"}})
    whole["keys"][0]["alias"] = "laptop"

    def told(team):
        return hooks.alerts(alertname="WeirKeyNewNetwork", team=team)

    gateway = Gateway(tmp_path / "networks", whole)
    try:
        for source in ("127.0.0.1", "127.0.0.7"):
            assert call(gateway, KEY, source=source)[0] == 200
        assert call(gateway, KEY, source="127.3.0.1")[0] == 200
        [alert] = eventually(lambda: told("search"))
        assert alert["status"] == "firing" and alert["labels"] == {
            "alertname": "WeirKeyNewNetwork", "team": "search", "caller": "alice", "key": "laptop", "severity": "ticket",
            "component": "weir"}
        assert "from 127.3.0.0/24, which is new to it (exchange " in alert["annotations"]["description"]
        assert KEY not in json.dumps(hooks.posts)
        # Of the same key, a moment later: in the audit log, and no second message.
        assert call(gateway, KEY, source="127.4.0.1")[0] == 200
        assert gateway.stop() == 0
        gateway = Gateway(tmp_path / "networks", whole)
        for source in ("127.3.0.1", "127.4.0.1", "127.0.0.1"):
            assert call(gateway, KEY, source=source)[0] == 200
        assert sample(gateway, "weir_key_new_networks_total", team="search") == 0
        for source in ("127.0.0.1", "127.3.0.1"):
            assert call(gateway, OTHER_KEY, source=source)[0] == 200
        assert eventually(lambda: told("shop")), "what comes last has come"
        assert len(told("search")) == 1
    finally:
        assert gateway.stop() == 0
