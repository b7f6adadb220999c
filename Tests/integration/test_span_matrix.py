"""The span tree of every surface with every ending, as a collector gets it: parents, kinds, statuses, `error.type`, attributes.

All cells are driven at once through one gateway, each in a trace of its own; the tests then look at what arrived. A test's id
is `surface-ending`. What a surface cannot have stands in `IMPOSSIBLE` with its reason, and a test holds the matrix whole.
"""
import concurrent.futures
import hashlib
import json
import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gateway import KEY, OTHER_KEY, ROOT, Gateway, configuration, eventually, provider, target
from simulated_providers import AWS, providers
from test_realtime import EVENTS, Provider as Talker, done
from wire import Closed, Connection, request

POOR_KEY = "sk-weir-carol-0123456789abcdef"
PARENT_SPAN = "b7ad6b7169203331"
PLANTED = "planted-word-of-a-prompt"
MODEL, SLOW = "sim:tokens=6", "sim:tokens=40,ttft=150ms,gap=30ms"
BROKEN, CUT = "sim:error=500", "sim:tokens=20,abort_after=5"


@dataclass
class Surface:
    """`path` and `body` hold MODEL and SAID; `speaks`: the dialect of its provider."""
    path: str
    body: object
    operation: str
    speaks: str = "openai"
    route: str = None
    streams: bool = False
    content_type: str = "application/json"
    # The route of the HTTP conventions, where it is not the path.
    template: str = None


def form(**fields):
    """A form with a file, and its content type."""
    parts = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return parts + (
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
        'Content-Type: audio/wav\r\n\r\nRIFF....WAVE\r\n--edge--\r\n')


TURNS = [{"role": "user", "content": "SAID"}]
FORM = {"content_type": "multipart/form-data; boundary=edge"}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "SAID"}]}]}
CHAT = {"model": "MODEL", "messages": TURNS}
MESSAGES = {"model": "MODEL", "max_tokens": 99, "messages": TURNS}

SURFACES = {
    "openai_chat": Surface("/v1/chat/completions", CHAT, "chat"),
    "openai_chat.stream": Surface("/v1/chat/completions", CHAT | {"stream": True}, "chat", streams=True),
    "openai_responses": Surface("/v1/responses", {"model": "MODEL", "input": "SAID"}, "chat"),
    "openai_responses.stream": Surface(
        "/v1/responses", {"model": "MODEL", "input": "SAID", "stream": True}, "chat", streams=True),
    "openai_completions": Surface("/v1/completions", {"model": "MODEL", "prompt": "SAID"}, "text_completion"),
    "openai_completions.stream": Surface(
        "/v1/completions", {"model": "MODEL", "prompt": "SAID", "stream": True}, "text_completion", streams=True),
    "openai_embeddings": Surface("/v1/embeddings", {"model": "MODEL", "input": "SAID"}, "embeddings"),
    "openai_images": Surface("/v1/images/generations", {"model": "MODEL", "prompt": "SAID"}, "image_generation"),
    "openai_image_edits": Surface("/v1/images/edits", form(model="MODEL", prompt="SAID"), "image_generation", **FORM),
    "openai_transcriptions": Surface(
        "/v1/audio/transcriptions", form(model="MODEL", prompt="SAID"), "transcription", **FORM),
    "openai_translations": Surface(
        "/v1/audio/translations", form(model="MODEL", prompt="SAID"), "translation", **FORM),
    "openai_speech": Surface(
        "/v1/audio/speech", {"model": "MODEL", "voice": "alloy", "input": "SAID"}, "speech", streams=True),
    "openai_moderations": Surface("/v1/moderations", {"model": "MODEL", "input": "SAID"}, "moderation"),
    "rerank": Surface("/v1/rerank", {"model": "MODEL", "query": "SAID", "documents": ["a", "b"]}, "rerank"),
    "anthropic_messages": Surface("/v1/messages", MESSAGES, "chat", "anthropic"),
    "anthropic_messages.stream": Surface(
        "/v1/messages", MESSAGES | {"stream": True}, "chat", "anthropic", streams=True),
    # A client of one dialect, a provider of another.
    "anthropic_messages.translated": Surface("/v1/messages", MESSAGES, "chat", "gemini"),
    "anthropic_count_tokens": Surface("/v1/messages/count_tokens", MESSAGES, "count_tokens", "anthropic"),
    "gemini_generate": Surface(
        "/v1beta/models/MODEL:generateContent", CONTENTS, "chat", "gemini",
        template="/v1beta/models/{model}:generateContent"),
    "gemini_generate.stream": Surface(
        "/v1beta/models/MODEL:streamGenerateContent?alt=sse", CONTENTS, "chat", "gemini", streams=True,
        template="/v1beta/models/{model}:streamGenerateContent"),
    "gemini_embed": Surface(
        "/v1beta/models/MODEL:embedContent", {"content": {"parts": [{"text": "SAID"}]}}, "embeddings", "gemini",
        template="/v1beta/models/{model}:embedContent"),
    "gemini_count_tokens": Surface(
        "/v1beta/models/MODEL:countTokens", CONTENTS, "count_tokens", "gemini",
        template="/v1beta/models/{model}:countTokens"),
    "provider_api": Surface(
        "/providers/PROVIDER/chat/completions", CHAT, "provider_api", template="/providers/{provider}/"),
}
# What Weir answers itself, and a session: driven in their own ways.
SURFACES |= {
    "openai_models": Surface("/v1/models", None, None),
    "feedback": Surface("/v1/feedback", {"exchange": "EXCHANGE", "score": 1}, None),
    "openai_realtime": Surface("/v1/realtime", None, "realtime", route="talker", streams=True),
}


