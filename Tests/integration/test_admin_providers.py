"""Providers and channels of `notify` that the admin API declares: in force at once, secrets as references alone."""
import json

import pytest
import yaml

from budgets import Receiver
from gateway import KEY, OTHER_KEY, Gateway, configuration, eventually
from keys import call
from test_admin_api import OPERATOR, ROLES, VIEWER, ask
from test_admin_resources import ENV, weir
from upstreams import RecordingUpstream

SECRET = "sk-declared-never-to-be-seen"


@pytest.fixture
def hooks():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def other():
    server = RecordingUpstream()
    yield server
    server.close()


@pytest.fixture
def gateway(start, simulator):
    return start(configuration(simulator.url, {"smart": "sim-fast"}, admin=ROLES), ENV | {"OTHER_PROVIDER_KEY": SECRET})


def reply(gateway, model):
    return call(gateway, KEY, model)


def test_a_provider_is_declared_used_shown_and_taken_away(gateway, other):
    spec = {"kind": "openai", "base_url": other.url + "/v1", "key": "env:OTHER_PROVIDER_KEY",
            "headers": {"x-org": "env:WEIR_KEY_BOB"}}
    assert ask(gateway, "PUT", "/api/v1/providers/spare", spec, key=OPERATOR)[0] == 403
    status, head, made = ask(gateway, "PUT", "/api/v1/providers/spare", spec)
    assert (status, made["origin"], made["spec"]) == (201, "api", spec)
    assert ask(gateway, "PUT", "/api/v1/routes/swift", {"targets": ["spare/served"]})[0] == 201
    assert reply(gateway, "swift")[0] == 200
    fields = other.requests[-1]["fields"]
    assert (fields["authorization"], fields["x-org"]) == ("Bearer " + SECRET, OTHER_KEY)
    assert reply(gateway, "smart")[0] == 200, "the file's provider is as before"
    # What is still used stays, and the file's is the file's.
    status, _, problem = ask(gateway, "DELETE", "/api/v1/providers/spare", If_Match="*")
    assert status == 409 and problem["errors"][0]["field"] == "models.swift.targets[0].provider"
    assert ask(gateway, "PUT", "/api/v1/providers/sim", spec)[0] == 409
    shown = [ask(gateway, "GET", path, key=VIEWER if "export" not in path else OPERATOR)[2] for path in (
        "/api/v1/providers", "/api/v1/providers/spare", "/api/v1/config/export", "/api/v1/config/history", "/api/v1/audit")]
    assert [(row["name"], row["origin"]) for row in shown[0]] == [("sim", "file"), ("spare", "api")]
    for text in (*map(json.dumps, shown), "\n".join(map(str, gateway.output)), weir(gateway, "config", "export").stdout,
                 weir(gateway, "providers", "list").stdout):
        assert SECRET not in text and OTHER_KEY not in text
    # Again after a restart.
    assert gateway.stop() == 0
    again = Gateway(gateway.directory, json.loads((gateway.directory / "weir.yaml").read_text()),
                    ENV | {"OTHER_PROVIDER_KEY": SECRET})
    try:
        assert reply(again, "swift")[0] == 200
        assert ask(again, "DELETE", "/api/v1/routes/swift", If_Match="*")[0] == 204
        assert "provider spare deleted" in weir(again, "providers", "delete", "spare").stdout
        assert ask(again, "GET", "/api/v1/providers/spare")[0] == 404
    finally:
        assert again.stop() == 0


@pytest.mark.parametrize("change, field", [
    ({"key": SECRET}, "key"), ({"key": "env:NOT_SET_ANYWHERE"}, "key"), ({"headers": {"x-org": SECRET}}, "headers.x-org"),
    ({"base_url": "nowhere"}, "base_url"), ({"keyz": "env:SIM_KEY"}, "keyz"),
])
def test_what_does_not_hold_is_named_and_never_repeated(gateway, change, field):
    spec = {"base_url": "http://127.0.0.1:1/v1"} | change
    status, _, problem = ask(gateway, "PUT", "/api/v1/providers/spare", spec)
    assert status == 422 and problem["errors"][0]["field"] == field
    told = json.dumps([problem, ask(gateway, "GET", "/api/v1/audit")[2]]) + "\n".join(map(str, gateway.output))
    assert SECRET not in told and ask(gateway, "GET", "/api/v1/providers/spare")[0] == 404


def test_channels_are_told_at_once_and_others_not_any_more(gateway, hooks, other):
    def test_notify():
        return [(answer["channel"], answer["delivered"]) for answer in ask(
            gateway, "POST", "/api/v1/budgets/test-notify", key=OPERATOR)[2]]

    def changed_network(source):
        assert call(gateway, KEY, source="127.0.0.1")[0] == call(gateway, KEY, source=source)[0] == 200

    assert test_notify() == []
    made = weir(gateway, "notify", "set", "webhook", "--spec", f"{{ url: '{hooks.url}/hook', headers: {{ x-token: 'env:SIM_KEY' }} }}")
    assert made.returncode == 0 and "channel webhook made, in force" in made.stdout
    assert ask(gateway, "PUT", "/api/v1/notify/alertmanager", {"url": [other.url]})[0] == 201
    assert dict(test_notify())["webhook"] and len(test_notify()) == 2
    changed_network("127.5.0.1")
    assert eventually(lambda: hooks.alerts(alertname="WeirKeyNewNetwork"))
    assert ask(gateway, "GET", "/api/v1/config")[2]["restart_needed"] == []
    counts = {dict(labels)["channel"] for (name, labels), _ in gateway.metrics().items()
              if name == "weir_budget_notifications_total"}
    assert counts == {"alertmanager", "webhook"}
    rows = ask(gateway, "GET", "/api/v1/notify")[2]
    assert [(row["name"], row["spec"].get("headers")) for row in rows] == [
        ("webhook", {"x-token": "env:SIM_KEY"}), ("alertmanager", None)]
    # A rule that names it holds it; without that it goes.
    budget = {"scope": {"team": "search"}, "limit": "5 USD", "per": "day", "owner": "o",
              "rules": [{"name": "warn", "when": "spent >= 80%", "notify": "webhook"}]}
    assert ask(gateway, "PUT", "/api/v1/budgets/search", budget)[0] == 201
    status, _, problem = ask(gateway, "DELETE", "/api/v1/notify/webhook", If_Match="*")
    assert status == 409 and "names webhook, but notify.webhook is not set" in problem["detail"]
    assert ask(gateway, "DELETE", "/api/v1/budgets/search", If_Match="*")[0] == 204
    assert ask(gateway, "DELETE", "/api/v1/notify/webhook", If_Match="*")[0] == 204
    told = len(hooks.posts)
    assert [name for name, _ in test_notify()] == ["alertmanager"] and len(hooks.posts) == told
    for name, spec in (("pager", {"url": hooks.url}), ("webhook", {"url": hooks.url, "headers": {"x-token": "sk-clear"}})):
        status, _, problem = ask(gateway, "PUT", f"/api/v1/notify/{name}", spec)
        assert status == 422 and "sk-clear" not in json.dumps(problem)
    assert "webhook" not in (yaml.safe_load(weir(gateway, "config", "export").stdout).get("notify") or {})
