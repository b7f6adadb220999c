"""Weir's ports encrypted: what curl, openssl, Python's ssl and the vendors' SDK see."""
import json
import re
import socket
import ssl
import subprocess
import time

import httpx2 as httpx
import openai
import pytest
from cryptography.hazmat.primitives import hashes

from certificates import Authority
from gateway import ADMIN_KEY, BINARY, KEY, SECRETS, Gateway, configuration, eventually

BODY = {"model": "smart", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def pairs(authority):
    return [
        authority.issue("main", names=["localhost", "127.0.0.1"]),
        authority.issue("tenant", names=["api.tenant.example", "*.wild.example"]),
    ]


def written(pairs, **changes):
    return {"certificates": [{"certificate": one[0], "key": one[1]} for one in pairs]} | changes


@pytest.fixture(scope="module")
def encrypted(simulator, authority, pairs, tmp_path_factory):
    tls = written(pairs, client_certificates="optional", client_ca=str(authority.path))
    identified = authority.issue("printed", common="printed", client=True)[2].fingerprint(hashes.SHA256()).hex()
    people = {"callers": {"alice": {"team": "search"}, "bob": {"team": "shop"}, "robot": {"team": "shop"}}}
    whole = configuration(simulator.url, {"smart": "sim-small", "long": "sim:tokens=400"}, tls=tls, **people)
    whole["keys"] += [
        {"caller": "robot", "certificate": "spiffe://example.test/robot"},
        {"caller": "bob", "certificate": "old-style"}, {"caller": "bob", "certificate": "sha256:" + identified}]
    program = Gateway(tmp_path_factory.mktemp("tls"), whole)
    yield program
    assert program.stop() == 0


def context(authority, certificate=None, least=None, most=None):
    made = ssl.create_default_context(cafile=str(authority.path))
    if certificate:
        made.load_cert_chain(certificate[0], certificate[1])
    if least:
        made.minimum_version = least
    if most:
        made.maximum_version = most
    return made


def ask(gateway, context, key=KEY, **changes):
    fields = {"authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(verify=context) as client:
        return client.post(gateway.url + "/v1/chat/completions", json=BODY | changes, headers=fields)


def test_all_three_ports_are_encrypted_and_say_so(encrypted, authority):
    for name, path in [("metrics", "/metrics"), ("admin", "/api/v1/exchanges")]:
        assert encrypted.urls[name].startswith("https://")
        with httpx.Client(verify=context(authority)) as client:
            reply = client.get(encrypted.urls[name] + path, headers={"authorization": f"Bearer {ADMIN_KEY}"})
        assert reply.status_code == 200, reply.text
    reply = ask(encrypted, context(authority))
    assert reply.status_code == 200 and reply.json()["usage"]["total_tokens"] > 0
    with httpx.Client(verify=context(authority)) as client:
        text = client.get(encrypted.metrics_url, headers={"accept": "text/plain"}).text
    assert 'http_server_request_duration_seconds_count{http_request_method="POST",url_scheme="https"' in text


def test_the_vendors_sdk_streams_over_it(encrypted, authority):
    client = openai.OpenAI(
        base_url=encrypted.url + "/v1", api_key=KEY, max_retries=0,
        http_client=openai.DefaultHttpxClient(verify=context(authority)))
    chunks = list(client.chat.completions.create(**BODY | {"model": "long"}, stream=True))
    assert sum(1 for chunk in chunks if chunk.choices and chunk.choices[0].delta.content) == 400


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_are_spoken(encrypted, authority, version):
    assert ask(encrypted, context(authority, least=version, most=version)).status_code == 200


def test_what_is_older_or_weak_is_refused(encrypted):
    for flags in (["-tls1_1"], ["-tls1_2", "-cipher", "AES128-SHA"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"]):
        taken = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{encrypted.port}", "-cipher", "ALL:@SECLEVEL=0", *flags],
            input="", capture_output=True, text=True, timeout=10)
        assert taken.returncode != 0, flags
        assert "Cipher is (NONE)" in taken.stdout, taken.stdout


def test_a_client_gets_the_certificate_of_the_host_it_names(encrypted, authority):
    def shown(name):
        with socket.create_connection(("127.0.0.1", encrypted.port), 5) as plain:
            trusting = context(authority)
            trusting.check_hostname = False
            with trusting.wrap_socket(plain, server_hostname=name) as secure:
                return {value for kind, value in secure.getpeercert()["subjectAltName"] if kind == "DNS"}

    assert "localhost" in shown("localhost")
    assert "api.tenant.example" in shown("api.tenant.example")
    assert "api.tenant.example" in shown("any.WILD.example")
    assert "localhost" in shown("deep.any.wild.example")
    assert "localhost" in shown("unknown.example")


def test_application_protocols_are_negotiated(encrypted, authority):
    def negotiate(offered):
        offering = context(authority)
        offering.set_alpn_protocols(offered)
        with socket.create_connection(("127.0.0.1", encrypted.port), 5) as plain:
            with offering.wrap_socket(plain, server_hostname="localhost") as secure:
                return secure.selected_alpn_protocol()

    assert negotiate(["h2", "http/1.1"]) == "http/1.1"
    with pytest.raises(ssl.SSLError, match="(?i)no application protocol"):
        negotiate(["h2"])


def test_a_connection_ends_with_close_notify(encrypted, authority):
    """Without it a client could not tell an end from a cut."""
    with socket.create_connection(("127.0.0.1", encrypted.port), 5) as plain:
        with context(authority).wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as secure:
            secure.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer "
                           + KEY.encode() + b"\r\n\r\n")
            received = b""
            while part := secure.recv(65536):
                received += part
    assert received.startswith(b"HTTP/1.1 200") and received.count(b"\r\n\r\n") >= 1


def test_every_split_of_the_bytes_is_understood(encrypted, authority):
    """The client's bytes one by one, through a machine without a socket."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    machine = context(authority).wrap_bio(incoming, outgoing, server_hostname="localhost")
    body = json.dumps(BODY).encode()
    request = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n"
               f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    with socket.create_connection(("127.0.0.1", encrypted.port), 5) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def exchange(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        plain.send(bytes([byte]))
                    incoming.write(plain.recv(7))

        exchange(machine.do_handshake)
        machine.write(request)
        for byte in outgoing.read():
            plain.send(bytes([byte]))
        received = exchange(lambda: machine.read(65536))
    assert received.startswith(b"HTTP/1.1 200")


def test_who_does_not_speak_tls_is_dropped_at_once_and_who_is_silent_after_ten_seconds(encrypted):
    with socket.create_connection(("127.0.0.1", encrypted.port), 5) as silent:
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", encrypted.port), 5) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert plain.recv(4096) == b""
        assert time.monotonic() - began < 5
        silent.settimeout(15)
        assert silent.recv(1) == b"" and 9 < time.monotonic() - began < 12


@pytest.mark.parametrize("file, common, names, caller", [
    ("robot", "somebody", ["spiffe://example.test/robot"], "robot"),
    ("old", "old-style", [], "bob"),
])
def test_a_client_certificate_is_a_key(encrypted, authority, file, common, names, caller):
    shown = authority.issue(file, common=common, names=names, client=True)
    reply = ask(encrypted, context(authority, shown), key=None)
    assert reply.status_code == 200, reply.text
    exchange = reply.headers["x-weir-exchange-id"]
    logged = eventually(lambda: next((line for line in encrypted.access_log() if line["exchange"] == exchange), None))
    assert logged["caller"] == caller


def test_a_fingerprint_is_a_key(encrypted, authority):
    paths = str(authority.directory / "printed.crt"), str(authority.directory / "printed.key")
    assert ask(encrypted, context(authority, paths), key=None).status_code == 200


def test_a_certificate_that_means_nobody_is_not_let_in(encrypted, authority):
    # The common name does not count beside other names.
    shown = authority.issue("other", common="old-style", names=["other.example"], client=True)
    reply = ask(encrypted, context(authority, shown), key=None)
    assert reply.status_code == 401 and "no caller" in reply.json()["error"]["message"]
    assert ask(encrypted, context(authority), key=None).status_code == 401
    # A key that is sent decides, whatever the certificate says.
    assert ask(encrypted, context(authority, shown)).status_code == 200


@pytest.mark.parametrize("days, own", [(-1, True), (5, False)])
def test_an_expired_or_foreign_client_certificate_ends_the_handshake(encrypted, authority, tmp_path, days, own):
    issuer = authority if own else Authority(tmp_path, "foreign")
    shown = issuer.issue("bad", names=["spiffe://example.test/robot"], days=days, client=True)
    with pytest.raises((httpx.TransportError, ssl.SSLError)):
        ask(encrypted, context(authority, shown), key=None)


def test_required_means_required(simulator, authority, pairs, tmp_path):
    tls = written(pairs, client_certificates="required", client_ca=str(authority.path), ports=["listen"])
    program = Gateway(tmp_path, configuration(simulator.url, {"smart": "sim-small"}, tls=tls))
    try:
        assert program.urls["metrics"].startswith("http://")
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            ask(program, context(authority))
        shown = authority.issue("any", names=["any.example"], client=True)
        assert ask(program, context(authority, shown)).status_code == 200
        seen = program.metrics()
        assert seen["weir_tls_handshakes_total", frozenset({("result", "completed")})] == "1"
        assert int(seen["weir_tls_handshakes_total", frozenset({("result", "failed")})]) >= 1
    finally:
        program.stop()


def test_a_renewed_certificate_is_shown_without_a_restart(simulator, tmp_path):
    first, second = Authority(tmp_path, "first"), Authority(tmp_path, "second")
    pair = first.issue("server", names=["localhost", "127.0.0.1"])
    program = Gateway(tmp_path / "gateway", configuration(
        simulator.url, {"smart": "sim:tokens=200,gap=10ms"}, tls=written([pair], ports=["listen"])))
    try:
        path = frozenset({("certificate", pair[0])})
        before = float(program.metrics()["weir_certificate_expiry_timestamp_seconds", path])
        with httpx.Client(verify=context(first)) as client:
            with client.stream("POST", program.url + "/v1/chat/completions", json=BODY | {"stream": True},
                               headers={"authorization": f"Bearer {KEY}"}) as stream:
                second.issue("server", names=["localhost", "127.0.0.1"], days=9)
                program.process.send_signal(1)
                program.wait_for("reloaded")
                assert eventually(lambda: _trusts(program, second)), "the new certificate is not shown"
                # The stream that was open goes on to its end.
                assert stream.read().rstrip().endswith(b"[DONE]")
        assert float(program.metrics()["weir_certificate_expiry_timestamp_seconds", path]) > before + 3 * 86400
        # Files that do not fit together change nothing.
        (tmp_path / "server.key").write_bytes((tmp_path / "second-ca.crt").read_bytes())
        program.process.send_signal(1)
        program.wait_for("not reloaded")
        assert _trusts(program, second)
    finally:
        program.stop()


def _trusts(program, authority):
    try:
        return ask(program, context(authority)).status_code == 200
    except (httpx.TransportError, ssl.SSLError):
        return False


def test_many_connections_leave_nothing_behind(encrypted, authority):
    made = context(authority)

    def open_connections():
        with httpx.Client(verify=context(authority)) as client:
            text = client.get(encrypted.metrics_url, headers={"accept": "text/plain"}).text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith("weir_connections{side=\"client\""))

    for number in range(60):
        plain = socket.create_connection(("127.0.0.1", encrypted.port), 5)
        if number % 3 == 0:
            plain.close()
            continue
        secure = made.wrap_socket(plain, server_hostname="localhost")
        if number % 3 == 1:
            secure.unwrap()
        secure.close()
    assert eventually(lambda: open_connections() == 0)


@pytest.mark.parametrize("change, message", [
    ({"certificates": []}, r"tls.*has no certificate"),
    ({"certificates": [{"certificate": "missing.crt", "key": "missing.key"}]}, r"missing\.crt cannot be used"),
    ({"client_certificates": "required"}, r"client_certificates.*client_ca"),
    ({"min_version": "1.1"}, r"min_version.*1\.2"),
    ({"ports": []}, r"ports.*names no port"),
])
def test_bad_settings_are_refused_with_the_fix(simulator, pairs, tmp_path, change, message):
    whole = configuration(simulator.url, {"smart": "sim-small"}, tls=written(pairs) | change)
    (tmp_path / "weir.yaml").write_text(json.dumps(whole))
    taken = subprocess.run([str(BINARY), "check", str(tmp_path / "weir.yaml")], cwd=tmp_path, env=SECRETS,
                           capture_output=True, text=True, timeout=30)
    assert taken.returncode == 2, taken.stdout + taken.stderr
    assert re.search(message, taken.stdout + taken.stderr, re.S), taken.stdout + taken.stderr


def test_a_key_of_another_certificate_is_named(simulator, pairs, tmp_path):
    mixed = {"certificates": [{"certificate": pairs[0][0], "key": pairs[1][1]}]}
    (tmp_path / "weir.yaml").write_text(json.dumps(configuration(simulator.url, {"smart": "sim-small"}, tls=mixed)))
    taken = subprocess.run([str(BINARY), "check", str(tmp_path / "weir.yaml")], cwd=tmp_path, env=SECRETS,
                           capture_output=True, text=True, timeout=30)
    assert taken.returncode == 2 and "does not belong to" in taken.stdout + taken.stderr


def test_commands_reach_the_encrypted_admin_port(encrypted, authority):
    def run(**trust):
        environment = dict(SECRETS, WEIR_ADMIN_URL=encrypted.urls["admin"], **trust)
        return subprocess.run([str(BINARY), "budgets", "list"], env=environment, capture_output=True, text=True, timeout=30)

    assert run(WEIR_ADMIN_CA=str(authority.path)).returncode == 0
    assert run().returncode == 1
