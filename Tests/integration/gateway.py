"""Starts and stops the real program on free loopback ports. Standard library only."""
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("WEIR_BIN", ROOT / ".build/debug/weir"))
KEY = "sk-weir-alice-0123456789abcdef"
OTHER_KEY = "sk-weir-bob-0123456789abcdef"
ADMIN_KEY = "admin-0123456789abcdef0123456789abcdef"
PROVIDER_KEY = "sk-provider-never-to-be-seen"
SECRETS = {
    "WEIR_KEY_ALICE": KEY, "WEIR_KEY_BOB": OTHER_KEY, "WEIR_ADMIN_KEY": ADMIN_KEY, "SIM_KEY": PROVIDER_KEY,
}


OPENMETRICS = "application/openmetrics-text;version=1.0.0"
# What reads the page of OpenMetrics whenever a test reads metrics; conftest.py adds the strict reader.
PAGE_READERS = []


# Spans and records leave soon: the default is 5 s, which each test would wait for.
PROMPTLY = {"OTEL_BSP_SCHEDULE_DELAY": "200", "OTEL_BLRP_SCHEDULE_DELAY": "200"}


class Program:
    """A running `weir …`; its output is kept, and the addresses it announces are waited for."""

    def __init__(self, arguments, directory, announce, env=None, timeout=20):
        self.output = []
        self._changed = threading.Condition()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        self.process = subprocess.Popen(
            [str(BINARY), *arguments], cwd=directory, env=environment | SECRETS | PROMPTLY | (env or {}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()
        self.urls = {}
        for name, pattern in announce.items():
            self.urls[name] = self.wait_for(pattern, timeout)[1]

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.output.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self.output.append(None)
            self._changed.notify_all()

    def wait_for(self, pattern, timeout=20):
        """The first match of `pattern` in a line of the output."""
        deadline, seen = time.monotonic() + timeout, 0
        with self._changed:
            while True:
                for line in self.output[seen:]:
                    if line is None:
                        self._fail(f"ended before it printed {pattern!r}")
                    if match := re.search(pattern, line):
                        return match
                seen = len(self.output)
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    self._fail(f"did not print {pattern!r} within {timeout} s")

    def _fail(self, what):
        self.process.kill()
        text = "\n".join(line for line in self.output if line is not None)
        raise RuntimeError(f"weir {what}; its output:\n{text}")

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=20):
        """SIGTERM, then the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"weir did not end within {timeout} s of SIGTERM") from None


class Simulator(Program):
    def __init__(self, directory=None, *arguments):
        super().__init__(
            ["simulate", "--port", "0", *arguments], directory or tempfile.gettempdir(),
            {"http": r"simulator listening on (https?://127\.0\.0\.1:\d+)"})
        self.url = self.urls["http"] + "/v1"


class Gateway(Program):
    """`weir serve` with a configuration of its own in a directory of its own."""

    def __init__(self, directory, configuration, env=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / "weir.yaml"
        path.write_text(json.dumps(configuration, indent=1))
        super().__init__(
            ["serve", "--config", str(path)], self.directory,
            {
                "app": r"(?<!\w)listening on (https?://127\.0\.0\.1:\d+)",
                "metrics": r"metrics on (https?://127\.0\.0\.1:\d+)",
                "admin": r"admin on (https?://127\.0\.0\.1:\d+)",
            }, env)
        self.url = self.urls["app"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.metrics_url = self.urls["metrics"] + "/metrics"

    def get(self, url, headers=None):
        """Status, header fields and body of a GET."""
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def metrics(self):
        """The exposition in text format 0.0.4: {(name, frozenset of label pairs): value as text}."""
        status, _, body = self.get(self.metrics_url, {"Accept": "text/plain;version=0.0.4"})
        assert status == 200, status
        for read in PAGE_READERS:
            read(self.get(self.metrics_url, {"Accept": OPENMETRICS})[2].decode())
        return parse_exposition(body.decode())

    def access_log(self):
        path = self.directory / "access.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse_exposition(text):
    samples = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            samples[name, frozenset(LABEL.findall(labels or ""))] = value
    return samples


def eventually(condition, timeout=10, every=0.05):
    """The first true value of `condition()`; the last one when time runs out."""
    deadline = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return value


TIMEOUTS = {"connect": "1s", "first_byte": "2s", "idle": "2s", "total": "30s"}


def provider(base_url, **changes):
    return {
        "dialect": "openai", "kind": "openai", "base_url": base_url, "key": "env:SIM_KEY", "stream_options": True,
        "timeouts": TIMEOUTS,
    } | changes


def target(model, name="sim", **changes):
    return {"provider": name, "model": model} | changes


def configuration(base_url, models, unpriced=(), **changes):
    """A whole configuration with one provider; `models`: route → a model, or a list of targets."""
    routes = {
        route: {"targets": [target(targets)] if isinstance(targets, str) else targets}
        for route, targets in models.items()
    }
    priced = {(t["provider"], t["model"]) for route in routes.values() for t in route["targets"]}
    whole = {
        "weir": 1,
        "listen": "127.0.0.1:0", "metrics": "127.0.0.1:0",
        "admin": {"address": "127.0.0.1:0", "key": "env:WEIR_ADMIN_KEY"},
        "teams": {"search": {"owner": "search-oncall"}, "shop": {"owner": "shop-oncall"}},
        "callers": {"alice": {"team": "search"}, "bob": {"team": "shop"}},
        "keys": [{"caller": "alice", "key": "env:WEIR_KEY_ALICE"}, {"caller": "bob", "key": "env:WEIR_KEY_BOB"}],
        "providers": {"sim": provider(base_url)},
        "prices": {"overrides": [
            {"provider": name, "model": model, "input": "3", "output": "15.123457", "cache_read": "0.3"}
            for name, model in sorted(priced) if model not in unpriced
        ]},
        "models": routes,
        "telemetry": {"access_log": "access.log", "spans": True, "metrics": True},
        "storage": {"path": "weir.db", "journal": "weir.journal"},
        "drain": {"delay": "0s", "deadline": "5s"},
    }
    return whole | changes
