"""Keys that are made while the gateway runs, networks, and permissions, end to end."""
import hashlib
import json
import re
import signal
import sqlite3
import time

import anthropic
import openai
import pytest

from gateway import ADMIN_KEY, KEY, OTHER_KEY, Gateway, configuration, eventually, target
from keys import admin, call, make, weir

FORM = re.compile(r"wk_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}")


def restricted(simulator):
    """`search` (alice) may use smart and fast, and no embeddings; bob's key of the configuration comes from 127.0.0.1 alone."""
    whole = configuration(simulator.url, {"smart": "sim-fast", "fast": "sim-small", "large": "sim-large"})
    whole["teams"]["search"]["permissions"] = {"models": ["smart", "fa*"], "deny": {"operations": ["embeddings"]}}
    whole["keys"][1]["networks"] = ["127.0.0.1"]
    whole["keys"][1]["alias"] = "bob-key"
    return whole


@pytest.fixture(scope="module")
def guarded(simulator, tmp_path_factory):
    program = Gateway(tmp_path_factory.mktemp("guarded"), restricted(simulator))
    yield program
    assert program.stop() == 0


def error(reply):
    return json.loads(reply[2])["error"]


def audited(gateway, action):
    entries = admin(gateway, "GET", "/api/v1/audit?limit=1000")[2]["entries"]
    return [entry for entry in entries if entry["action"] == action]


def sample(gateway, name, **labels):
    return float(gateway.metrics().get((name, frozenset(labels.items())), "nan"))


def aliases(gateway):
    with sqlite3.connect(f"file:{gateway.directory}/weir.db?mode=ro", uri=True) as database:
        return {alias for alias, in database.execute("SELECT key_alias FROM exchanges")}


def test_a_key_lives_from_its_making_to_its_end(guarded):
    key = make(guarded, name="ci", networks=["127.0.0.0/8"], expires_in="90d")
    assert FORM.fullmatch(key["key"]) and key["status"] == "active" and key["version"] == 1
    assert call(guarded, key["key"])[0] == 200
    assert eventually(lambda: "ci" in aliases(guarded)), "the ledger knows the key by its name"

    # Another secret; the one before it goes on for a while.
    status, _, rotated = admin(guarded, "POST", f"/api/v1/keys/{key['id']}/rotate", {"overlap": "1h"})
    assert status == 200 and rotated["key"] != key["key"] and len(rotated["secrets"]) == 2
    assert [call(guarded, text)[0] for text in (key["key"], rotated["key"])] == [200, 200]
    status, _, last = admin(guarded, "POST", "/api/v1/keys/ci/rotate", {"overlap": "0s"})
    assert [call(guarded, text)[0] for text in (key["key"], rotated["key"], last["key"])] == [401, 401, 200]
    assert "was replaced" in error(call(guarded, key["key"]))["message"]

    # Taken back at once.
    status, _, revoked = admin(guarded, "POST", "/api/v1/keys/ci/revoke")
    assert (status, revoked["status"]) == (200, "revoked") and "key" not in revoked
    refused = call(guarded, last["key"])
    assert refused[0] == 401 and 'The API key "ci" was revoked' in error(refused)["message"]
    assert admin(guarded, "POST", "/api/v1/keys/ci/rotate", {})[0] == 409

    assert admin(guarded, "DELETE", f"/api/v1/keys/{key['id']}")[0] == 200
    assert "not known here" in error(call(guarded, last["key"]))["message"]
    assert admin(guarded, "GET", "/api/v1/keys/ci")[0] == 404
    subject = f"key:{key['id']}"
    for action in ("key.create", "key.rotate", "key.revoke", "key.delete"):
        entry = [entry for entry in audited(guarded, action) if entry["subject"] == subject][-1]
        assert entry["actor"] == "key:env:WEIR_ADMIN_KEY" and "asked from 127.0.0.1" in entry["reason"]
    assert all(text not in json.dumps(audited(guarded, "key.rotate")) for text in (key["key"], last["key"]))


