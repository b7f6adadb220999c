"""Which traces are kept, who is followed, and what providers learn of it: the real program, a collector, an upstream that
keeps what it received."""
import json
import re
import signal

import pytest
from websockets.sync.client import connect

from gateway import KEY, OTHER_KEY, configuration, eventually, provider, target
from test_realtime import Provider
from upstreams import JSON, plain_chat
from wire import Connection, chat, request

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"traceparent: 00-{TRACE}-{SPAN}-01"


@pytest.fixture
def make(collector, start, upstream):
    """Starts a gateway that sends its spans to the collector; `changes` go into its telemetry."""

    def begin(changes=None, env=None, routes=None, **more):
        whole = configuration(
            upstream.url + "/v1", {"smart": "served", "rescued": [target("broken"), target("served")]}, **more)
        for route, changed in (routes or {}).items():
            whole["models"][route] = {"targets": [target("served")]} | changed
        whole["telemetry"] |= {"traces": {"endpoint": collector.url}} | (changes or {})
        return start(whole, env)

    return begin


def ask(gateway, *fields, model="smart", key=KEY, path="/v1/chat/completions", status=200):
    """The reply, its trace's id and its flags."""
    with Connection(gateway.port) as connection:
        connection.send(request(chat(model), key=key, fields=fields, path=path))
        reply = connection.reply()
    assert reply.status == status, reply
    _, reply.trace, _, reply.flags = reply.fields["traceparent"].split("-")
    return reply


def exported(gateway, collector):
    """The roots by trace, once the gateway has ended and sent all."""
    assert gateway.stop() == 0
    return {span.trace_id: span for span in collector.roots()}


def down(asked):
    if json.loads(asked["body"])["model"] == "broken":
        return 503, JSON, b'{"error":{"message":"down"}}'
    return plain_chat(asked)


# Which traces are kept

def test_all_traces_are_kept_and_say_so(make, upstream, collector):
    gateway = make()
    reply = ask(gateway)
    roots = exported(gateway, collector)
    assert reply.flags == "03"
    assert roots[reply.trace].attributes["weir.sampling.reason"] == "base"
    assert {span.state for span in collector.of_trace(reply.trace)} == {"ot=th:0"}
    assert upstream.requests[0]["fields"]["tracestate"] == "ot=th:0"


def test_a_share_keeps_exactly_what_its_threshold_says(make, upstream, collector):
    gateway = make({"sampling": {"ratio": "25%", "new_models": False}})
    replies = [ask(gateway) for _ in range(60)]
    roots = exported(gateway, collector)
    for reply, asked in zip(replies, upstream.requests):
        is_kept = int(reply.trace[-14:], 16) >= 0xC0_0000_0000_0000
        assert reply.flags == ("03" if is_kept else "02")
        assert asked["fields"]["traceparent"].endswith(reply.flags)
        assert asked["fields"].get("tracestate") == ("ot=th:c" if is_kept else None)
        assert (reply.trace in roots) == is_kept
    assert {root.state for root in roots.values()} <= {"ot=th:c"}
    assert 0 < len(roots) < 40


def test_rules_keep_what_is_worth_a_look_and_claim_no_share(make, upstream, collector):
    upstream.answer = down
    gateway = make({"sampling": {"ratio": "0%"}})
    first, second = ask(gateway), ask(gateway)
    fell_back = ask(gateway, model="rescued")
    upstream.answer = lambda _: (500, JSON, b'{"error":{"message":"broken"}}')
    failed = ask(gateway, status=500)
    mistaken = ask(gateway, model="unknown", status=404)
    roots = exported(gateway, collector)
    reasons = {trace: root.attributes["weir.sampling.reason"] for trace, root in roots.items()}
    assert reasons == {first.trace: "first_of_model", fell_back.trace: "moved", failed.trace: "error"}
    assert second.trace not in reasons and mistaken.trace not in reasons
    assert {root.state for root in roots.values()} == {""}
    assert {asked["fields"]["traceparent"][-2:] for asked in upstream.requests} == {"02"}
    assert all("tracestate" not in asked["fields"] for asked in upstream.requests)


def test_what_is_slow_or_dear_is_kept(make, collector):
    rules = {"ratio": "0%", "new_models": False}
    slow = make({"sampling": rules | {"slower_than": "1ms"}})
    dear = make({"sampling": rules | {"dearer_than": "0.00001 USD"}})
    cheap = make({"sampling": rules | {"slower_than": "1m", "dearer_than": "10 USD"}})
    kept = {ask(slow).trace: "slow", ask(dear).trace: "dear"}
    ask(cheap)
    for gateway in (slow, dear, cheap):
        gateway.stop()
    assert {root.trace_id: root.attributes["weir.sampling.reason"] for root in collector.roots()} == kept


def test_a_budgets_refusal_is_kept_as_blocked(make, collector):
    gateway = make({"sampling": {"ratio": "0%", "new_models": False}}, budgets=[
        {"name": "tiny", "scope": {"team": "search"}, "limit": "0.000001 USD", "per": "month", "owner": "o"}])
    refused = ask(gateway, status=429)
    roots = exported(gateway, collector)
    assert {trace: root.attributes["weir.sampling.reason"] for trace, root in roots.items()} == {refused.trace: "blocked"}


