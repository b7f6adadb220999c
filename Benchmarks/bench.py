#!/usr/bin/env python3
"""The side-by-side benchmark: nginx (plain `proxy_pass`, keep-alive) and Weir before the same mock provider.

    bench.py [--quick]      writes Benchmarks/results.json and prints what it means

Method: the proxy has one processor for itself, mock and load generator share another. Bursts of the proxies are
interleaved, so that what a noisy machine does meets them all; bursts during which the hypervisor stole more than 5 %
are dropped, and ratios are medians over cycles, each to the nginx burst of its own cycle. CPU is what the kernel's
scheduler counted for all threads of the proxy's process. Standard library only; needs nginx and wrk.
"""
import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import peers  # Before what lies beside the tests: it says where that is.
import token_times
from peers import KEY, LOAD_CPU, PROXY_CPU, Connection, request

CONNECTIONS = 32
STEAL_MAX = 0.05
PACE = 500
STREAMS = 1000
TRANSLATION_MAX = 2.0
SERIES = 50_000
WRK = """
wrk.method = "POST"
wrk.path = "/v1/chat/completions"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.body = [==[%s]==]
done = function(summary, latency, requests)
  io.write(string.format('\\nRESULT {"requests": %%d, "microseconds": %%d, "bad": %%d, "p50_us": %%d}\\n',
    summary.requests, summary.duration, summary.errors.status + summary.errors.read + summary.errors.write
    + summary.errors.timeout + summary.errors.connect, latency:percentile(50)))
end
"""


