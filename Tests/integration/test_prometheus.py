"""A real Prometheus scrapes Weir; every query that we ship returns data; exemplars are stored."""
import json
import re
import signal
import subprocess
import time
from decimal import Decimal

import pytest

from budgets import Receiver, budget, rule
from gateway import KEY, ROOT, Gateway, configuration, eventually, target
from conftest import MODELS
from prometheus import Prometheus, dashboard_queries, selectors
from upstreams import RecordingUpstream
from wire import Connection, chat, request

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
# What has no data in a healthy system, and why. Queries of these may return nothing.
NO_SERIES = {
    "weir_series_overflow_total": "nothing overflows",
    "weir_spans_dropped_total": "nothing is dropped",
    "weir_spool_bytes": "nothing waits on disk",
    "weir_spool_limit_bytes": "nothing waits on disk",
    "weir_certificate_expiry_timestamp_seconds": "the ports are not encrypted",
    "weir_tls_handshakes_total": "the ports are not encrypted",
    "weir_authentication_failures_total": "nobody is turned away just then",
    "weir_jwks_age_seconds": "no tokens are taken",
    "weir_jwks_fetches_total": "no tokens are taken",
    "weir_tokens_remembered": "no tokens are taken",
    "weir_provider_key_attempts_total": "the provider has one key",
    "weir_provider_key_refusals_total": "the provider has one key",
    "weir_provider_key_cooldown": "the provider has one key",
    "[1m])) > 0": "no rule of a budget changes its state just then",
    "offset 1m": "no reroute begins or ends just then",
    "changes(process_start_time_seconds": "the process does not restart under the test",
}


# Providers that tell what is left of a limit, and a cost of their own: above ours, and below.
TELLING = {"dear": "sim:tokens=4,cost=0.5,remaining=40", "cheap": "sim:tokens=4,cost=0.000001"}


def with_budgets(whole, receiver):
    """A budget for each window whose burn the alerts know; the day's moves `small` as soon as anything is spent."""
    warn = rule(when="spent >= 1%", severity="ticket", notify=["webhook"])
    move = rule("move", "spent >= 1%", severity="page", then={"reroute": "economy"})
    fast = rule("too-fast", "burn(1h) > 1000 and forecast > 10000%", **{"for": "1m"})
    # One model whose requests are classified by rules, and one by a judge, who says nothing of use.
    classes = {"hard": {}, "simple": {}}
    by_class = [target("sim-small", when={"class": "hard"}), target("sim-fast")]
    whole["models"] |= {name: {"classify": name, "targets": by_class} for name in ("ruled", "judged")}
    return whole | {
        "classifiers": {
            "ruled": {"kind": "rules", "default": "simple", "rules": [{"class": "hard", "turns_min": 2}]},
            "judged": {"kind": "judge", "default": "simple", "model": "fast", "classes": classes, "cache_entries": 0}},
        "reroutes": {"economy": {"small": "fast"}}, "notify": {"webhook": {"url": receiver.url}},
        "budgets": [
            budget(name="search-day", per="day", limit="0.001 USD", rules=[warn, move]),
            budget(name="all-week", per="week", limit="1000 USD", enforce="hard", owner="platform", rules=[fast])
            | {"scope": {}},
            budget(name="search-month", per="month", limit="500 USD", enforce="hard", rules=[warn | {"notify": []}]),
        ],
    }