def test_a_key_is_changed_under_a_version(guarded):
    key = make(guarded)
    status, fields, shown = admin(guarded, "GET", f"/api/v1/keys/{key['id']}")
    assert status == 200 and fields["etag"] == '"1"' and "key" not in shown and shown["name"] == key["id"]
    assert call(guarded, key["key"], "fast")[0] == 200
    first, change = {"If-Match": fields["etag"]}, {"permissions": {"models": ["smart"]}, "networks": ["127.0.0.0/8"]}
    status, _, changed = admin(guarded, "PATCH", f"/api/v1/keys/{key['id']}", change, fields=first)
    assert status == 200 and changed["version"] == 2 and changed["permissions"] == {"models": ["smart"]}
    status, _, problem = admin(guarded, "PATCH", f"/api/v1/keys/{key['id']}", change, fields=first)
    assert status == 412 and problem["errors"][0]["field"] == "if-match", "another version"
    refused = call(guarded, key["key"], "fast")
    assert refused[0] == 403
    assert error(refused)["message"] == f'key {key["id"]} may not use model "fast": permissions.models'
    status, _, expired = admin(guarded, "PATCH", f"/api/v1/keys/{key['id']}", {"expires_at": "2020-01-01T00:00:00Z"})
    assert (status, expired["status"]) == (200, "expired")
    assert "expired on 2020-01-01" in error(call(guarded, key["key"]))["message"]
    assert sample(guarded, "weir_stored_keys", state="expired") >= 1


def test_what_is_wrong_is_told_with_the_field(guarded):
    for body, words in [
        ({}, "caller is missing"), ({"caller": "bobb"}, 'did you mean "bob"?'),
        ({"caller": "bob", "netwroks": []}, 'did you mean "networks"?'),
        ({"caller": "bob", "plan": "gold"}, 'unknown plan "gold"'),
    ]:
        status, _, reply = admin(guarded, "POST", "/api/v1/keys", body)
        assert status == 400 and words in reply["detail"], reply
    make(guarded, "bob", name="twice")
    assert admin(guarded, "POST", "/api/v1/keys", {"caller": "bob", "name": "twice"})[0] == 409
    assert admin(guarded, "GET", "/api/v1/keys", key="wrong")[0] == 401
    assert admin(guarded, "GET", "/api/v1/keys", key=KEY)[0] == 401
    assert admin(guarded, "PUT", "/api/v1/keys")[0] == 405


def test_the_command_line_does_all_of_it(guarded):
    made = weir(guarded, "keys", "create", "--caller", "alice", "--name", "by hand", "--model", "smart", "--expires", "1h")
    assert made.returncode == 0, made
    text = made.stdout.splitlines()[0]
    assert FORM.fullmatch(text) and call(guarded, text)[0] == 200 and call(guarded, text, "fast")[0] == 403
    listed = weir(guarded, "keys", "list")
    assert re.search(r"^by hand +key_\w+ +api +active +alice", listed.stdout, re.M) and text not in listed.stdout
    shown = json.loads(weir(guarded, "keys", "show", "by hand", "--output", "json").stdout)
    assert shown["permissions"] == {"models": ["smart"]}
    assert "seen from" in weir(guarded, "keys", "show", "by hand").stdout or not shown["seen_networks"]
    rotated = weir(guarded, "keys", "rotate", "by hand", "--overlap", "1h")
    assert rotated.returncode == 0 and "is valid until" in rotated.stdout
    assert call(guarded, rotated.stdout.splitlines()[0])[0] == 200
    assert weir(guarded, "keys", "revoke", "by hand").returncode == 0
    assert call(guarded, text)[0] == 401
    wrong = weir(guarded, "keys", "create", "--caller", "nobody")
    assert wrong.returncode == 1 and "unknown caller" in wrong.stderr


