#!/usr/bin/env python3
"""Chaos: exchanges that complete, stream, fail and are left at a random byte, under `kill -9` of the gateway at random
moments with a restart on the same storage, while budgets count and move them. Afterwards every rendering and every
budget must agree to the last digit.

    WEIR_CHAOS_EXCHANGES (2000)   WEIR_CHAOS_KILLS (8)   WEIR_CHAOS_CLIENTS (16)   WEIR_CHAOS_SEED (1)

Runs in the environment that scripts/python-env makes.
"""
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import accounts
from budgets import budget, charge, charged, rule, sample
from collector import Collector
from gateway import KEY, OTHER_KEY, TIMEOUTS, Gateway, Simulator, configuration, eventually, provider, target
from wire import Closed, Connection, chat, request

EXCHANGES = int(os.environ.get("WEIR_CHAOS_EXCHANGES", "2000"))
KILLS = int(os.environ.get("WEIR_CHAOS_KILLS", "8"))
CLIENTS = int(os.environ.get("WEIR_CHAOS_CLIENTS", "16"))
SEED = int(os.environ.get("WEIR_CHAOS_SEED", "1"))

MODELS = {
    "plain": "sim-fast",
    "slow": "sim:ttft=5ms,gap=2ms,tokens=24",
    "reasoning": "sim:ttft=5ms,gap=1ms,tokens=7,reasoning=9,input=333,cached=111",
    "silent": "sim:ttft=2ms,gap=1ms,tokens=12,usage=none",
    "limited": "sim:error=429",
    "broken": "sim:error=500",
    "stalled": "sim:tokens=9,stall=5s,stall_after=3",
    "cut": "sim:tokens=20,abort_after=5",
    "cut-at-once": "sim:abort_after=0",
    "in-band": "sim:tokens=9,in_band_error_after=4",
    "unpriced": "sim:tokens=3",
    "rescued": [target("sim:error=503"), target("sim-fast")],
}
UNPRICED = {"sim:tokens=3"}
# Kind of exchange → weight. `gone` closes at a random byte of the reply, `gone-early` within the request.
KINDS = {
    "plain": 20, "stream": 26, "stream-usage": 10, "gone": 18, "gone-early": 3, "limited": 4, "broken": 3, "stalled": 1,
    "cut": 4, "cut-at-once": 2, "in-band": 3, "unpriced": 3, "rescued": 4, "silent": 5, "unknown": 2, "stranger": 2,
}

# Nothing is refused, so that every kind of exchange happens; what nobody knows the price of counts nothing, as in the
# ledger. The reroutes begin early in the run; that of the ten seconds ends and begins as it likes.
ECONOMY = {"slow": "plain", "reasoning": "plain"}
BUDGETS = [
    budget(name="search", per="month", limit="50 USD", enforce="hard", unpriced="allow", rules=[
        rule(), rule("move", "spent >= 0.5%", then={"reroute": "economy", "share": "50%"})]),
    budget(name="shop", scope={"team": "shop"}, per="month", limit="0.05 USD", unpriced="allow", owner="shop-oncall",
           rules=[rule("move", "spent >= 50%", then={"reroute": "economy", "share": "50%"})]),
    budget(name="pace", scope={}, per="rolling 10s", limit="0.1 USD", unpriced="allow", owner="platform",
           rules=[rule("move", "spent >= 90%", until="spent < 20%", then={"reroute": "economy", "share": "20%"})]),
]


