"""The example of Alertmanager's routes sends each alert to who answers for it, and keeps back what another alert says."""
import json
import subprocess
import urllib.request

import pytest

from gateway import ROOT, eventually
from prometheus import Alertmanager

EXAMPLE = ROOT / "alerts/alertmanager.example.yaml"
ROUTES = [
    ({"owner": "search-oncall", "severity": "page"}, "search-pager"),
    ({"owner": "search-oncall", "severity": "ticket"}, "search-tickets"),
    ({"owner": "shop-oncall", "severity": "page"}, "shop-pager"),
    ({"owner": "shop-oncall", "severity": "ticket"}, "shop-tickets"),
    ({"owner": "nobody-we-know", "severity": "page"}, "platform-pager"),
    ({"severity": "page"}, "platform-pager"),
    ({"severity": "ticket"}, "platform-tickets"),
]
PROVIDER = {"job": "weir", "provider": "sim"}
MODEL = PROVIDER | {"served_model": "sim-large"}
BUDGET = {"job": "weir", "budget": "search"}
# The alert that says it all, the one that is kept back, and the labels of both.
INHIBITED = [
    ("WeirProviderDown", PROVIDER, "WeirTargetUnavailable", MODEL),
    ("WeirProviderDown", PROVIDER, "WeirProviderErrors", MODEL),
    ("WeirFailuresBurnFast", {"job": "weir"}, "WeirFailuresBurnSlow", {"job": "weir"}),
    ("WeirTimeToFirstTokenBurnFast", MODEL, "WeirTimeToFirstTokenBurnSlow", MODEL),
    ("WeirBudgetBurnFast", BUDGET, "WeirBudgetBurnSlow", BUDGET),
    ("WeirBudgetExhausted", BUDGET, "WeirBudgetForecastOver", BUDGET),
    ("WeirLedgerUnhealthy", {"job": "weir", "instance": "a"}, "WeirLedgerBehind", {"job": "weir", "instance": "a"}),
]


@pytest.mark.parametrize("labels,receiver", ROUTES, ids=lambda value: value if isinstance(value, str) else "")
def test_an_alert_goes_to_its_owner(labels, receiver):
    words = [f"{name}={value}" for name, value in labels.items()]
    done = subprocess.run(
        ["amtool", "config", "routes", "test", "--config.file", EXAMPLE, *words], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.split() == [receiver], done.stdout + done.stderr


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    server = Alertmanager(tmp_path_factory.mktemp("alertmanager"), "http://127.0.0.1:9")
    yield server
    server.stop()


def post(alertmanager, *alerts):
    body = json.dumps([{"labels": {"alertname": name} | labels} for name, labels in alerts]).encode()
    asked = urllib.request.Request(
        alertmanager.url + "/api/v2/alerts", method="POST", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=10) as reply:
        assert reply.status == 200


def test_what_another_alert_says_is_kept_back_but_not_elsewhere(alertmanager):
    place = [{"job": f"weir-{number}"} for number in range(len(INHIBITED))]
    for where, (source, source_labels, target, labels) in zip(place, INHIBITED):
        post(alertmanager, (source, source_labels | where), (target, labels | where), (target, labels | {"job": "elsewhere"}))

    def states(name, labels):
        return [alert["status"]["state"] for alert in alertmanager.alerts(alertname=name, **labels)]

    for where, (source, source_labels, target, labels) in zip(place, INHIBITED):
        assert eventually(lambda: states(target, labels | where) == ["suppressed"], 20), (source, target)
        assert states(source, source_labels | where) == ["active"], source
        assert states(target, labels | {"job": "elsewhere"}) == ["active"], target