@dataclass
class Ending:
    """`hops`: those passed beside `receive` and `settle`; `errors`: `error.type` of each attempt."""
    outcome: str
    hops: list
    errors: list = field(default_factory=list)
    root_error: str = None
    statuses: tuple = ()


PATH = ["authentication", "limits", "guardrails", "cache", "routing", "budgets"]
WHOLE = [*PATH, "stream"]
ENDINGS = {
    "completed": Ending("completed", WHOLE, [None], statuses=(200,)),
    "cached": Ending("completed", ["authentication", "limits", "guardrails", "cache", "stream"], statuses=(200,)),
    "blocked": Ending("blocked", ["authentication", "limits", "guardrails"], statuses=(400,)),
    "limited": Ending("rate_limited", ["authentication", "limits"], statuses=(429,)),
    "over_budget": Ending("budget_exceeded", PATH, statuses=(429,)),
    "fallback": Ending("completed", WHOLE, ["upstream_error", None], statuses=(200,)),
    # A client that leaves is nobody's error.
    "client_gone": Ending("client_gone", WHOLE, [None], statuses=(200, 499)),
    "upstream_cut": Ending("upstream_cut", WHOLE, ["upstream_cut"], "upstream_cut", statuses=(200, 502)),
    "unauthenticated": Ending("unauthenticated", ["authentication"], statuses=(401,)),
}

NOT_KEPT = "only conversations, embeddings and rankings are kept"
UNREAD = "guardrails do not read it"
ITSELF = "Weir answers it itself: no limit, model or provider has a part in it"
ANSWERED = ("openai_models", "feedback")
IMPOSSIBLE = {
    **{(surface, "cached"): NOT_KEPT for surface in (
        "openai_completions", "openai_completions.stream", "openai_images", "openai_image_edits",
        "openai_transcriptions", "openai_translations", "openai_speech", "openai_moderations",
        "anthropic_count_tokens", "gemini_count_tokens", "provider_api", "openai_realtime")},
    **{(surface, "blocked"): UNREAD for surface in (
        "openai_image_edits", "openai_transcriptions", "openai_translations", "openai_realtime")},
    **{(surface, ending): ITSELF for surface in ANSWERED
       for ending in ENDINGS if ending not in ("completed", "unauthenticated")},
    ("provider_api", "fallback"): "the path names the one provider",
}
CELLS = [(surface, ending) for surface in SURFACES for ending in ENDINGS if (surface, ending) not in IMPOSSIBLE]


def identity(cell):
    return ".".join(cell)


def trace_of(cell, nth=""):
    return hashlib.md5((identity(cell) + nth).encode()).hexdigest()


