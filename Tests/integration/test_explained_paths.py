"""`weir route explain` for each path that clients may call: Gemini's, Azure's, and the doors to providers' own APIs."""
import json

import pytest

from gateway import KEY, Gateway, configuration, provider, target
from keys import admin, call, weir


@pytest.fixture(scope="module")
def house(simulator, tmp_path_factory):
    whole = configuration(
        simulator.url, {"smart": [target("sim-large", when={"needs": "tools"}), target("sim-small")]},
        providers={"sim": provider(simulator.url), "spare": provider(simulator.url)})
    whole["models"]["smart"]["aliases"] = ["google/clever"]
    whole["teams"]["shop"]["permissions"] = {"providers": ["spare"]}
    program = Gateway(tmp_path_factory.mktemp("paths"), whole)
    yield program
    assert program.stop() == 0


def explain(house, **asked):
    status, _, body = admin(house, "POST", "/api/v1/routes/explain", {"team": "search"} | asked)
    return status, body


def targets(body):
    return [entry["target"] for entry in body["targets"] if "tried" in entry]


TOOLS = {"contents": [{"parts": [{"text": "Hello"}]}],
         "tools": [{"functionDeclarations": [{"name": "look", "parameters": {"type": "OBJECT", "properties": {}}}]}]}

NATIVE = [
    ("/v1beta/models/smart:generateContent", "chat", False), ("/v1beta/models/smart:streamGenerateContent?alt=sse", "chat", True),
    ("/v1/projects/p/locations/eu/publishers/google/models/smart:generateContent", "chat", False),
    ("/v1beta/models/google%2Fclever:generateContent", "chat", False), ("/v1beta/models/smart:embedContent", "embeddings", False),
    ("/v1beta/models/smart:countTokens", "count_tokens", False), ("/openai/deployments/smart/chat/completions", "chat", False),
]


@pytest.mark.parametrize("path, operation, streams", NATIVE, ids=[path for path, *_ in NATIVE])
def test_a_path_that_names_the_model_is_explained(house, path, operation, streams):
    status, body = explain(house, path=path)
    assert status == 200, body
    assert body["model"] == "smart" and targets(body)[0] == "sim/sim-small"
    assert (body["request"]["operation"], body["request"]["stream"]) == (operation, streams)


def test_what_a_native_request_needs_is_seen(house):
    path = "/v1beta/models/smart:generateContent"
    status, body = explain(house, path=path, request=TOOLS)
    assert status == 200 and targets(body)[0] == "sim/sim-large" and body["request"]["needs"] == ["tools"]
    status, problem = explain(house, path=path, model="smart")
    assert status == 400 and "names the model already" in problem["detail"]


def test_a_door_is_explained_with_its_permissions(house):
    status, body = explain(house, path="/providers/sim/v1/files", method="GET")
    assert status == 200 and body["model"] == "providers/sim" and body["would_be"] == "served by sim/_other"
    assert body["request"]["operation"] == "provider_api"
    status, body = explain(house, path="/providers/sim/v1/chat/completions", request={"model": "sim-large", "messages": []})
    assert targets(body) == ["sim/sim-large"] and body["would_be"] == "served by sim/sim-large"
    # What a model asks of requests by its name does not count where the client itself chose the target.
    assert call(house, KEY, "sim-large", path="/providers/sim/chat/completions")[0] == 200
    status, body = explain(house, team="shop", path="/providers/sim/v1/files", method="GET")
    assert body["would_be"] == 'refused: team shop may not use the own API of the provider "sim": permissions.providers'
    status, problem = explain(house, path="/providers/smi/v1/files", method="GET")
    assert status == 400 and "known providers: sim, spare" in problem["detail"]


@pytest.mark.parametrize("path, words", [
    ("/v1/audio/transcriptions", "by a form"), ("/v1/models", "answers this path itself"), ("/v1/feedback", "answers this path itself"),
    ("/nowhere", "No API is served at /nowhere"),
])
def test_what_leads_to_no_target_is_said(house, path, words):
    status, problem = explain(house, path=path, method="GET" if path == "/v1/models" else "POST")
    assert status == 400 and words in problem["detail"]


def test_the_command_takes_such_paths(house):
    told = weir(house, "route", "explain", "--path", "/v1beta/models/smart:generateContent", "--caller", "alice")
    assert told.returncode == 0 and "smart for team search, caller alice: would be served by sim/sim-small" in told.stdout
    told = weir(house, "route", "explain", "--path", "/providers/sim/v1/files", "--method", "GET", "--output", "json")
    assert told.returncode == 0 and json.loads(told.stdout)["route"] == "providers/sim"
    assert "Write --model" in weir(house, "route", "explain").stderr