def test_keys_outlive_a_kill_and_a_reload(start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-fast"})
    gateway = start(whole)
    kept, revoked = make(gateway, name="kept"), make(gateway, name="gone")
    admin(gateway, "POST", "/api/v1/keys/gone/revoke")
    gateway.kill()

    again = Gateway(gateway.directory, whole)
    try:
        assert call(again, kept["key"])[0] == 200 and call(again, KEY)[0] == 200
        assert "was revoked" in error(call(again, revoked["key"]))["message"]
        # A reload that takes the caller away, and one that brings it back.
        without = whole | {"callers": {"bob": {"team": "shop"}}, "keys": whole["keys"][1:]}
        for current, status in ((without, 401), (whole, 200)):
            (again.directory / "weir.yaml").write_text(json.dumps(current))
            again.process.send_signal(signal.SIGHUP)
            assert eventually(lambda: call(again, kept["key"])[0] == status), status
        made = make(again, name="after")
        assert call(again, made["key"])[0] == 200
    finally:
        assert again.stop() == 0
    with sqlite3.connect(f"file:{again.directory}/weir.db?mode=ro", uri=True) as database:
        uses = dict(database.execute("SELECT name, last_used_at_ns FROM keys"))
    assert uses["gone"] is None and time.time() - uses["kept"] / 1e9 < 180 and uses["after"], "written at the end"


def test_a_key_of_the_configuration_has_its_networks(guarded):
    assert call(guarded, OTHER_KEY)[0] == 200
    refused = call(guarded, OTHER_KEY, source="127.0.0.2")
    assert refused[0] == 403 and error(refused)["type"] == "permission_error"
    assert error(refused)["message"] == 'key "bob-key" may not be used from 127.0.0.2: keys.networks'
    assert sample(guarded, "weir_authentication_failures_total", reason="key_network") == 1


def test_a_new_network_is_written_down_and_counted(guarded):
    key = make(guarded, "bob", name="traveller")
    counted = sample(guarded, "weir_key_new_networks_total", team="shop")
    for source in ("127.0.0.1", "127.0.0.9", "127.1.0.1", "127.1.0.2", "127.0.0.1"):
        assert call(guarded, key["key"], source=source)[0] == 200
    assert sample(guarded, "weir_key_new_networks_total", team="shop") == counted + 1
    subject = f"key:{key['id']}"
    entry, = eventually(lambda: [e for e in audited(guarded, "key.new_network") if e["subject"] == subject])
    assert entry["after"] == "127.1.0.0/24" and entry["reason"] == "key traveller of caller bob, team shop"
    assert entry["exchange"]
    seen = eventually(lambda: admin(guarded, "GET", "/api/v1/keys/traveller")[2]["seen_networks"])
    assert [network["network"] for network in seen] == ["127.0.0.0/24", "127.1.0.0/24"]
    assert guarded.wait_for(r"a key was used from a new network")


def test_a_permission_is_told_in_every_surfaces_words(guarded):
    url = guarded.url
    with pytest.raises(openai.PermissionDeniedError) as refused:
        openai.OpenAI(base_url=url + "/v1", api_key=KEY, max_retries=0).chat.completions.create(
            model="large", messages=[{"role": "user", "content": "hi"}])
    assert refused.value.body["message"] == 'team search may not use model "large": permissions.models'
    assert refused.value.body["type"] == "permission_error"
    with pytest.raises(anthropic.PermissionDeniedError) as refused:
        anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0).messages.create(
            model="large", max_tokens=10, messages=[{"role": "user", "content": "hi"}])
    assert refused.value.body["error"]["type"] == "permission_error"
    gemini = call(
        guarded, KEY, path="/v1beta/models/large:generateContent", body='{"contents":[{"parts":[{"text":"hi"}]}]}')
    assert gemini[0] == 403 and error(gemini)["status"] == "PERMISSION_DENIED"
    embeddings = call(guarded, KEY, path="/v1/embeddings", body='{"model":"smart","input":"hi"}')
    assert embeddings[0] == 403
    assert error(embeddings)["message"] == 'team search may not use the operation "embeddings": permissions.deny.operations'
    assert call(guarded, OTHER_KEY, "large")[0] == 200, "another team may"
    assert sample(guarded, "weir_permission_denials_total", team="search", permission="models") >= 3


