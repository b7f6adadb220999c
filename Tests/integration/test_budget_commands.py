"""`weir budgets`: what people ask a running gateway of its budgets."""
import http.server
import json
import os
import subprocess
import threading

import pytest

from gateway import ADMIN_KEY, BINARY, configuration


class Receiver(http.server.BaseHTTPRequestHandler):
    """A web hook that answers with its server's status and keeps what it was told."""

    def do_POST(self):
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.status, server.told = 200, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def gateway(start, simulator, hook):
    rule = {"name": "warn", "when": "spent >= 80%", "until": "spent < 50%", "notify": "webhook"}
    return start(configuration(simulator.url, {"smart": "sim-fast"}) | {
        "budgets": [{
            "name": "search", "scope": {"team": "search"}, "limit": "5 USD", "per": "rolling 1h",
            "owner": "search-oncall", "rules": [rule]}],
        "notify": {"webhook": {"url": f"http://127.0.0.1:{hook.server_port}/hook"}},
    })


def budgets(gateway, *arguments, key=ADMIN_KEY):
    return subprocess.run(
        [str(BINARY), "budgets", *arguments], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
        env=dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], WEIR_ADMIN_KEY=key))


def test_the_list_is_a_table_or_json(gateway):
    done = budgets(gateway, "list")
    assert done.returncode == 0, done.stderr
    head, row = done.stdout.splitlines()
    assert head.split() == ["budget", "per", "limit", "spent", "reserved", "remaining", "rules"]
    assert row.split() == ["search", "rolling", "1h", "5", "0", "0", "5", "warn=inactive"]
    listed, = json.loads(budgets(gateway, "list", "--output", "json").stdout)
    assert (listed["budget"], listed["limit_usd"]) == ("search", "5")


def test_a_wrong_admin_key_is_said(gateway):
    done = budgets(gateway, "list", key="wrong")
    assert done.returncode == 1 and "401" in done.stderr and not done.stdout


def test_a_test_notification_prints_each_answer_and_fails_where_one_was_not_taken(gateway, hook):
    done = budgets(gateway, "test-notify")
    assert done.returncode == 0 and done.stdout.startswith("webhook: delivered\n"), done
    assert f"127.0.0.1:{hook.server_port}" in done.stdout and len(hook.told) == 1
    hook.status = 400
    done = budgets(gateway, "test-notify")
    assert done.returncode == 1 and done.stdout.startswith("webhook: not delivered\n"), done
    assert "400" in done.stdout