def cpu_nanoseconds(pid):
    """What all threads of the process have run, as the scheduler counted it."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total


def voluntary_switches(pid):
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
        except OSError:
            continue
    return total


def resident_kilobytes(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def jiffies():
    """(stolen, all) since boot."""
    numbers = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return numbers[7], sum(numbers)


def burst(script, port, pid, seconds):
    """One burst of wrk: CPU and context switches per request of the process `pid`."""
    stolen, every = jiffies()
    cpu, switches = cpu_nanoseconds(pid), voluntary_switches(pid)
    with peers.pinned(LOAD_CPU):
        output = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", script,
             f"http://127.0.0.1:{port}"],
            capture_output=True, text=True, check=True).stdout
    result = json.loads(re.search(r"RESULT (.*)", output)[1])
    requests = result["requests"]
    stolen_after, every_after = jiffies()
    if not requests or result["bad"] > requests * 0.001:
        raise RuntimeError(f"the burst failed: {result}")
    return {
        "cpu_us": (cpu_nanoseconds(pid) - cpu) / 1000 / requests,
        "switches": (voluntary_switches(pid) - switches) / requests,
        "per_second": requests / result["microseconds"] * 1e6,
        "p50_us": result["p50_us"],
        "steal": (stolen_after - stolen) / max(1, every_after - every),
    }


def saturation(proxies, script, cycles, seconds):
    """Interleaved bursts; cycles with a stolen burst are dropped whole."""
    kept, dropped = [], 0
    for proxy in proxies.values():
        burst(script, proxy.port, proxy.pid, 1)
    while len(kept) < cycles and dropped < 3 * cycles:
        cycle = {name: burst(script, proxy.port, proxy.pid, seconds) for name, proxy in proxies.items()}
        if max(one["steal"] for one in cycle.values()) > STEAL_MAX:
            dropped += 1
        else:
            kept.append(cycle)
    return kept, dropped


def median(cycles, name, figure):
    return statistics.median(cycle[name][figure] for cycle in cycles) if cycles else None


def ratio(cycles, one, other):
    if not cycles or one not in cycles[0] or other not in cycles[0]:
        return None
    return statistics.median(cycle[one]["cpu_us"] / cycle[other]["cpu_us"] for cycle in cycles)


def difference(cycles, one, other):
    """CPU µs per request of one beyond the other, paired."""
    if not cycles or one not in cycles[0] or other not in cycles[0]:
        return None
    return statistics.median(cycle[one]["cpu_us"] - cycle[other]["cpu_us"] for cycle in cycles)


def paced(port, seconds):
    """p50 in µs of PACE requests a second on one connection, each counted from the moment it was due."""
    asked, taken = request(peers.REQUEST.encode(), key=KEY), []
    with Connection(port) as connection:
        began = time.perf_counter()
        for number in range(int(seconds * PACE)):
            due = began + number / PACE
            if (rest := due - time.perf_counter()) > 0:
                time.sleep(rest)
            connection.send(asked)
            connection.reply()
            taken.append((time.perf_counter() - due) * 1e6)
    return statistics.median(taken)


def pairs(proxies, cycles, seconds):
    """p50 of nginx and of Weir, burst beside burst."""
    with peers.pinned(LOAD_CPU):
        for name in ("nginx", "weir_on"):
            paced(proxies[name].port, 1)
        return [{name: paced(proxies[name].port, seconds) for name in ("nginx", "weir_on")}
                for _ in range(cycles)]


async def hold_streams(port, count, opened, release):
    body = json.dumps({"model": "smart", "stream": True, "messages": [{"role": "user", "content": "x"}]}).encode()
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + body)
        await reader.readuntil(b"data:")
        opened.append(writer)
        while not release.is_set() and await reader.read(4096):
            pass
        writer.close()

    begun = [asyncio.create_task(one()) for _ in range(count)]
    await asyncio.gather(*begun, return_exceptions=True)


def slow_streams(directory, telemetry):
    """Resident memory with STREAMS streams open, each with a token a second."""
    opened, release, most = [], threading.Event(), 0
    simulator = peers.Simulator()
    try:
        proxy = peers.weir(directory, simulator.url, telemetry, "sim:ttft=100ms,gap=1s,tokens=120")
    except RuntimeError:
        simulator.stop()
        raise
    before = resident_kilobytes(proxy.pid)
    thread = threading.Thread(target=lambda: asyncio.run(hold_streams(proxy.port, STREAMS, opened, release)))
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while len(opened) < STREAMS and time.monotonic() < deadline:
            time.sleep(0.1)
        for _ in range(10):
            most = max(most, resident_kilobytes(proxy.pid))
            time.sleep(0.5)
    finally:
        release.set()
        thread.join(20)
        proxy.kill()
        simulator.stop()
    return {"streams": len(opened), "rss_mb": most / 1024, "rss_idle_mb": before / 1024}


def translation(directory, telemetry, cycles, seconds):
    """Streams of chat whose bytes pass, beside the same translated from another dialect, of one simulated provider."""
    simulator = peers.simulator()
    root = simulator.urls["http"]
    directory.mkdir()
    script = directory / "stream.lua"
    script.write_text(WRK % (KEY, peers.stream_request()))
    proxies = {}
    try:
        for name, dialect, base in [("passed", "openai", simulator.url), ("translated", "anthropic", root)]:
            proxies[name] = peers.weir(directory / name, base, telemetry, peers.STREAM_MODEL, dialect=dialect)
        kept, dropped = saturation(proxies, str(script), cycles, seconds)
    finally:
        for program in [*proxies.values(), simulator]:
            program.stop()
    return {
        "request_bytes": peers.STREAM_REQUEST_BYTES, "chunks": peers.STREAM_CHUNKS,
        "passed_cpu_us": median(kept, "passed", "cpu_us"), "translated_cpu_us": median(kept, "translated", "cpu_us"),
        "cpu_ratio": ratio(kept, "translated", "passed"), "bar": TRANSLATION_MAX,
        "kept": len(kept), "dropped_for_steal": dropped, "all": kept,
    }


def loop_lag(proxy):
    """{upper bound in seconds: timers that ran at most so late}, over all loops."""
    return {float(dict(labels)["le"]): float(value) for (name, labels), value in proxy.metrics().items()
            if name == "weir_event_loop_lag_seconds_bucket"}


def scraping(directory, base, seconds):
    """What a scrape of SERIES series costs, and how late the loops run while PACE requests a second and scrapes go on.

    Not at saturation: there each turn of a loop is as long as what waits for it, with and without scrapes."""
    directory.mkdir()
    proxy = peers.many_series(directory / "weir", base, SERIES)
    try:
        page = proxy.get(proxy.metrics_url)[2]
        lines = sum(not line.startswith(b"#") for line in page.splitlines())
        taken = []
        for _ in range(20):
            before = cpu_nanoseconds(proxy.pid)
            proxy.get(proxy.metrics_url)
            taken.append((cpu_nanoseconds(proxy.pid) - before) / 1e6)
        with peers.pinned(LOAD_CPU):
            paced(proxy.port, 1)
            calm, _ = longest_lag(proxy, lambda: paced(proxy.port, max(10, seconds)))
        ended = threading.Event()

        def scrape():
            while not ended.wait(0.2):
                proxy.get(proxy.metrics_url)

        thread = threading.Thread(target=scrape)
        thread.start()
        try:
            with peers.pinned(LOAD_CPU):
                longest, timers = longest_lag(proxy, lambda: paced(proxy.port, max(10, seconds)))
        finally:
            ended.set()
            thread.join()
    finally:
        proxy.stop()
    return {"samples": lines, "page_bytes": len(page), "cpu_ms": statistics.median(taken),
            "cpu_ms_per_50000": statistics.median(taken) * 50_000 / lines, "timers": timers,
            "loop_lag_seconds_at_most": longest, "loop_lag_seconds_at_most_without": calm}


def longest_lag(proxy, load):
    """(the bound in seconds that no timer of the loops exceeded meanwhile, None above all bounds; how many timers)"""
    before = loop_lag(proxy)
    load()
    after = loop_lag(proxy)
    late = {bound: count - before[bound] for bound, count in after.items()}
    longest = min(bound for bound, count in late.items() if count == late[float("inf")])
    return (longest if longest != float("inf") else None), late[float("inf")]


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(), "cpus": os.cpu_count(), "kernel": platform.release(),
        "nginx": subprocess.run([peers.NGINX, "-v"], capture_output=True, text=True).stderr.strip(),
    }


def measure(directory, cycles, seconds):
    mock = peers.mock_provider(directory)
    on = {"access_log": "access.log", "spans": True, "metrics": True}
    exported = {"traces": {"endpoint": mock.url}}
    base = mock.url + "/v1"
    proxies = {
        "nginx": peers.plain_proxy(directory, mock),
        "weir_on": peers.weir(Path(directory) / "on", base, on),
        "weir_off": peers.weir(Path(directory) / "off", base, {"access_log": "off", "spans": False, "metrics": False}),
        "weir_otlp": peers.weir(Path(directory) / "otlp", base, on | exported),
        "weir_otlp_10": peers.weir(Path(directory) / "otlp-10", base, on | exported | {"sampling": {"ratio": "10%"}}),
        "weir_budgets": peers.weir(Path(directory) / "budgets", base, on, budgets=peers.budgets(20)),
    }
    script = Path(directory) / "chat.lua"
    script.write_text(WRK % (KEY, peers.REQUEST))
    try:
        kept, dropped = saturation(proxies, str(script), cycles, seconds)
        beside = pairs(proxies, max(3, cycles // 2), seconds)
        scraped = scraping(Path(directory) / "scraping", base, seconds)
    finally:
        for proxy in [*proxies.values(), mock]:
            proxy.stop()
    translated = translation(Path(directory) / "translation", on, cycles, seconds)
    streams = slow_streams(Path(directory) / "streams", on)
    figures = ("cpu_us", "switches", "per_second", "p50_us")
    return {
        "saturation": {name: {figure: median(kept, name, figure) for figure in figures} for name in proxies},
        "ratios": {
            "weir_on_vs_nginx": ratio(kept, "weir_on", "nginx"),
            "weir_off_vs_nginx": ratio(kept, "weir_off", "nginx"),
            "weir_otlp_vs_nginx": ratio(kept, "weir_otlp", "nginx"),
            "weir_on_vs_envoy": None,
            "weir_on_vs_litellm": None,
            "weir_on_vs_off": ratio(kept, "weir_on", "weir_off"),
            "weir_otlp_vs_off": ratio(kept, "weir_otlp", "weir_off"),
            "weir_otlp_10_vs_off": ratio(kept, "weir_otlp_10", "weir_off"),
        },
        "budgets_added_cpu_us": difference(kept, "weir_budgets", "weir_on"),
        "paced": {
            "per_second": PACE,
            "nginx_p50_us": statistics.median(pair["nginx"] for pair in beside),
            "weir_on_p50_us": statistics.median(pair["weir_on"] for pair in beside),
            "added_p50_us": statistics.median(pair["weir_on"] - pair["nginx"] for pair in beside),
        },
        "translation": translated,
        "slow_streams": streams,
        "scraping": scraped,
        "token_times_error_ms": token_times.all_cases(10 if cycles < 5 else 40),
        "cycles": {"kept": len(kept), "dropped_for_steal": dropped, "seconds": seconds, "all": kept, "paced": beside},
    }


def worst_time(results, what):
    """The largest of the cases' median errors, in ms."""
    return max(error for row in results["token_times_error_ms"].values() for name, error in row.items() if what in name)


