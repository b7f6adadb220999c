"""Every client surface on every provider for chat, by the vendors' own SDKs."""
import base64
import json
import re
import subprocess
import sys

import pytest

import surfaces
from gateway import ROOT
from providers import NAMES, Matrix
from surfaces import SCHEMA, TOOL, Ask

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe"
    "a73569810000000049454e44ae426082")
CELLS = [(surface, provider) for surface in surfaces.ALL for provider in NAMES]
#: Where client and provider speak the same dialect, so that bytes pass.
NATIVE = {
    ("chat", "openai"), ("chat", "azure"), ("chat", "mistral"), ("chat", "deepseek"), ("responses", "openai"),
    ("responses", "responses"), ("anthropic", "anthropic"), ("gemini", "gemini"), ("gemini", "vertex"),
}
CONVERSATION = [
    ("user", "Which river is this?"), ("assistant", "It is the Elbe."), ("user", "How high is it,\nand \"why\"? ü 🌊"),
]


@pytest.fixture(scope="session")
def matrix(simulator, tmp_path_factory):
    made = Matrix(simulator, tmp_path_factory.mktemp("surfaces"))
    yield made
    assert made.stop() == 0, "the gateway before every provider did not end cleanly"
    assert len(made.gateway.access_log()) == made.exchanges, "not one line of the access log for each exchange"


@pytest.fixture(scope="session")
def clients(matrix):
    return {name: surface(matrix.gateway) for name, surface in surfaces.ALL.items()}


class Cell:
    """One surface on one provider."""

    def __init__(self, matrix, client, provider):
        self.matrix, self.client, self.provider = matrix, client, provider
        self.is_native = (client.name, provider) in NATIVE
        self._sent = []

    def request(self, behaviour, ask):
        return self.client.request(f"{self.provider}-{behaviour}", ask)

    def send(self, request, stream=False):
        answer = self.exchange(request, stream)
        target = self.matrix.models[request["model"]]["targets"][0]
        assert answer.headers["x-weir-provider"] == target["provider"]
        assert answer.headers["x-weir-model"] == target["model"]
        self._sent.append((request["model"], stream, 200, answer))
        return answer

    def exchange(self, request, stream):
        self.matrix.exchanges += 1
        return self.client.stream(request) if stream else self.client.call(request)

    def ask(self, behaviour, ask, stream=False):
        return self.send(self.request(behaviour, ask), stream)

    def refused(self, request, stream=False):
        with pytest.raises(self.client.failure) as caught:
            self.exchange(request, stream)
        refusal = self.client.refusal(caught.value)
        self._sent.append((request["model"], stream, refusal.status, refusal))
        return refusal

    def settle(self):
        """Of every exchange there is one line; it says who answered, and counts what the client was told."""
        by_exchange = {line["exchange"]: line for line in self.matrix.lines(len(self._sent))}
        lines = [by_exchange.pop(answer.headers["x-weir-exchange-id"]) for *_, answer in self._sent]
        assert not by_exchange
        for line, (route, stream, status, answer) in zip(lines, self._sent):
            assert (line["route"], line["status"], line["stream"]) == (route, status, stream), line
            if status == 200:
                assert line["outcome"] == "completed" and line["usage_source"] == "provider", line
                assert line["provider"] == answer.headers["x-weir-provider"]
                assert answer.usage == self.client.counted(line["tokens"])
        self._sent = []
        return lines


@pytest.fixture
def cell(request, matrix, clients):
    surface, provider = request.param
    # What a failed test left behind is not this one's.
    matrix.new_lines()
    return Cell(matrix, clients[surface], provider)


def matrix_of(cells=CELLS):
    return pytest.mark.parametrize("cell", cells, indirect=True, ids=["-".join(cell) for cell in cells])


@matrix_of()
def test_chat(cell):
    answer = cell.ask("plain", Ask())
    assert answer.text == cell.matrix.truth("plain", Ask())["content"]
    assert answer.finish == cell.client.finishes["stop"]
    assert "x-weir-dropped" not in answer.headers
    tokens = cell.settle()[0]["tokens"]
    assert (tokens["prompt"], tokens["cache_read"], tokens["output"]) == (40, 8, 12)


@matrix_of()
def test_stream(cell):
    streamed, whole = cell.ask("plain", Ask(), stream=True), cell.ask("plain", Ask())
    assert streamed.text == whole.text == cell.matrix.truth("plain", Ask())["content"]
    assert streamed.finish == whole.finish == cell.client.finishes["stop"]
    assert streamed.usage == whole.usage
    cell.settle()


