"""Tokens of a real issuer in the place of keys: three kinds of signatures, rotation, outages, and forgeries."""
import concurrent.futures
import json
import threading

import anthropic
import httpx2 as httpx
import openai
import pytest

from gateway import ADMIN_KEY, KEY, configuration, eventually
from issuers import Issuer, SigningKey, text

BODY = {"model": "smart", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def issuer():
    made = Issuer(SigningKey("rsa", "RS256"), SigningKey("ec", "ES256"), SigningKey("ed", "EdDSA"))
    yield made
    made.close()


def entry(issuer, **changes):
    return {
        "name": "sso", "issuer": issuer.url, "audience": ["weir"], "leeway": "1s", "refresh": "1s",
        "claims": {"team": "groups", "plan": "plan"},
        "teams": {"/engineering/search": "search", "/engineering/shop": "shop"},
    } | changes


def gateway_before(start, simulator, issuer, **changes):
    whole = configuration(simulator.url, {"smart": "sim-fast"}, jwt=[entry(issuer, **changes)])
    return start(whole)


CLIENT = httpx.Client(timeout=20)


def ask(gateway, token):
    return CLIENT.post(
        gateway.url + "/v1/chat/completions", json=BODY, headers={"authorization": f"Bearer {token}"})


def count(gateway, name, **labels):
    return sum(
        float(value) for (metric, pairs), value in gateway.metrics().items()
        if metric == name and labels.items() <= dict(pairs).items())


def test_three_kinds_of_signatures_let_their_subjects_in(start, simulator, issuer):
    gateway = gateway_before(start, simulator, issuer)
    for key in issuer.keys:
        reply = ask(gateway, key.token(issuer.claims(jti=key.kid)))
        assert reply.status_code == 200, reply.text
    guest = issuer.claims(sub="somebody@example.com", groups=["/engineering/shop"])
    token = issuer.keys[1].token(guest)
    for _ in range(3):
        assert ask(gateway, token).status_code == 200
    assert ask(gateway, KEY).status_code == 200, "keys count beside tokens"
    # The vendors' SDKs carry a token as their key.
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=token, max_retries=0)
    assert client.chat.completions.create(**BODY).usage.total_tokens > 0
    client = anthropic.Anthropic(base_url=gateway.url, api_key=token, max_retries=0)
    assert client.messages.create(max_tokens=20, **BODY).usage.output_tokens > 0

    lines = eventually(lambda: len(gateway.access_log()) == 9 and gateway.access_log())
    # Each event loop's lines are in order, those of different loops are not.
    assert sorted((line["caller"], line["team"]) for line in lines) == (
        [("alice", "search")] * 4 + [("sso", "shop")] * 5)
    assert count(gateway, "weir_jwks_keys", issuer="sso") == 3
    assert count(gateway, "weir_tokens_remembered") == 4
    written = "\n".join(line for line in gateway.output if line) + json.dumps(lines) + str(gateway.metrics())
    for secret in (token, token.split(".")[2]):
        assert secret not in written
    assert secret.encode() not in b"".join(path.read_bytes() for path in gateway.directory.iterdir())


def test_what_is_refused_says_little_to_the_client_and_enough_to_the_owner(start, simulator, issuer):
    gateway = gateway_before(start, simulator, issuer, required={"groups": "/staff"})
    rsa, _, edwards = issuer.keys
    stranger = SigningKey("rsa", "RS256")
    claims = issuer.claims()
    unsigned = text(b'{"alg":"none"}') + "." + text(json.dumps(claims).encode()) + "."
    valid = rsa.token(claims)
    refused = {
        "token_algorithm": [unsigned, rsa.confused(claims), rsa.token(claims, alg="ES256")],
        "token_signature": [stranger.token(claims), valid[:-8] + "AAAAAAAA"],
        "token_unknown_kid": [SigningKey("other", "RS256").token(claims)],
        "token_issuer": [rsa.token(claims | {"iss": "https://elsewhere.example"})],
        "token_audience": [rsa.token(claims | {"aud": "other"}), rsa.token(claims | {"aud": ["a", "b"]})],
        "token_expired": [rsa.token(claims | {"exp": claims["exp"] - 700})],
        "token_not_yet_valid": [edwards.token(claims | {"nbf": claims["nbf"] + 60})],
        "token_type": [rsa.token(claims, typ="logout+jwt")],
        "token_critical": [rsa.token(claims, crit=["exp"])],
        "token_malformed": [valid + "=", valid + ".x", "x.y.z", valid.replace(".", ".!", 1)],
        "token_too_large": [rsa.token(claims | {"x": "a" * 20_000})],
        "token_claims": [rsa.token(claims | {"groups": ["/engineering/search"]})],
    }
    messages = set()
    for reason, tokens in refused.items():
        for token in tokens:
            reply = ask(gateway, token)
            assert reply.status_code == 401, (reason, reply.text)
            assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            error = reply.json()["error"]
            assert error["code"] == "invalid_api_key"
            messages.add(error["message"].replace(reply.headers["x-weir-exchange-id"], "ID"))
        assert count(gateway, "weir_authentication_failures_total", reason=reason) == len(tokens), reason
    assert len(messages) == 2, "expired, and everything else"
    assert all("ID" in message or "expired" in message for message in messages)

    none = ask(gateway, rsa.token(claims | {"groups": ["/staff", "/engineering/unknown"], "sub": "x"}))
    assert none.status_code == 403
    assert none.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'
    native = CLIENT.post(
        gateway.url + "/v1/messages", json=BODY | {"max_tokens": 5}, headers={"x-api-key": unsigned})
    assert native.status_code == 401 and native.json()["error"]["type"] == "authentication_error"

    def told():
        status, _, body = gateway.get(
            f"{gateway.urls['admin']}/api/v1/exchanges/{none.headers['x-weir-exchange-id']}",
            {"authorization": f"Bearer {ADMIN_KEY}"})
        return status == 200 and body.decode()

    assert "token of sso: token_no_team" in eventually(told)


