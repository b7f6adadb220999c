"""What the admin API declares, overrides and drains: checked, in force at once, and after a restart."""
import json
import os
import subprocess

import pytest
import yaml

from budgets import MOVE, ask as chat_with, budget, two_models
from gateway import BINARY, KEY, SECRETS, Gateway, Program, configuration, eventually
from test_admin_api import OPERATOR, ROLES, VIEWER, ask
from wire import Connection, chat, request

ENV = {"VIEWER": VIEWER, "OPERATOR": OPERATOR}


@pytest.fixture
def gateway(start, simulator):
    models = {"smart": "sim-large", "fast": "sim-fast"}
    return start(configuration(simulator.url, models, admin=ROLES, budgets=[budget()]), ENV)


def call(gateway, model):
    with Connection(gateway.port) as connection:
        connection.send(request(chat(model), key=KEY))
        return connection.reply()


def weir(gateway, *arguments, key=None):
    environment = dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], **SECRETS) | ({"WEIR_ADMIN_KEY": key} if key else {})
    return subprocess.run(
        [str(BINARY), *arguments], capture_output=True, text=True, timeout=60, cwd=gateway.directory,
        stdin=subprocess.DEVNULL, env=environment)


def test_what_is_declared_is_in_force_at_once_and_after_a_restart(gateway):
    assert call(gateway, "swift").status == 404
    status, head, made = ask(gateway, "PUT", "/api/v1/routes/swift", {"targets": ["sim/sim-fast"]})
    assert status == 201 and made["origin"] == "api" and made["version"] == 1 and head["etag"]
    assert call(gateway, "swift").status == 200
    assert ask(gateway, "PUT", "/api/v1/teams/ads", {"owner": "ads-oncall"})[0] == 201
    assert ask(gateway, "PUT", "/api/v1/callers/carol", {"team": "ads"})[0] == 201
    limit = {"scope": {"team": "ads"}, "limit": "5 USD", "per": "day", "owner": "ads-oncall"}
    assert ask(gateway, "PUT", "/api/v1/budgets/ads", limit)[0] == 201
    words = {"kind": "words", "words": ["hello"], "model": "fast"}
    assert ask(gateway, "PUT", "/api/v1/guardrails/quiet", words)[0] == 201
    assert (call(gateway, "fast").status, call(gateway, "smart").status) == (400, 200)
    status, _, problem = ask(gateway, "PUT", "/api/v1/guardrails/odd", words | {"action": "masc"})
    assert status == 422 and problem["errors"][0]["field"] == "action"
    assert ask(gateway, "PUT", "/api/v1/limits/slow", {"model": "swift", "each": "gateway", "requests": "2/day"})[0] == 201
    assert [call(gateway, "swift").status for _ in range(3)] == [200, 200, 429]
    assert "ads" in {row["budget"] for row in ask(gateway, "GET", "/api/v1/budgets", key=VIEWER)[2]}
    assert [(row["name"], row["origin"]) for row in ask(gateway, "GET", "/api/v1/routes")[2]] == [
        ("smart", "file"), ("fast", "file"), ("swift", "api")]
    changes = [entry for entry in ask(gateway, "GET", "/api/v1/config/history")[2]["entries"]
               if entry["action"] == "configuration.change"]
    assert [entry["subject"] for entry in changes] == ["routes/swift", "teams/ads", "callers/carol", "budgets/ads", "guardrails/quiet",
                                                         "limits/slow"]
    metrics = gateway.metrics()
    assert metrics["weir_config_resources", frozenset({("kind", "routes")})] == "1"
    assert metrics["weir_config_version", frozenset()] == "7"

    assert gateway.stop() == 0
    again = Gateway(gateway.directory, json.loads((gateway.directory / "weir.yaml").read_text()), ENV)
    try:
        # What a limit has counted is the process's.
        assert call(again, "swift").status == 200
        assert ask(again, "GET", "/api/v1/teams/ads")[2]["spec"] == {"owner": "ads-oncall"}
        whole = weir(again, "config", "export").stdout
        assert "swift" in yaml.safe_load(whole)["models"] and "env:SIM_KEY" in whole
        (again.directory / "whole.yaml").write_text(whole)
        assert weir(again, "check", "whole.yaml", "--no-secrets").returncode == 0
        assert ask(again, "GET", "/api/v1/config/export")[2] == yaml.safe_load(whole)
    finally:
        assert again.stop() == 0


