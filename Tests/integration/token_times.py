#!/usr/bin/env python3
"""How exact the times of tokens are that Weir tells: against the stamps of the simulated provider, which says in each piece of
a reply when it made it, and against the moment at which the client read it. One machine, one clock.

    token_times.py [--rounds N]     starts a gateway and a provider and prints the errors in milliseconds

- provider's side: the attempt's start and the time to its first token, on Weir's clock, less the stamp inside that token;
- client's side: the exchange's arrival and the time to the first token handed over, less the client's own reading of it;
- gaps: the sum of the times between tokens, less what lies between the first and the last stamp.

Standard library only.
"""
import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from gateway import ADMIN_KEY, KEY, Gateway, Simulator, configuration, eventually, parse_exposition, target
from wire import Connection, chat, request

FIRST, VISIBLE, GAPS = (
    "weir_time_to_first_token_seconds", "weir_time_to_first_visible_token_seconds", "weir_inter_token_seconds")
BY_KEY = {"Authorization": f"Bearer {ADMIN_KEY}"}
DATA = re.compile(rb"data: (\{.*\})\n")
STAMPED = "gap=4ms,stamps=1"
# Longer than three stamps: what leaves is some gaps behind what was read.
REACH = 48
CASES = {
    "plain": f"sim:ttft=30ms,tokens=8,role_only=0,{STAMPED}",
    "role-only": f"sim:head=20ms,ttft=40ms,tokens=8,empty=3,comments=2,{STAMPED}",
    "reasoning": f"sim:ttft=30ms,reasoning=6,tokens=6,{STAMPED}",
    "hidden-reasoning": f"sim:ttft=60ms,reasoning=40,reasoning_hidden=1,tokens=6,{STAMPED}",
    "tools": f"sim:ttft=30ms,tools=1,{STAMPED}",
    # What comes before the first token waits for it, as another target could still serve.
    "held-opening": f"sim:head=10ms,ttft=30ms,tokens=9,{STAMPED}",
    # A guardrail holds text back and writes the reply anew.
    "held-text": f"sim:ttft=30ms,tokens=10,{STAMPED}",
}


def whole_configuration(url):
    whole = configuration(url, CASES | {"held-opening": [target(CASES["held-opening"]), target("sim-fast")]})
    whole["guardrails"] = {"tickets": {
        "kind": "patterns", "phase": "output", "action": "mask", "model": ["held-text"],
        "patterns": {"ticket": {"pattern": "T-[0-9]+", "reach": f"{REACH}B"}}}}
    return whole