def test_keys_are_rotated_under_load_and_nobody_is_turned_away(start, simulator, issuer):
    # Fetched by the clock once an hour, so that the tokens with new keys are what makes Weir look.
    gateway = gateway_before(start, simulator, issuer, refresh="1h", stale_max="1d")
    assert ask(gateway, issuer.keys[0].token(issuer.claims())).status_code == 200
    before = issuer.fetches
    ended = threading.Event()
    statuses = []

    def load(number):
        position = 0
        with httpx.Client(timeout=20) as client:
            while not ended.is_set():
                position += 1
                # A token of its own for each request: none is remembered.
                token = issuer.keys[-1].token(issuer.claims(jti=f"{number}-{position}"))
                statuses.append(client.post(
                    gateway.url + "/v1/chat/completions", json=BODY,
                    headers={"authorization": f"Bearer {token}"}).status_code)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(load, number) for number in range(4)]
        eventually(lambda: len(statuses) > 20)
        # Further apart than invented keys may make Weir look.
        ended.wait(5.5)
        issuer.keys.append(SigningKey("new", "ES256"))
        rotated = len(statuses)
        eventually(lambda: len(statuses) > rotated + 40)
        ended.set()
        for one in running:
            one.result()
    assert set(statuses) == {200}, [status for status in statuses if status != 200][:5]
    assert issuer.fetches == before + 1


def test_an_issuer_that_is_away_turns_nobody_away_until_its_keys_are_old(start, simulator, issuer):
    issuer.is_away = True
    gateway = gateway_before(start, simulator, issuer, stale_max="4s")
    reply = ask(gateway, issuer.keys[0].token(issuer.claims()))
    assert reply.status_code == 503 and reply.headers["retry-after"] == "5", reply.text
    assert ask(gateway, KEY).status_code == 200
    gateway.wait_for("the keys of an issuer cannot be fetched")
    issuer.is_away = False
    assert eventually(lambda: ask(gateway, issuer.keys[0].token(issuer.claims())).status_code == 200, timeout=15)
    issuer.is_away = True
    token = issuer.keys[1].token(issuer.claims())
    failed = count(gateway, "weir_jwks_fetches_total", issuer="sso", result="failure")
    assert ask(gateway, token).status_code == 200
    assert eventually(lambda: count(gateway, "weir_jwks_fetches_total", issuer="sso", result="failure") > failed)
    assert eventually(lambda: ask(gateway, token).status_code == 503, timeout=15)
    assert count(gateway, "weir_authentication_failures_total", reason="token_keys_away") >= 2


def test_keys_in_a_file_and_a_reload_that_changes_who_is_who(start, simulator, issuer, tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [issuer.keys[2].jwk]}))
    gateway = gateway_before(start, simulator, issuer, jwks_file=str(keys))
    token = issuer.keys[2].token(issuer.claims(sub="guest"))
    assert ask(gateway, token).status_code == 200
    assert ask(gateway, issuer.keys[0].token(issuer.claims())).status_code == 401
    assert issuer.fetches == 0
    path = gateway.directory / "weir.yaml"
    whole = json.loads(path.read_text())
    whole["jwt"][0]["teams"] = {"/engineering/search": "shop"}
    path.write_text(json.dumps(whole))
    gateway.process.send_signal(1)
    gateway.wait_for("reloaded")
    assert ask(gateway, token).status_code == 200
    lines = eventually(lambda: len(gateway.access_log()) == 3 and gateway.access_log())
    assert [line["team"] for line in lines if line["status"] == 200] == ["search", "shop"]