def test_a_change_names_the_version_that_it_is_meant_for(gateway):
    path = "/api/v1/teams/ads"
    status, head, _ = ask(gateway, "PUT", path, {"owner": "one"})
    first = head["etag"]
    assert ask(gateway, "PUT", path, {"owner": "two"})[0] == 428
    status, head, changed = ask(gateway, "PUT", path, {"owner": "two"}, If_Match=first)
    assert status == 200 and changed["version"] == 2 and head["etag"] != first
    status, _, problem = ask(gateway, "PUT", path, {"owner": "three"}, If_Match=first)
    assert status == 412 and problem["errors"][0]["field"] == "if-match"
    assert ask(gateway, "DELETE", path)[0] == 428 and ask(gateway, "DELETE", path, If_Match=first)[0] == 412
    assert ask(gateway, "PUT", path, {}, If_Match="no-quotes")[0] == 400
    assert ask(gateway, "DELETE", path, If_Match=head["etag"])[0] == 204
    assert ask(gateway, "GET", path)[0] == 404
    assert ask(gateway, "PUT", path, {}, If_Match=head["etag"])[0] == 412, "what is gone is not made by a change"


def test_what_does_not_hold_changes_nothing_and_names_everything(gateway):
    wrong = {"scope": {"team": "adz"}, "limit": "lots", "owner": "me", "rulez": []}
    status, _, problem = ask(gateway, "PUT", "/api/v1/budgets/ads", wrong)
    assert status == 422 and {error["field"] for error in problem["errors"]} >= {"limit", "rulez", "scope.team"}
    assert ask(gateway, "GET", "/api/v1/budgets/ads")[0] == 404
    status, _, problem = ask(gateway, "PUT", "/api/v1/routes/smart", {"targets": ["sim/sim-fast"]})
    assert status == 409 and "weir.yaml: change it there" in problem["detail"]
    assert ask(gateway, "PUT", "/api/v1/teams/ads", {})[0] == 201
    assert ask(gateway, "PUT", "/api/v1/callers/carol", {"team": "ads"})[0] == 201
    status, _, problem = ask(gateway, "DELETE", "/api/v1/teams/ads", If_Match="*")
    assert status == 409 and problem["errors"][0]["field"] == "callers.carol.team"
    assert ask(gateway, "PUT", "/api/v1/teams/x", {}, key=OPERATOR)[0] == 403
    assert ask(gateway, "PUT", "/api/v1/teams/_x", {})[0] == 422
    assert ask(gateway, "PUT", "/api/v1/teams/x", {"owner": None})[0] == 400
    assert ask(gateway, "PUT", "/api/v1/teams/x", [])[0] == 422


def test_a_drained_target_takes_nothing_until_it_is_back(start, simulator):
    models = {"smart": [{"provider": "sim", "model": "sim-small"}, {"provider": "sim", "model": "sim-fast"}]}
    gateway = start(configuration(simulator.url, models))
    assert call(gateway, "smart").fields["x-weir-model"] == "sim-small"
    added = weir(gateway, "drains", "add", "sim/sim-small", "--expires-in", "1h", "--reason", "maintenance")
    assert added.returncode == 0, added.stderr
    assert [call(gateway, "smart").fields["x-weir-model"] for _ in range(3)] == ["sim-fast"] * 3
    labels = frozenset({("provider", "sim"), ("served_model", "sim-small")})
    assert gateway.metrics()["weir_target_drained", labels] == "1"
    assert "maintenance" in weir(gateway, "drains", "list").stdout
    assert weir(gateway, "drains", "add", "sim").returncode == 0
    assert call(gateway, "smart").status == 503
    for name in ["sim", "sim/sim-small"]:
        assert weir(gateway, "drains", "delete", name).returncode == 0
    assert call(gateway, "smart").fields["x-weir-model"] == "sim-small"
    refused = weir(gateway, "drains", "add", "sin")
    assert refused.returncode == 1 and 'did you mean "sim"' in refused.stderr
    status, _, entry = ask(gateway, "PUT", "/api/v1/drains/sim", {"expires_in": "1s"})
    assert status == 201 and entry["expires_at"]
    assert eventually(lambda: call(gateway, "smart").status == 200, 10, 0.2)
    assert gateway.metrics()["weir_target_drained", labels] == "0"


