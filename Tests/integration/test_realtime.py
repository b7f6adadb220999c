"""Sessions over WebSockets, through the real program to an upstream that plays a provider."""
import json
import socket
import ssl
import subprocess
import threading
import time

import openai
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve

from gateway import KEY, PROVIDER_KEY, configuration, eventually, provider

PCM = "UklG" * 400
EVENTS = [
    {"type": "response.created", "event_id": "e1", "response": {"id": "resp_1", "status": "in_progress"}},
    {"type": "response.output_audio_transcript.delta", "event_id": "e2", "delta": "Hé there"},
    {"type": "response.output_audio.delta", "event_id": "e3", "delta": PCM},
]
USAGE = {
    "total_tokens": 1100, "input_tokens": 1000, "output_tokens": 100,
    "input_token_details": {
        "text_tokens": 200, "audio_tokens": 800, "image_tokens": 0, "cached_tokens": 640,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 640, "image_tokens": 0}},
    "output_token_details": {"text_tokens": 20, "audio_tokens": 80},
}
# Twice that.
TOKENS = {"input": 400, "cache_read": 1280, "audio_input": 320, "output": 40, "audio_output": 160}


def done(usage=USAGE):
    return {"type": "response.done", "event_id": "e9", "response": {"id": "resp_1", "status": "completed", "usage": usage}}


class Provider:
    """Speaks the realtime API; `script(socket)` takes over once the session has been greeted."""

    def __init__(self, script=None, refuse=None, tls=None):
        self.paths, self.fields, self.received, self.closes = [], [], [], []
        self.script = script or self.respond
        self.refuse = refuse
        self.server = serve(
            self.handle, "127.0.0.1", 0, process_request=self.look, select_subprotocol=self.choose, compression="deflate",
            max_size=None, ssl=tls)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.socket.getsockname()[1]}"

    def look(self, connection, request):
        self.paths.append(request.path)
        self.fields.append({name.lower(): value for name, value in request.headers.raw_items()})
        if self.refuse:
            status, body = self.refuse
            reply = connection.respond(status, body)
            reply.headers["content-type"] = "application/json"
            return reply

    @staticmethod
    def choose(connection, offered):
        return offered[0] if offered else None

    def handle(self, connection):
        self.connection = connection
        connection.send(json.dumps({"type": "session.created", "session": {"id": "sess_1", "model": "served-2026"}}))
        try:
            self.script(connection)
        except ConnectionClosed:
            pass
        connection.close()
        self.closes.append((connection.close_code, connection.close_reason))

    def respond(self, connection):
        """Answers each `response.create` with a whole response."""
        for message in connection:
            self.received.append(message)
            if isinstance(message, str) and json.loads(message)["type"] == "response.create":
                for event in [*EVENTS, done()]:
                    connection.send(json.dumps(event))

    def close(self):
        self.server.shutdown()


@pytest.fixture
def provide():
    servers = []

    def make(*arguments, **options):
        servers.append(Provider(*arguments, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def talk(start, provide):
    """A gateway before a playing provider: (gateway, provider)."""
    def make(*arguments, **options):
        server = provide(*arguments, **options)
        return start(configuration(server.url + "/v1", {"talker": "served"})), server
    return make


def dial(gateway, query="?model=talker", key=KEY, path="/v1/realtime", **options):
    fields = {"Authorization": "Bearer " + key} if key else {}
    return connect(f"ws://127.0.0.1:{gateway.port}{path}{query}", additional_headers=fields, max_size=None, **options)


def opened(gateway, **options):
    """For tests that end the session in a way of their own."""
    return dial(gateway, **options).__enter__()


def logged(gateway):
    lines = eventually(gateway.access_log)
    assert len(lines) == 1, lines
    return lines[0]


def ask(session):
    session.send(json.dumps({"type": "response.create"}))
    return [session.recv(10) for _ in range(4)]


def test_a_session_passes_and_is_metered(talk):
    gateway, server = talk()
    with dial(gateway) as session:
        assert json.loads(session.recv(10))["type"] == "session.created"
        for _ in range(2):
            assert ask(session) == [json.dumps(event) for event in [*EVENTS, done()]]
        session.send(b"\x00\xff" * 70000)
        eventually(lambda: len(server.received) == 3)
    assert server.received[2] == b"\x00\xff" * 70000
    assert server.paths == ["/v1/realtime?model=served"]
    assert server.fields[0]["authorization"] == "Bearer " + PROVIDER_KEY
    assert server.fields[0]["traceparent"]
    line = logged(gateway)
    assert line["status"] == 101 and line["outcome"] == "completed", line
    assert line["stream"] is True and line["operation"] == "realtime", line
    tokens = {name: line["tokens"].get(name) for name in TOKENS}
    assert tokens == TOKENS, line


@pytest.mark.parametrize("side", ["client", "provider"])
def test_close_codes_pass_both_ways(talk, side):
    gateway, server = talk(None if side == "client" else lambda connection: connection.close(4001, "enough"))
    session = opened(gateway)
    session.recv(10)
    if side == "client":
        session.close(4002, "bye")
        assert eventually(lambda: server.closes) == [(4002, "bye")]
    else:
        with pytest.raises(ConnectionClosed) as closed:
            session.recv(10)
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "enough")
        # The client's answer to the close frame reached the provider, too.
        assert eventually(lambda: server.closes) == [(4001, "enough")]
        assert eventually(lambda: server.connection.protocol.close_rcvd), "no close frame came back"
    line = logged(gateway)
    # Nothing was asked of the model, and Weir knows that.
    assert line["outcome"] == "completed" and line["cost_status"] == "nothing", line


def test_refusals_before_the_upgrade_are_plain_http(talk):
    gateway, server = talk()
    for options, status in [
        ({"key": "sk-wrong"}, 401), ({"key": None}, 401), ({"query": "?model=nobody"}, 404), ({"query": ""}, 400),
    ]:
        with pytest.raises(InvalidStatus) as refused:
            dial(gateway, **options)
        reply = refused.value.response
        assert reply.status_code == status
        assert json.loads(reply.body)["error"]["message"]
    assert gateway.get(gateway.url + "/v1/realtime?model=talker", {"Authorization": "Bearer " + KEY})[0] == 400
    assert server.paths == []


def test_the_providers_refusal_comes_as_it_is(talk):
    words = json.dumps({"error": {"message": "No such model.", "type": "invalid_request_error", "code": "nope"}})
    gateway, server = talk(refuse=(404, words))
    with pytest.raises(InvalidStatus) as refused:
        dial(gateway)
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body)["error"]["message"] == "No such model."
    assert logged(gateway)["outcome"] == "upstream_rejected"


