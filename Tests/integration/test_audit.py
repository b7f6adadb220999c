"""The audit log: who changed what, what Weir did by itself, and that nobody can change it unseen."""
import hashlib
import json
import os
import random
import signal
import sqlite3
import struct
import subprocess
import time
import urllib.request

import pytest

from budgets import MOVE, ask, budget, rule, two_models
from gateway import ADMIN_KEY, BINARY, KEY, SECRETS, configuration, eventually
from wire import Connection, chat, request

BY_KEY = {"Authorization": f"Bearer {ADMIN_KEY}"}


def weir(gateway, *arguments):
    return subprocess.run(
        [str(BINARY), "ledger", *arguments], capture_output=True, text=True, timeout=60, cwd=gateway.directory,
        stdin=subprocess.DEVNULL, env=dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], **SECRETS))


def audit(gateway, query=""):
    status, _, body = gateway.get(f"{gateway.urls['admin']}/api/v1/audit?{query}", BY_KEY)
    assert status == 200, body
    return json.loads(body)


def entries(gateway, action=None):
    return [entry for entry in audit(gateway, "limit=1000")["entries"] if action in (None, entry["action"])]


def test_notify(gateway, fields=()):
    request = urllib.request.Request(
        gateway.urls["admin"] + "/api/v1/budgets/test-notify", method="POST", data=b"", headers=BY_KEY | dict(fields))
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.status


test_notify.__test__ = False


def head_of(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return [row for row in database.execute(
            "SELECT sequence, at_ns, actor, action, subject, before, after, reason, exchange, trace_id, hash "
            "FROM audit ORDER BY sequence")]


def chained(rows):
    """The chain as docs/audit.md describes it, computed again without any of Weir's code."""
    previous = bytes(32)
    for sequence, at, *texts, found in rows:
        encoded = b"\x01" + struct.pack(">qq", sequence, at)
        for text in texts:
            encoded += b"\xff\xff\xff\xff" if text is None else struct.pack(">I", len(text.encode())) + text.encode()
        previous = hashlib.sha256(previous + encoded).digest()
        if previous != found:
            return False
    return True


def test_what_guardrails_did_is_written_down_and_a_flood_is_one_entry(start, simulator):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}, guardrails={
        "secretive": {"kind": "words", "words": {"planted": ["the planted word"]}},
        "masked": {"kind": "patterns", "action": "mask", "patterns": {"ticket": "T-[0-9]+"}},
        "watched": {"kind": "words", "action": "flag", "words": {"seen": ["merely seen"]}}}))

    def say(text):
        with Connection(gateway.port) as connection:
            connection.send(request(chat("smart", text=text), key=KEY))
            return connection.reply()

    first = say("this is the planted word")
    assert first.status == 400 and say("see T-77").status == 200 and say("merely seen").status == 200
    (blocked,) = eventually(lambda: entries(gateway, "guardrail.block"))
    assert (blocked["actor"], blocked["subject"], blocked["after"]) == ("guardrail:secretive", "input", "1 exchange")
    assert blocked["reason"] == "found: planted 1; teams: search 1"
    assert blocked["exchange"] == first.fields["x-weir-exchange-id"] and len(blocked["trace_id"]) == 32
    (masked,) = eventually(lambda: entries(gateway, "guardrail.mask"))
    assert (masked["actor"], masked["reason"]) == ("guardrail:masked", "found: ticket 1; teams: search 1")
    for _ in range(40):
        say("again the planted word")
    path = gateway.directory / "weir.db"
    assert gateway.stop() == 0
    rows = head_of(path)
    told = [row for row in rows if row[3] == "guardrail.block"]
    assert [row[6] for row in told] == ["1 exchange", "40 exchanges"]
    assert chained(rows) and "planted word" not in repr(rows)
    assert subprocess.run([str(BINARY), "ledger", "verify", "--path", str(path)], timeout=60).returncode == 0


