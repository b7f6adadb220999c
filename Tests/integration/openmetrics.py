"""Reads a page of OpenMetrics 1.0 as strictly as the standard is: the parser of `prometheus-client`, and what it lets pass."""
import math
import time

from prometheus_client.openmetrics.parser import text_string_to_metric_families

ASKED = "application/openmetrics-text;version=1.0.0"
ORDER = {"TYPE": 0, "UNIT": 1, "HELP": 2}
# Exemplar labels, names and values together, in code points.
EXEMPLAR_MAX = 128


def read(page):
    """The families of a page; raises where a strict reader would reject it."""
    assert page.endswith("\n# EOF\n"), "it does not end with # EOF"
    assert "\r" not in page and "\n\n" not in page and not page.startswith("\ufeff"), "stray bytes between lines"
    assert page.count("# EOF\n") == 1, "more than one # EOF"
    families = list(text_string_to_metric_families(page))
    last = None
    for line in page.splitlines()[:-1]:
        if line.startswith("#"):
            word, name = line.split(" ", 3)[1:3]
            assert word in ORDER, line
            place = (name, ORDER[word])
            assert last is None or last[0] != name or last[1] < place[1], f"metadata out of order: {line}"
            last = place
    seen = set()
    for family in families:
        assert family.name not in seen, f"{family.name} is there twice"
        seen.add(family.name)
        assert family.documentation, f"{family.name} has no HELP"
        assert not family.name.endswith(("_total", "_info", "_created", "_bucket")), family.name
        assert ":" not in family.name and not family.name.startswith("_"), family.name
        bounds = {}
        for sample in family.samples:
            assert sample.timestamp is None, f"{sample.name} has a timestamp of its own"
            check_exemplar(sample, bounds)
    return families


def check_exemplar(sample, bounds):
    """One exemplar at most, in its bucket, short, and of the past."""
    bound = float(sample.labels["le"]) if "le" in sample.labels else None
    group = frozenset((name, value) for name, value in sample.labels.items() if name != "le")
    below = bounds.get(group, -math.inf)
    if bound is not None:
        bounds[group] = bound if bound != math.inf else -math.inf
    if not (exemplar := sample.exemplar):
        return
    length = sum(len(name) + len(value) for name, value in exemplar.labels.items())
    assert length <= EXEMPLAR_MAX, f"{sample.name}: an exemplar of {length} code points"
    assert set(exemplar.labels) == {"trace_id", "span_id"}, exemplar
    assert exemplar.timestamp is None or float(exemplar.timestamp) <= time.time() + 1, exemplar
    if bound is not None:
        assert below < exemplar.value <= bound, f"{sample.name}: {exemplar.value} is not in ({below}, {bound}]"
