"""Log records leave over OTLP: one per exchange and one per change of a budget's rule."""
from budgets import MOVE, ask as ask_sim, budget, rule, two_models
from gateway import KEY, configuration, eventually, target
from wire import Connection, chat, request

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def ask(gateway, body, key=KEY):
    with Connection(gateway.port) as connection:
        connection.send(request(body, key=key, fields=[f"traceparent: {PARENT}"]))
        return connection.reply()


def exchanges(collector, count):
    assert eventually(lambda: len(collector.of_event("weir.exchange")) >= count, 15), collector.requests
    return collector.of_event("weir.exchange")


def test_each_exchange_is_one_record_sampled_or_not(collector, start, upstream):
    gateway = start(
        configuration(upstream.url + "/v1", {"smart": "served"}), {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    reply = ask(gateway, chat("smart"))
    ask(gateway, chat("smart"), key="sk-nobody")
    done, refused = sorted(exchanges(collector, 2), key=lambda record: record.time)
    said = done.attributes
    assert said["weir.exchange.id"] == reply.fields["x-weir-exchange-id"]
    assert (done.severity, refused.severity) == (9, 13)
    assert done.body == "POST /v1/chat/completions 200 completed"
    assert done.trace_id == PARENT.split("-")[1] and len(done.span_id) == 16
    assert (said["weir.team"], said["weir.caller"], said["weir.route"]) == ("search", "alice", "smart")
    assert said["weir.cost.usd"] == "0.000030123457" and said["weir.tokens.input"] == 5
    assert 0 < said["weir.overhead_seconds"] < said["weir.duration_seconds"] < 10
    assert done.resource["service.name"] == "weir"
    assert refused.attributes["weir.outcome"] == "unauthenticated"
    # The caller did not sample: what is kept, rules keep.
    assert not [root for root in collector.roots() if root.attributes["weir.sampling.reason"] == "base"]
    sent = next(fields for path, fields, _ in collector.requests if path == "/v1/logs")
    assert sent["content-type"] == "application/x-protobuf"


def test_nothing_of_the_prompt_or_of_a_key_is_in_a_record(collector, start, upstream):
    gateway = start(
        configuration(upstream.url + "/v1", {"smart": "served"}), {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    ask(gateway, chat("smart", text="a very private prompt"))
    text = repr(exchanges(collector, 1))
    assert "private" not in text and KEY not in text and "sk-provider" not in text


def test_an_attempt_that_failed_is_an_event_of_its_span(collector, start, simulator):
    whole = configuration(simulator.url, {
        "rescued": [target("sim:error=500"), target("sim-fast")], "broken": "sim:error=400", "slow": "sim:ttft=2s"})
    gateway = start(whole, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    mended = ask(gateway, chat("rescued"))
    ask(gateway, chat("broken"))
    with Connection(gateway.port) as connection:
        connection.send(request(chat("slow", stream=True), key=KEY))
        assert eventually(lambda: gateway.metrics().get(("weir_exchanges_in_flight", frozenset())) == "1")
    done = {record.attributes["weir.route"]: record for record in exchanges(collector, 3)}
    assert eventually(lambda: len(collector.of_event("gen_ai.client.operation.exception")) == 2)
    first, second = sorted(collector.of_event("gen_ai.client.operation.exception"), key=lambda record: record.time)
    said = first.attributes
    assert said["exception.type"] == said["error.type"] == "upstream_error" and said["exception.message"]
    assert (said["gen_ai.operation.name"], said["gen_ai.provider.name"]) == ("chat", "openai")
    assert said["gen_ai.request.model"] == "sim:error=500" and said["http.response.status_code"] == 500
    assert (said["server.address"], said["weir.attempt.number"], said["weir.error.side"]) == ("127.0.0.1", 1, "upstream")
    assert first.severity == 13 and first.body == "chat sim:error=500: upstream_error"
    assert said["weir.exchange.id"] == mended.fields["x-weir-exchange-id"]
    assert first.trace_id == PARENT.split("-")[1] and first.span_id != done["rescued"].span_id
    # It belongs to the attempt's span, and comes before the exchange's own record.
    spans = {span.span_id: span for span in collector.spans}
    if first.span_id in spans:
        assert spans[first.span_id].kind == "CLIENT"
    assert first.time <= done["rescued"].time
    # What a fallback has mended is no error of the exchange; what it has not, is.
    assert "error.type" not in done["rescued"].attributes and done["rescued"].severity == 9
    failed = done["broken"].attributes
    assert failed["error.type"] == second.attributes["error.type"] == failed["weir.outcome"]
    assert failed["error.message"] and failed["weir.error.side"] == "upstream"
    # A client that leaves is nobody's error.
    assert done["slow"].attributes["weir.outcome"] == "client_gone" and "error.type" not in done["slow"].attributes


def test_a_budget_s_rule_that_fires_is_a_record(collector, start, simulator):
    limits = [budget(rules=[rule(), MOVE])]
    gateway = start(two_models(simulator, limits), {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": collector.url + "/v1/logs"})
    for _ in range(6):
        ask_sim(gateway)
    assert eventually(lambda: len(collector.of_event("weir.budget.transition")) >= 2, 15)
    told = {record.attributes["weir.rule"]: record for record in collector.of_event("weir.budget.transition")[:2]}
    move = told["move"]
    assert move.severity == 17 and told["warn"].severity == 13
    assert move.attributes["weir.rule.to"] == "firing" and move.attributes["weir.budget.owner"] == "search-oncall"
    assert "USD" in move.attributes["weir.rule.signal.spent"] or "%" in move.attributes["weir.rule.signal.spent"]
    assert move.trace_id == ""


def test_records_are_sent_again_when_the_collector_was_busy_and_before_the_end(collector, start, upstream):
    collector.statuses = [(503, {"retry-after": "1"})]
    gateway = start(
        configuration(upstream.url + "/v1", {"smart": "served"}),
        {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": collector.url + "/v1/logs", "OTEL_TRACES_EXPORTER": "none"})
    for _ in range(10):
        ask(gateway, chat("smart"))
    assert gateway.stop() == 0
    assert len(collector.of_event("weir.exchange")) == 10