def test_a_life_from_start_to_stop_is_written_down_and_verified(start, simulator):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}))
    assert eventually(lambda: len(entries(gateway)) == 2)
    began, prices = entries(gateway)
    assert (began["action"], began["actor"], began["sequence"]) == ("process.start", "process", 1)
    assert began["after"].startswith("configuration ") and "reason" not in began
    assert prices["action"] == "prices.change" and "before" not in prices

    trace = "0af7651916cd43dd8448eb211c80319c"
    assert test_notify(gateway, {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}.items()) == 200
    asked, = entries(gateway, "notify.test")
    assert (asked["actor"], asked["trace_id"]) == ("key:env:WEIR_ADMIN_KEY", trace)
    assert asked["reason"] == "asked from 127.0.0.1"

    whole = configuration(simulator.url, {"smart": "sim-fast", "new": "sim-small"})
    (gateway.directory / "weir.yaml").write_text(json.dumps(whole))
    gateway.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: entries(gateway, "configuration.reload"))
    reloaded, = entries(gateway, "configuration.reload")
    assert reloaded["actor"] == "signal:SIGHUP"
    assert reloaded["reason"].startswith("changed: ") and "models.new added" in reloaded["reason"]
    assert began["after"] == "configuration " + reloaded["before"] != "configuration " + reloaded["after"]
    assert len(entries(gateway, "prices.change")) == 2, "the overrides are others"
    (gateway.directory / "weir.yaml").write_text("weir: [")
    gateway.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: entries(gateway, "configuration.reload_failed"))

    assert gateway.metrics()["weir_audit_entries_total", frozenset({("action", "notify.test")})] == "1"
    assert gateway.metrics()["weir_audit_head_sequence", frozenset()] == "6"
    path = gateway.directory / "weir.db"
    done = weir(gateway, "verify", "--path", str(path))
    assert done.returncode == 0 and done.stdout.startswith("6 entries are sound; "), done
    listed = weir(gateway, "audit")
    assert listed.returncode == 0 and "#3  notify.test  by key:env:WEIR_ADMIN_KEY" in listed.stdout

    assert gateway.stop() == 0
    rows = head_of(path)
    assert rows[-1][2:4] == ("signal:SIGTERM", "process.stop") and chained(rows)
    assert ADMIN_KEY not in repr(rows) and KEY not in repr(rows)
    head = rows[-1][-1].hex()
    assert any(f"hash={head}" in line for line in gateway.output if line), "the log holds the head"
    assert weir(gateway, "verify", "--path", str(path), "--expect", head).returncode == 0


def test_pages_follow_one_another(start, simulator):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}))
    for _ in range(5):
        test_notify(gateway)
    found, after = [], 0
    while after is not None:
        page = audit(gateway, f"after={after}&limit=3")
        found, after = found + page["entries"], page.get("next")
    assert [entry["sequence"] for entry in found] == list(range(1, 8))
    since = found[4]["time"].replace(":", "%3A")
    later = [entry["sequence"] for entry in audit(gateway, f"since={since}")["entries"]]
    assert later[-1] == 7 and set(range(5, 8)) <= set(later)
    for query in ["since=yesterday", "limit=0", "limit=1001", "after=x"]:
        assert gateway.get(f"{gateway.urls['admin']}/api/v1/audit?{query}", BY_KEY)[0] == 400
    assert gateway.get(f"{gateway.urls['admin']}/api/v1/audit")[0] == 401


