"""Log records leave over OTLP: one per exchange and one per change of a budget's rule."""
from budgets import MOVE, ask as ask_sim, budget, rule, two_models
from gateway import KEY, configuration, eventually
from wire import Connection, chat, request

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def ask(gateway, body, key=KEY):
    with Connection(gateway.port) as connection:
        connection.send(request(body, key=key, fields=[f"traceparent: {PARENT}"]))
        return connection.reply()


def exchanges(collector, count):
    assert eventually(lambda: len(collector.of_event("weir.exchange")) >= count, 15), collector.requests
    return collector.of_event("weir.exchange")


def test_each_exchange_is_one_record_sampled_or_not(start, upstream, collector):
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


def test_nothing_of_the_prompt_or_of_a_key_is_in_a_record(start, upstream, collector):
    gateway = start(
        configuration(upstream.url + "/v1", {"smart": "served"}), {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    ask(gateway, chat("smart", text="a very private prompt"))
    text = repr(exchanges(collector, 1))
    assert "private" not in text and KEY not in text and "sk-provider" not in text


def test_a_budget_s_rule_that_fires_is_a_record(start, simulator, collector):
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


def test_records_are_sent_again_when_the_collector_was_busy_and_before_the_end(start, upstream, collector):
    collector.statuses = [(503, {"retry-after": "1"})]
    gateway = start(
        configuration(upstream.url + "/v1", {"smart": "served"}),
        {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": collector.url + "/v1/logs", "OTEL_TRACES_EXPORTER": "none"})
    for _ in range(10):
        ask(gateway, chat("smart"))
    assert gateway.stop() == 0
    assert len(collector.of_event("weir.exchange")) == 10
