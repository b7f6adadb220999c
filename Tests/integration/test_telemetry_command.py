"""`weir telemetry test`: one item to each destination, and what each answered."""
import json
import os
import subprocess

import grpc
import pytest

from collector import Collector
from gateway import BINARY, SECRETS, configuration
from grpc_collector import GRPCCollector


@pytest.fixture
def collectors():
    both = Collector(), GRPCCollector()
    yield both
    for server in both:
        server.close()


def weir(directory, destinations, *arguments, **environment):
    whole = configuration("http://127.0.0.1:9/v1", {"smart": "served"})
    whole["telemetry"]["destinations"] = destinations
    (directory / "weir.yaml").write_text(json.dumps(whole))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [BINARY, "telemetry", "test", *arguments], cwd=directory, env=plain | SECRETS | environment, timeout=30,
        capture_output=True, text=True)


def test_each_destination_gets_one_and_says_so(collectors, tmp_path):
    plain, rpc = collectors
    done = weir(tmp_path, {
        "one": {"endpoint": plain.url}, "two": {"endpoint": rpc.url, "protocol": "grpc", "signals": ["traces", "logs"]}})
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 6 and lines[0].split()[:4] == ["destination", "signal", "protocol", "result"]
    assert all(line.split()[3] == "ok" for line in lines[1:])
    for keeper in collectors:
        assert [span.name for span in keeper.spans] == ["weir.telemetry.test"]
        assert [record.event for record in keeper.records] == ["weir.telemetry.test"]
    assert len(plain.collections) == 1 and not rpc.collections


def test_one_that_fails_is_named_with_its_words(collectors, tmp_path):
    plain, rpc = collectors
    plain.statuses = [(200, {}), (401, {})]
    rpc.answers = [grpc.StatusCode.PERMISSION_DENIED]
    done = weir(tmp_path, {
        "one": {"endpoint": plain.url, "signals": ["logs"]},
        "two": {"endpoint": rpc.url, "protocol": "grpc", "signals": ["traces"]},
        "three": {"endpoint": "http://127.0.0.1:9", "signals": ["metrics"]}}, "--output", "json",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=plain.url + "/v1/traces")
    assert done.returncode == 1, done.stdout + done.stderr
    rows = {row["destination"]: row for row in json.loads(done.stdout)}
    assert rows["otlp"]["taken"] and rows["otlp"]["url"] == plain.url + "/v1/traces"
    assert not rows["one"]["taken"] and rows["one"]["answer"] == "401"
    assert not rows["two"]["taken"] and rows["two"]["answer"] == "PERMISSION_DENIED: said by the test: 100 %"
    assert not rows["three"]["taken"] and "127.0.0.1:9" in rows["three"]["answer"]


def test_a_configuration_that_is_wrong_is_refused(tmp_path):
    done = weir(tmp_path, {"one": {"endpoint": "http://127.0.0.1:9", "protocol": "gprc"}})
    assert done.returncode == 2 and "did you mean" in done.stderr