def test_a_rule_s_reroute_is_written_on_and_off_with_its_signals_and_exported_once(collector, start, simulator):
    limits = [budget(rules=[rule(), MOVE])]
    gateway = start(two_models(simulator, limits), {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": collector.url + "/v1/logs"})
    for _ in range(6):
        ask(gateway)
    assert eventually(lambda: len(entries(gateway, "budget.reroute")) >= 2, 30)
    on, off = entries(gateway, "budget.reroute")[:2]
    assert (on["actor"], on["subject"], on["before"]) == ("rule:search/move", "search/move", "inactive")
    assert on["after"] == "firing: reroute economy (smart to fast) for 100% of exchanges"
    assert on["reason"].startswith("when spent >= 50%; spent is ")
    assert (off["before"], off["after"]) == (on["after"], "inactive")
    assert off["reason"].startswith("until ")
    assert {entry["subject"] for entry in entries(gateway, "budget.rule")} == {"search/warn"}
    assert eventually(lambda: len(collector.of_event("weir.audit")) >= 2, 15)
    records = collector.of_event("weir.audit")
    assert {record.attributes["weir.audit.action"] for record in records} == {"process.start", "prices.change"}
    hashes = {entry["hash"] for entry in entries(gateway)}
    assert {record.attributes["weir.audit.hash"] for record in records} <= hashes


@pytest.mark.parametrize("column", ["at_ns", "actor", "action", "subject", "before", "after", "reason"])
def test_a_changed_entry_is_named_and_the_exit_status_says_so(start, simulator, column):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}))
    for _ in range(3):
        test_notify(gateway)
    assert gateway.stop() == 0
    path = gateway.directory / "weir.db"
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute(f"UPDATE audit SET {column} = coalesce({column}, 0) + 1 WHERE sequence = 3")
    done = weir(gateway, "verify")
    assert done.returncode == 1 and "broken at entry 3" in done.stdout, done
    told = json.loads(weir(gateway, "verify", "--output", "json").stdout)
    assert (told["sound"], told["broken_at"], told["entries"]) == (False, 3, 2)


def test_a_hundred_thousand_entries_made_by_somebody_else_are_verified_in_seconds(start, simulator):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}))
    assert gateway.stop() == 0
    path = gateway.directory / "weir.db"
    rows = head_of(path)
    previous, first = rows[-1][-1], len(rows) + 1
    made = []
    for sequence in range(first, 100_001):
        texts = ("rule:search/warn", "budget.rule", "search/warn", "inactive", "firing", f"spent is {sequence} USD", None, None)
        encoded = b"\x01" + struct.pack(">qq", sequence, 10**18 + sequence) + b"".join(
            b"\xff\xff\xff\xff" if text is None else struct.pack(">I", len(text)) + text.encode() for text in texts)
        previous = hashlib.sha256(previous + encoded).digest()
        made.append((sequence, 10**18 + sequence, *texts, previous))
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", made)
    began = time.monotonic()
    done = weir(gateway, "verify", "--expect", rows[-1][-1].hex())
    took = time.monotonic() - began
    assert done.returncode == 0 and done.stdout.startswith("100000 entries are sound"), done
    # Seconds, without optimisation, on a machine that is busy with other tests.
    assert took < 30, took
    print(f"verified in {took:.2f} s")


def test_a_kill_while_entries_are_written_leaves_a_sound_chain(start, simulator):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}))
    path = gateway.directory / "weir.db"
    chance = random.Random(5)
    for round_ in range(4):
        writers = [subprocess.Popen(
            ["sh", "-c", "while :; do kill -HUP $0 2>/dev/null || exit; sleep 0.01; done", str(gateway.pid)])]
        test_notify(gateway)
        time.sleep(0.2 + chance.random() / 3)
        gateway.kill()
        for writer in writers:
            writer.kill()
            writer.wait()
        done = weir(gateway, "verify", "--path", str(path))
        assert done.returncode == 0, done
        rows = head_of(path)
        assert chained(rows) and [row[0] for row in rows] == list(range(1, len(rows) + 1))
        assert sum(row[3] == "notify.test" for row in rows) == round_ + 1, "what was answered was written"
        gateway = type(gateway)(gateway.directory, json.loads((gateway.directory / "weir.yaml").read_text()))
    assert eventually(lambda: len(entries(gateway, "process.start")) == 5)
    assert entries(gateway, "process.start")[-1]["reason"].startswith("the process before did not stop in order")
    assert gateway.stop() == 0


def test_bad_uses_of_verify_are_refused(start, simulator, tmp_path):
    gateway = start(configuration(simulator.url, {"smart": "sim-fast"}))
    for arguments in [["--path", str(tmp_path / "none")], ["--config", "none.yaml"], ["--expect", "12ab"]]:
        done = weir(gateway, "verify", *arguments)
        assert done.returncode == 2 and done.stderr, done