BARS = [
    ("CPU per request, telemetry on, to nginx", lambda r: r["ratios"]["weir_on_vs_nginx"], 4.0, "×"),
    ("CPU per request, every trace exported, to telemetry off", lambda r: r["ratios"]["weir_otlp_vs_off"], 1.3, "×"),
    ("CPU per request, a tenth of the traces exported, to off", lambda r: r["ratios"]["weir_otlp_10_vs_off"], 1.1, "×"),
    ("CPU that 20 budgets add", lambda r: r["budgets_added_cpu_us"], 3.0, " µs"),
    ("voluntary context switches per request", lambda r: r["saturation"]["weir_on"]["switches"], 0.05, ""),
    ("p50 at 500 requests/s beyond nginx's", lambda r: r["paced"]["added_p50_us"] / 1000, 0.15, " ms"),
    ("CPU of a translated stream to one that passes", lambda r: r["translation"]["cpu_ratio"], TRANSLATION_MAX, "×"),
    ("CPU of a scrape of 50,000 series", lambda r: r["scraping"]["cpu_ms_per_50000"], 20, " ms"),
    ("longest loop stall during scrapes under load, at most",
     lambda r: (r["scraping"]["loop_lag_seconds_at_most"] or 99) * 1000, 2, " ms"),
    ("error of the times of tokens, provider's side, worst case's median", lambda r: worst_time(r, "provider"), 0.3, " ms"),
    ("the same, client's side", lambda r: worst_time(r, "client"), 0.3, " ms"),
    ("the same, sum of the gaps of a reply", lambda r: worst_time(r, "gaps"), 0.3, " ms"),
    ("memory with 1,000 slow streams", lambda r: r["slow_streams"]["rss_mb"], 100, " MB"),
]


