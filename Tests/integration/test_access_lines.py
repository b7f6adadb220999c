"""Access lines in logfmt, from the running gateway."""
import json
import re
import subprocess

from gateway import BINARY, KEY, SECRETS, configuration, eventually
from wire import Connection, chat, request

# A bare value, or one in quotes with JSON's escapes.
PAIR = re.compile(r'(?:^| )([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "=]*)')


def ask(gateway, model, key=KEY):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(chat(model), key=key))
        return connection.reply()


def test_lines_are_pairs_that_a_parser_reads(start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"})
    whole["telemetry"] |= {"access_log_format": "logfmt"}
    gateway = start(whole)
    reply = ask(gateway, "smart")
    ask(gateway, 'no "such" model=x')
    path = gateway.directory / "access.log"
    assert eventually(lambda: path.exists() and len(path.read_text().splitlines()) == 2)
    served, refused = sorted(path.read_text().splitlines())
    for line in (served, refused):
        assert "".join(match[0] for match in PAIR.finditer(line)) == line, "nothing is left between the pairs"
    told = dict(PAIR.findall(served))
    assert told["exchange"] == reply.fields["x-weir-exchange-id"] and told["status"] == "200"
    assert told["team"] == "search" and int(told["tokens_output"]) > 0 and float(told["cost_usd"]) > 0
    assert dict(PAIR.findall(refused))["asked_model"] == r'"no \"such\" model=x"'
    assert KEY not in served + refused


def test_a_format_that_is_not_known_is_named_with_those_that_are(tmp_path, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"})
    whole["telemetry"] |= {"access_log_format": "logfm"}
    (tmp_path / "weir.yaml").write_text(json.dumps(whole))
    done = subprocess.run([str(BINARY), "check", "--no-secrets"], cwd=tmp_path, capture_output=True, text=True,
                          timeout=30, env=SECRETS)
    assert done.returncode == 2 and "access_log_format" in done.stdout and "logfmt" in done.stdout, done
