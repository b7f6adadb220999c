"""The page of OpenMetrics is what the standard asks of who produces it. Every other test that reads metrics has its page
read by the same strict reader; here are the rules, and pages that it must reject."""
import pytest

import openmetrics
from gateway import KEY, configuration
from wire import Connection, chat, request


# Names may hold anything but quotes, backslashes and control characters.
ODD = "größe, {1} # x=y"


@pytest.fixture(scope="module")
def page(simulator, tmp_path_factory):
    from gateway import Gateway

    gateway = Gateway(tmp_path_factory.mktemp("openmetrics"), configuration(
        simulator.url, {"fast": "sim-fast", ODD: "sim-small", "broken": "sim:error=500"}))
    with Connection(gateway.port) as connection:
        for model, stream in [("fast", False), ("fast", True), (ODD, True), ("broken", False)]:
            connection.send(request(chat(model, stream=stream), key=KEY))
            connection.reply()
    text = gateway.get(gateway.metrics_url, {"Accept": openmetrics.ASKED})[2].decode()
    yield text
    gateway.stop()


def test_the_strict_reader_reads_the_page(page):
    families = {family.name: family for family in openmetrics.read(page)}
    assert families["weir_exchanges"].type == "counter"
    assert families["weir_cost_usd"].unit == "usd"
    assert families["weir_build"].type == "info"
    assert families["weir_time_to_first_token_seconds"].type == "histogram"
    assert any(sample.exemplar for sample in families["weir_exchange_duration_seconds"].samples)
    routes = {sample.labels.get("route") for sample in families["weir_exchanges"].samples}
    assert {"fast", ODD} <= routes, "an odd name is another name now"


def test_series_carry_no_created_time(page):
    """Prometheus before 3.0 would store each as a series of its own; it finds resets by the value."""
    assert "_created" not in page


@pytest.mark.parametrize("fault", [
    lambda page: page.removesuffix("# EOF\n"),
    lambda page: page + "x 1\n",
    lambda page: page.replace("\n", "\n\n", 1),
    lambda page: page.replace("# HELP weir_exchanges ", "# HELP weir_exchanges_total ", 1),
    lambda page: page.replace("# UNIT weir_cost_usd usd", "# UNIT weir_cost_usd seconds", 1),
    lambda page: page.replace('le="+Inf"', 'le="Inf"'),
    lambda page: page.replace('span_id="', 'span_id="' + "0" * 100),
    lambda page: page + page,
], ids=["no EOF", "after EOF", "blank line", "clash", "unit", "le", "long exemplar", "twice"])
def test_the_strict_reader_is_strict(page, fault):
    broken = fault(page)
    assert broken != page
    with pytest.raises((ValueError, AssertionError)):
        openmetrics.read(broken)