def test_another_target_is_tried_before_the_upgrade(start, provide):
    broken, good = provide(refuse=(503, "{}")), provide()
    whole = configuration(broken.url + "/v1", {"talker": [
        {"provider": "sim", "model": "first"}, {"provider": "spare", "model": "second"}]})
    whole["providers"]["spare"] = provider(good.url + "/v1")
    gateway = start(whole)
    with dial(gateway) as session:
        assert json.loads(session.recv(10))["type"] == "session.created"
    assert good.paths == ["/v1/realtime?model=second"]
    assert logged(gateway)["outcome"] == "completed"


def test_a_client_that_vanishes_is_billed_for_the_response_under_way(talk):
    def script(connection):
        connection.recv()
        for event in EVENTS:
            connection.send(json.dumps(event))
        left.wait(10)
        time.sleep(0.3)
        connection.send(json.dumps(done()))
        connection.recv()

    left = threading.Event()
    gateway, server = talk(script)
    session = opened(gateway)
    session.recv(10)
    session.send(json.dumps({"type": "response.create"}))
    session.recv(10)
    session.socket.shutdown(socket.SHUT_RDWR)
    left.set()
    line = logged(gateway)
    assert line["outcome"] == "client_gone", line
    assert line["tokens"]["audio_output"] == 80, line


def test_a_provider_that_vanishes_ends_the_session_with_1014(talk):
    gateway, server = talk(lambda connection: connection.socket.shutdown(socket.SHUT_RDWR))
    session = opened(gateway)
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            session.recv(10)
    assert closed.value.rcvd.code == 1014
    assert logged(gateway)["outcome"] == "upstream_cut"


def test_a_browsers_key_stays_here(talk):
    gateway, server = talk()
    offered = ["realtime", "openai-insecure-api-key." + KEY, "openai-organization.org-1"]
    with dial(gateway, key=None, subprotocols=offered) as session:
        session.recv(10)
        assert session.subprotocol == "realtime"
    assert server.fields[0]["sec-websocket-protocol"] == "realtime"
    assert KEY not in json.dumps(server.fields[0])


def test_the_rest_of_the_query_passes(talk):
    gateway, server = talk()
    with dial(gateway, "?intent=transcription&model=talker&api-key=x") as session:
        session.recv(10)
    assert server.paths == ["/v1/realtime?model=served&intent=transcription"]


def test_a_providers_own_door_opens_for_websockets(talk):
    gateway, server = talk()
    with dial(gateway, "?model=served", path="/providers/sim/v1/realtime") as session:
        session.recv(10)
        ask(session)
    assert server.paths == ["/v1/realtime?model=served"]
    line = logged(gateway)
    assert line["outcome"] == "completed" and line["tokens"]["audio_output"] == 80, line


