"""Differential fuzz: what Weir reads in a body is what Python's json reads, or both refuse.

A gateway that reads a body otherwise than the provider prices one model while the provider serves another.
"""
import json
import random

from gateway import KEY, eventually
from wire import Connection, request

SEED, COUNT = 7, 600
DEPTH_MAX = 64
# What a lenient reader may take for something else.
TOKENS = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"NaN", b"Infinity", b"-", b"+1", b"01", b"1.", b".5", b"1e",
    b"1e999", b"0x1", b"'", b"//", b"/**/", b"\x00", b"\x0b", b"\x0c", b"\xa0", b"\xef\xbb\xbf", b"\xff", b"\xc0\x80",
    b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"\\x41", b"true", b"True", b"null", b"None", b"\r", b"\n", b"\t", b" ",
    b'"model":"other",', b'"mod\\u0065l":"other",', b'"stream":true,', b'"str\\u0065am":true,', b'"\\u006dodel":"x",',
]


def random_value(chance, depth=0):
    kind = chance.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return chance.choice([0, -0.0, 1e300, 12345678901234567890, -1, 0.1, 1.5e-9])
    if kind in (1, 2):
        return "".join(chance.choice('ab"\\/\u00e9\u4e2d\U0001f600\n\x7f {}[]:,') for _ in range(chance.randrange(12)))
    if kind == 3:
        return chance.choice([True, False, None])
    if kind == 4:
        return ""
    if kind == 5:
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {f"k{n}": random_value(chance, depth + 1) for n in range(chance.randrange(4))}


def random_body(chance):
    whole = {
        "model": "smart", "messages": [{"role": "user", "content": random_value(chance, 9) or "x"}],
        "unknown": random_value(chance), "another": random_value(chance),
    }
    whole["messages"][0]["content"] = str(whole["messages"][0]["content"])
    if chance.random() < 0.3:
        whole["stream"] = chance.choice([True, False])
    items = list(whole.items())
    chance.shuffle(items)
    body = json.dumps(dict(items), ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, None, 1])).encode()
    return mutated(body, chance)


def mutated(body, chance):
    kind, at = chance.randrange(8), chance.randrange(len(body))
    if kind < 2:
        return body
    if kind < 5:
        return body[:at] + chance.choice(TOKENS) + body[at:]
    if kind == 5:
        return body[:at] + bytes([chance.randrange(256)]) + body[at + 1:]
    if kind == 6:
        return body[:at] + body[at + chance.randrange(1, 9):]
    depth = chance.choice([60, 61, 62, 63, 64, 65, 66, 200])
    return body[:1] + b'"deep":' + b"[" * depth + b"]" * depth + b"," + body[1:]


class Refused(Exception):
    pass


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def reference(body):
    """The body as Python reads it, and whether a stricter reader may refuse it."""
    pairs = []

    def keep(found):
        pairs[:] = found
        return dict(found)

    def never(word):
        raise Refused(word)

    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=keep, parse_constant=never)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused from None
    if not isinstance(value, dict):
        raise Refused
    keys = [key for key, _ in pairs]
    # An escaped spelling of a known key, and half a surrogate pair in a name that becomes text.
    escaped = any(key in keys and f'"{key}"'.encode() not in body for key in ("model", "stream", "messages"))
    half = "\\ud800" in body.decode("utf-8").lower()
    return value, len(set(keys)) != len(keys) or depth_of(value) > DEPTH_MAX or escaped or half


def semantic(value, error):
    """Whether a refusal names a field, and with reason: it is missing, empty, or not of its type."""
    field = (error.get("param") or "").split("[")[0].split(".")[0]
    types = {"model": str, "stream": (bool, type(None))}
    if not field:
        return False
    return field not in types or not isinstance(value.get(field), types[field]) or value[field] == ""


def test_weir_reads_a_body_as_python_does_or_refuses_it(before, upstream):
    chance, asked, problems = random.Random(SEED), {}, []
    connection = Connection(before.port)
    for number in range(COUNT):
        body = random_body(chance)
        seen = len(upstream.requests)
        connection.send(request(body, key=KEY))
        reply = connection.reply()
        try:
            value, strict = reference(body)
        except Refused:
            if reply.status != 400:
                problems.append(f"{number}: Python refuses, Weir says {reply.status}: {body!r}")
            continue
        if reply.status == 200:
            asked[reply.fields["x-weir-exchange-id"]] = value
            received = json.loads(upstream.requests[seen]["body"])
            received.pop("stream_options", None)
            if received != value | {"model": "served"}:
                problems.append(f"{number}: the provider received {received!r}, the client sent {body!r}")
        elif reply.status == 404:
            if value.get("model") == "smart":
                problems.append(f"{number}: Weir does not know the model of {body!r}")
        elif reply.status != 400 or not (strict or semantic(value, reply.json()["error"])):
            problems.append(f"{number}: Python reads it, Weir says {reply!r}: {body!r}")
    connection.socket.close()
    eventually(lambda: len(before.access_log()) >= COUNT)
    for line in before.access_log():
        value = asked.get(line["exchange"])
        if value and (line["asked_model"] != value["model"] or line["stream"] != bool(value.get("stream"))):
            problems.append(f"facts differ: {line} of {value!r}")
    assert len(asked) > COUNT // 5, "too few bodies were good for the comparison to mean much"
    assert not problems, "\n".join(problems[:10])