def test_a_restricted_caller_gets_through_no_door_that_is_not_named(guarded):
    refused = call(guarded, KEY, path="/providers/sim/v1/chat/completions", model="sim-large")
    assert refused[0] == 403 and "permissions.models" in error(refused)["message"]
    assert call(guarded, OTHER_KEY, path="/providers/sim/v1/chat/completions", model="sim-large")[0] == 200


def test_only_what_may_be_used_is_listed(guarded):
    def listed(key, path, fields=None):
        return json.loads(call(guarded, key, path=path, method="GET", fields=fields)[2])

    assert {model["id"] for model in listed(KEY, "/v1/models")["data"]} == {"smart", "fast"}
    assert {model["id"] for model in listed(OTHER_KEY, "/v1/models")["data"]} == {"smart", "fast", "large"}
    by_version = {"anthropic-version": "2023-06-01"}
    assert {model["id"] for model in listed(KEY, "/v1/models", by_version)["data"]} == {"smart", "fast"}
    assert {model["name"] for model in listed(KEY, "/v1beta/models")["models"]} == {"models/smart", "models/fast"}
    assert call(guarded, KEY, path="/v1/models/fast", method="GET")[0] == 200
    assert call(guarded, KEY, path="/v1/models/large", method="GET")[0] == 404
    unknown = call(guarded, KEY, "smrt")
    assert unknown[0] == 404 and "known models: fast, smart." in error(unknown)["message"]


def test_the_files_keys_are_listed_and_stay_the_files(guarded):
    made = make(guarded, name="listed")
    assert call(guarded, OTHER_KEY)[0] == 200
    status, _, page = admin(guarded, "GET", "/api/v1/keys")
    assert status == 200
    file = [key for key in page["keys"] if key["origin"] == "file"]
    assert [(key["id"], key["name"], key["caller"], key["networks"]) for key in file] == [
        ("config:env:WEIR_KEY_ALICE", "env:WEIR_KEY_ALICE", "alice", []), ("config:bob-key", "bob-key", "bob", ["127.0.0.1/32"])]
    assert {key["name"] for key in page["keys"] if key["origin"] == "api"} >= {"listed"}
    assert all("key" not in key and key["secrets"] == [] for key in file)
    for secret in (KEY, OTHER_KEY, hashlib.sha256(KEY.encode()).hexdigest(), made["key"]):
        assert secret not in json.dumps(page)
    shown = eventually(lambda: (found := admin(guarded, "GET", "/api/v1/keys/bob-key")[2]).get("seen_networks") and found)
    assert shown["origin"] == "file" and [entry["network"] for entry in shown["seen_networks"]] == ["127.0.0.0/24"]
    assert shown["last_used_at"]
    for method, path, body in (("PATCH", "bob-key", {"plan": None}), ("POST", "bob-key/rotate", {}),
                               ("POST", "config:bob-key/revoke", None), ("DELETE", "bob-key", None)):
        status, _, problem = admin(guarded, method, "/api/v1/keys/" + path, body)
        assert status == 409 and "is declared in" in problem["detail"] and "change it there" in problem["detail"]
    assert call(guarded, OTHER_KEY)[0] == 200
    table = weir(guarded, "keys", "list").stdout
    assert re.search(r"^bob-key +config:bob-key +file +active +bob", table, re.M), table
    assert "declared    in the configuration file: change it there" in weir(guarded, "keys", "show", "bob-key").stdout
