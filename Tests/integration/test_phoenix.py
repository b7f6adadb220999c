"""Phoenix takes the traces of a Weir with its profile, and shows tokens, cost, content and the tree."""
import json
import os
import socket
import subprocess
import urllib.request

import pytest

from gateway import KEY, ROOT, configuration, eventually, target
from upstreams import JSON, plain_chat
from wire import Connection, chat, request

PHOENIX = ROOT / ".venv-phoenix/bin/phoenix"
#: A model that Phoenix has prices of its own for.
MODEL = "gpt-4o-mini"
SPANS = """query { projects { edges { node { name traceCount spans(first: 50) { edges { node {
    name spanKind statusCode parentId spanId attributes tokenCountPrompt tokenCountCompletion tokenCountTotal
    input { value mimeType } output { value mimeType } costSummary { total { cost tokens } }
    trace { traceId rootSpan { name } } } } } } } } }"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Phoenix:
    def __init__(self, directory):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(free_port()),
            "PHOENIX_WORKING_DIR": str(directory), "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false", "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
        }
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(("OTEL_", "PHOENIX_"))}
        self.log = open(directory / "phoenix.log", "w+b")
        self.process = subprocess.Popen(
            [str(PHOENIX), "serve"], cwd=directory, env=inherited | settings, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT)

    def is_up(self):
        assert self.process.poll() is None, self.said()
        try:
            return urllib.request.urlopen(self.url + "/healthz", timeout=5).status == 200
        except OSError:
            return False

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def query(self, text):
        body = json.dumps({"query": text}).encode()
        asked = urllib.request.Request(self.url + "/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(asked, timeout=20) as reply:
            answer = json.load(reply)
        assert "errors" not in answer, answer
        return answer["data"]

    def spans(self):
        return [edge["node"] for project in self.query(SPANS)["projects"]["edges"]
                for edge in project["node"]["spans"]["edges"]]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def phoenix(tmp_path_factory):
    assert PHOENIX.exists(), f"{PHOENIX} is missing: run scripts/python-env"
    program = Phoenix(tmp_path_factory.mktemp("phoenix"))
    try:
        assert eventually(program.is_up, 90, 0.5), program.said()
        yield program
    finally:
        program.stop()


@pytest.mark.timeout(240)
def test_phoenix_shows_tokens_cost_content_and_the_tree(start, upstream, phoenix):
    upstream.answer = lambda asked: (
        (503, JSON, b'{"error":{"message":"down"}}') if json.loads(asked["body"])["model"] == "broken"
        else plain_chat(asked))
    whole = configuration(upstream.url + "/v1", {"smart": [target("broken"), target(MODEL)]})
    whole["models"]["smart"]["capture"] = "both"
    whole["telemetry"] |= {"profiles": ["openinference"], "traces": {"endpoint": phoenix.url}}
    gateway = start(whole)
    with Connection(gateway.port) as connection:
        connection.send(request(chat("smart", text="How high? Mail ada@example.org.", temperature=0.5), key=KEY))
        reply = connection.reply()
    assert reply.status == 200, reply
    gateway.stop()
    spans = eventually(lambda: [found for found in [phoenix.spans()] if len(found) >= 7], 30, 0.5)
    assert spans, phoenix.said()
    by_name = {span["name"]: span for span in spans[0]}
    root, failed, served = (by_name[name] for name in ["POST /v1/chat/completions", "chat broken", f"chat {MODEL}"])

    # The tree: all below the root, each with its kind.
    assert root["parentId"] is None and root["spanKind"] == "chain"
    assert {span["parentId"] for span in spans[0] if span is not root} == {root["spanId"]}
    assert {span["spanKind"] for span in (failed, served)} == {"llm"}
    assert by_name["routing"]["spanKind"] == "chain"
    assert served["trace"]["rootSpan"]["name"] == root["name"]
    # The attempt that failed is in error, the exchange is not.
    assert [span["statusCode"] for span in (root, failed, served)] == ["UNSET", "ERROR", "UNSET"]

    # Tokens, once.
    assert (served["tokenCountPrompt"], served["tokenCountCompletion"], served["tokenCountTotal"]) == (5, 1, 6)
    assert not failed["tokenCountTotal"] and not root["tokenCountTotal"]
    # Phoenix prices the tokens itself; what Weir says that they cost stands beside it, exactly.
    assert served["costSummary"]["total"]["tokens"] == 6 and served["costSummary"]["total"]["cost"] > 0
    said = json.loads(served["attributes"])
    assert said["llm"]["cost"]["total"] == pytest.approx(0.000030123457, abs=1e-12)
    assert said["llm"]["model_name"] == MODEL and json.loads(said["llm"]["invocation_parameters"]) == {
        "temperature": 0.5}

    # Content, without what must not be seen.
    assert "How high? Mail [redacted: e-mail]." in served["input"]["value"]
    assert root["input"]["value"] == "How high? Mail [redacted: e-mail]."
    assert said["llm"]["input_messages"][0]["message"]["role"] == "user"
    assert root["output"]["value"] == reply.json()["choices"][0]["message"]["content"]