def with_second_targets(whole, policy):
    """A race, a canary, a shadow, health checks, a limit that lets wait, and a policy that is asked."""
    raced = [target("sim:tokens=4,ttft=300ms"), target("sim-fast")]
    halt = {"errors": "+50%", "first_token": "+900%", "after": 500}
    whole["models"] |= {
        "raced": {"targets": raced, "hedge": {"after": "50ms", "at_most": "100%"}},
        "tried": {"targets": [target("sim-fast")], "canary": {"target": target("sim-small"), "share": "50%", "halt": halt}},
        "shown": {"targets": [target("sim-fast")], "shadow": {"target": target("sim-small"), "share": "100%"}},
    }
    whole["cache"] = {"disk": "16MiB"}
    whole["models"]["repeated"] = {
        "targets": [target("sim-fast")], "cache": {"semantic": {"model": "embed", "threshold": "60%", "deadline": "5s"}}}
    whole["providers"]["sim"]["health"] = {"path": "/models", "interval": "1s"}
    whole["limits"] = [{"name": "all", "each": "gateway", "concurrent": 500, "queue": {"depth": 10, "wait": "1s"}}]
    whole["limits"] += [whole["limits"][0] | {"name": "narrow", "model": "raced", "concurrent": 1}]
    whole["guardrails"] = {
        "projects": {"kind": "words", "words": ["blue heron"], "phase": "both", "model": "fast"},
        "staff": {"kind": "patterns", "patterns": {"employee": "EMP-[0-9]{6}"}, "action": "mask", "phase": "both", "model": "fast"},
        "endings": {"kind": "patterns", "patterns": {"word": "[a-z]{3}"}, "model": "guarded", "phase": "output"},
    }
    # Text completions are not read: the verdict is an error.
    whole["guardrails"]["unread"] = whole["guardrails"]["endings"] | {"on_error": "fail_open", "model": "plain"}
    whole["models"] |= {name: {"targets": [target("sim-fast")]} for name in ("guarded", "plain")}
    whole["callouts"] = [{"name": "policy", "url": policy.url + "/ask", "on_error": "allow", "deadline": "2s"}]


def traffic(gateway, rounds):
    """Every kind of exchange: whole, streamed, rescued, failed, refused, left by the client."""
    for _ in range(rounds):
        with Connection(gateway.port) as one, Connection(gateway.port) as two:
            # The second one waits until the first one is through.
            for connection in (one, two):
                connection.send(request(chat("raced"), key=KEY))
            assert [one.reply().status, two.reply().status] == [200, 200]
        with Connection(gateway.port) as connection:
            # Asked, said again, meant the same, and near but another number.
            number = time.time_ns()
            for text in (f"How do I fix error {number}?", f"How do I fix error {number}?", f"How can I fix error {number}?",
                         f"How do I fix error {number + 1}?"):
                connection.send(request(chat("repeated", text=text), key=KEY))
                assert connection.reply().status == 200
            for model in ("fast", "unpriced", "rescued", "limited", "broken", "nobody", "judged", "ruled"):
                connection.send(request(chat(model), key=KEY))
                served = connection.reply()
            # The ledger has the exchanges of the last round.
            if scored := getattr(gateway, "scored", None):
                feedback = json.dumps({"exchange": scored, "score": 0.5}).encode()
                connection.send(request(feedback, path="/v1/feedback", key=KEY))
                assert connection.reply().status == 200
            gateway.scored = served.fields["x-weir-exchange-id"]
            for model in ("small", "reasoner", "cached", "silent", "dear", "cheap", "raced", "shown", *["tried"] * 6):
                connection.send(request(chat(model, stream=True), key=KEY))
                connection.reply()
            connection.send(request(b'{"model":"embed","input":"x"}', path="/v1/embeddings", key=KEY))
            connection.reply()
            connection.send(request(b'{"model":"plain","prompt":"x"}', path="/v1/completions", key=KEY))
            connection.reply()
            for model, text in (("fast", "blue heron"), ("fast", "EMP-123456"), ("guarded", "hello")):
                connection.send(request(chat(model, text=text), key=KEY))
                connection.reply()
            connection.send(request(chat("fast")))
            assert connection.reply().status == 401
        for model in ("smart", "cut"):
            with Connection(gateway.port) as connection:
                connection.send(request(chat(model, stream=True), key=KEY))
                connection.until(b"data:")
                if model == "cut":
                    assert connection.is_closed()


def reloads(gateway):
    return sum(Decimal(value) for (name, labels), value in gateway.metrics().items()
               if name == "weir_config_reloads_total" and ("result", "success") in labels)


