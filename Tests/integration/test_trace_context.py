"""W3C Trace Context on the wire: what a provider receives for each `traceparent` and `tracestate`, valid and invalid.

The inputs are those of the recommendation (level 1, and level 2 where they differ): its grammar, its limits, and what it
says of versions, duplicates and white space."""
import re

import pytest

from gateway import KEY, Gateway, configuration
from wire import Connection, chat, request

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
IDS = f"{TRACE}-{SPAN}"
PARENT = f"traceparent: 00-{IDS}-01"


@pytest.fixture(scope="module")
def before(recorder, tmp_path_factory):
    program = Gateway(tmp_path_factory.mktemp("trace-context"), configuration(recorder.url + "/v1", {"smart": "served"}))
    yield program
    assert program.stop() == 0


def sent(before, recorder, fields):
    """What the provider received, and what the client was told."""
    recorder.requests.clear()
    with Connection(before.port) as connection:
        connection.send(request(chat("smart"), key=KEY, fields=fields))
        reply = connection.reply()
    assert reply.status == 200
    received = [(name.lower(), value) for name, value in recorder.requests[0]["raw_fields"]]
    parents = [value for name, value in received if name == "traceparent"]
    assert len(parents) == 1 and re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]", parents[0])
    states = [value for name, value in received if name == "tracestate"]
    assert len(states) <= 1
    trace, span, flags = parents[0].split("-")[1:]
    told = reply.fields["traceparent"].split("-")
    assert told[1] == trace and told[3] == flags and told[2] != span, "the provider's parent is the attempt"
    return trace, span, flags, states[0] if states else None


VALID_PARENTS = {
    "version 00": (f"traceparent: 00-{IDS}-01", "01"),
    "not sampled": (f"traceparent: 00-{IDS}-00", "00"),
    "random": (f"traceparent: 00-{IDS}-03", "03"),
    "random, not sampled": (f"traceparent: 00-{IDS}-02", "02"),
    "flags that nobody knows are cleared": (f"traceparent: 00-{IDS}-ff", "03"),
    "an unknown flag alone": (f"traceparent: 00-{IDS}-08", "00"),
    "a later version": (f"traceparent: cc-{IDS}-01", "01"),
    "a later version that goes on": (f"traceparent: cc-{IDS}-01-what-the-future-will-be-like", "01"),
    "a later version with a dash at its end": (f"traceparent: cc-{IDS}-01-", "01"),
    "name in capitals": (f"TRACEPARENT: 00-{IDS}-01", "01"),
    "name in mixed case": (f"TrAcEpArEnT: 00-{IDS}-01", "01"),
    "white space around": (f"traceparent: \t 00-{IDS}-01 \t ", "01"),
    "no white space": (f"traceparent:00-{IDS}-01", "01"),
}


@pytest.mark.parametrize("name", VALID_PARENTS)
def test_a_valid_traceparent_is_continued(before, recorder, name):
    field, flags = VALID_PARENTS[name]
    trace, span, passed, state = sent(before, recorder, [field])
    assert (trace, passed, state) == (TRACE, flags, None) and span != SPAN


INVALID_PARENTS = {
    "nothing": [],
    "empty": ["traceparent:"],
    "twice": [PARENT, f"traceparent: 00-{'1' * 32}-{SPAN}-01"],
    "twice the same": [PARENT, PARENT],
    "joined by a comma": [f"traceparent: 00-{IDS}-01,00-{IDS}-01"],
    "another name": [f"trace-parent: 00-{IDS}-01"],
    "another name with a dot": [f"trace.parent: 00-{IDS}-01"],
    "version 00 that goes on": [f"traceparent: 00-{IDS}-01-what-the-future-will-be-like"],
    "version 00 with a dot": [f"traceparent: 00-{IDS}-01."],
    "version 00 with a dash": [f"traceparent: 00-{IDS}-01-"],
    "a later version that goes on without a dash": [f"traceparent: cc-{IDS}-01.what-the-future-will-be-like"],
    "version ff": [f"traceparent: ff-{IDS}-01"],
    "version with a dot": [f"traceparent: .0-{IDS}-01"],
    "version with a dot behind": [f"traceparent: 0.-{IDS}-01"],
    "version in capitals": [f"traceparent: CC-{IDS}-01"],
    "version too long": [f"traceparent: 000-{IDS}-01"],
    "version much too long": [f"traceparent: 0000-{IDS}-01"],
    "version too short": [f"traceparent: 0-{IDS}-01"],
    "no version": [f"traceparent: {IDS}-01"],
    "trace id of zeros": [f"traceparent: 00-{'0' * 32}-{SPAN}-01"],
    "trace id with a dot": [f"traceparent: 00-.{TRACE[1:]}-{SPAN}-01"],
    "trace id with a dot at its end": [f"traceparent: 00-{TRACE[:-1]}.-{SPAN}-01"],
    "trace id in capitals": [f"traceparent: 00-{TRACE.upper()}-{SPAN}-01"],
    "trace id too long": [f"traceparent: 00-{TRACE}0-{SPAN}-01"],
    "trace id too short": [f"traceparent: 00-{TRACE[1:]}-{SPAN}-01"],
    "span id of zeros": [f"traceparent: 00-{TRACE}-{'0' * 16}-01"],
    "span id with a dot": [f"traceparent: 00-{TRACE}-.{SPAN[1:]}-01"],
    "span id in capitals": [f"traceparent: 00-{TRACE}-{SPAN.upper()}-01"],
    "span id too long": [f"traceparent: 00-{TRACE}-{SPAN}0-01"],
    "span id too short": [f"traceparent: 00-{TRACE}-{SPAN[1:]}-01"],
    "flags with a dot": [f"traceparent: 00-{IDS}-.0"],
    "flags with a dot behind": [f"traceparent: 00-{IDS}-0."],
    "flags too long": [f"traceparent: 00-{IDS}-001"],
    "flags too short": [f"traceparent: 00-{IDS}-1"],
    "no flags": [f"traceparent: 00-{IDS}"],
    "white space inside": [f"traceparent: 00-{TRACE} -{SPAN}-01"],
}