class Run:
    """What the clients saw, and the gateway of the moment."""

    def __init__(self, workplace):
        self.workplace, self.random = Path(workplace), random.Random(SEED)
        self.lock, self.started, self.ended = threading.Lock(), 0, 0
        self.seen, self.complete, self.lives = Counter(), set(), 0
        self.simulator, self.collector = Simulator(), Collector()
        self.gateway, self.stopping = None, False
        self.restart()

    def restart(self):
        """A new process on the same storage, with an access log and an OTLP receiver of its own."""
        if self.gateway:
            self.gateway.kill()
            self.collector.close()
            self.collector = Collector()
        self.lives += 1
        impatient = TIMEOUTS | {"idle": "300ms", "first_byte": "1s"}
        whole = configuration(
            self.simulator.url, MODELS, UNPRICED,
            providers={"sim": provider(self.simulator.url, timeouts=impatient)},
            # A breaker that opens would keep the faults away that this is about.
            routing={"breaker": {"failures": 1_000_000, "minimum": 1_000_000}}, reroutes={"economy": ECONOMY}, budgets=BUDGETS)
        for price in whole["prices"]["overrides"]:
            if price["model"] == MODELS["plain"]:
                price |= {"input": "0.3", "output": "1.5123457", "cache_read": "0.03"}
        whole["telemetry"] |= {"access_log": f"access-{self.lives}.log", "traces": {"endpoint": self.collector.url}}
        self.gateway = Gateway(self.workplace, whole)
        self.idle_connections = client_connections(self.gateway)

    @property
    def access_log(self):
        return self.workplace / f"access-{self.lives}.log"

    @property
    def database(self):
        return self.workplace / "weir.db"

    def next_kind(self):
        """Kind, and randomness of its own, of the next exchange; None when there are enough."""
        with self.lock:
            if self.started >= EXCHANGES:
                return None
            self.started += 1
            kind = self.random.choices(list(KINDS), KINDS.values())[0]
            return kind, random.Random(self.random.getrandbits(64))

    def note(self, kind, identifier, complete):
        with self.lock:
            self.ended += 1
            self.seen[kind, "complete" if complete else "not"] += 1
            if complete and identifier:
                self.complete.add(identifier)


def client_connections(gateway):
    return sum(float(value) for (name, labels), value in gateway.metrics().items()
               if name == "weir_connections" and ("side", "client") in labels)


def body_of(kind, chance):
    text = "x" * chance.randrange(1, 400)
    streamed = {
        "stream": "slow", "gone": "slow", "silent": "silent", "stalled": "stalled", "cut": "cut", "in-band": "in-band"}
    if kind in streamed:
        return chat(streamed[kind], stream=True, text=text)
    if kind == "stream-usage":
        return chat("reasoning", stream=True, text=text, stream_options={"include_usage": True})
    models = {"gone-early": "slow", "unknown": "nobody", "stranger": "plain"}
    return chat(models.get(kind, kind), stream=kind == "rescued" and chance.random() < 0.5, text=text)


def exchange(run, connection, kind, chance):
    """One exchange; returns whether the connection may be used again."""
    key = {"stranger": "sk-nobody"}.get(kind, chance.choice([KEY, OTHER_KEY]))
    asked = request(body_of(kind, chance), key=key)
    if kind == "gone-early":
        connection.send(asked[:chance.randrange(1, len(asked))])
        run.note(kind, None, False)
        return False
    connection.send(asked)
    if kind == "gone":
        try:
            connection.exactly(chance.randrange(1, 4000))
        except Closed:
            pass
        run.note(kind, None, False)
        return False
    identifier = None
    try:
        status, fields = connection.head()
        identifier = fields.get("x-weir-exchange-id")
        if "chunked" in fields.get("transfer-encoding", ""):
            body = b"".join(connection.chunks())
            whole = body.endswith(b"data: [DONE]\n\n")
        else:
            connection.exactly(int(fields["content-length"]))
            whole = True
    except (Closed, TimeoutError):
        run.note(kind, identifier, False)
        return False
    run.note(kind, identifier, whole and status == 200)
    return fields.get("connection", "").lower() != "close"


def connected(run):
    """A connection to the gateway of the moment, once there is one."""
    while True:
        life = run.gateway
        try:
            return Connection(life.port, timeout=20), life
        except OSError:
            time.sleep(0.01)