class Rude:
    """A provider that begins a whole reply and breaks off, or that never answers; `traces`: those it was asked in."""

    def __init__(self, answers):
        self.traces = set()
        rude = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                fields = {}
                while (line := self.rfile.readline().strip()):
                    name, _, value = line.partition(b":")
                    fields[name.lower()] = value.strip().decode()
                self.rfile.read(int(fields[b"content-length"]))
                rude.traces.add(fields[b"traceparent"].split("-")[1])
                if not answers:
                    return self.rfile.read()  # Until the gateway hangs up.
                self.wfile.write(
                    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"id":"x"')

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def converse(connection):
    """A session's provider: what it does is said by the model's name."""
    if "model=cut" in connection.request.path:
        return connection.socket.shutdown(socket.SHUT_RDWR)
    for _ in connection:
        for event in [*EVENTS, done()]:
            connection.send(json.dumps(event))


def whole_configuration(simulator, collector, cutting, holding, talker, refusing):
    dialects = {"openai": "/v1", "anthropic": "", "gemini": "/v1beta"}
    every = providers(simulator.urls["http"])
    known = {name: every[name] for name in dialects}
    for name, prefix in dialects.items():
        known["cut-" + name] = every[name] | {"base_url": cutting.url + prefix}
        known["held-" + name] = every[name] | {"base_url": holding.url + prefix}
    known |= {"talker": provider(talker.url + "/v1"), "refusing": provider(refusing.url + "/v1")}
    models = {"talker": [target("served", "talker")], "talker-upstream_cut": [target("cut", "talker")],
              "talker-fallback": [target("away", "refusing"), target("served", "talker")]}
    for name in dialects:
        models |= {
            name: [target(MODEL, name)], name + "-cached": [target(MODEL, name)],
            name + "-fallback": [target(BROKEN, name), target(MODEL, name)],
            name + "-client_gone.stream": [target(SLOW, name)],
            name + "-client_gone": [target(MODEL, "held-" + name)],
            name + "-upstream_cut.stream": [target(CUT, name)],
            name + "-upstream_cut": [target(MODEL, "cut-" + name)],
        }
    whole = configuration(
        simulator.url, models,
        teams={name: {"owner": "o"} for name in ("search", "shop", "poor")},
        plans={"once": {"limits": [{"name": "once", "requests": "1/day"}]}},
        callers={"alice": {"team": "search"}, "bob": {"team": "shop", "plan": "once"}, "carol": {"team": "poor"}},
        guardrails={"planted": {"kind": "words", "words": {"planted": [PLANTED]}, "on_error": "fail_open"}},
        budgets=[{"name": "small", "scope": {"team": "poor"}, "limit": "0.000001 USD", "per": "month", "owner": "o"}])
    whole["keys"].append({"caller": "carol", "key": "env:WEIR_KEY_CAROL"})
    whole["providers"] = known
    for name in dialects:
        whole["models"][name + "-cached"]["cache"] = {"ttl": "1h"}
    # What one cell breaks is no other's matter.
    whole["routing"] = {"breaker": {"failures": 1000, "minimum": 1000}, "outliers": {"share_max": "0%"}}
    whole["metering"] = {"drain_on_client_gone": "300ms"}
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    return whole


class Driver:
    """Sends what a cell sends; `seen`: cell → the reply, where there was one; `first`: what filled the cache."""

    def __init__(self, gateway, holding):
        self.gateway, self.holding, self.seen, self.first = gateway, holding, {}, {}

    def key(self, ending):
        return {"limited": OTHER_KEY, "over_budget": POOR_KEY, "unauthenticated": "sk-nobody"}.get(ending, KEY)

    def request(self, cell, nth=""):
        name, ending = cell
        surface = SURFACES[name]
        route = surface.route or surface.speaks
        if name == "provider_api":
            ways = {"client_gone": "held-openai", "upstream_cut": "cut-openai"}
            model, way = MODEL, ways.get(ending, "openai")
        else:
            own = ending in ("cached", "fallback", "client_gone", "upstream_cut")
            model, way = route + (f"-{ending}" if own else ""), ""
            if ending in ("client_gone", "upstream_cut") and surface.streams:
                model += ".stream"
        said = f"{identity(cell)} {PLANTED if ending == 'blocked' else ''}"
        body = surface.body if isinstance(surface.body, str) else json.dumps(surface.body)
        body = body.replace("MODEL", model).replace("SAID", said).replace("EXCHANGE", self.exchange) if surface.body else ""
        path = surface.path.replace("MODEL", model).replace("PROVIDER", way)
        return request(
            body.encode(), path=path, key=self.key(ending), content_type=surface.content_type,
            method="POST" if surface.body else "GET", fields=[f"traceparent: 00-{trace_of(cell, nth)}-{PARENT_SPAN}-01"])

    def drive(self, cell):
        name, ending = cell
        if name == "openai_realtime":
            return self.talk(cell)
        with Connection(self.gateway.port, timeout=20) as connection:
            if ending == "cached":
                connection.send(self.request(cell, "first"))
                self.first[cell] = connection.reply()
            connection.send(self.request(cell))
            if ending == "client_gone":
                if SURFACES[name].streams:
                    connection.head()
                else:
                    eventually(lambda: trace_of(cell) in self.holding.traces, 10)
                return connection.socket.shutdown(socket.SHUT_RDWR)
            try:
                self.seen[cell] = connection.reply()
            except Closed:
                pass

    def talk(self, cell, nth=""):
        _, ending = cell
        model = "talker" + (f"-{ending}" if ending in ("fallback", "upstream_cut") else "")
        fields = {
            "Authorization": "Bearer " + self.key(ending), "traceparent": f"00-{trace_of(cell, nth)}-{PARENT_SPAN}-01"}
        try:
            with connect(
                    f"ws://127.0.0.1:{self.gateway.port}/v1/realtime?model={model}", additional_headers=fields) as session:
                session.recv(10)
                if ending == "client_gone":
                    return session.socket.shutdown(socket.SHUT_RDWR)
                session.send(json.dumps({"type": "response.create"}))
                while json.loads(session.recv(10))["type"] != "response.done":
                    pass
        except (InvalidStatus, ConnectionClosed):
            pass


@pytest.fixture(scope="module")
def driven(simulator, shared_collector, tmp_path_factory):
    """All cells have been driven, and their traces have arrived."""
    cutting, holding = Rude(answers=True), Rude(answers=False)
    talker, refusing = Talker(converse), Talker(refuse=(503, "not now"))
    gateway = Gateway(
        tmp_path_factory.mktemp("matrix"),
        whole_configuration(simulator, shared_collector, cutting, holding, talker, refusing),
        AWS | {"WEIR_KEY_CAROL": POOR_KEY})
    driver = Driver(gateway, holding)
    # What the plan allows is used up first.
    for key in (OTHER_KEY, KEY):
        with Connection(gateway.port) as connection:
            connection.send(request(json.dumps(CHAT | {"model": "openai"}).encode(), key=key))
            driver.exchange = connection.reply().fields["x-weir-exchange-id"]
    # A session has no bound that could be reserved: what was spent before refuses the next.
    driver.talk(("openai_realtime", "over_budget"), "first")
    first = trace_of(("openai_realtime", "over_budget"), "first")
    assert eventually(lambda: shared_collector.of_trace(first), 15)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        list(pool.map(driver.drive, CELLS))
    eventually(lambda: {trace_of(cell) for cell in CELLS} <= {root.trace_id for root in shared_collector.roots()}, 30)
    yield driver, shared_collector
    gateway.stop()
    for server in (cutting, holding, talker, refusing):
        server.close()


def tree(collector, cell):
    """Root, hops by name, checks of guardrails and attempts; the shape that every tree has is asserted here."""
    spans = collector.of_trace(trace_of(cell))
    roots = [span for span in spans if span.kind == "SERVER"]
    assert len(roots) == 1, spans
    root = roots[0]
    assert root.parent == PARENT_SPAN
    others = [span for span in spans if span is not root]
    assert {span.parent for span in others} == {root.span_id} and len({span.span_id for span in spans}) == len(spans)
    assert {span.kind for span in others} <= {"INTERNAL", "CLIENT"}
    for span in others:
        assert root.start <= span.start <= span.end <= root.end, span
    inner = [span for span in others if span.kind == "INTERNAL"]
    checks = [span for span in inner if span.name.startswith("run_guardrail ")]
    hops = {span.name: span for span in inner if span not in checks}
    assert len(hops) + len(checks) == len(inner)
    return root, hops, checks, [span for span in others if span.kind == "CLIENT"]


def hops_of(cell):
    surface, ending = cell
    if surface in ANSWERED and ending == "completed":
        return ["authentication"]
    if ending == "client_gone" and not SURFACES[surface].streams:
        return PATH  # Nothing of a reply had come.
    return ENDINGS[ending].hops


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_the_tree(driven, cell):
    driver, collector = driven
    root, hops, checks, attempts = tree(collector, cell)
    name, ending = cell
    surface, expected = SURFACES[name], ENDINGS[ending]
    assert sorted(hops) == sorted(["receive", *hops_of(cell), "settle"])
    assert {"weir.hop." + hop + "_seconds" for hop in hops} <= root.attributes.keys()
    check_root(root, cell, driver)
    errors = [] if name in ANSWERED else expected.errors
    assert [span.attributes.get("error.type") for span in attempts] == errors
    for number, (span, error) in enumerate(zip(attempts, errors), 1):
        check_attempt(span, number, error, surface, ending)
    # What the caller's words were is nobody's to see.
    assert PLANTED not in repr([span.attributes for span in [root, *hops.values(), *checks, *attempts]])
    if ending not in ("limited", "unauthenticated") and name not in ANSWERED:
        check_guardrail(checks, cell)
    else:
        assert checks == []
    if ending == "cached":
        first = driver.first[cell].fields["traceparent"].split("-")
        link = (first[1], first[2], {"weir.link": "cached"})
        assert root.links == [link] and hops["cache"].links == [link]
        for said in (root.attributes, hops["cache"].attributes):
            assert (said["weir.cache.result"], said["weir.cache.kind"]) == ("hit", "exact")
            assert said["weir.cache.origin"] == driver.first[cell].fields["x-weir-exchange-id"]
        assert root.attributes["weir.cost.status"] == "nothing"
        assert float(root.attributes["weir.cache.saved_usd"]) > 0
    else:
        assert root.links == []
    if ending == "over_budget":
        assert root.attributes["weir.budget"] == hops["budgets"].attributes["weir.budget"] == "small"
        assert any(note.endswith("refused: budget_exceeded") for note in root.attributes["weir.notes"])
    if ending == "limited":
        assert "weir.limits.waited_seconds" not in root.attributes, "nobody waited"
        assert "limit once" in hops["limits"].attributes["weir.notes"][0]


def check_root(root, cell, driver):
    name, ending = cell
    surface, expected, said = SURFACES[name], ENDINGS[ending], root.attributes
    method = "POST" if surface.body else "GET"
    template = surface.template or surface.path
    assert root.name == f"{method} {template}"
    assert (said["http.request.method"], said["http.route"], said["url.path"]) == (method, template, template)
    assert said["http.response.status_code"] in expected.statuses + ((101,) if name == "openai_realtime" else ())
    if cell in driver.seen:
        assert driver.seen[cell].status == said["http.response.status_code"]
        assert driver.seen[cell].fields["x-weir-exchange-id"] == said["weir.exchange.id"]
    # What a client did is no error of the server's span.
    assert root.status == ("ERROR" if expected.root_error else "UNSET")
    assert said.get("error.type") == expected.root_error
    team, caller = {
        "limited": ("shop", "bob"), "over_budget": ("poor", "carol"), "unauthenticated": ("_other", "_other"),
    }.get(ending, ("search", "alice"))
    wanted = {
        "weir.outcome": expected.outcome, "weir.surface": name.split(".")[0], "weir.team": team, "weir.caller": caller,
        "weir.attempts": 0 if name in ANSWERED else len(expected.errors)}
    assert {key: said[key] for key in wanted} == wanted
    if expected.errors and name not in ANSWERED:
        assert said["weir.route.reason"] == ("fallback" if ending == "fallback" else "no")
        assert said["weir.accounted"] is True and said["weir.route.served_model"]
    else:
        assert said["weir.cost.usd"] == "0" and said["weir.accounted"] is False
    assert said.get("weir.abort.billing") in billing_of(surface, ending)


def billing_of(surface, ending):
    """How a client that left is billed: by what its provider said, which is nothing here where no stream had begun; else by
    an estimate, which not every operation has."""
    if ending != "client_gone":
        return (None,)
    if surface.streams:
        return "drained", "estimated"
    return ("estimated",) if surface.operation in ("chat", "text_completion", "embeddings") else ("none",)


def check_attempt(span, number, error, surface, ending):
    said = span.attributes
    assert span.name == f"{surface.operation} {said['gen_ai.request.model']}"
    assert span.status == ("ERROR" if error else "UNSET")
    assert said["gen_ai.operation.name"] == surface.operation
    kinds = {"openai": "openai", "anthropic": "anthropic", "gemini": "gcp.gemini"}
    assert said["gen_ai.provider.name"] == kinds[surface.speaks]
    assert said["server.address"] == "127.0.0.1" and said["server.port"] > 0
    assert said["weir.attempt.number"] == number
    assert said.get("http.request.resend_count") == (number - 1 or None)
    if ending in ("completed", "fallback") and not error:
        assert said["http.response.status_code"] in (200, 101)
        assert said["weir.usage.source"] in ("provider", "none") and said["weir.cost.status"]
        if surface.operation in ("chat", "text_completion", "embeddings", "realtime"):
            assert said["gen_ai.usage.input_tokens"] > 0 and float(said["weir.cost.usd"]) > 0
        if surface.operation in ("chat", "text_completion", "realtime"):
            assert said["gen_ai.usage.output_tokens"] > 0 and said["gen_ai.response.finish_reasons"]
        if surface.streams and surface.operation != "speech":
            assert said["gen_ai.response.time_to_first_chunk"] > 0


def check_guardrail(checks, cell):
    name, ending = cell
    (check,) = checks
    assert check.name == "run_guardrail planted" and check.attributes["weir.guardrail.phase"] == "input"
    unread = (name, "blocked") in IMPOSSIBLE
    verdict = "error" if unread else "block" if ending == "blocked" else "pass"
    assert check.attributes["weir.guardrail.verdict"] == verdict
    if verdict == "block":
        assert check.attributes["weir.guardrail.reasons"] == ["planted"]
        assert check.attributes["weir.guardrail.action"] == "block"
        assert re.fullmatch("[0-9a-f]{16}", check.attributes["weir.guardrail.fingerprint"])
    assert check.attributes.get("error.type") == ("fail_open" if unread else None)
    assert check.status == ("ERROR" if unread else "UNSET")


def test_what_is_no_surface_has_a_root_alone(driven):
    driver, collector = driven
    cell = ("unknown", "not_found")
    with Connection(driver.gateway.port) as connection:
        connection.send(request(b"{}", path="/v1/planted", key=KEY, fields=[
            f"traceparent: 00-{trace_of(cell)}-{PARENT_SPAN}-01"]))
        assert connection.reply().status == 404
    assert eventually(lambda: collector.of_trace(trace_of(cell)), 15)
    root, hops, _, attempts = tree(collector, cell)
    assert attempts == [] and sorted(hops) == ["receive", "settle"] and root.status == "UNSET"
    # The client's raw path is not repeated.
    assert root.name == "POST" and "http.route" not in root.attributes and "planted" not in repr(root.attributes)
    assert (root.attributes["weir.surface"], root.attributes["weir.outcome"]) == ("unknown", "not_found")


def test_the_matrix_is_whole():
    """A new surface must be driven here; those that no client calls have their trees elsewhere."""
    source = (ROOT / "Sources/GatewayTypes/Request.swift").read_text()
    cases = source[source.index("enum Surface"):].split("}", 1)[0]
    declared = set(re.findall(r'case \w+ = "(\w+)"', cases)) | set(re.findall(r"case (\w+)$", cases, re.M))
    assert {name.split(".")[0] for name in SURFACES} == declared - {"ask", "ask_embeddings", "unknown"}
    assert all(cell[0] in SURFACES and cell[1] in ENDINGS for cell in IMPOSSIBLE)
    assert len(CELLS) + len(IMPOSSIBLE) == len(SURFACES) * len(ENDINGS)
