#!/usr/bin/env python3
"""Writes a corpus of request bodies and what Python's json finds in them, for JSONDifferentialTests.

usage: json_differential.py OUTPUT [COUNT] [SEED]

Each line is a JSON object: operation, body (base64), facts (null where the body must be refused).
The same seed gives the same corpus.
"""
import base64
import json
import json.decoder
import json.scanner
import math
import random
import sys

DEPTH_MAX = 64
MEMBERS_MAX = 256
INT64 = range(-(2**63), 2**63)
TOP = (
    "model messages input prompt stream tools functions temperature n seed user stream_options max_tokens "
    "max_completion_tokens top_p service_tier safety_identifier response_format"
).split()


class Refused(Exception):
    pass


class Key(str):
    """A key that remembers whether it was spelt with escapes."""


class Pairs(list):
    """An object's members, in order and with duplicates."""


class NoMemo(dict):
    def setdefault(self, key, default=None):
        return default


def spelt(text, end, strict=True):
    # The scanner in C, which `json` uses: the one in Python takes `\\u-009` for an escape.
    value, behind = json.decoder.c_scanstring(text, end, strict)
    key = Key(value)
    key.escaped = "\\" in text[end : behind - 1]
    return key, behind


def refuse_constant(name):
    raise Refused(name)


def load(body):
    decoder = json.JSONDecoder(object_pairs_hook=Pairs, parse_constant=refuse_constant)
    decoder.parse_string = spelt
    decoder.parse_object = lambda *rest: parse_object(*rest)
    decoder.memo = NoMemo()
    decoder.scan_once = json.scanner.py_make_scanner(decoder)
    text = body.decode("utf-8", "strict")
    if text.startswith("\ufeff"):
        raise Refused("byte order mark")
    try:
        return decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error


def parse_object(state, strict, scan_once, hook, pairs_hook, memo):
    kept = json.decoder.scanstring
    json.decoder.scanstring = spelt
    try:
        return json.decoder.JSONObject(state, strict, scan_once, hook, pairs_hook, NoMemo())
    finally:
        json.decoder.scanstring = kept


def depth(value):
    if isinstance(value, Pairs):
        return 1 + max((depth(item) for _, item in value), default=0)
    if isinstance(value, list):
        return 1 + max((depth(item) for item in value), default=0)
    return 0


def has_text(text):
    return not any(0xD800 <= ord(c) <= 0xDFFF for c in text)


def read_text(value):
    if not has_text(value):
        raise Refused("lone surrogate")
    return str(value)


def members(value, known):
    """The known members of an object that facts are read from."""
    found = {}
    for key, item in value:
        if key.escaped:
            if not has_text(key) or key in known:
                raise Refused("escaped key")
        elif key in known:
            if key in found:
                raise Refused("duplicate")
            found[str(key)] = item
    return found


def optional(value, test):
    if value is not None and not test(value):
        raise Refused("type")
    return value


def is_int(value, minimum=-(2**63)):
    return type(value) is int and value in INT64 and value >= minimum


def is_number(value):
    return (type(value) is float and math.isfinite(value)) or (type(value) is int and abs(value) < 10**308)


def size(text):
    return len(text.encode("utf-8", "surrogatepass"))


def texts(value):
    if isinstance(value, Pairs):
        return 0
    if isinstance(value, list):
        return sum(texts(item) for item in value)
    if isinstance(value, str):
        return size(value)
    return 4 if type(value) in (int, float) else 0


def read_messages(messages, facts):
    for message in messages:
        facts["messageCount"] += 1
        if not isinstance(message, Pairs):
            continue
        found = members(message, ("content", "tool_calls"))
        content = found.get("content")
        if isinstance(content, str):
            facts["textBytes"] += size(content)
        elif isinstance(content, list) and not isinstance(content, Pairs):
            for part in content:
                if isinstance(part, Pairs):
                    read_part(members(part, ("type", "text")), facts)
        calls = found.get("tool_calls")
        if isinstance(calls, list) and not isinstance(calls, Pairs):
            for call in calls:
                function = members(call, ("function",)).get("function") if isinstance(call, Pairs) else None
                if isinstance(function, Pairs):
                    arguments = members(function, ("arguments",)).get("arguments")
                    facts["textBytes"] += size(arguments) if isinstance(arguments, str) else 0