def report(results):
    print(f"\n{'':12}{'CPU µs/request':>16}{'requests/s':>12}{'p50 µs':>10}{'switches/request':>18}")
    for name, row in results["saturation"].items():
        if row["cpu_us"] is not None:
            print(f"{name:12}{row['cpu_us']:16.1f}{row['per_second']:12.0f}", end="")
            print(f"{row['p50_us']:10.0f}{row['switches']:18.3f}")
    print("\non: metrics and an access log to a file; no OTLP.  otlp: the same, and every span to a sink.")
    print("otlp_10: as otlp, with a base rate of 10 % of the traces.")
    print("budgets: as on, with 20 budgets that all count.")
    print("off: no metrics, spans, access log; keys, metering, journal and ledger stay on.\n")
    translated = results["translation"]
    if translated["cpu_ratio"] is not None:
        print(f"{translated['chunks']} chunks of a stream, CPU µs/request: passed {translated['passed_cpu_us']:.0f}, "
              f"translated from Anthropic's events {translated['translated_cpu_us']:.0f}\n")
    scraped = results["scraping"]
    print(f"stalls: {scraped['timers']:.0f} timers of the loops, half a second apart, ran late by at most "
          f"{(scraped['loop_lag_seconds_at_most'] or 99) * 1000:g} ms during scrapes, and by "
          f"{(scraped['loop_lag_seconds_at_most_without'] or 99) * 1000:g} ms without; a stall between two is not seen\n")
    print(token_times.table(results["token_times_error_ms"]), end="\n\n")
    for text, figure, bar, unit in BARS:
        value = figure(results)
        if value is not None:
            print(f"{'reached' if value <= bar else 'MISSED ':8} {text}: {value:.2f}{unit} (bar: {bar}{unit})")


def main():
    arguments = argparse.ArgumentParser(description="nginx and Weir side by side")
    arguments.add_argument("--quick", action="store_true", help="fewer and shorter bursts")
    arguments.add_argument("--output", default=str(peers.ROOT / "Benchmarks/results.json"))
    options = arguments.parse_args()
    if PROXY_CPU == LOAD_CPU:
        print("bench: only one processor: proxy and load share it, and the figures mean little")
    cycles, seconds = (3, 1) if options.quick else (9, 3)
    print(f"weir: starting nginx, Weir and wrk on loopback: {cycles} cycles of {seconds} s for each of six proxies")
    with tempfile.TemporaryDirectory() as directory:
        results = {"machine": machine(), "quick": options.quick, **measure(directory, cycles, seconds)}
    Path(options.output).write_text(json.dumps(results, indent=1) + "\n")
    report(results)
    print(f"\nwritten: {options.output}")
    return 0


sys.exit(main())