@pytest.fixture(scope="module")
def scraped(simulator, tmp_path_factory):
    """A gateway and a Prometheus that has scraped it before, under and after traffic."""
    from collector import Collector

    collector, receiver = Collector(), Receiver()
    policy = RecordingUpstream(lambda request: (200, {}, b'{"verdict":"allow"}'))
    whole = with_budgets(configuration(simulator.url, MODELS | TELLING, unpriced={"sim:tokens=3"}), receiver)
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    with_second_targets(whole, policy)
    gateway = Gateway(tmp_path_factory.mktemp("scraped"), whole)
    prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), gateway.metrics_url.split("/")[2])
    assert eventually(lambda: prometheus.query("up == 1"), 20), "Prometheus does not scrape"
    traffic(gateway, 1)
    time.sleep(3)
    traffic(gateway, 3)
    gateway.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: reloads(gateway) == 1), "the configuration was not loaded again"
    traffic(gateway, 1)
    total = sum(Decimal(v) for (name, _), v in gateway.metrics().items() if name == "weir_exchanges_total")
    assert eventually(lambda: prometheus.query("sum(weir_exchanges_total)") and Decimal(
        prometheus.query("sum(weir_exchanges_total)")[0]["value"][1]) >= total, 15)
    time.sleep(7)
    yield gateway, prometheus
    prometheus.stop()
    gateway.stop()
    collector.close()
    receiver.close()
    policy.close()


def test_promtool_finds_nothing_to_complain_about(scraped):
    gateway, _ = scraped
    status, fields, body = gateway.get(gateway.metrics_url, {"Accept": "text/plain;version=0.0.4"})
    assert status == 200 and fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lint = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True)
    assert lint.returncode == 0, lint.stdout.decode() + lint.stderr.decode()


def test_without_accept_the_text_format_is_served(scraped):
    gateway, _ = scraped
    assert gateway.get(gateway.metrics_url)[1]["content-type"].startswith("text/plain; version=0.0.4")