def resident(program):
    with open(f"/proc/{program.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def test_a_slow_client_makes_the_provider_wait(talk):
    """64 MiB are offered; the client takes nothing, then all: they wait at the provider, not in the gateway."""
    message, count = b"\x55" * (1 << 20), 64
    sent = []

    def script(connection):
        for _ in range(count):
            connection.send(message)
            sent.append(1)

    gateway, server = talk(script)
    before = resident(gateway)
    session = opened(gateway, max_queue=1)
    session.recv(10)
    time.sleep(2)
    assert len(sent) < count, "nobody made the provider wait"
    assert resident(gateway) - before < 40
    assert sum(len(session.recv(20)) for _ in range(count)) == count * len(message)
    session.close()


def test_openais_own_client_talks(talk):
    gateway, server = talk()
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY)
    with client.realtime.connect(model="talker") as connection:
        assert connection.recv().type == "session.created"
        connection.response.create()
        seen = []
        while not seen or seen[-1].type != "response.done":
            seen.append(connection.recv())
    assert seen[-1].response.usage.total_tokens == 1100
    assert logged(gateway)["outcome"] == "completed"


def test_every_byte_passes_as_it_came(start):
    """Frames cut anywhere, fragments, and bytes right behind the answer's head: nothing is framed anew."""
    down = b"\x01\x02{}\x89\x01!\x00\x00\x80\x03 \xc3\xa9" + b"\x82\x7e\x01\x00" + bytes(256) + b"\x88\x02\x03\xe8"
    up = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" + b"\x8a\x80\x01\x02\x03\x04" + b"\x82\xfe\x00\x7e\0\0\0\0" + bytes(126)
    listener = socket.create_server(("127.0.0.1", 0))
    seen = {}

    def play():
        connection = listener.accept()[0]
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" + down[:3])
        seen["head"], seen["up"] = head, b""
        while len(seen["up"]) < len(up):
            seen["up"] += connection.recv(4096)
        for place in range(3, len(down)):
            connection.sendall(down[place:place + 1])
            time.sleep(0.001)
        connection.close()

    threading.Thread(target=play, daemon=True).start()
    gateway = start(configuration(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", {"talker": "served"}))
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as client:
        client.sendall((
            f"GET /v1/realtime?model=talker HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer {KEY}\r\n"
            "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        ).encode() + up[:5])
        for place in range(5, len(up)):
            client.sendall(up[place:place + 1])
        received = b""
        while piece := client.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert body == down and seen["up"] == up
    assert b"permessage-deflate" not in seen["head"] and b"dGhlIHNhbXBsZSBub25jZQ==" in seen["head"]
    line = logged(gateway)
    assert (line["outcome"], line["request_bytes"], line["reply_bytes"]) == ("completed", len(up), len(down))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
        check=True, capture_output=True)
    return directory


def test_a_session_over_tls(start, provide, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server = provide(tls=context)
    whole = configuration(server.url + "/v1", {"talker": "served"})
    whole["providers"]["sim"]["ca_file"] = str(certificate / "cert.pem")
    gateway = start(whole)
    big = bytes(range(256)) * 8000
    with dial(gateway) as session:
        session.recv(10)
        session.send(big)
        assert ask(session)[-1] == json.dumps(done())
    assert server.received[0] == big
    assert logged(gateway)["outcome"] == "completed"


def test_a_session_ends_when_its_time_is_up(start, provide):
    server = provide(lambda connection: connection.recv())
    whole = configuration(server.url + "/v1", {"talker": "served"})
    whole["providers"]["sim"]["timeouts"] = {"connect": "1s", "first_byte": "1s", "idle": "1s", "total": "2s"}
    gateway = start(whole)
    began = time.monotonic()
    session = opened(gateway)
    session.recv(10)
    with pytest.raises(ConnectionClosed) as closed:
        session.recv(10)
    assert closed.value.rcvd.code == 1014 and 1.5 < time.monotonic() - began < 5
    line = logged(gateway)
    assert line["outcome"] == "interrupted" and line["cost_status"] == "nothing", line


def test_a_session_is_booked_when_the_gateway_ends(start, provide):
    server = provide()
    whole = configuration(server.url + "/v1", {"talker": "served"})
    whole["drain"] = {"delay": "0s", "deadline": "1s"}
    gateway = start(whole)
    session = opened(gateway)
    session.recv(10)
    ask(session)
    assert gateway.stop() == 0
    line = logged(gateway)
    assert line["tokens"]["audio_output"] == 80 and line["accounted"] is True, line


class Tunnels:
    """An HTTP proxy that knows CONNECT alone."""

    def __init__(self):
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        self.asked.append(head.split(b"\r\n")[0].decode())
        host, port = self.asked[-1].split()[1].split(":")
        upstream = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
        threading.Thread(target=self.pump, args=(client, upstream), daemon=True).start()
        self.pump(upstream, client)

    @staticmethod
    def pump(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_a_session_goes_through_the_proxy_that_requests_go_through(start, provide):
    proxy, server = Tunnels(), provide()
    whole = configuration(server.url + "/v1", {"talker": "served"})
    gateway = start(whole, {"http_proxy": f"http://127.0.0.1:{proxy.port}", "no_proxy": "", "NO_PROXY": ""})
    with dial(gateway) as session:
        session.recv(10)
        assert ask(session)[-1] == json.dumps(done())
    assert proxy.asked == [f"CONNECT {server.url.removeprefix('http://')} HTTP/1.1"]
