"""A Prometheus that asks for native histograms gets them, and their exemplars, over the protobuf exposition."""
import re
import time

import pytest

from gateway import KEY, Gateway, configuration, eventually
from prometheus import Prometheus
from wire import Connection, chat, request

PROTOBUF = "application/vnd.google.protobuf"
ASKED = PROTOBUF + ";proto=io.prometheus.client.MetricFamily;encoding=delimited"


def traffic(gateway, count):
    with Connection(gateway.port) as connection:
        for _ in range(count):
            connection.send(request(chat("fast", stream=True), key=KEY))
            assert connection.reply().status == 200


@pytest.fixture(scope="module")
def scraped(simulator, tmp_path_factory):
    gateway = Gateway(tmp_path_factory.mktemp("native"), configuration(simulator.url, {"fast": "sim-fast"}))
    prometheus = Prometheus(
        tmp_path_factory.mktemp("prometheus-native"), gateway.metrics_url.split("/")[2],
        features="native-histograms,exemplar-storage")
    traffic(gateway, 1)
    assert eventually(lambda: prometheus.query("weir_exchange_duration_seconds"), 20), "nothing is scraped"
    for _ in range(2):
        traffic(gateway, 10)
        time.sleep(3)
    yield gateway, prometheus
    prometheus.stop()
    gateway.stop()


def test_protobuf_is_served_when_asked_for(scraped):
    gateway, _ = scraped
    _, fields, body = gateway.get(gateway.metrics_url, {"Accept": ASKED})
    assert fields["content-type"].startswith(PROTOBUF) and b"weir_exchanges_total" in body


def test_the_scrape_succeeds(scraped):
    _, prometheus = scraped
    active = prometheus.api("targets", state="active")["activeTargets"]
    assert [(target["health"], target["lastError"]) for target in active] == [("up", "")]


@pytest.mark.parametrize("name", [
    "weir_exchange_duration_seconds", "weir_time_to_first_token_seconds", "weir_inter_token_seconds",
    "weir_gateway_overhead_seconds", "weir_hop_duration_seconds", "gen_ai_client_operation_duration_seconds",
])
def test_native_histograms_answer_queries(scraped, name):
    _, prometheus = scraped
    assert float(prometheus.query(f"sum(histogram_count({name}))")[0]["value"][1]) > 0
    median = prometheus.query(f"histogram_quantile(0.5, sum(rate({name}[1m])))")
    assert median and 0 <= float(median[0]["value"][1]) < 60


def test_a_native_histogram_counts_what_the_page_counts(scraped):
    gateway, prometheus = scraped
    stored = prometheus.query('sum(histogram_count(weir_exchange_duration_seconds{served_model="sim-fast"}))')
    shown = [float(value) for (name, labels), value in gateway.metrics().items()
             if name == "weir_exchange_duration_seconds_count" and ("served_model", "sim-fast") in labels]
    assert float(stored[0]["value"][1]) == sum(shown) == 21


def test_exemplars_come_with_the_protobuf_page(scraped):
    _, prometheus = scraped
    now = time.time()
    for query in ("weir_exchange_duration_seconds", "weir_cost_usd_total"):
        found = prometheus.api("query_exemplars", query=query, start=now - 600, end=now)
        labels = [exemplar["labels"] for series in found for exemplar in series["exemplars"]]
        assert labels, f"{query} has no exemplar"
        assert all(re.fullmatch("[0-9a-f]{32}", label["trace_id"]) for label in labels)
