"""Reads what PromQL expressions name, and what docs/metrics.md says of it: as much as the checks need, not a parser."""
import re
from dataclasses import dataclass

from swift_source import ROOT

TOKEN = re.compile(r"""
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<window>\[[^\]]*\])
  | (?P<number>\d[\w.]*)
  | (?P<name>[A-Za-z_:][\w:]*)
  | (?P<sign>[(){},]|=~|!~|!=|[^\s])
  | (?P<space>\s+)
""", re.VERBOSE)
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "start", "end"}
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
SUFFIX = re.compile(r"_(bucket|sum|count)$")
# What Prometheus itself knows, and the labels that every scraped series has.
OF_PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity", "owner", "budget", "rule", "component"}}
OF_TARGETS = {"job", "instance"}


@dataclass
class Selector:
    metric: str
    matchers: dict  # label → (operator, value)
    function: str  # the innermost function around it, "" when there is none
    window: str  # what is in the brackets behind it, "" without
    end: int  # where its name ends in the expression
    braces: bool


@dataclass
class Expression:
    selectors: list
    groupings: list  # (keyword, labels, how many brackets are around it), in order

    def labels(self, *keywords):
        return {label for keyword, labels, _ in self.groupings if keyword in keywords for label in labels}


def parse(text):
    """The selectors and groupings of an expression. Raises ValueError where brackets do not pair."""
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "space"]
    selectors, groupings, stack, index = [], [], [], 0
    while index < len(tokens):
        token, kind = tokens[index][0], tokens[index].lastgroup
        following = tokens[index + 1][0] if index + 1 < len(tokens) else ""
        if kind == "name" and token in GROUPING:
            labels = []
            if following == "(":
                index += 2
                while tokens[index][0] != ")":
                    labels += [tokens[index][0]] if tokens[index].lastgroup == "name" else []
                    index += 1
            groupings.append((token, labels, len(stack)))
        elif kind == "name" and following == "(":
            stack.append(token)
            index += 1
        elif kind == "name" and token not in WORDS and not aggregates(tokens, index):
            end, matchers, braces = tokens[index].end(), {}, following == "{"
            if braces:
                closing = next((n for n in range(index, len(tokens)) if tokens[n][0] == "}"), None)
                if closing is None:
                    raise ValueError("a { without its }")
                inside = text[tokens[index + 1].end():tokens[closing].start()]
                matchers = {label: (sign, value) for label, sign, value in MATCHER.findall(inside)}
                index = closing
            behind = tokens[index + 1] if index + 1 < len(tokens) else None
            window = behind[0][1:-1] if behind and behind.lastgroup == "window" else ""
            function = next((name for name in reversed(stack) if name), "")
            selectors.append(Selector(token, matchers, function, window, end, braces))
        elif token == "(":
            before = tokens[index - 1] if index else None
            stack.append(grouped(tokens, index) if before and before[0] == ")" else "")
        elif token == ")":
            if not stack:
                raise ValueError("a ) without its (")
            stack.pop()
        index += 1
    if stack:
        raise ValueError("a ( without its )")
    return Expression(selectors, groupings)


def aggregates(tokens, index):
    """Whether the name is an aggregation with its labels before its argument: `sum by (x) (…)`."""
    return index + 1 < len(tokens) and tokens[index + 1][0] in {"by", "without"}


def grouped(tokens, index):
    """The aggregation whose argument begins here, behind `by (…)`; "" where it is none."""
    while index and tokens[index][0] not in GROUPING:
        index -= 1
    return tokens[index - 1][0] if index and tokens[index][0] in {"by", "without"} else ""


class Catalogue:
    """The metrics of docs/metrics.md with their labels."""

    def __init__(self):
        self.labels, self.types = {}, {}
        for line in (ROOT / "docs/metrics.md").read_text().splitlines():
            if row := re.match(r"\| `(\w+)` \| (\w+) \| [^|]* \| ([^|]*) \|", line):
                self.labels[row[1]] = set(re.findall(r"`(\w+)`", row[3]))
                self.types[row[1]] = row[2]

    def base(self, metric):
        """The name in the catalogue of a series' name, or None."""
        if metric in self.labels:
            return metric
        base = SUFFIX.sub("", metric)
        return base if self.types.get(base) == "histogram" else None

    def labels_of(self, metric):
        """The labels that a series has, or None where nobody knows the metric."""
        if metric in OF_PROMETHEUS:
            return OF_PROMETHEUS[metric] | OF_TARGETS
        base = self.base(metric)
        if base is None:
            return None
        return self.labels[base] | OF_TARGETS | ({"le"} if metric.endswith("_bucket") else set())

    def is_counter(self, metric):
        return self.types.get(self.base(metric)) in ("counter", "histogram")

    def problems(self, expression, recorded=None):
        """What is wrong with the names of a parsed expression. `recorded`: labels of the series that rules record."""
        known, found = set(), []
        for selector in expression.selectors:
            labels = (recorded or {}).get(selector.metric) or self.labels_of(selector.metric)
            if labels is None:
                found.append(f"{selector.metric} is not in docs/metrics.md")
                continue
            known |= labels
            for label in sorted(set(selector.matchers) - labels):
                found.append(f"{selector.metric} has no label {label}")
            if self.is_counter(selector.metric) and selector.function not in ("rate", "irate", "increase"):
                found.append(f"raw counter {selector.metric} outside rate() and increase()")
        for label in sorted({label for _, labels, _ in expression.groupings for label in labels} - known):
            found.append(f"no metric of the expression has the label {label}")
        return found