@pytest.mark.parametrize("name", INVALID_PARENTS)
def test_anything_else_begins_a_trace_without_the_callers_state(before, recorder, name):
    trace, _, flags, state = sent(before, recorder, [*INVALID_PARENTS[name], "tracestate: vendor=1"])
    assert trace not in (TRACE, "1" * 32, "0" * 32)
    assert flags == "03" and state == "ot=th:0", "its id is random, and all traces are sampled"


def members(count):
    return ",".join(f"bar{number:02d}={number:02d}" for number in range(count))


KEY_CHARACTERS = "0123456789_abcdefghijklmnopqrstuvwxyz-*/"
VALUE_CHARACTERS = "".join(map(chr, [*range(0x20, 0x2C), *range(0x2D, 0x3D), *range(0x3E, 0x7F)]))

VALID_STATES = {
    "one member": (["foo=1"], "foo=1"),
    "two members": (["foo=1,bar=2"], "foo=1,bar=2"),
    "name in capitals": (["TRACESTATE|foo=1"], "foo=1"),
    "name in mixed case": (["TrAcEsTaTe|foo=1"], "foo=1"),
    "empty field before": (["", "foo=1"], "foo=1"),
    "empty field behind": (["foo=1", ""], "foo=1"),
    "several fields in order": (["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
    "empty members": (["foo=1,", ",,bar=2", ","], "foo=1,bar=2"),
    "the same member twice": (["foo=1,foo=1"], "foo=1"),
    "one key twice: the newest stands first": (["foo=1,bar=3,foo=2"], "foo=1,bar=3"),
    "one key in two fields": (["foo=1", "foo=2"], "foo=1"),
    "white space around commas": (["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
    "white space around": (["\t foo=1 \t "], "foo=1"),
    "every character of a key": ([f"{KEY_CHARACTERS}=1"], f"{KEY_CHARACTERS}=1"),
    "a key of a tenant": ([f"{KEY_CHARACTERS}@a-z0-9_-*/=1"], f"{KEY_CHARACTERS}@a-z0-9_-*/=1"),
    "a key that begins with a digit": (["0key=1"], "0key=1"),
    "every character of a value": ([f"foo={VALUE_CHARACTERS}"], f"foo={VALUE_CHARACTERS}"),
    "32 members": ([members(32)], members(32)),
    "32 members in two fields": ([members(30), "a=1,b=2"], members(30) + ",a=1,b=2"),
    "a key of 256 characters": (["z" * 256 + "=1"], "z" * 256 + "=1"),
    "a value of 256 characters": (["z=" + "v" * 256], "z=" + "v" * 256),
    "more than 512 characters": (["a=" + "v" * 256 + ",b=" + "v" * 256], "a=" + "v" * 256 + ",b=" + "v" * 256),
    "OpenTelemetry's member passes": (["foo=1,ot=th:8;rv:ffffffffffffff"], "foo=1,ot=th:8;rv:ffffffffffffff"),
}

INVALID_STATES = {
    "no field": [],
    "empty": [""],
    "only commas": [" , ,, "],
    "another name": ["trace-state|foo=1"],
    "space before the equals sign": ["foo =1"],
    "capitals": ["FOO=1"],
    "a dot": ["foo.bar=1"],
    "a key that begins with a hyphen": ["-foo=1"],
    "no tenant": ["@foo=1,bar=2"],
    "no key": ["=1"],
    "no equals sign": ["foo"],
    "two equals signs": ["foo=bar=baz"],
    "no value": ["foo=,bar=3"],
    "a tab in a value": ["foo=a\tb"],
    "beyond ASCII": ["foo=\u00e9"],
    "33 members": [members(33)],
    "33 members in two fields": [members(32), "a=1"],
    "a key of 257 characters": ["z" * 257 + "=1"],
    "a value of 257 characters": ["z=" + "v" * 257],
    "one bad member spoils all": ["foo=1", "BAR=2"],
}


def fields(states):
    """`NAME|value` names the field otherwise."""
    return [": ".join(text.split("|")) if "|" in text.split("=")[0] else f"tracestate: {text}" for text in states]


@pytest.mark.parametrize("name", VALID_STATES)
def test_a_valid_tracestate_passes(before, recorder, name):
    states, passed = VALID_STATES[name]
    trace, _, flags, state = sent(before, recorder, [PARENT, *fields(states)])
    assert (trace, flags, state) == (TRACE, "01", passed)


@pytest.mark.parametrize("name", INVALID_STATES)
def test_an_invalid_tracestate_is_left_out_and_spoils_nothing_else(before, recorder, name):
    trace, _, flags, state = sent(before, recorder, [*fields(INVALID_STATES[name]), PARENT])
    assert (trace, flags, state) == (TRACE, "01", None)