def test_open_metrics_is_served_when_asked_for(scraped):
    gateway, _ = scraped
    _, fields, body = gateway.get(gateway.metrics_url, {"Accept": OPENMETRICS})
    assert fields["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    text = body.decode()
    assert text.endswith("\n# EOF\n") and "\n\n" not in text
    assert re.search(r'_bucket\{[^}]*\} \d+ # \{trace_id="[0-9a-f]{32}",span_id="[0-9a-f]{16}"\} \S+', text)


def test_gzip_is_served_when_asked_for(scraped):
    import gzip

    gateway, _ = scraped
    _, fields, body = gateway.get(gateway.metrics_url, {"Accept-Encoding": "gzip"})
    assert fields["content-encoding"] == "gzip"
    assert b"weir_exchanges_total" in gzip.decompress(body)


def test_prometheus_scrapes_without_an_error(scraped):
    _, prometheus = scraped
    active = prometheus.api("targets", state="active")["activeTargets"]
    assert [(target["health"], target["lastError"]) for target in active] == [("up", "")]
    assert prometheus.query('up{job="weir"}')[0]["value"][1] == "1"


def test_prometheus_reads_the_same_money_as_the_page_shows(scraped):
    gateway, prometheus = scraped
    shown = {labels: value for (name, labels), value in gateway.metrics().items() if name == "weir_cost_usd_total"}
    assert sum(Decimal(value) for value in shown.values()) > 0
    stored = prometheus.query("weir_cost_usd_total")
    assert len(stored) == len(shown)
    for series in stored:
        labels = frozenset((k, v) for k, v in series["metric"].items() if k not in ("__name__", "job", "instance"))
        assert float(shown[labels]) == float(series["value"][1])


def test_what_providers_say_is_shown_beside_what_we_count(scraped):
    gateway, prometheus = scraped
    left = prometheus.query('weir_provider_ratelimit_remaining{provider="sim",kind="requests"}')
    assert [series["value"][1] for series in left] == ["40"]
    differences = {
        (labels["served_model"], labels["sign"]): Decimal(value)
        for (name, pairs), value in gateway.metrics().items() if name == "weir_cost_difference_usd_total"
        for labels in [dict(pairs)]
    }
    assert set(differences) == {(TELLING["dear"], "over"), (TELLING["cheap"], "under")}
    ours = {model: sum(Decimal(value) for (name, labels), value in gateway.metrics().items()
                       if name == "weir_cost_usd_total" and ("served_model", model) in labels)
            for model in TELLING.values()}
    assert differences[TELLING["dear"], "over"] == 5 * Decimal("0.5") - ours[TELLING["dear"]]
    assert differences[TELLING["cheap"], "under"] == ours[TELLING["cheap"]] - 5 * Decimal("0.000001")


def test_exemplars_are_stored_with_trace_and_span(scraped):
    _, prometheus = scraped
    now = time.time()
    found = prometheus.api(
        "query_exemplars", query="weir_exchange_duration_seconds_bucket", start=now - 600, end=now)
    labels = [exemplar["labels"] for series in found for exemplar in series["exemplars"]]
    assert labels, "no exemplar is stored"
    assert all(re.fullmatch("[0-9a-f]{32}", label["trace_id"]) for label in labels)
    assert all(re.fullmatch("[0-9a-f]{16}", label["span_id"]) for label in labels)


BOARDS = [(path.name, panel, expression) for path in sorted((ROOT / "dashboards").glob("*.json"))
          for panel, expression in dashboard_queries(path)]


@pytest.mark.parametrize("board,panel,expression", BOARDS, ids=[f"{b}: {p} {n}" for n, (b, p, _) in enumerate(BOARDS)])
def test_every_query_of_a_dashboard_returns_data(scraped, board, panel, expression):
    _, prometheus = scraped
    result = prometheus.query(expression)
    if not any(name in expression for name in NO_SERIES):
        assert result, expression
        assert any(series["value"][1] != "NaN" for series in result), f"only NaN: {expression}"


# Panels whose every query is above zero after this traffic, and those that stay at zero.
SEEN = ["Failed, not by the client", "Exchanges without a price in this range", "Rules firing", "Moved exchanges by cause",
        "Attempts that failed", "Attempts per exchange", "Moved from their first target", "Failed attempts by reason",
        "Cost of failing, per hour", "Pause between tokens, p99", "Instances"]
UNSEEN = ["Lost in this range"]


@pytest.mark.parametrize("title", SEEN + UNSEEN)
def test_what_happened_is_on_the_boards_and_nothing_else(scraped, title):
    _, prometheus = scraped
    queries = {expression for _, panel, expression in BOARDS if panel == title}
    assert queries
    for expression in queries:
        most = max(float(series["value"][1]) for series in prometheus.query(expression))
        assert (most > 0) == (title in SEEN), expression


def test_every_selector_of_the_alerts_returns_data(scraped):
    _, prometheus = scraped
    groups = prometheus.api("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules and [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    without = {
        selector for rule in rules for selector in selectors(rule["query"])
        if not prometheus.query(selector) and selector.split("{")[0] not in NO_SERIES
    }
    assert not without


def test_every_series_for_a_configured_team_exists_before_traffic(start, simulator):
    gateway = start(configuration(simulator.url, {"fast": "sim-fast"}))
    teams = {label for (name, labels), value in gateway.metrics().items() if name == "weir_cost_usd_total"
             for key, label in labels if key == "team" and Decimal(value) == 0}
    assert {"search", "shop"} <= teams


def test_only_what_is_the_matter_fires(scraped):
    _, prometheus = scraped
    alerts = prometheus.api("alerts")["alerts"]
    firing = {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}
    assert firing == {"WeirBudgetRuleFiring", "WeirUnpricedTraffic"}


def test_budgets_are_followed_while_prometheus_looks(scraped):
    _, prometheus = scraped
    firing = {(found["metric"]["budget"], found["metric"]["rule"])
              for found in prometheus.query('weir_budget_rule_state{state="firing"} == 1')}
    assert firing == {("search-day", "warn"), ("search-day", "move")}
    moved = prometheus.query('sum(weir_reroutes_total{budget="search-day",rule="move",team="search"})')
    assert float(moved[0]["value"][1]) > 0
    labels = [alert["labels"] for alert in prometheus.api("alerts")["alerts"]]
    told = {tuple(found[name] for name in ("budget", "rule", "owner", "severity"))
            for found in labels if found["alertname"] == "WeirBudgetRuleFiring"}
    assert told == {("search-day", "warn", "search-oncall", "ticket"), ("search-day", "move", "search-oncall", "page")}


def test_no_name_of_a_client_becomes_a_label(scraped):
    gateway, _ = scraped
    before = len(gateway.metrics())
    with Connection(gateway.port) as connection:
        for number in range(200):
            connection.send(request(chat(f"invented-{number}"), key=KEY, path="/v1/chat/completions"))
            assert connection.reply().status == 404
            connection.send(request(b"{}", key=f"sk-invented-{number}", path=f"/v1/invented-{number}"))
            connection.reply()
    page = gateway.get(gateway.metrics_url)[2].decode()
    assert "invented" not in page
    assert len(gateway.metrics()) - before < 60