def client(run):
    connection = life = None
    while (turn := run.next_kind()) and not run.stopping:
        kind, chance = turn
        if connection is None or life is not run.gateway:
            connection, life = connected(run)
        try:
            if not exchange(run, connection, kind, chance):
                connection.socket.close()
                connection = None
        except (OSError, Closed):
            # The gateway was killed before it answered.
            run.note(kind, None, False)
            connection = None
    if connection:
        connection.socket.close()


def killer(run):
    """Kills at random counts of ended exchanges, after a random moment: within journal, commit and free."""
    moments = sorted(run.random.sample(range(EXCHANGES // 20, EXCHANGES * 4 // 5), KILLS))
    for moment in moments:
        while run.ended < moment:
            time.sleep(0.001)
        time.sleep(run.random.random() * 0.05)
        run.restart()


def idle(run):
    samples = run.gateway.metrics()
    slots = sum(Decimal(value) for (name, labels), value in samples.items()
                if name == "weir_journal_slots" and ("state", "free") not in labels)
    return (samples.get(("weir_exchanges_in_flight", frozenset())) == "0" and slots == 0
            and client_connections(run.gateway) <= run.idle_connections)


def open_things(run):
    watched = ("weir_exchanges_in_flight", "weir_connections", "weir_journal_slots")
    return {key: value for key, value in run.gateway.metrics().items() if key[0] in watched and value != "0"}


def metric_sums(run):
    samples, tokens = run.gateway.metrics(), dict.fromkeys(accounts.TYPES, 0)
    cost = exchanges = Decimal(0)
    for (name, labels), value in samples.items():
        if name == "weir_tokens_total":
            tokens[dict(labels)["type"]] += int(Decimal(value))
        elif name == "weir_cost_usd_total":
            cost += Decimal(value)
        elif name == "weir_exchanges_total":
            exchanges += Decimal(value)
    return int(exchanges), tokens, cost


def compare(run):
    """Every disagreement, as text."""
    problems = []
    lines = [json.loads(line) for line in run.access_log.read_text().splitlines()]
    logged = {line["exchange"]: accounts.of_access_line(line) for line in lines}
    if len(logged) != len(lines):
        problems.append("an exchange has two access lines")
    accounted = {line["exchange"] for line in lines if line["accounted"]}
    traced = {account.id: account for account in map(accounts.of_root_span, run.collector.roots())}
    ledger = accounts.of_ledger(run.database)
    instances = {ledger[identifier][1] for identifier in accounted if identifier in ledger}
    mine = {identifier: account for identifier, (account, instance) in ledger.items() if instance in instances}

    if len(instances) != 1:
        problems.append(f"the surviving process has {len(instances)} numbers in the ledger")
    if mine.keys() != accounted:
        problems.append(f"ledger and access log differ in {sorted(mine.keys() ^ accounted)[:5]}")
    if traced.keys() != logged.keys():
        problems.append(f"spans and access log differ in {sorted(traced.keys() ^ logged.keys())[:5]}")
    for identifier, account in logged.items():
        for name, other in (("ledger", mine.get(identifier)), ("span", traced.get(identifier))):
            if other and other != account:
                problems.append(f"{identifier}: access log {account}, {name} {other}")
    count, tokens, cost = metric_sums(run)
    if count != len(logged):
        problems.append(f"metrics count {count} exchanges, the access log {len(logged)}")
    for name, found in (("access log", logged), ("spans", traced), ("ledger", mine)):
        found = found.values()
        if accounts.total_tokens(found) != tokens:
            problems.append(f"tokens: metrics {tokens}, {name} {accounts.total_tokens(found)}")
        if accounts.plain(accounts.total_cost(found)) != accounts.plain(cost):
            total = accounts.plain(accounts.total_cost(found))
            problems.append(f"cost: metrics {accounts.plain(cost)}, {name} {total}")
    return problems + compare_lives(run, ledger) + compare_budgets(run, lines)


def compare_budgets(run, lines):
    """Budgets against the ledger: of this month all processes, of what was moved and saved the surviving one."""
    problems, gateway = [], run.gateway
    rows = accounts.rows(run.database, "exchanges")
    if any(row["outcome"] == "interrupted" and charge(row) != Decimal(row["reserved"] or 0) for row in rows):
        problems.append("an interrupted exchange has a cost beside what was reserved for it")
    for name in ("search", "shop"):
        spent, expected = sample(gateway, "weir_budget_spent_usd", budget=name), charged(run.database, team=name)
        if not spent == expected > 0:
            problems.append(f"budget {name}: spent {spent}, the ledger's rows of all processes {expected}")
        if not sample(gateway, "weir_reroute_active", budget=name):
            problems.append(f"budget {name}: no reroute is active at the end")
    for name in ("weir_budget_reserved_usd", "weir_budget_overshoot_usd_total"):
        if value := sample(gateway, name):
            problems.append(f"{name} is {value} when nothing is under way")
    moved = [line for line in lines if "rerouted_to" in line]
    saved = sum((Decimal(line["demand_usd"]) - Decimal(line.get("cost_usd", "0")) for line in moved), Decimal(0))
    counted = sample(gateway, "weir_reroute_saved_usd_total")
    if not counted == saved > 0:
        problems.append(f"saved: metrics {counted}, access log {saved}")
    everywhere = sum(row["rerouted_to"] is not None for row in rows)
    print(f"chaos: {len(moved)} exchanges of the surviving process were moved, {everywhere} of all")
    return problems


def compare_lives(run, ledger):
    """What must hold over all the processes: nothing that a client saw complete is missing; hours sum up the rows."""
    problems = []
    missing = {identifier for identifier in run.complete if identifier not in ledger}
    if missing:
        problems.append(f"{len(missing)} complete exchanges are not in the ledger: {sorted(missing)[:5]}")
    outcomes = Counter(ledger[identifier][0].outcome for identifier in run.complete - missing)
    # A kill between the last byte to the client and the journal's close leaves an exchange interrupted, never missing.
    if outcomes.keys() - {"completed", "interrupted"} or outcomes["interrupted"] > CLIENTS * (run.lives - 1):
        problems.append(f"what clients saw complete has these outcomes in the ledger: {dict(outcomes)}")
    print(f"chaos: what clients saw complete is in the ledger as {dict(outcomes)}")
    interrupted = sum(account.outcome == "interrupted" for account, _ in ledger.values())
    print(f"chaos: {len(ledger)} exchanges in the ledger, {interrupted} of them interrupted by a kill")
    every = [account for account, _ in ledger.values()]
    hours = accounts.of_hours(run.database)
    sums = len(every), accounts.total_tokens(every), accounts.total_cost(every)
    if hours != sums:
        problems.append(f"the hourly sums are {hours}, the rows' {sums}")
    return problems


def perform(workplace):
    """Runs the chaos; returns the disagreements."""
    began, run = time.monotonic(), Run(workplace)
    threads = [threading.Thread(target=client, args=(run,), daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        killer(run)
        for thread in threads:
            thread.join(300)
        problems = [] if eventually(lambda: idle(run), 30) else [f"not idle: {open_things(run)}"]
        eventually(lambda: len(run.collector.roots()) >= metric_sums(run)[0] > 0, 15)
        problems += compare(run)
        summary = ", ".join(f"{kind} {state} {count}" for (kind, state), count in sorted(run.seen.items()))
        print(f"chaos: seed {SEED}, {run.ended} exchanges, {run.lives - 1} kills, {time.monotonic() - began:.0f} s")
        print(f"chaos: {summary}")
        print(f"chaos: surviving process: {metric_sums(run)}")
    finally:
        run.stopping = True
        status = run.gateway.stop()
        run.simulator.stop()
        run.collector.close()
    return problems + ([f"the gateway ended with {status}"] if status else [])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        found = perform(place)
    for problem in found[:20]:
        print(problem)
    print(f"chaos: {len(found)} disagreements")
    sys.exit(1 if found else 0)
