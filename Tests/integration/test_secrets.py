"""Secrets planted everywhere, and looked for in all that leaves: logs, spans, metrics, errors, files, upstream."""
import base64
import hashlib
import http.client
import json
import secrets
import signal
import sqlite3

from gateway import configuration, eventually, provider, target
from keys import admin
from upstreams import RecordingUpstream, plain_chat

HEADERS = ["Authorization", "x-api-key", "api-key", "x-goog-api-key"]


class Plants:
    """Secrets that nothing else looks like, by what they are for."""

    def __init__(self):
        self.by_name = {}

    def new(self, name):
        self.by_name[name] = "sk-" + secrets.token_hex(24)
        return self.by_name[name]

    def add(self, name, text):
        self.by_name[name] = text

    def found(self, data, but=()):
        """Names of those that `data` holds, whole, or the greater part of it, or in base64."""
        data = data if isinstance(data, bytes) else data.encode("utf-8", "replace")
        return [name for name, text in self.by_name.items()
                if name not in but and any(form in data for form in self.forms(text))]

    @staticmethod
    def forms(text):
        yield text[-30:].encode()
        for shift in range(3):
            # The middle of it, wherever it stands in what was encoded.
            encoded = base64.b64encode(b"x" * shift + text[-30:].encode())
            yield encoded[4:-4]


def answer(request):
    """A provider that quotes what it was sent, where it is asked to fail."""
    asked = json.loads(request["body"] or b"{}").get("model", "")
    quoted = request["fields"].get("authorization", "") + request["fields"].get("api-key", "")
    status = {"refuses": 401, "rejects": 400, "breaks": 500, "limits": 429}.get(asked)
    if status:
        return status, {"content-type": "application/json"}, json.dumps(
            {"error": {"message": f"Incorrect API key provided: {quoted}", "type": "invalid", "code": "k"}}).encode()
    if asked == "streams":
        return 200, {"content-type": "text/event-stream"}, [
            b'data: {"id":"1","model":"streams","choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n', b"data: [DONE]\n\n"]
    if asked == "cuts":
        return 200, {"content-type": "application/json"}, b'{"id": "broken'
    return plain_chat(request)


MODELS = {name: name for name in ("works", "refuses", "rejects", "breaks", "limits", "streams", "cuts")}


class Sender:
    """Sends requests and keeps every reply, whole."""

    def __init__(self, gateway):
        self.gateway, self.replies = gateway, []

    def send(self, model, fields=None, path="/v1/chat/completions", query="", method="POST", body=None, port=None):
        if body is None and method == "POST":
            body = json.dumps({"model": model, "stream": model == "streams", "messages": [{"role": "user", "content": "hi"}]})
        connection = http.client.HTTPConnection("127.0.0.1", port or self.gateway.port, timeout=10)
        try:
            connection.request(method, path + query, body, {"Content-Type": "application/json"} | (fields or {}))
            reply = connection.getresponse()
            self.replies.append(json.dumps(reply.getheaders()) + reply.read().decode("utf-8", "replace"))
            return reply.status
        except (http.client.HTTPException, ConnectionError) as problem:
            self.replies.append(repr(problem))
            return 0
        finally:
            connection.close()


def whole_configuration(upstream, collector, plants):
    whole = configuration(upstream.url + "/v1", MODELS | {"moved": [target("breaks"), target("works", "second")]})
    whole["providers"]["second"] = provider(upstream.url + "/v1", key="env:SECOND_KEY", headers={"api-key": "env:HEADER_KEY"})
    whole["telemetry"]["destinations"] = {
        "all": {"endpoint": collector.url, "headers": {"authorization": "env:COLLECTOR_KEY"}}}
    hashed = hashlib.sha256(plants.by_name["hashed key"].encode()).hexdigest()
    whole["keys"] += [
        {"caller": "bob", "sha256": hashed},
        {"caller": "bob", "key": "env:NEAR_KEY", "alias": "near", "networks": ["198.51.100.0/24"]}]
    return whole