def round_trip(cell, stream):
    """Two calls at once, their results, and the answer to them."""
    ask = Ask(tools=True)
    request = cell.request("tools", ask)
    first = cell.send(request, stream)
    wanted = [json.loads(call["function"]["arguments"]) for call in cell.matrix.truth("tools", ask)["tool_calls"]]
    assert [(name, arguments) for _, name, arguments in first.calls] == [(TOOL, each) for each in wanted]
    assert first.finish == cell.client.finishes["tools"]
    assert first.text == ""
    second = cell.client.with_results(request, first, ["2.41 m", "0.87 m"])
    answer = cell.send(second | {"model": f"{cell.provider}-plain"}, stream)
    assert "2.41 m" in cell.matrix.relay.last and "0.87 m" in cell.matrix.relay.last
    assert answer.text == cell.matrix.truth("plain", ask, results=2)["content"]
    assert answer.finish == cell.client.finishes["stop"]
    return first


@matrix_of()
def test_tools(cell):
    round_trip(cell, stream=False)
    cell.settle()


@matrix_of()
def test_stream_tools(cell):
    streamed = round_trip(cell, stream=True)
    whole = cell.ask("tools", Ask(tools=True))
    assert [call[1:] for call in streamed.calls] == [call[1:] for call in whole.calls]
    assert streamed.usage == whole.usage
    cell.settle()


@matrix_of()
def test_system_and_turns(cell):
    ask = Ask(turns=CONVERSATION, system="Answer in one sentence.")
    whole, streamed = cell.ask("plain", ask), cell.ask("plain", ask, stream=True)
    # The simulator's words follow from all that is said in a conversation.
    assert whole.text == streamed.text == cell.matrix.truth("plain", ask)["content"]
    assert whole.text != cell.matrix.truth("plain", Ask(turns=CONVERSATION))["content"]
    cell.settle()


#: Providers that read text alone.
BLIND = ("deepseek",)


@matrix_of()
def test_image(cell):
    request = cell.request("plain", Ask(image=PIXEL))
    if cell.provider in BLIND and not cell.is_native:
        refusal = cell.refused(request)
        assert refusal.kind is cell.client.failures[400] and refusal.status == 400
        assert "messages[0].content[1]" in refusal.field, refusal
    else:
        assert cell.send(request).text == cell.matrix.truth("plain", Ask())["content"]
        # Google's SDK writes another alphabet than other providers read; its own provider gets what it wrote.
        encode = base64.urlsafe_b64encode if cell.is_native and cell.client.name == "gemini" else base64.b64encode
        assert encode(PIXEL).decode() in cell.matrix.relay.last
    cell.settle()


#: Providers that know JSON, but no schema of it.
SCHEMALESS = ("deepseek",)
FORMAT_FIELDS = {
    "chat": "response_format", "responses": "text.format", "anthropic": "output_config.format",
    "gemini": "generationConfig.responseMimeType",
}


@matrix_of()
def test_json_schema(cell):
    request = cell.request("plain", Ask(schema=True))
    if cell.provider in SCHEMALESS and not cell.is_native:
        assert FORMAT_FIELDS[cell.client.name] in cell.refused(request).field
    else:
        assert cell.send(request).text == cell.matrix.truth("plain", Ask())["content"]
        assert SCHEMA in list(values(json.loads(cell.matrix.relay.last)))
    cell.settle()


def values(tree):
    """All values of a JSON tree, and those of texts that hold one."""
    if isinstance(tree, str) and tree.startswith("{"):
        tree = json.loads(tree)
    yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from values(child)


@matrix_of()
def test_stop_and_limits(cell):
    ask = Ask(limit=5, stop=None if cell.client.unsayable_stop else ["the dam", "END"])
    if ask.stop and cell.provider == "responses":
        refusal = cell.refused(cell.request("plain", ask))
        assert "stop" in refusal.field
        ask.stop = None
    for stream in (False, True):
        answer = cell.ask("plain", ask, stream)
        assert answer.text == cell.matrix.truth("plain", ask)["content"]
        assert len(answer.text.split()) == 5
        assert answer.finish == cell.client.finishes["length"]
        if ask.stop:
            assert ask.stop in list(values(json.loads(cell.matrix.relay.last)))
    assert [line["tokens"]["output"] for line in cell.settle()[-2:]] == [5, 5]


#: Providers that prove their thoughts.
SIGNATURE = re.compile(base64.b64encode(b"sim-signature-").decode()[:16] + "[A-Za-z0-9+/=]{24}")
SIGNING = ("responses", "anthropic", "gemini", "vertex", "bedrock")


@matrix_of()
def test_reasoning(cell):
    ask = Ask(thinks=True)
    truth = cell.matrix.truth("reasoning", ask)
    whole, streamed = cell.ask("reasoning", ask), cell.ask("reasoning", ask, stream=True)
    assert whole.text == streamed.text == truth["content"]
    assert whole.thoughts == streamed.thoughts == truth["reasoning_content"]
    assert whole.usage == streamed.usage
    assert [line["tokens"]["completion"] for line in cell.settle()] == [12, 12]
    for stream in (False, True):
        signatures_return(cell, stream)
    cell.settle()


