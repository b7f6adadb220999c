"""Which route a request takes: by model, caller, team, header, operation, size, needs and hour."""
import json
import os
import subprocess
from datetime import datetime, timezone

import pytest

from gateway import BINARY, KEY, OTHER_KEY, SECRETS, Gateway, configuration, eventually
from wire import Connection, chat, request

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
PICTURE = [{"role": "user", "content": [
    {"type": "text", "text": "Look."}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}]}]

# Half a day away from now, by UTC.
AWAY = "{:02}:00-{:02}:00".format(*((datetime.now(timezone.utc).hour + hours) % 24 for hours in (11, 13)))

# The word that decides, the entry's `when`, what meets it, and what does not: the key, the model, fields and members of the body.
CASES = [
    ("caller", {"caller": "alice"}, {}, {"key": OTHER_KEY}),
    ("team", {"team": ["shop"]}, {"key": OTHER_KEY}, {}),
    ("header", {"header": "x-tier: gold"}, {"fields": [("x-tier", "gold")]}, {"fields": [("x-tier", "silver")]}),
    ("operation", {"operation": "embeddings"}, {"path": "/v1/embeddings"}, {}),
    ("prompt_tokens_min", {"prompt_tokens_min": 100}, {"text": "word " * 100}, {"text": "word"}),
    ("prompt_tokens_max", {"prompt_tokens_max": 100}, {"text": "word"}, {"text": "word " * 100}),
    ("needs", {"needs": "tools"}, {"tools": [TOOL]}, {}),
    ("needs", {"needs": "images"}, {"messages": PICTURE}, {"tools": [TOOL]}),
    ("needs", {"needs": "json_schema"}, {"response_format": SCHEMA}, {"response_format": {"type": "text"}}),
    ("hours", {"hours": "mon-sun"}, {}, None),
]


@pytest.fixture(scope="module")
def house(simulator, tmp_path_factory):
    """One model for each case, whose `match` leads to the route `other`; one with all of them at once."""
    whole = configuration(simulator.url, {f"case-{index}": "sim-small" for index in range(len(CASES))} | {
        "both": "sim-small", "other": "sim-large", "further": "sim-embed"})
    for index, (_, when, _, _) in enumerate(CASES):
        whole["models"][f"case-{index}"]["match"] = [{"when": when, "route": "other"}]
    whole["models"]["both"] |= {
        "aliases": ["ambo"],
        "match": [{"when": {"hours": AWAY}, "route": "further"}, {"when": {"team": "search", "needs": "tools"}, "route": "other"},
                  {"when": {"team": "search", "header": "x-tier: gold"}, "route": "further"}]}
    whole["models"]["other"]["system"] = {"prepend": "You are the other."}
    whole["teams"]["shop"]["permissions"] = {"deny": {"models": ["both"]}}
    whole["teams"]["search"]["permissions"] = {"deny": {"routes": ["further"]}}
    program = Gateway(tmp_path_factory.mktemp("matches"), whole)
    yield program
    assert program.stop() == 0


def body(model, text="Hello", key=None, fields=(), path="/v1/chat/completions", **members):
    if path == "/v1/embeddings":
        return {"model": model, "input": text}
    return json.loads(chat(model, text=text)) | members


def ask(house, model, **asked):
    key, fields, path = asked.get("key", KEY), asked.get("fields", ()), asked.get("path", "/v1/chat/completions")
    with Connection(house.port, timeout=20) as connection:
        lines = [f"{name}: {value}" for name, value in fields]
        connection.send(request(json.dumps(body(model, **asked)).encode(), path=path, key=key, fields=lines))
        return connection.reply()


def explain(house, tmp_path, model, output="json", **asked):
    whole = tmp_path / "asked.json"
    whole.write_text(json.dumps(body(model, **asked)))
    caller = "bob" if asked.get("key") == OTHER_KEY else "alice"
    fields = [word for name, value in asked.get("fields", ()) for word in ("--header", f"{name}: {value}")]
    done = subprocess.run(
        [str(BINARY), "route", "explain", "--model", model, "--caller", caller, "--file", str(whole), "--path",
         asked.get("path", "/v1/chat/completions"), *fields, "--output", output], capture_output=True, text=True, timeout=30,
        env=os.environ | SECRETS | {"WEIR_ADMIN_URL": house.urls["admin"]})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if output == "json" else done.stdout


@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{word}-{index}" for index, (word, *_) in enumerate(CASES)])
def test_each_condition_decides_the_route(house, tmp_path, index):
    word, when, met, unmet = CASES[index]
    model = f"case-{index}"
    reply = ask(house, model, **met)
    assert (reply.status, reply.fields["x-weir-model"]) == (200, "sim-large"), reply.body
    told = explain(house, tmp_path, model, **met)
    assert (told["model"], told["route"]) == (model, "other")
    assert told["matches"] == [{"route": "other", "when": list(when), "taken": True}]
    assert [entry["target"] for entry in told["targets"]] == ["sim/sim-large"]
    if unmet is not None:
        assert ask(house, model, **unmet).fields["x-weir-model"] == "sim-small"
        told = explain(house, tmp_path, model, **unmet)
        assert told["route"] == model
        assert told["matches"] == [{"route": "other", "when": list(when), "taken": False, "unmet": word}]


def test_the_first_entry_that_holds_is_taken_with_all_that_its_route_says(house, tmp_path):
    both = {"tools": [TOOL], "fields": [("x-tier", "gold")]}
    assert ask(house, "ambo", **both).fields["x-weir-model"] == "sim-large"
    line = eventually(lambda: next((line for line in house.access_log() if line.get("asked_model") == "ambo"), None))
    assert line["route"] == "other"
    text = explain(house, tmp_path, "ambo", output="table", **both)
    assert "both, by the route other, for team search, caller alice: would be served by sim/sim-large" in text
    assert "match: further (hours): not taken: hours" in text
    assert "match: other (team, needs): taken" in text
    assert "match: further (team, header): not looked at: an earlier one is taken" in text
    labels = [dict(pairs) for (name, pairs), value in house.metrics().items()
              if name == "weir_exchanges_total" and float(value) > 0]
    assert "both" not in {label["route"] for label in labels}


def test_permissions_see_the_asked_model_and_the_route_that_was_taken(house, tmp_path):
    denied = ask(house, "ambo", key=OTHER_KEY)
    assert denied.status == 403 and b"permissions.deny.models" in denied.body
    gold = {"fields": [("x-tier", "gold")]}
    denied = ask(house, "both", **gold)
    assert denied.status == 403 and b'team search may not use the route \\"further\\": permissions.deny.routes' in denied.body
    assert explain(house, tmp_path, "both", **gold)["would_be"].startswith("refused: team search may not use the route")
    assert ask(house, "both").fields["x-weir-model"] == "sim-small"