def test_no_secret_leaves_in_anything(collector, start):
    plants = Plants()
    environment = {name: plants.new(what) for name, what in [
        ("WEIR_KEY_ALICE", "alice's key"), ("WEIR_KEY_BOB", "bob's key"), ("NEAR_KEY", "a key for one network"),
        ("SIM_KEY", "provider's key"), ("SECOND_KEY", "second provider's key"), ("HEADER_KEY", "provider's header"),
        ("COLLECTOR_KEY", "collector's key"), ("WEIR_ADMIN_KEY", "admin key")]}
    hashed = plants.new("hashed key")
    providers = ("provider's key", "second provider's key", "provider's header")
    upstream = RecordingUpstream(answer)
    try:
        gateway = start(whole_configuration(upstream, collector, plants), environment)
        by_admin = environment["WEIR_ADMIN_KEY"]
        stored = [make_by(gateway, by_admin, plants, name) for name in ("stored", "expired", "revoked")]
        admin(gateway, "PATCH", "/api/v1/keys/expired", {"expires_at": "2020-01-01T00:00:00Z"}, key=by_admin)
        admin(gateway, "POST", "/api/v1/keys/revoked/revoke", key=by_admin)
        rotated = admin(gateway, "POST", "/api/v1/keys/stored/rotate", {"overlap": "0s"}, key=by_admin)[2]
        plants.add("rotated key", rotated["key"])
        sender = Sender(gateway)
        good = [environment["WEIR_KEY_ALICE"], hashed, rotated["key"]]
        bad = [*stored, environment["NEAR_KEY"], plants.new("unknown key"), "wk_0123456789_" + secrets.token_hex(22)[:43]]
        plants.add("forged key", bad[-1])
        drive(sender, plants, good, bad)
        kinds = set(sender.statuses)
        assert {200, 400, 401, 403, 404, 429} <= kinds and kinds & {500, 502}, kinds

        # The other ports, wrongly and rightly.
        port = int(gateway.urls["admin"].rsplit(":", 1)[1])
        for path in ("/api/v1/keys", "/api/v1/keys/stored", "/api/v1/audit?limit=1000", "/api/v1/exchanges?limit=1000",
                     "/api/v1/exchanges/last", "/api/v1/exchanges/last/story", "/api/v1/budgets"):
            for key in (by_admin, plants.by_name["unknown key"]):
                sender.send("", {"Authorization": f"Bearer {key}"}, path, method="GET", port=port)
        (gateway.directory / "weir.yaml").write_text(json.dumps({"weir": 1, "admin": {"key": bad[-2]}}))
        gateway.process.send_signal(signal.SIGHUP)
        assert gateway.wait_for("not reloaded")
        pages = [gateway.get(gateway.metrics_url, {"Accept": kind})[2] for kind in (
            "text/plain", "application/openmetrics-text;version=1.0.0")]
        assert eventually(lambda: len(collector.roots()) > 10 and collector.records)
        assert gateway.stop() == 0
        assert collector.collections, "metrics leave at the end at the latest"

        for reply in sender.replies:
            assert not plants.found(reply), reply[:2000]
        for page in pages:
            assert not plants.found(page)
        assert not plants.found("\n".join(line for line in gateway.output if line)), gateway.output
        with collector.lock:
            for item in [*collector.spans, *collector.records]:
                seen = repr((vars(item)))
                assert not plants.found(seen), seen
            for found in collector.collections:
                assert not plants.found(repr(found))
            assert {fields["authorization"] for _, fields, _ in collector.requests} == {environment["COLLECTOR_KEY"]}
        files = [path for path in gateway.directory.rglob("*") if path.is_file() and path.name != "weir.yaml"]
        assert {"weir.db", "weir.journal", "weir.db-recent", "access.log"} <= {path.name for path in files}
        for path in files:
            assert not plants.found(path.read_bytes()), path
        assert upstream.requests
        for request in upstream.requests:
            sent = repr((request["method"], request["path"], request["raw_fields"], request["body"]))
            assert not plants.found(sent, but=providers), sent
            # Each provider's key reaches that provider, and only in the fields that are for it.
            assert request["fields"]["authorization"][7:] in (environment["SIM_KEY"], environment["SECOND_KEY"])
        with sqlite3.connect(f"file:{gateway.directory}/weir.db?mode=ro", uri=True) as database:
            assert not plants.found("\n".join(database.iterdump())), "the database as text"
    finally:
        upstream.close()


def make_by(gateway, key, plants, name):
    status, _, made = admin(gateway, "POST", "/api/v1/keys", {"caller": "alice", "name": name}, key=key)
    assert status == 201, made
    plants.add(f"{name} key", made["key"])
    return made["key"]


def drive(sender, plants, good, bad):
    """Every place that a key can stand in, with every kind of key; every way that a request can end."""
    sender.statuses = statuses = []
    unused = {name: plants.new(f"unused {name}") for name in [*HEADERS, "Cookie", "Proxy-Authorization", "query", "basic"]}

    def placed(key, where):
        value = f"Bearer {key}" if where == "Authorization" else key
        return {where: value}

    for key in [*good, *bad]:
        for where in HEADERS:
            # The key in its place, and other secrets in those that are looked at later, or never.
            rest = {name: unused[name] for name in HEADERS[HEADERS.index(where) + 1:]}
            rest |= {"Cookie": f"session={unused['Cookie']}", "Proxy-Authorization": f"Basic {unused['Proxy-Authorization']}"}
            statuses.append(sender.send("works", rest | placed(key, where), query=f"?key={unused['query']}"))
        statuses.append(sender.send("works", query=f"?a=1&key={key}"))
        statuses.append(sender.send("works", path="/v1beta/models/works:generateContent", query=f"?key={key}",
                                    body='{"contents":[{"parts":[{"text":"hi"}]}]}'))
        statuses.append(sender.send("works", path="/providers/sim/v1/chat/completions", query=f"?key={key}&x=1"))
        statuses.append(sender.send("", placed(key, "x-api-key"), "/v1/models", method="GET"))
    basic = base64.b64encode(f"user:{unused['basic']}".encode()).decode()
    statuses.append(sender.send("works", {"Authorization": f"Basic {basic}"}))
    for model in ("refuses", "rejects", "breaks", "limits", "streams", "cuts", "moved", "nowhere"):
        for path in ("/v1/chat/completions", "/v1/messages", "/v1/responses", "/providers/sim/v1/chat/completions"):
            body = json.dumps({"model": model, "max_tokens": 5, "input": "hi", "stream": model == "streams",
                               "messages": [{"role": "user", "content": "hi"}]})
            if path == "/v1/responses":
                body = json.dumps({"model": model, "input": "hi"})
            statuses.append(sender.send(model, placed(good[0], "Authorization"), path, body=body))
    for path in ("/nowhere", f"/v1/nowhere?key={good[1]}", "/v1/chat/completions/x"):
        statuses.append(sender.send("works", placed(good[0], "api-key"), path))
    statuses.append(sender.send("works", placed(good[0], "Authorization"), body="{not json"))
    statuses.append(sender.send("works", placed(good[0], "Authorization") | {"x-api-key": "a\x01" + unused["x-api-key"]}))