def signatures_return(cell, stream):
    """Calls after thought: what proves the thought comes back to the provider as it gave it."""
    ask = Ask(thinks=True, tools=True)
    request = cell.request("thoughtful", ask)
    first = cell.send(request, stream)
    assert len(first.calls) == 2 and first.thoughts
    second = cell.client.with_results(request, first, ["2.41 m", "0.87 m"])
    answer = cell.send(second | {"model": f"{cell.provider}-reasoning"}, stream)
    assert len(answer.text.split()) == 7
    if cell.provider in SIGNING:
        assert any(SIGNATURE.fullmatch(text) for text in values(json.loads(cell.matrix.relay.last))
                   if isinstance(text, str)), f"no proof came back: {cell.matrix.relay.last}"


@matrix_of()
def test_error(cell):
    for status in (400, 429, 500):
        for stream in (False, True):
            refusal = cell.refused(cell.request(f"e{status}", Ask()), stream)
            assert refusal.kind is cell.client.failures[status], refusal
            assert refusal.status == status or status == 500 and refusal.status > 500, refusal
            assert f"asked for an error {status}" in refusal.message, refusal
            assert refusal.retry_after == ("7" if status == 429 else None), refusal
    cell.settle()


@matrix_of()
def test_stream_error(cell):
    route = f"{cell.provider}-breaking"
    cell.matrix.exchanges += 1
    told = cell.client.broken_stream(cell.request("breaking", Ask()))
    assert told and "asked for an error in the stream" in told, "nobody told the client that the reply broke off"
    line, = cell.matrix.lines(1)
    # Where bytes pass, the SDK may leave at the error, before the provider has ended.
    outcomes = ("upstream_error", "client_gone") if cell.is_native else ("upstream_error",)
    assert line["route"] == route and line["outcome"] in outcomes, line


#: A field that the provider lacks, as the SDK says it, and by the name that the refusal gives it.
TOOLED = {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
LACKED = {
    "chat": {
        "responses": ({"seed": 7}, "seed"), "anthropic": ({"seed": 7}, "seed"), "bedrock": ({"seed": 7}, "seed"),
        "gemini": ({"parallel_tool_calls": False}, "parallel_tool_calls"),
        "vertex": ({"parallel_tool_calls": False}, "parallel_tool_calls"), "cohere": ({"user": "u1"}, "user"),
    },
    "responses": {
        "azure": ({"truncation": "auto"}, "truncation"), "anthropic": ({"truncation": "auto"}, "truncation"),
        "gemini": ({"safety_identifier": "u1"}, "safety_identifier"),
        "vertex": ({"parallel_tool_calls": False}, "parallel_tool_calls"),
        "bedrock": ({"safety_identifier": "u1"}, "safety_identifier"),
        "cohere": ({"safety_identifier": "u1"}, "safety_identifier"),
        "mistral": ({"safety_identifier": "u1"}, "safety_identifier"),
        "deepseek": ({"safety_identifier": "u1"}, "safety_identifier"),
    },
    "anthropic": {
        name: ({"extra_body": {"top_k": 20}}, "top_k")
        for name in ("openai", "azure", "responses", "mistral", "deepseek")
    } | {
        "gemini": ({"metadata": {"user_id": "u1"}}, "metadata.user_id"),
        "vertex": (TOOLED, "tool_choice.disable_parallel_tool_use"),
        "bedrock": ({"metadata": {"user_id": "u1"}}, "metadata.user_id"),
        "cohere": ({"metadata": {"user_id": "u1"}}, "metadata.user_id"),
    },
    "gemini": {
        name: ({"top_k": 20}, "generationConfig.topK")
        for name in ("openai", "azure", "responses", "mistral", "deepseek")
    } | {
        "anthropic": ({"seed": 7}, "generationConfig.seed"), "bedrock": ({"seed": 7}, "generationConfig.seed"),
        "cohere": ({"candidate_count": 2}, "generationConfig.candidateCount"),
    },
}


@matrix_of()
def test_unsupported(cell):
    name = cell.client.name
    if cell.is_native:
        # Nothing is judged where the provider reads what the client wrote.
        extra = {"extra_body": {"weir_unheard_of": "kept"}}
        extra = {"http_options": extra} if name == "gemini" else extra
        answer = cell.ask("dropping", Ask(extra=extra))
        assert json.loads(cell.matrix.relay.last)["weir_unheard_of"] == "kept"
        assert "x-weir-dropped" not in answer.headers
        cell.settle()
        return
    extra, field = LACKED[name][cell.provider]
    ask = Ask(extra=extra, tools="parallel" in field)
    refusal = cell.refused(cell.request("plain", ask))
    assert refusal.kind is cell.client.failures[400] and refusal.status == 400
    assert field in refusal.field and field in refusal.message, refusal
    for stream in (False, True):
        answer = cell.ask("dropping", ask, stream)
        assert answer.headers["x-weir-dropped"] == field
        assert answer.text == cell.matrix.truth("plain", Ask())["content"]
    assert [line.get("dropped") for line in cell.settle()] == [None, [field], [field]]


def test_the_table_in_the_readme_names_these_tests():
    table = subprocess.run(
        [sys.executable, "scripts/surface-table", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert table.returncode == 0, table.stdout + table.stderr
