"""Metrics leave over OTLP, and are the same numbers as a scrape's."""
from decimal import Decimal

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from collector import attributes
from gateway import KEY, configuration, eventually
from wire import Connection, chat, request

TRACE = "0af7651916cd43dd8448eb211c80319c"


def pushing(start, upstream, collector, **more):
    return start(configuration(upstream.url + "/v1", {"smart": "served"}), {
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": collector.url + "/v1/metrics", "OTEL_METRIC_EXPORT_INTERVAL": "300",
    } | more)


def ask(gateway, **fields):
    with Connection(gateway.port) as connection:
        connection.send(request(
            chat("smart"), key=KEY, fields=[f"traceparent: 00-{TRACE}-b7ad6b7169203331-01"]))
        return connection.reply()


def completed(metric):
    return sum(point.as_int for point in metric.sum.data_points
               if attributes(point.attributes).get("outcome") == "completed")


def test_a_push_has_what_a_scrape_has(collector, start, upstream):
    gateway = pushing(start, upstream, collector)
    for _ in range(3):
        ask(gateway)
    assert eventually(lambda: completed(collector.collections[-1]["weir_exchanges"]) == 3
                      if collector.collections else False, 10)
    pushed, scraped = collector.collections[-1], gateway.metrics()
    names = {name for name, _ in scraped}
    cost = pushed["weir_cost_usd"]
    assert cost.sum.is_monotonic and cost.sum.aggregation_temporality == AggregationTemporality.Value(
        "AGGREGATION_TEMPORALITY_CUMULATIVE") and cost.unit == "{USD}"
    total = sum(Decimal(value) for (name, _), value in scraped.items() if name == "weir_cost_usd_total")
    assert sum(point.as_double for point in cost.sum.data_points) == pytest.approx(float(total))
    for name, metric in pushed.items():
        assert metric.description, name
        if name.startswith("weir_"):
            assert {name, name + "_total", name + "_count"} & names, name
    duration = pushed["weir_exchange_duration_seconds"].histogram.data_points[0]
    assert duration.count == sum(duration.bucket_counts) == 3 and duration.sum > 0
    assert len(duration.bucket_counts) == len(duration.explicit_bounds) + 1
    assert TRACE in {exemplar.trace_id.hex() for exemplar in duration.exemplars}
    client = pushed["gen_ai.client.operation.duration"].histogram.data_points[0]
    said = attributes(client.attributes)
    assert said["gen_ai.operation.name"] == "chat" and isinstance(said["server.port"], int)
    assert duration.start_time_unix_nano < duration.time_unix_nano


def test_deltas_add_up_and_the_last_leaves_before_the_end(collector, start, upstream):
    gateway = pushing(
        start, upstream, collector, OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE="delta")
    for _ in range(2):
        ask(gateway)
    assert eventually(lambda: len(collector.collections) >= 2, 10)
    ask(gateway)
    assert gateway.stop() == 0
    metrics = [found["weir_exchanges"] for found in collector.collections]
    assert sum(completed(metric) for metric in metrics) == 3
    ends = [metric.sum.data_points[0].time_unix_nano for metric in metrics]
    begins = [metric.sum.data_points[0].start_time_unix_nano for metric in metrics]
    assert begins[1:] == ends[:-1], "each begins where the one before it ended"


def exponential(start, upstream, collector, **more):
    whole = configuration(upstream.url + "/v1", {"smart": "served"})
    whole["telemetry"]["destinations"] = {
        "fine": {"endpoint": collector.url, "signals": ["metrics"], "histograms": "exponential"} | more}
    return start(whole, {"OTEL_METRIC_EXPORT_INTERVAL": "300"})


def fine(found, name="weir_exchange_duration_seconds"):
    return found[name].exponential_histogram.data_points


def test_exponential_histograms_count_what_the_classic_ones_do(collector, start, upstream):
    gateway = exponential(start, upstream, collector)
    for _ in range(20):
        ask(gateway)
    assert eventually(lambda: collector.collections and "weir_exchange_duration_seconds" in collector.collections[-1]
                      and fine(collector.collections[-1])[0].count == 20, 10)
    last, scraped = collector.collections[-1], gateway.metrics()
    names = [name for name, metric in last.items() if metric.WhichOneof("data") == "exponential_histogram"]
    assert not any(metric.WhichOneof("data") == "histogram" for metric in last.values())
    assert "gen_ai.client.operation.duration" in names and "weir_hop_duration_seconds" in names
    for name in names:
        for point in fine(last, name):
            assert point.scale == 3 and point.count == sum(point.positive.bucket_counts) + point.zero_count
    point = fine(last)[0]
    base = 2 ** (2 ** -point.scale)
    classic = {float(dict(labels)["le"]): int(float(value)) for (name, labels), value in scraped.items()
               if name == "weir_exchange_duration_seconds_bucket"}
    # Each classic bound lies in one exponential bucket: the cumulative counts can differ by what is in that one only.
    for bound, count in classic.items():
        surely = point.zero_count if bound >= point.zero_threshold else 0
        maybe = point.zero_count
        for position, items in enumerate(point.positive.bucket_counts):
            index = point.positive.offset + position
            surely += items if base ** (index + 1) <= bound else 0
            maybe += items if base ** index < bound else 0
        assert surely <= count <= maybe, (bound, surely, count, maybe)
    total = next(float(value) for (name, _), value in scraped.items() if name == "weir_exchange_duration_seconds_sum")
    assert point.sum == pytest.approx(total)
    assert TRACE in {exemplar.trace_id.hex() for exemplar in point.exemplars}


def test_deltas_of_exponential_histograms_add_up(collector, start, upstream):
    gateway = exponential(start, upstream, collector, temporality="delta")
    for _ in range(3):
        ask(gateway)
    assert eventually(lambda: len(collector.collections) >= 2, 10)
    for _ in range(2):
        ask(gateway)
    assert gateway.stop() == 0
    found = [fine(one)[0] for one in collector.collections if "weir_exchange_duration_seconds" in one]
    assert sum(point.count for point in found) == 5
    assert all(point.count == sum(point.positive.bucket_counts) + point.zero_count for point in found)
    delta = AggregationTemporality.Value("AGGREGATION_TEMPORALITY_DELTA")
    assert {one["weir_exchange_duration_seconds"].exponential_histogram.aggregation_temporality
            for one in collector.collections if "weir_exchange_duration_seconds" in one} == {delta}