def read_part(part, facts):
    if isinstance(part.get("type"), str) and read_text(part["type"]) == "image_url":
        facts["imageCount"] += 1
    if isinstance(part.get("text"), str):
        facts["textBytes"] += size(part["text"])


def is_array(value):
    return isinstance(value, list) and not isinstance(value, Pairs)


def check_top(body):
    """Duplicates among all members, and known keys in other spellings."""
    seen = set()
    others = 0
    for key, _ in body:
        if key.escaped or key not in TOP:
            others += 1
            if others > MEMBERS_MAX:
                raise Refused("members")
            if not has_text(key):
                raise Refused("lone surrogate in a key")
            if key.lower().replace("\u017f", "s") in TOP:
                raise Refused("spelling")
        if key in seen:
            raise Refused("duplicate")
        seen.add(str(key))


def read(operation, body):
    top = load(body)
    if depth(top) > DEPTH_MAX:
        raise Refused("depth")
    if not isinstance(top, Pairs):
        raise Refused("not an object")
    check_top(top)
    found = members(top, TOP)
    facts = {"textBytes": 0, "imageCount": 0, "messageCount": 0}
    model = found.get("model")
    if not isinstance(model, str) or not model:
        raise Refused("model")
    facts["model"] = read_text(model)
    facts["stream"] = bool(optional(found.get("stream"), lambda v: type(v) is bool))
    options = optional(found.get("stream_options"), lambda v: isinstance(v, Pairs))
    usage = members(options, ("include_usage",)).get("include_usage") if options is not None else None
    facts["includeUsage"] = bool(optional(usage, lambda v: type(v) is bool))
    for name, key in (("temperature", "temperature"), ("topP", "top_p")):
        value = optional(found.get(key), is_number)
        facts[name] = None if value is None else float(value)
    facts["seed"] = optional(found.get("seed"), is_int)
    count = optional(found.get("n"), lambda v: is_int(v, 1))
    facts["choiceCount"] = 1 if count is None else count
    limits = [optional(found.get(key), lambda v: is_int(v, 1)) for key in ("max_completion_tokens", "max_tokens")]
    facts["outputTokensMax"] = limits[1] if limits[0] is None else limits[0]
    names = [optional(found.get(key), lambda v: isinstance(v, str)) for key in ("user", "safety_identifier")]
    names = [None if name is None else read_text(name) for name in names]
    facts["endUser"] = names[1] if names[0] is None else names[0]
    tier = optional(found.get("service_tier"), lambda v: isinstance(v, str))
    facts["serviceTier"] = None if tier is None else read_text(tier)
    facts["toolCount"] = sum(len(optional(found.get(key), is_array) or []) for key in ("tools", "functions"))
    shape = found.get("response_format")
    kind = members(shape, ("type", "text")).get("type") if isinstance(shape, Pairs) else None
    facts["wantsJSONSchema"] = isinstance(kind, str) and read_text(kind) == "json_schema"
    if "messages" in found:
        if not is_array(found["messages"]):
            raise Refused("messages")
        read_messages(found["messages"], facts)
    elif operation == "chat":
        raise Refused("messages")
    if "input" in found:
        if not is_array(found["input"]) and not isinstance(found["input"], str):
            raise Refused("input")
        facts["textBytes"] += texts(found["input"])
    elif operation == "embeddings":
        raise Refused("input")
    facts["textBytes"] += texts(found.get("prompt"))
    return facts


# --- making bodies ---------------------------------------------------------------------------------------------------

WORDS = ["", "a", "hello", "Köln", "日本語", "😀", "tab\t", "q\"uote", "back\\slash", "\u2028", "\x7f", "é\u0301", "gpt-mini"]
NUMBERS = [
    "0", "-0", "1", "-1", "12", "4096", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "0.7", "1.0", "1e2", "1E+2", "1e-2", "1e400", "-1e400", "1e-400", "0.1e1", "01", "+1",
    "1.", ".5", "-", "1e", "0x1", "1_0", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308",
    "123456789012345678901234567890", "0.30000000000000004", "00", "-01", "1.5e", "1.e1",
]


