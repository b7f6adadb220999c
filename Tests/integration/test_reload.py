"""Changes of the file without a restart: watched, by the API, refused where wrong, and a hundred of them under load."""
import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from gateway import BINARY, KEY, SECRETS, configuration, eventually
from test_admin_api import ask
from wire import Connection, chat, events, request


def call(gateway, model):
    with Connection(gateway.port) as connection:
        connection.send(request(chat(model), key=KEY))
        return connection.reply()


def reloads(gateway, result="success"):
    return int(gateway.metrics()["weir_config_reloads_total", frozenset({("result", result)})])


def test_a_changed_file_is_taken_over_by_itself_however_it_is_written(start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"})
    gateway = start(whole)
    path = gateway.directory / "weir.yaml"

    def written(model):
        return json.dumps(whole | {"models": whole["models"] | {model: {"targets": ["sim/sim-fast"]}}})

    # By a rename over it, and as a link that leads elsewhere, as Kubernetes swaps its volumes.
    (gateway.directory / "other").write_text(written("second"))
    os.replace(gateway.directory / "other", path)
    assert eventually(lambda: call(gateway, "second").status == 200, 20, 0.2)
    (gateway.directory / "v3").mkdir()
    (gateway.directory / "v3" / "weir.yaml").write_text(written("third"))
    os.symlink("v3/weir.yaml", gateway.directory / "link")
    os.replace(gateway.directory / "link", path)
    assert eventually(lambda: call(gateway, "third").status == 200, 20, 0.2)
    assert call(gateway, "second").status == 404 and reloads(gateway) == 2

    path.write_text("weir: [")
    assert eventually(lambda: reloads(gateway, "failure") == 1, 20, 0.2)
    assert call(gateway, "third").status == 200
    status = ask(gateway, "GET", "/api/v1/config")[2]
    assert not status["last_reload_successful"] and "not valid YAML" in status["problems"][0]["message"]
    # What reads the same changes nothing, and is not read again and again.
    path.write_text(written("third"))
    assert eventually(lambda: ask(gateway, "GET", "/api/v1/config")[2]["last_reload_successful"], 20, 0.2)
    assert reloads(gateway, "failure") == 1
    assert any("reloaded" in line and "models.second" not in line for line in gateway.output if line)


def test_a_reload_tells_what_changed_and_what_waits_for_a_restart(start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"}, config={"watch": False})
    gateway = start(whole)
    path = gateway.directory / "weir.yaml"
    changed = whole | {
        "teams": whole["teams"] | {"ads": {}}, "storage": whole["storage"] | {"retention": "7d"},
        "keys": [{"caller": "alice", "key": "env:WEIR_KEY_ALICE"}, {"caller": "bob", "key": "env:SIM_KEY"}]}
    path.write_text(json.dumps(changed))

    def weir(*arguments):
        return subprocess.run(
            [str(BINARY), "config", *arguments], capture_output=True, text=True, timeout=60, cwd=gateway.directory,
            stdin=subprocess.DEVNULL, env=dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], **SECRETS))

    would = weir("diff")
    assert would.returncode == 0 and "added teams.ads" in would.stdout and "storage.retention" in would.stdout
    assert ask(gateway, "GET", "/api/v1/teams/ads")[0] == 404, "a rehearsal changes nothing"
    assert weir("validate", "weir.yaml").stdout.startswith("sound\n")
    status, _, report = ask(gateway, "POST", "/api/v1/config/reload")
    assert status == 200 and report["restart_needed"] == ["storage.retention"]
    assert {change["path"] for change in report["changes"]} == {"teams.ads", "storage.retention", "keys[1].key"}
    assert gateway.metrics()["weir_config_restart_needed", frozenset()] == "1"
    entry = ask(gateway, "GET", "/api/v1/config/history")[2]["entries"][-1]
    assert entry["action"] == "configuration.reload" and entry["actor"] == "key:env:WEIR_ADMIN_KEY"
    assert "teams.ads added" in entry["reason"] and "only a new process takes over: storage.retention" in entry["reason"]
    for text in [json.dumps(report), json.dumps(entry), *filter(None, gateway.output)]:
        assert not any(secret in text for secret in SECRETS.values())

    path.write_text(json.dumps(changed | {"models": {"smart": {"targets": ["nowhere/x"]}}}))
    refused = weir("reload")
    assert refused.returncode == 1 and "models.smart.targets[0].provider" in refused.stderr
    assert weir("validate").returncode == 1
    assert call(gateway, "smart").status == 200


def rss(gateway):
    status = Path(f"/proc/{gateway.pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) >> 10


@pytest.mark.timeout(240)
def test_a_hundred_reloads_under_load_fail_no_request_and_keep_no_memory(start, simulator):
    """Streams and whole replies are under way all the time; each reload changes routes, limits and budgets."""
    models = {"smart": "sim-fast", "slow": "sim:tokens=12,gap=20ms"}
    whole = configuration(simulator.url, models, config={"watch": False})
    gateway = start(whole)
    path = gateway.directory / "weir.yaml"
    stop, counts, failures = threading.Event(), {"whole": 0, "stream": 0}, []

    def work(kind, model):
        body = request(chat(model, stream=kind == "stream"), key=KEY)
        with Connection(gateway.port, timeout=30) as connection:
            while not stop.is_set():
                connection.send(body)
                reply = connection.reply()
                ends = kind == "whole" or (reply.body.rstrip().endswith(b"data: [DONE]") and len(events(reply.body)) > 2)
                if reply.status != 200 or not ends:
                    failures.append((kind, reply))
                    return
                counts[kind] += 1

    def run(kind, model):
        try:
            work(kind, model)
        except Exception as error:  # a connection that was cut is a failed request
            failures.append((kind, repr(error)))

    workers = [threading.Thread(target=run, args=job) for job in [("whole", "smart")] * 3 + [("stream", "slow")] * 4]
    for worker in workers:
        worker.start()
    try:
        sizes = []
        for number in range(100):
            extra = {f"extra-{number % 7}": {"targets": ["sim/sim-small", {"provider": "sim", "model": "sim-fast"}]}}
            limit = {"name": "search", "scope": {"team": "search"}, "limit": f"{900 + number} USD", "owner": "me",
                     "rules": [{"name": "warn", "when": "spent >= 80%"}]}
            path.write_text(json.dumps(whole | {
                "models": whole["models"] | extra, "budgets": [limit],
                "limits": [{"name": "all", "requests": f"{100_000 + number}/minute"}]}))
            status, _, report = ask(gateway, "POST", "/api/v1/config/reload")
            assert status == 200 and report["changes"], report
            sizes.append(rss(gateway))
            assert not failures, failures[:3]
    finally:
        stop.set()
        for worker in workers:
            worker.join(30)
    assert not failures, failures[:3]
    assert min(counts.values()) > 20, counts
    assert reloads(gateway) == 100
    # After the first twenty-five, memory that is in use is in the pools of the allocator.
    early, late = max(sizes[20:30]), max(sizes[-10:])
    print("MiB after reloads:", sizes[::10], "requests:", counts)
    assert late - early < 24, f"{early} MiB after thirty reloads, {late} after {len(sizes)}: {sizes[::10]}"