def test_an_operator_forces_a_reroute_and_holds_back_a_budget_s(start, simulator):
    gateway = start(two_models(simulator, [budget(rules=[MOVE])]))
    forced = weir(gateway, "overrides", "reroute", "smart", "fast", "--name", "night")
    assert forced.returncode == 0, forced.stderr
    reply = call(gateway, "smart")
    assert 'budget="_operator";rule="night"' in reply.fields["x-weir-reroute"]
    assert gateway.metrics()["weir_override_active", frozenset({("override", "night"), ("action", "reroute")})] == "1"
    assert weir(gateway, "overrides", "delete", "night").returncode == 0
    assert "x-weir-reroute" not in call(gateway, "smart").fields

    def moved():
        reply = chat_with(gateway)
        return "x-weir-reroute" in reply.fields

    assert eventually(moved, 20, 0.1), "the budget's own reroute"
    assert weir(gateway, "overrides", "hold", "search").returncode == 0
    assert not moved()
    assert weir(gateway, "overrides", "delete", "hold-search").returncode == 0
    wrong = ask(gateway, "PUT", "/api/v1/overrides/x", {"action": "hold", "budget": "nix", "from": "smart"})
    assert wrong[0] == 422 and {error["field"] for error in wrong[2]["errors"]} == {"budget", "from"}


def test_the_commands_declare_list_change_and_delete(gateway):
    done = weir(gateway, "teams", "set", "ads", "--spec", "owner: ads-oncall")
    assert done.returncode == 0 and "made" in done.stdout, done.stderr
    assert "changed" in weir(gateway, "teams", "set", "ads", "--spec", "{ owner: others }").stdout
    table = weir(gateway, "teams", "list").stdout.splitlines()
    assert table[0].split()[:2] == ["name", "origin"] and any(line.split()[:3] == ["ads", "api", "2"] for line in table)
    assert json.loads(weir(gateway, "teams", "get", "ads").stdout)["spec"] == {"owner": "others"}
    assert weir(gateway, "teams", "delete", "ads").returncode == 0
    refused = weir(gateway, "teams", "delete", "search")
    assert refused.returncode == 1 and "change it there" in refused.stderr
    assert weir(gateway, "teams", "set", "ads", "--spec", "{}", key=VIEWER).returncode == 1
    assert "process.start" in weir(gateway, "config", "history").stdout


def test_a_file_that_does_not_fit_what_is_declared_is_refused_and_the_start_says_how_to_go_on(gateway):
    assert ask(gateway, "PUT", "/api/v1/routes/swift", {"targets": ["sim/sim-fast"]})[0] == 201
    path = gateway.directory / "weir.yaml"
    whole = json.loads(path.read_text())
    clash = whole | {"models": whole["models"] | {"swift": {"targets": ["sim/sim-small"]}}}
    path.write_text(json.dumps(clash))
    status, _, problem = ask(gateway, "POST", "/api/v1/config/reload")
    assert status == 422 and "weir routes delete swift" in problem["detail"]
    assert call(gateway, "swift").fields["x-weir-model"] == "sim-fast"
    assert gateway.stop() == 0
    command = [str(BINARY), "serve", "--config", str(path)]
    refused = subprocess.run(
        command, capture_output=True, text=True, timeout=30, cwd=gateway.directory, stdin=subprocess.DEVNULL,
        env=dict(os.environ, **SECRETS, **ENV))
    assert refused.returncode == 2 and "routes/swift" in refused.stderr and "--ignore-stored" in refused.stderr
    announce = {"admin": r"admin on (https?://127\.0\.0\.1:\d+)"}
    alone = Program([*command[1:], "--ignore-stored"], gateway.directory, announce, ENV)
    try:
        assert [row["origin"] for row in ask(alone, "GET", "/api/v1/routes")[2]] == ["file"] * 3
        status, _, problem = ask(alone, "PUT", "/api/v1/teams/ads", {})
        assert status == 409 and "--ignore-stored" in problem["detail"]
    finally:
        assert alone.stop() == 0