def string(random_, text=None):
    text = random_.choice(WORDS) if text is None else text
    out = '"'
    for c in text:
        if c in '"\\' or ord(c) < 0x20 or random_.random() < 0.03:
            units = c.encode("utf-16-be")
            out += "".join("\\u%02x%02x" % (units[i], units[i + 1]) for i in range(0, len(units), 2))
        else:
            out += c
    if random_.random() < 0.02:
        out += random_.choice(["\\ud800", "\\udc00", "\\ud83d\\ude00", "\\ud83dx", "\\u12", "\\x", "\\/", "\\b", "\n", "\0"])
    return out + '"'


def value(random_, level=0):
    pick = random_.random()
    if pick < 0.3:
        return string(random_)
    if pick < 0.5:
        return random_.choice(NUMBERS[:23])
    if pick < 0.65 or level > 3:
        return random_.choice(["true", "false", "null"])
    if pick < 0.8:
        return "[" + ",".join(value(random_, level + 1) for _ in range(random_.randrange(4))) + "]"
    return obj(random_, [(string(random_), value(random_, level + 1)) for _ in range(random_.randrange(4))])


def space(random_):
    return random_.choice(["", "", "", " ", "\n", "\t", "\r\n  "])


def obj(random_, pairs):
    pairs = list(pairs)
    if random_.random() < 0.02 and pairs:
        pairs.append(random_.choice(pairs))
    return "{" + ",".join(space(random_) + k + space(random_) + ":" + space(random_) + v for k, v in pairs) + space(random_) + "}"


def key(random_, name):
    pick = random_.random()
    if pick < 0.006 and name:
        at = random_.randrange(len(name))
        return '"%s\\u%04x%s"' % (name[:at], ord(name[at]), name[at + 1 :])
    if pick < 0.012:
        return json.dumps(random_.choice([name.upper(), name.capitalize(), name.replace("s", "ſ"), name.replace("k", "K")]), ensure_ascii=False)
    return '"%s"' % name


def part(random_):
    pairs = [(key(random_, "type"), string(random_, random_.choice(["text", "image_url", "input_audio"])))]
    pairs.append((key(random_, random_.choice(["text", "image_url", "text"])), random_.choice([string, value])(random_)))
    return obj(random_, pairs)


def message(random_):
    if random_.random() < 0.03:
        return value(random_)
    pairs = [(key(random_, "role"), string(random_, "user"))]
    pick = random_.random()
    if pick < 0.6:
        pairs.append((key(random_, "content"), string(random_)))
    elif pick < 0.9:
        pairs.append((key(random_, "content"), "[" + ",".join(part(random_) for _ in range(random_.randrange(4))) + "]"))
    else:
        pairs.append((key(random_, "content"), value(random_)))
    if random_.random() < 0.2:
        function = obj(random_, [(key(random_, "name"), string(random_)), (key(random_, "arguments"), random_.choice([string, value])(random_))])
        call = obj(random_, [(key(random_, "id"), string(random_)), (key(random_, "function"), function)])
        pairs.append((key(random_, "tool_calls"), "[%s]" % random_.choice([call, call + "," + value(random_), ""])))
    return obj(random_, pairs)


def array(random_, make):
    return "[" + ",".join(make(random_) for _ in range(random_.randrange(4))) + "]"


