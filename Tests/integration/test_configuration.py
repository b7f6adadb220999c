"""All problems of a configuration at once, with place and nearest name; the program does not start with any."""
import json
import os
import socket
import subprocess

import pytest

from gateway import BINARY, SECRETS, configuration

FAULTY = """\
weir: 1
listn: 127.0.0.1:0
metrics: 127.0.0.1:0
admin: { address: 127.0.0.1:0, key: env:WEIR_ADMIN_KEY }
teams: { search: {} }
callers: { alice: { team: serch } }
keys: [{ caller: alice, key: env:NO_SUCH_VARIABLE }, { caller: alic, key: env:WEIR_KEY_BOB }]
providers:
  sim: { dialect: opena1, base_url: "http://127.0.0.1:1/v1", key: "file:/no/such/file", timeouts: { idle: 5 } }
models:
  smart: { targets: [sm/large] }
  empty: { targets: [] }
drain: { deadline: soon }
"""
# Line → words that its problem must hold.
EXPECTED = {
    2: ["listn", "listen"], 6: ["callers.alice.team", "serch", "search"], 7: ["keys", "NO_SUCH_VARIABLE", "alic"],
    9: ["providers.sim", "opena1", "openai", "/no/such/file", "idle"], 11: ["models.smart", "sm", "sim"],
    12: ["models.empty"], 13: ["drain.deadline", "soon"],
}


def weir(*arguments, directory):
    environment = dict(os.environ, **SECRETS)
    done = subprocess.run(
        [str(BINARY), *arguments], cwd=directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", [["check", "weir.yaml"], ["serve", "--config", "weir.yaml"]], ids=lambda c: c[0])
def test_every_problem_is_named_at_once(tmp_path, command):
    (tmp_path / "weir.yaml").write_text(FAULTY)
    status, output = weir(*command, directory=tmp_path)
    assert status == 2, output
    for line, words in EXPECTED.items():
        said = " ".join(text for text in output.splitlines() if f"weir.yaml:{line}:" in text)
        assert all(word in said for word in words), f"line {line}: {said!r} of\n{output}"


def test_a_good_configuration_is_good(tmp_path):
    (tmp_path / "weir.yaml").write_text(json.dumps(configuration("http://127.0.0.1:1/v1", {"smart": "large"})))
    status, output = weir("check", "weir.yaml", directory=tmp_path)
    assert status == 0, output


@pytest.mark.parametrize("text", ["", "weir: 2", "weir: 1\nweir: 1", "- a", "weir: [", "\t", "weir: 1\n\xff"])
def test_what_is_no_configuration_is_refused(tmp_path, text):
    (tmp_path / "weir.yaml").write_bytes(text.encode("latin-1"))
    status, output = weir("check", "weir.yaml", directory=tmp_path)
    assert status == 2 and "weir.yaml" in output


def test_a_missing_file_is_refused(tmp_path):
    status, output = weir("serve", "--config", "nothing.yaml", directory=tmp_path)
    assert status == 2 and "nothing.yaml" in output


def test_no_secret_is_ever_printed(tmp_path):
    (tmp_path / "weir.yaml").write_text(FAULTY)
    _, output = weir("check", "weir.yaml", directory=tmp_path)
    assert not [secret for secret in SECRETS.values() if secret in output]


def test_a_port_in_use_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        whole = configuration("http://127.0.0.1:1/v1", {"smart": "large"}, listen=f"127.0.0.1:{port}")
        (tmp_path / "weir.yaml").write_text(json.dumps(whole))
        status, output = weir("serve", "--config", "weir.yaml", directory=tmp_path)
    assert status == 2 and str(port) in output


def test_init_writes_a_configuration_that_check_accepts(tmp_path):
    status, output = weir("init", directory=tmp_path)
    assert status == 0, output
    assert (tmp_path / "weir.yaml").exists()
    status, output = weir("check", "--no-secrets", "weir.yaml", directory=tmp_path)
    assert status == 0, output
    assert weir("init", directory=tmp_path)[0] != 0, "a second init overwrote the file"
