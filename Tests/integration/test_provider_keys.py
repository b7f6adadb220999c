"""Several keys at a provider: shares, refusals, limits, and what is said of them."""
import json
from collections import Counter

import httpx2 as httpx
import pytest

from gateway import KEY, configuration, eventually, provider, target
from upstreams import JSON, plain_chat

SECRETS = {"KEY_MAIN": "pk-main-never-to-be-seen", "KEY_SPARE": "pk-spare-never-to-be-seen"}
BODY = {"model": "smart", "messages": [{"role": "user", "content": "hello"}]}
KEYS = [{"name": "main", "key": "env:KEY_MAIN", "weight": 3}, {"name": "spare", "key": "env:KEY_SPARE"}]


def several(url, **changes):
    made = provider(url + "/v1", keys=KEYS, **changes)
    del made["key"]
    return made


def begin(start, upstream, models=None, **changes):
    return start(
        configuration("", models or {"smart": "served"}, providers={"sim": several(upstream.url, **changes)}), SECRETS)


CLIENT = httpx.Client(timeout=20, headers={"authorization": f"Bearer {KEY}"})


def ask(gateway, **changes):
    return CLIENT.post(gateway.url + "/v1/chat/completions", json=BODY | changes)


def shown(upstream):
    """Whose key each request carried."""
    names = {f"Bearer {secret}": name for name, secret in SECRETS.items()}
    return [names[request["fields"]["authorization"]] for request in upstream.requests]


def refuse(status, *secrets, fields=None):
    def answer(request):
        if any(secret in request["fields"].get("authorization", "") for secret in secrets):
            error = {"error": {"message": "no", "type": "x", "code": "x"}}
            return status, JSON | (fields or {}), json.dumps(error).encode()
        return plain_chat(request)
    return answer


def series(gateway, name):
    return {
        tuple(value for key, value in sorted(pairs) if key != "provider"): float(value)
        for (metric, pairs), value in gateway.metrics().items() if metric == name}


def test_keys_share_attempts_by_their_weights(start, upstream):
    gateway = begin(start, upstream)
    for _ in range(60):
        assert ask(gateway).status_code == 200
    shares = Counter(shown(upstream))
    assert shares["KEY_MAIN"] > shares["KEY_SPARE"] > 0
    assert sum(series(gateway, "weir_provider_key_attempts_total").values()) == 60
    assert series(gateway, "weir_provider_key_cooldown") == {("main",): 0, ("spare",): 0}


@pytest.mark.parametrize("status, reason", [(401, "refused"), (403, "forbidden"), (429, "rate_limited")])
def test_a_refused_key_is_left_alone_and_no_client_notices(start, upstream, status, reason):
    upstream.answer = refuse(status, SECRETS["KEY_MAIN"], fields={"retry-after": "120"})
    gateway = begin(start, upstream)
    replies = [ask(gateway) for _ in range(20)]
    assert {reply.status_code for reply in replies} == {200}
    assert Counter(shown(upstream)) == {"KEY_SPARE": 20, "KEY_MAIN": 1}
    assert series(gateway, "weir_provider_key_cooldown") == {("main",): 1, ("spare",): 0}
    assert series(gateway, "weir_provider_key_refusals_total")["main", reason] == 1
    lines = eventually(lambda: len(gateway.access_log()) == 20 and gateway.access_log())
    assert sum(line["attempts"] for line in lines) == 21
    assert {line["moved"] for line in lines} == {"no"}
    written = "\n".join(line for line in gateway.output if line) + json.dumps(lines) + str(gateway.metrics())
    written += "".join(reply.text + str(reply.headers) for reply in replies)
    kept = b"".join(path.read_bytes() for path in gateway.directory.iterdir() if path.is_file())
    for secret in SECRETS.values():
        assert secret not in written and secret.encode() not in kept


def test_where_all_keys_are_left_alone_the_next_target_serves_or_the_client_is_told(start, upstream):
    upstream.answer = refuse(401, *SECRETS.values())
    whole = configuration(
        "", {"smart": [target("served"), target("other", name="backup")], "alone": "served"},
        providers={"sim": several(upstream.url), "backup": provider(upstream.url + "/v1")})
    gateway = start(whole, SECRETS)
    for _ in range(3):
        reply = ask(gateway)
        assert reply.status_code == 200 and reply.headers["x-weir-provider"] == "backup", reply.text
    assert len(upstream.requests) == 5, "two that were refused, and three that were served"
    alone = ask(gateway, model="alone")
    assert alone.status_code == 503 and int(alone.headers["retry-after"]) > 500, alone.text
    assert len(upstream.requests) == 5

    # New keys under the old names count at once after a reload; the others' state would have stayed.
    upstream.answer = plain_chat
    path = gateway.directory / "weir.yaml"
    written = json.loads(path.read_text())
    written["providers"]["sim"]["keys"][1]["key"] = "env:SIM_KEY"
    path.write_text(json.dumps(written))
    gateway.process.send_signal(1)
    gateway.wait_for("reloaded")
    assert ask(gateway, model="alone").status_code == 200
    assert series(gateway, "weir_provider_key_cooldown") == {("main",): 1, ("spare",): 0}


def test_limits_of_all_keys_are_a_limit_of_the_provider(start, upstream):
    upstream.answer = refuse(429, *SECRETS.values(), fields={"retry-after": "2"})
    gateway = begin(start, upstream)
    assert ask(gateway).status_code == 429
    again = ask(gateway)
    assert again.status_code == 429 and int(again.headers["retry-after"]) in (1, 2)
    assert len(upstream.requests) == 2
    upstream.answer = plain_chat
    assert eventually(lambda: ask(gateway).status_code == 200, every=0.3)


@pytest.mark.parametrize("dialect, kind, field, prefix", [
    ("anthropic", "anthropic", "x-api-key", ""), ("gemini", "gcp.gemini", "x-goog-api-key", ""),
    ("cohere", "cohere", "authorization", "Bearer "), ("bedrock", "aws.bedrock", "authorization", "Bearer ")])
def test_each_dialect_shows_its_key_in_its_own_place(start, upstream, dialect, kind, field, prefix):
    upstream.answer = lambda request: (401, JSON, b"{}")
    gateway = begin(start, upstream, dialect=dialect, kind=kind)
    assert ask(gateway).status_code in (502, 503)
    assert sorted(request["fields"][field] for request in upstream.requests) == [
        prefix + SECRETS["KEY_MAIN"], prefix + SECRETS["KEY_SPARE"]]


def test_a_door_asks_with_the_keys_and_takes_none_of_them_away(start, upstream):
    upstream.answer = lambda request: (403, JSON, b'{"error": {"message": "not yours"}}')
    gateway = begin(start, upstream)
    for _ in range(4):
        reply = CLIENT.get(gateway.url + "/providers/sim/organization/users")
        assert reply.status_code == 403
    assert len(upstream.requests) == 4
    assert series(gateway, "weir_provider_key_cooldown") == {("main",): 0, ("spare",): 0}
