"""What the benchmark starts: nginx as mock provider and as the proxy to compare with, and Weir. Standard library only."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("WEIR_BIN", str(ROOT / ".build/release/weir"))
sys.path.insert(0, str(ROOT / "Tests/integration"))

from gateway import KEY, Gateway, Simulator, configuration, provider  # noqa: E402
from wire import Connection, request  # noqa: E402, F401

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CPUS = sorted(os.sched_getaffinity(0))
PROXY_CPU, LOAD_CPU = CPUS[0], CPUS[-1]

REQUEST = json.dumps({
    "model": "smart", "temperature": 0.7, "max_tokens": 256,
    "messages": [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "x" * 820}],
})
REPLY_BYTES = 992
# A stream's request of 2 KB; the simulated provider answers in so many chunks of text.
STREAM_REQUEST_BYTES, STREAM_CHUNKS = 2048, 64
STREAM_MODEL = f"sim:tokens={STREAM_CHUNKS}"


def reply():
    """A chat completion of exactly REPLY_BYTES bytes, with usage."""
    whole = {
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1700000000, "model": "bench",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 215, "completion_tokens": 160, "total_tokens": 375},
    }
    whole["choices"][0]["message"]["content"] = "y" * (REPLY_BYTES - len(json.dumps(whole)))
    return json.dumps(whole)


def stream_request():
    whole = {"model": "smart", "temperature": 0.7, "max_tokens": 256, "stream": True,
             "messages": [{"role": "system", "content": "You are a helpful assistant."},
                          {"role": "user", "content": ""}]}
    whole["messages"][1]["content"] = "x" * (STREAM_REQUEST_BYTES - len(json.dumps(whole)))
    return json.dumps(whole)


@contextmanager
def pinned(cpu):
    """What is started inside runs on one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Nginx:
    """One nginx process with a `server` of ours."""

    def __init__(self, directory, name, cpu, body):
        place = Path(directory) / name
        place.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        paths = "".join(
            f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (place / "nginx.conf").write_text(f"""
            daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log {place}/error.log warn;
            events {{ worker_connections 4096; }}
            http {{
                access_log off; {paths} keepalive_requests 100000000; keepalive_timeout 3600s;
                client_body_buffer_size 64k; default_type application/json;
                {body.replace("PORT", str(self.port))}
            }}""")
        with pinned(cpu):
            self.process = subprocess.Popen(
                [NGINX, "-c", str(place / "nginx.conf"), "-p", str(place), "-e", str(place / "error.log")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        wait_for(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def wait_for(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def mock_provider(directory):
    """nginx that answers every POST with the reply; also takes OTLP batches, so that a sink costs next to nothing."""
    return Nginx(directory, "mock", LOAD_CPU, f"""
        server {{ listen 127.0.0.1:PORT backlog=4096; client_max_body_size 16m;
            location / {{ return 200 '{reply()}'; }}
            location /v1/traces {{ default_type application/x-protobuf; return 200; }} }}""")


def plain_proxy(directory, mock):
    return Nginx(directory, "proxy", PROXY_CPU, f"""
        upstream mock {{ server 127.0.0.1:{mock.port}; keepalive 128; keepalive_requests 100000000; }}
        server {{ listen 127.0.0.1:PORT backlog=4096;
            location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}""")


def budgets(count):
    """Hard budgets that all count the load's exchanges and are never exhausted, each with a rule."""
    return [
        {"name": f"budget-{number}", "limit": "1000000000 USD", "per": "month", "owner": "bench",
         "rules": [{"name": "warn", "when": "spent >= 80%"}]}
        for number in range(count)]


def weir(directory, base_url, telemetry, model="bench", budgets=(), dialect="openai"):
    whole = configuration(base_url, {"smart": model})
    whole["providers"]["sim"] = provider(base_url, dialect=dialect, kind=dialect, timeouts={
        "connect": "1s", "first_byte": "60s", "idle": "60s", "total": "600s"})
    if dialect != "openai":
        del whole["providers"]["sim"]["stream_options"]
    whole["telemetry"] = telemetry
    whole["budgets"] = list(budgets)
    with pinned(PROXY_CPU):
        return Gateway(directory, whole)


def many_series(directory, base_url, count):
    """A Weir that shows about so many series without any traffic: five for each pair of a team and a model."""
    side = int((count / 5) ** 0.5)
    whole = configuration(base_url, {"smart": "bench"} | {f"model-{n}": f"model-{n}" for n in range(side - 1)})
    whole["teams"] |= {f"team-{n}": {"owner": "bench"} for n in range(side - len(whole["teams"]))}
    whole["telemetry"] = {"access_log": "access.log", "spans": True, "metrics": True, "series_max": 1_000_000}
    with pinned(PROXY_CPU):
        return Gateway(directory, whole)


def simulator():
    """The simulated provider, which answers in the shape of whatever API the path is."""
    with pinned(LOAD_CPU):
        return Simulator()