def offset():
    """Nanoseconds from the monotonic clock to the wall clock, by the narrowest of some readings."""
    readings = []
    for _ in range(20):
        before, wall, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        readings.append((after - before, wall - (before + after) // 2))
    return min(readings)[1]


def sums(gateway, model):
    """{(name, side): (sum in ms, count)} of a model; side None for gaps."""
    page = parse_exposition(gateway.get(gateway.metrics_url, {"Accept": "text/plain;version=0.0.4"})[2].decode())
    found = {}
    for (name, labels), value in page.items():
        labels = dict(labels)
        for end in ("_sum", "_count"):
            if name.removesuffix(end) in (FIRST, VISIBLE, GAPS) and name.endswith(end) and (
                    labels["served_model"] == model):
                found.setdefault((name.removesuffix(end), labels.get("side")), {})[end] = float(value)
    return {key: (value["_sum"] * 1000, value["_count"]) for key, value in found.items()}


class Exchange:
    """One stream, with the moment at which each of its pieces was read; moments are monotonic nanoseconds."""

    def __init__(self, connection, route):
        connection.send(request(chat(route, stream=True), key=KEY))
        status, fields = connection.head()
        assert status == 200, status
        self.identity = fields["x-weir-exchange-id"]
        whole, readings = connection.unread, [(len(connection.unread), time.monotonic_ns())]
        while not whole.endswith(b"0\r\n\r\n"):
            data = connection.socket.recv(65536)
            readings.append((len(whole) + len(data), time.monotonic_ns()))
            whole += data
            assert data, "the stream was cut"
        connection.unread = b""
        self.chunks = []
        for match in DATA.finditer(whole):
            read = next(moment for length, moment in readings if length >= match.end())
            self.chunks.append((json.loads(match[1]), read))
        self._look()

    def _look(self):
        """`stamps`: of all tokens, and `visible` of the visible ones; `read`: when the client had the first of each."""
        self.stamps, self.visible, self.read, words = [], [], {}, ""
        for chunk, read in self.chunks:
            for choice in chunk["choices"]:
                delta = choice["delta"]
                said = delta.get("content")
                if said or delta.get("reasoning_content") or delta.get("tool_calls"):
                    self.read.setdefault(FIRST, read)
                    self.stamps.append(chunk.get("sim_sent_ns"))
                if said:
                    self.read.setdefault(VISIBLE, read)
                    self.visible.append(chunk.get("sim_sent_ns"))
                    words += said
        # Who writes a reply anew keeps its words alone.
        if None in self.stamps:
            self.stamps = self.visible = [int(word) for word in words.split()]


def story(gateway, identity):
    def found():
        status, _, body = gateway.get(f"{gateway.urls['admin']}/api/v1/exchanges/{identity}", BY_KEY)
        told = json.loads(body) if status == 200 else {}
        return told if told.get("source") == "recent" else None

    told = eventually(found)
    assert told, f"nothing is told of {identity}"
    return told


def measure(gateway, route, rounds):
    """{(name, side): the error of each exchange in ms}; the first one only warms up."""
    seen, errors, model = [], {}, CASES[route]
    with Connection(gateway.port) as connection:
        Exchange(connection, route)
        pages = [sums(gateway, model)]
        for _ in range(rounds):
            seen.append((Exchange(connection, route), offset()))
            pages.append(sums(gateway, model))
    for (exchange, between), before, now in zip(seen, pages, pages[1:]):
        told = story(gateway, exchange.identity)
        start = next(attempt["start_ms"] for attempt in told["attempt_list"] if attempt["served"])
        arrived = (told["arrived_at_ns"] - between) / 1e6
        expected = {(GAPS, None)} | {(name, side) for name in exchange.read for side in ("upstream", "client")}
        assert set(now) == expected, "a time is told that did not happen, or one is not"
        for (name, side), (total, count) in now.items():
            total, count = total - before[name, side][0], count - before[name, side][1]
            stamps = exchange.visible if name == VISIBLE else exchange.stamps
            assert count <= len(stamps) - 1 if name == GAPS else count == 1, (name, side)
            if name == GAPS:
                error = total - (stamps[-1] - stamps[0]) / 1e6
            elif side == "upstream":
                error = arrived + start + total - stamps[0] / 1e6
            else:
                error = arrived + total - exchange.read[name] / 1e6
            errors.setdefault((name, side), []).append(error)
    return errors


def medians(errors):
    """{what: the median of the error's size, in ms}"""
    names = {FIRST: "first token", VISIBLE: "first visible token", GAPS: "gaps"}
    return {names[name] + {"upstream": ", provider's side", "client": ", client's side", None: ""}[side]:
            statistics.median(map(abs, values)) for (name, side), values in errors.items()}


def all_cases(rounds):
    """{case: {what: median error in ms}} of a gateway and a provider of its own."""
    simulator = Simulator()
    try:
        with tempfile.TemporaryDirectory() as directory:
            gateway = Gateway(Path(directory) / "weir", whole_configuration(simulator.url))
            try:
                return {route: medians(measure(gateway, route, rounds)) for route in CASES}
            finally:
                gateway.stop()
    finally:
        simulator.stop()


def table(found):
    columns = list(dict.fromkeys(what for row in found.values() for what in row))
    lines = ["median error in ms   " + "   ".join(columns)]
    for case, row in found.items():
        lines.append(f"{case:18}   " + "   ".join(
            f"{row[what]:{len(what)}.3f}" if what in row else " " * len(what) for what in columns))
    return "\n".join(lines)


def main():
    arguments = argparse.ArgumentParser(description="how exact the times of tokens are")
    arguments.add_argument("--rounds", type=int, default=40, help="exchanges of each case")
    options = arguments.parse_args()
    print(table(all_cases(options.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
