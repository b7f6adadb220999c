"""Every query that docs/metrics.md offers answers its question, asked of a real Prometheus."""
import math
import re
import time

import pytest

from budgets import Receiver
from conftest import MODELS
from gateway import KEY, ROOT, Gateway, configuration, eventually
from prometheus import Prometheus
from test_prometheus import traffic, with_budgets, with_second_targets
from upstreams import RecordingUpstream
from wire import Connection, chat, request

TELLING = {"dear": "sim:tokens=4,cost=0.5", "cheap": "sim:tokens=4,cost=0.000001"}


def queries():
    """(question, expression) of the page's table."""
    section = (ROOT / "docs/metrics.md").read_text().split("## Queries")[1].split("\n## ")[0]
    for question, expression in re.findall(r"^\| (.*?) \| `(.*)` \|$", section, re.M):
        yield question, expression.replace("\\|", "|").replace("[5m]", "[1m]").replace("[1h]", "[1m]")


QUERIES = dict(queries())
# Asked of a Prometheus that stores native histograms.
NATIVE = [question for question in QUERIES if "native" in question]


@pytest.fixture(scope="module")
def asked(simulator, tmp_path_factory):
    """A gateway with budgets, and two Prometheus: as it comes, and with native histograms."""
    receiver, policy = Receiver(), RecordingUpstream(lambda request: (200, {}, b'{"verdict":"allow"}'))
    whole = with_budgets(configuration(simulator.url, MODELS | TELLING, unpriced={"sim:tokens=3"}), receiver)
    again = [{"provider": "sim", "model": "sim:error=503"}, {"provider": "sim", "model": "sim-fast"}]
    whole["models"]["again"] = {"targets": again}
    with_second_targets(whole, policy)
    gateway = Gateway(tmp_path_factory.mktemp("asked"), whole)
    page = gateway.metrics_url.split("/")[2]
    plain = Prometheus(tmp_path_factory.mktemp("plain"), page)
    native = Prometheus(tmp_path_factory.mktemp("native"), page, features="native-histograms,exemplar-storage")
    for prometheus in (plain, native):
        assert eventually(lambda: prometheus.query("up == 1"), 20), "Prometheus does not scrape"
    traffic(gateway, 1)
    time.sleep(2.5)
    traffic(gateway, 3)
    time.sleep(2.5)
    yield gateway, plain, native
    native.stop()
    plain.stop()
    gateway.stop()
    policy.close()
    receiver.close()


def answer(asked, question):
    _, plain, native = asked
    found = (native if question in NATIVE else plain).query(QUERIES[question])
    return [(series["metric"], float(series["value"][1])) for series in found]


def test_the_page_has_queries():
    assert len(QUERIES) > 10 and len(NATIVE) == 1


@pytest.mark.parametrize("question", QUERIES)
def test_every_query_has_an_answer(asked, question):
    found = answer(asked, question)
    assert found, QUERIES[question]
    assert any(math.isfinite(value) for _, value in found), found


def asking(words):
    (question,) = [question for question in QUERIES if words in question]
    return question


def test_spend_by_team_is_the_teams(asked):
    found = {labels["team"]: value for labels, value in answer(asked, asking("spend by team"))}
    assert found["search"] > 0 and found["shop"] == 0


def test_who_burnt_the_budget_is_a_caller(asked):
    labels, value = answer(asked, asking("who burnt"))[0]
    assert (labels["team"], labels["caller"]) == ("search", "alice") and value > 0


def test_what_was_not_served_at_once_has_its_price(asked):
    found = {labels["purpose"]: value for labels, value in answer(asked, asking("retries, fallbacks"))}
    assert found["fallback"] > 0


def test_the_first_token_is_asked_by_model(asked):
    for words in ("TTFT p95", "native histograms"):
        found = {labels["served_model"]: value for labels, value in answer(asked, asking(words))}
        assert 0 < found["sim-fast"] < 10, (words, found)


def test_who_was_rerouted_has_a_why(asked):
    labels = [labels for labels, _ in answer(asked, asking("rerouted"))]
    assert {"team": "search", "route": "small", "budget": "search-day", "rule": "move", "from": "small",
            "to": "fast"} in labels


def test_the_bottleneck_is_a_part_of_the_time_and_has_hops(asked):
    ((_, part),) = answer(asked, asking("is the gateway the bottleneck"))
    assert 0 < part < 1
    hops = {labels["hop"]: value for labels, value in answer(asked, asking("in which hop"))}
    assert {"authentication", "routing", "budgets", "settle", "passing"} <= set(hops)
    assert not {"attempt", "stream", "receive"} & set(hops), "time of others is not the gateway's"
    assert all(0 <= value < 1 for value in hops.values())


def test_the_owner_is_paged(asked):
    firing = [labels for labels, value in answer(asked, asking("page the owner")) if value == 1]
    assert {(labels["budget"], labels["rule"], labels["owner"]) for labels in firing} >= {
        ("search-day", "move", "search-oncall")}


def test_a_prometheus_with_native_histograms_stores_nothing_else(asked):
    """What docs/telemetry.md says: each kind of query answers where its form is stored."""
    _, plain, native = asked
    name = "weir_time_to_first_token_seconds"
    assert plain.query(f"{name}_bucket") and not plain.query(name)
    assert native.query(name) and not native.query(f"{name}_bucket")


def test_queues_and_connections_are_there(asked):
    gateway, plain, _ = asked
    depth = {series["metric"]["queue"] for series in plain.query("weir_queue_depth")}
    assert depth == {series["metric"]["queue"] for series in plain.query("weir_queue_limit > 0")}
    assert {"outcomes", "ledger", "notifications"} <= depth
    with Connection(gateway.port) as connection:
        connection.send(request(chat("fast"), key=KEY))
        connection.reply()
    shown = {dict(labels)["state"]: float(value) for (name, labels), value in gateway.metrics().items()
             if name == "weir_connections" and ("side", "upstream") in labels}
    assert set(shown) == {"active", "idle"} and shown["idle"] >= 1