def members_text(random_):
    usual = {
        "model": lambda: string(random_, random_.choice(["gpt-mini", "any/model", "m", "modèle"])),
        "messages": lambda: array(random_, message),
        "input": lambda: random_.choice([string(random_), array(random_, string), "[1,2,3]", "[[1],[2,3]]", value(random_)]),
        "prompt": lambda: value(random_),
        "stream": lambda: random_.choice(["true", "false", "null", "true", "1"]),
        "stream_options": lambda: obj(random_, [(key(random_, "include_usage"), random_.choice(["true", "false", "null", "1"])), ('"x"', value(random_))][: random_.randrange(3)]),
        "tools": lambda: array(random_, value),
        "functions": lambda: array(random_, value),
        "temperature": lambda: random_.choice(NUMBERS[:23]),
        "top_p": lambda: random_.choice(NUMBERS),
        "n": lambda: random_.choice(["1", "2", "null", "0", "1.0"]),
        "seed": lambda: random_.choice(NUMBERS[:11]),
        "max_tokens": lambda: random_.choice(["1", "100", "null", "0", "1e3"]),
        "max_completion_tokens": lambda: random_.choice(["7", "null", "9223372036854775807"]),
        "user": lambda: random_.choice([string(random_), "null", "1"]),
        "safety_identifier": lambda: string(random_),
        "service_tier": lambda: random_.choice(['"flex"', '"auto"', "null", string(random_)]),
        "response_format": lambda: obj(random_, [(key(random_, "type"), string(random_, random_.choice(["json_schema", "text"])))]),
        "metadata": lambda: value(random_),
        "x": lambda: value(random_),
    }
    names = ["model", random_.choice(["messages", "input"])]
    names += random_.sample(list(usual), random_.randrange(7))
    names = list(dict.fromkeys(names))
    if random_.random() < 0.1:
        names.remove(random_.choice(names))
    random_.shuffle(names)
    usual_or_odd = lambda name: usual[name]() if random_.random() > 0.02 else value(random_)
    return [(key(random_, name), usual_or_odd(name)) for name in names]


def nested(random_):
    deep = random_.choice([60, 61, 62, 63, 64, 65, 70, 500])
    opened, closed = random_.choice([("[", "]"), ('{"a":', "}"), ('[{"b":', "}]")])
    inner = random_.choice(["1", '"s"', "", "{}", "[]"])
    if len(opened) > 5:
        deep //= 2
    text = opened * deep + (inner or "null") + closed * deep
    return '{"model":"m","messages":[],"input":"i","x":%s}' % text


def mutate(random_, body):
    body = bytearray(body)
    for _ in range(random_.choice([1, 1, 1, 2, 5])):
        at = random_.randrange(len(body) + 1)
        pick = random_.random()
        if pick < 0.3 and at < len(body):
            body[at] = random_.randrange(256)
        elif pick < 0.5 and at < len(body):
            del body[at]
        elif pick < 0.7:
            body[at:at] = bytes([random_.choice(b'{}[]",:\\0123456789eE+-. \t\n\x00\x1f\x7f\x80\xc0\xed\xf4\xfftfn')])
        elif pick < 0.8:
            body[at:] = b""
        elif pick < 0.9:
            body[at:at] = random_.choice([b"\xc3\xa9", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf0\x9f\x98\x80", b"\xf4\x90\x80\x80", b"\xe0\x80\x80", b"\xef\xbb\xbf", b"\xc3", b"\xf0\x9f\x98"])
        else:
            end = min(len(body), at + random_.randrange(30))
            body[at:at] = body[at:end]
        if not body:
            break
    return bytes(body)


def make(random_):
    pick = random_.random()
    if pick < 0.04:
        return nested(random_).encode()
    if pick < 0.06:
        many = random_.choice([250, 254, 256, 257, 300])
        return ('{"model":"m","messages":[],"input":"",%s}' % ",".join('"k%d":0' % i for i in range(many))).encode()
    if pick < 0.08:
        return value(random_).encode("utf-8", "surrogatepass")
    body = space(random_) + obj(random_, members_text(random_)) + space(random_)
    body = body.encode("utf-8", "surrogatepass")
    if pick < 0.12:
        body += random_.choice([b"{}", b"x", b",", b"\x00", b"\n", b"\x0c", b"\xc2\xa0", b"]"])
    return mutate(random_, body) if pick > 0.7 else body


def main():
    path = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
    random_ = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20261122)
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(10_000)
    accepted = 0
    with open(path, "w", encoding="utf-8") as output:
        for _ in range(count):
            body = make(random_)
            operation = random_.choice(["chat", "embeddings"])
            try:
                facts = read(operation, body)
                accepted += 1
            except (Refused, UnicodeDecodeError):
                facts = None
            line = {"operation": operation, "body": base64.b64encode(body).decode(), "facts": facts}
            output.write(json.dumps(line) + "\n")
    print(f"{count} bodies, {accepted} accepted: {path}")


if __name__ == "__main__":
    main()