def test_exemplars_point_to_kept_traces_only(make, upstream, collector):
    upstream.answer = down
    gateway = make({"sampling": {"ratio": "0%", "new_models": False}})
    for _ in range(5):
        ask(gateway)
    kept = ask(gateway, model="rescued").trace
    for _ in range(5):
        ask(gateway)
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    _, _, body = gateway.get(gateway.metrics_url, accept)
    assert set(re.findall(r'trace_id="([0-9a-f]{32})"', body.decode())) == {kept}
    assert set(exported(gateway, collector)) == {kept}


def test_a_route_has_a_rate_of_its_own(make, upstream, collector):
    gateway = make({"sampling": {"new_models": False}}, routes={"smart": {"sampling_ratio": "0%"}, "other": {}})
    silent, loud = ask(gateway), ask(gateway, model="other")
    child = ask(gateway, PARENT)
    assert [asked["fields"]["traceparent"][-2:] for asked in upstream.requests] == ["02", "03", "01"]
    assert [asked["fields"].get("tracestate") for asked in upstream.requests] == [None, "ot=th:0", None]
    assert (silent.flags, loud.flags) == ("02", "03")
    assert set(exported(gateway, collector)) == {loud.trace, child.trace}


def test_a_reload_changes_what_is_kept(make, collector):
    gateway = make({"sampling": {"ratio": "0%", "new_models": False}})
    before = ask(gateway)
    path = gateway.directory / "weir.yaml"
    whole = json.loads(path.read_text())
    del whole["telemetry"]["sampling"]
    path.write_text(json.dumps(whole))
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_for("reloaded")
    after = ask(gateway)
    assert (before.flags, after.flags) == ("02", "03")
    assert set(exported(gateway, collector)) == {after.trace}


@pytest.mark.parametrize("variables, kept", [
    ({"OTEL_TRACES_SAMPLER": "always_on"}, True),
    ({"OTEL_TRACES_SAMPLER": "always_off"}, False),
    ({"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, False),
    ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1"}, True),
])
def test_the_environments_sampler_goes_before_the_file(make, collector, variables, kept):
    opposite = "0%" if kept else "100%"
    gateway = make(
        {"sampling": {"ratio": opposite, "new_models": not kept}}, variables, {"smart": {"sampling_ratio": opposite}})
    trace = ask(gateway).trace
    assert (trace in exported(gateway, collector)) == kept


def test_a_debug_header_keeps_the_trace_of_who_may(make, upstream, collector):
    callers = {"alice": {"team": "search", "debug": True}, "bob": {"team": "shop"}}
    gateway = make({"sampling": {"ratio": "0%", "new_models": False}}, callers=callers)
    kept = ask(gateway, "x-weir-debug: 1")
    ignored = ask(gateway, "x-weir-debug: 1", key=OTHER_KEY)
    ordinary = ask(gateway)
    ask(gateway, "x-weir-debug: 1", path="/providers/sim/chat/completions")
    assert kept.fields["x-weir-debug"] == "kept" and kept.flags == "03"
    assert all("x-weir-debug" not in reply.fields and reply.flags == "02" for reply in (ignored, ordinary))
    assert all("x-weir-debug" not in asked["fields"] for asked in upstream.requests) and len(upstream.requests) == 4
    roots = exported(gateway, collector)
    assert roots[kept.trace].attributes["weir.sampling.reason"] == "debug" and roots[kept.trace].state == ""
    assert ignored.trace not in roots and ordinary.trace not in roots


# What a span holds

def test_significant_spans_leave_quick_hops_to_the_roots_attributes(make, collector):
    gateway = make({"spans": "significant"})
    refused = ask(gateway, key="sk-unknown", status=401)
    trace = ask(gateway).trace
    roots = exported(gateway, collector)
    hops = {span.name for span in collector.of_trace(refused.trace) if span.kind == "INTERNAL"}
    assert "authentication" in hops
    assert any(name.startswith("weir.hop.receive") for name in roots[trace].attributes)
    quick = [span for span in collector.of_trace(trace)
             if span.kind == "INTERNAL" and span.name != "stream" and span.end - span.start <= 1_000_000]
    assert quick == []


def test_spans_off_sends_none(make, collector):
    gateway = make({"spans": "off"})
    ask(gateway)
    assert exported(gateway, collector) == {}


def test_limits_drop_and_count(make, collector):
    gateway = make(env={
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "5", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "4", "OTEL_SPAN_EVENT_COUNT_LIMIT": "1"})
    trace = ask(gateway).trace
    root = exported(gateway, collector)[trace]
    assert len(root.attributes) == 5 and root.dropped_attributes > 10
    assert root.attributes["http.route"] == "/v1/"
    attempt = next(span for span in collector.of_trace(trace) if span.kind == "CLIENT")
    assert len(attempt.attributes) == 5 and attempt.dropped_attributes > 10
    assert attempt.dropped_events > 0


# Who is followed

def test_authenticated_follows_callers_with_a_key_only(make, upstream, collector):
    gateway = make({"trust_incoming": "authenticated", "baggage": ["tenant"]}, anonymous=True)
    fields = [PARENT, "baggage: tenant=acme"]
    known = ask(gateway, *fields)
    nobody = ask(gateway, *fields, key=None)
    refused = ask(gateway, *fields, key="sk-unknown", status=401)
    roots = exported(gateway, collector)
    assert known.trace == TRACE and roots[TRACE].parent == SPAN and roots[TRACE].attributes["tenant"] == "acme"
    for reply in (nobody, refused):
        assert reply.trace != TRACE and roots[reply.trace].parent == ""
        assert "tenant" not in roots[reply.trace].attributes
    assert upstream.requests[0]["fields"]["traceparent"].startswith(f"00-{TRACE}-")


def test_never_follows_nobody(make, upstream, collector):
    gateway = make({"trust_incoming": "never"})
    reply = ask(gateway, PARENT, "tracestate: vendor=1")
    assert reply.trace != TRACE and exported(gateway, collector)[reply.trace].parent == ""
    assert upstream.requests[0]["fields"]["tracestate"] == "ot=th:0"


@pytest.mark.parametrize("fields, flags", [
    ([f"b3: {TRACE}-{SPAN}-1"], "01"), ([f"b3: {TRACE}-{SPAN}-0"], "00"), ([f"b3: {TRACE}-{SPAN}"], "01"),
    ([f"X-B3-TraceId: {TRACE}", f"X-B3-SpanId: {SPAN}", "X-B3-Sampled: 1"], "01"),
    ([f"x-b3-traceid: {TRACE}", f"x-b3-spanid: {SPAN}", "x-b3-sampled: 0"], "00"),
])
def test_b3_is_read_where_it_is_named_and_never_sent(make, upstream, fields, flags):
    gateway = make({"propagators": ["tracecontext", "b3", "b3multi"]})
    reply = ask(gateway, *fields)
    received = upstream.requests[0]["fields"]
    assert (reply.trace, reply.flags) == (TRACE, flags)
    assert received["traceparent"].startswith(f"00-{TRACE}-") and received["traceparent"].endswith(flags)
    assert not [name for name in received if "b3" in name]
    plain = make()
    assert ask(plain, *fields).trace != TRACE


def test_the_environments_propagators_go_before_the_file(make, upstream):
    gateway = make({"propagators": ["tracecontext"]}, {"OTEL_PROPAGATORS": "b3"})
    assert ask(gateway, f"b3: {TRACE}-{SPAN}-1").trace == TRACE
    assert ask(gateway, PARENT).trace != TRACE
    assert all("traceparent" not in asked["fields"] for asked in upstream.requests)


# Baggage

BAGGAGE = ["baggage: tenant=acme%20inc;p=1,secret=hush", "baggage: bad member,user.tier = gold ,=,%zz"]


def test_configured_baggage_becomes_attributes(make, collector):
    gateway = make({"baggage": ["tenant", "user.tier", "absent"]})
    trace = ask(gateway, *BAGGAGE).trace
    root = exported(gateway, collector)[trace]
    assert root.attributes["tenant"] == "acme inc" and root.attributes["user.tier"] == "gold"
    assert "absent" not in root.attributes and "hush" not in repr(root.attributes)


def test_baggage_never_reaches_a_provider(make, start, upstream):
    """By a route, by the provider's own API and by a session over a WebSocket."""
    gateway = make({"baggage": ["tenant"], "propagators": ["tracecontext", "baggage", "b3", "b3multi"]})
    extra = [*BAGGAGE, f"b3: {TRACE}-{SPAN}-1", f"x-b3-traceid: {TRACE}", f"x-b3-spanid: {SPAN}", "x-weir-debug: 1"]
    ask(gateway, *extra)
    ask(gateway, *extra, path="/providers/sim/chat/completions")
    socket = Provider()
    try:
        whole = configuration(socket.url + "/v1", {"voice": "served"}, providers={"sim": provider(socket.url + "/v1")})
        whole["telemetry"]["baggage"] = ["tenant"]
        voice = start(whole)
        headers = {"Authorization": f"Bearer {KEY}"} | dict(line.split(": ", 1) for line in extra)
        for path in ("/v1/realtime?model=voice", "/providers/sim/realtime?model=served"):
            with connect(f"ws://127.0.0.1:{voice.port}{path}", additional_headers=headers) as client:
                client.recv(timeout=10)
        assert eventually(lambda: len(socket.fields) == 2)
    finally:
        socket.close()
    received = [asked["fields"] for asked in upstream.requests] + socket.fields
    assert len(received) == 4
    for fields in received:
        assert "traceparent" in fields
        assert not {"baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-weir-debug"} & set(fields)
        assert "acme" not in repr(fields) and "hush" not in repr(fields)
