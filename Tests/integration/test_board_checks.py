"""Each rule for dashboards, alerts and runbooks finds a copy that breaks it."""
import json
import re
import shutil
import subprocess

import pytest

from gateway import ROOT

PARTS = ("docs", "dashboards", "alerts", "scripts", "Sources/GatewayTypes/Failure.swift")


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "Sources/GatewayTypes").mkdir(parents=True)
    for name in PARTS:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def check(place, name):
    done = subprocess.run([place / "scripts" / name], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def panel(board, kind="timeseries"):
    return next(panel for panel in board["panels"] if panel["type"] == kind)


def variable(board, name):
    return next(variable for variable in board["templating"]["list"] if variable["name"] == name)


def query(old, new, kind="timeseries"):
    """Changes the first query of the first panel of a kind."""
    def change(board):
        target = panel(board, kind)["targets"][0]
        assert re.search(old, target["expr"])
        target["expr"] = re.sub(old, new, target["expr"], count=1)
    return change


def put(where, key, value):
    return lambda board: where(board).__setitem__(key, value)


def drop(where, key):
    return lambda board: where(board).pop(key)


def whole(board):
    return board


def defaults(board):
    return panel(board)["fieldConfig"]["defaults"]


def target(board):
    return panel(board)["targets"][0]


def cost(board):
    """A query of the money spent."""
    return next(t for p in board["panels"] for t in p.get("targets", [])
                if p["type"] == "timeseries" and "weir_cost_usd_total" in t["expr"])


def renamed(board):
    return panel(board, "table")["transformations"][-1]["options"]["renameByName"]


# Message, and what is done to dashboards/overview.json.
BOARDS = [
    ("wants id null, schemaVersion 39", put(whole, "schemaVersion", 42)),
    ("wants editable false", put(whole, "editable", True)),
    ("placeholders that only the import dialogue fills", put(whole, "__inputs", [])),
    ("wants a uid of its own, weir-overview", put(whole, "uid", "weir-spend")),
    ("wants a title 'Weir: …', a description, the tag weir", put(whole, "tags", [])),
    ("wants timezone browser, a refresh interval", put(whole, "timezone", "utc")),
    ("wants timezone browser, a refresh interval", drop(whole, "refresh")),
    ("wants a link to the boards", put(whole, "links", [])),
    ("wants a link to the boards", put(lambda board: board["links"][0], "keepTime", False)),
    ("a page has 8 to 14", lambda board: board["panels"].extend(dict(panel(board), id=90 + n) for n in range(9))),
    ("a page has 8 to 14", lambda board: board["panels"].__delitem__(slice(6, None))),
    ("two panels share an id", lambda board: panel(board).update(id=board["panels"][0]["id"])),
    ("two panels are called 'In flight'", put(panel, "title", "In flight")),
    ("a row without a title", put(lambda board: panel(board, "row"), "title", "")),
    ("wants a title and a description", drop(panel, "description")),
    ("the description is no sentence", put(panel, "description", "some words")),
    ("unit is not one of", drop(defaults, "unit")),
    ("first threshold's value must be null", lambda board: defaults(board)["thresholds"]["steps"][0].update(value=0)),
    ("datasource is not the variable", put(panel, "datasource", {"type": "prometheus", "uid": "abc"})),
    ("a query's datasource is not the variable", put(target, "datasource", "Prometheus")),
    ("has no query", put(panel, "targets", [])),
    ("two queries share a refId", lambda board: panel(board)["targets"].append(dict(target(board)))),
    ("its query must be instant", lambda board: panel(board, "table")["targets"][0].pop("instant")),
    ("there is no column colour", lambda board: renamed(board).update(colour="colour")),
    ("the column severity has no name", lambda board: renamed(board).pop("severity")),
    ("an override of dollars, which is no column", lambda board: panel(board, "table")["fieldConfig"]["overrides"].append(
        {"matcher": {"id": "byName", "options": "dollars"}, "properties": []})),
    ("exemplars are off", lambda board: cost(board).pop("exemplar")),
    ("a query has no legend", put(target, "legendFormat", "__auto")),
    ("the legend names team, by which nothing is grouped", put(target, "legendFormat", "{{team}}")),
    ("one legend for many series", put(target, "legendFormat", "exchanges")),
    ('without job=~"$job"', query(r'job=~"\$job",', "")),
    ('without instance=~"$instance"', query(r'instance=~"\$instance"', 'instance="a"')),
    ("rate over 5m instead of $__rate_interval", query(r"\$__rate_interval", "5m")),
    ("raw counter weir_exchanges_total", query(r"rate\((.*)\[\$__rate_interval\]\)", r"(\1)")),
    ("weir_exchanged_total is not in docs/metrics.md", query("weir_exchanges_total", "weir_exchanged_total")),
    ("weir_exchanges_total has no label model", query(r"\{", '{model="x",')),
    ("no metric of the expression has the label colour", query("by \\(outcome\\)", "by (outcome, colour)")),
    ("a ( without its )", query(r"\)$", "")),
    ("names no metric", query(".+", "vector(1)", "stat")),
    ("$tenant is no variable of the board", query(r"\{", '{route=~"$tenant",')),
    ("variable 'budget' narrows nothing", lambda board: board["templating"]["list"].append(
        dict(variable(board, "team"), name="budget", label="Budget"))),
    ("wants one variable of data sources", put(lambda board: variable(board, "datasource"), "name", "source")),
    ("has no variable 'instance'", lambda board: board["templating"]["list"].remove(variable(board, "instance"))),
    ("wants refresh 2", put(lambda board: variable(board, "job"), "refresh", 1)),
    ("wants multi, includeAll and allValue '.+'", put(lambda board: variable(board, "job"), "allValue", "")),
    ("wants multi, includeAll and allValue '.*'", put(lambda board: variable(board, "team"), "multi", False)),
    ("its own name as label", put(lambda board: variable(board, "job"), "label", "The job")),
    ("is no label_values(metric, label)", put(lambda board: variable(board, "job"), "definition", "up")),
    ("weir_build_info has no label team", put(
        lambda board: variable(board, "team"), "definition", "label_values(weir_build_info, team)")),
    ("has no annotation 'Reroutes'", put(lambda board: board["annotations"], "list", [])),
    ("wants the data source, and to be enabled", put(lambda board: board["annotations"]["list"][0], "enable", False)),
    ("overlap", lambda board: panel(board)["gridPos"].update(h=9)),
    ("a gap in the grid at x 0", lambda board: panel(board)["gridPos"].update(h=7)),
    ("leaves the grid", lambda board: panel(board, "table")["gridPos"].update(w=20)),
    ("run scripts/make-dashboards", put(whole, "version", 2)),
]


@pytest.mark.parametrize("message,change", BOARDS, ids=[message[:50] for message, _ in BOARDS])
def test_a_fault_of_a_board_is_found(copy, message, change):
    path = copy / "dashboards/overview.json"
    board = json.loads(path.read_text())
    change(board)
    path.write_text(json.dumps(board))
    status, output = check(copy, "check-dashboards")
    assert status == 1 and message in output, output


def test_a_board_without_a_source_is_found(copy):
    (copy / "dashboards/sources/spend.yaml").unlink()
    status, output = check(copy, "check-dashboards")
    assert status == 1 and "spend.json: has no source" in output, output


RULES, TESTS, PAGE = "alerts/weir.yaml", "alerts/weir_test.yaml", "docs/runbooks/WeirDown.md"
# Message, the file, and a text in it that is replaced by another.
ALERTS = [
    ("WeirDoesNotKnow: has no runbook", RULES, "alert: WeirDown", "alert: WeirDoesNotKnow"),
    ("WeirDoesNotKnow: no test in which it is quiet", RULES, "alert: WeirDown", "alert: WeirDoesNotKnow"),
    ("docs/runbooks/WeirDown.md: there is no such alert", RULES, "alert: WeirDown", "alert: WeirDoesNotKnow"),
    ("two alerts are called WeirDown", RULES, "alert: WeirNotScraped", "alert: WeirDown"),
    ("is not named Weir… in camel case", RULES, "alert: WeirDown", "alert: weir_down"),
    ("wants a for", RULES, "\n        for: 1m", ""),
    ("severity is not one of", RULES, "  severity: page", "  severity: critical"),
    ("wakes somebody without waiting", RULES, "for: 1m", "for: 0m"),
    ("wants the label component", RULES, "component: weir", "component: gateway"),
    ("does not name its owner", RULES, "max by (job, budget, owner, team)\n          (weir_budget_forecast_usd",
     "max by (job, budget, team)\n          (weir_budget_forecast_usd"),
    ("the summary is no sentence", RULES, "Prometheus cannot scrape a Weir instance.", "Weir {{ $labels.job }} is down."),
    ("the description is no sentence", RULES, "for over a minute.", "for over a minute"),
    ("the description names provider, which", RULES, "{{ $labels.instance }} has not", "{{ $labels.provider }} has not"),
    ("runbook_url is not docs/runbooks/WeirDown.md", RULES, "docs/runbooks/WeirDown.md", "docs/runbooks/Weir.md"),
    ("annotations beside", RULES, "          runbook_url", "          message: down\n          runbook_url"),
    ("weir_ledger_health is not in docs/metrics.md", RULES, "weir_ledger_healthy", "weir_ledger_health"),
    ("weir_exchanges_total has no label model", RULES, "weir_exchanges_total{", 'weir_exchanges_total{model="x",'),
    ("no metric of the expression has the label model", RULES, "(job, provider, served_model)", "(job, model)"),
    ("raw counter weir_series_overflow_total", RULES, "increase(weir_series_overflow_total[1h])", "weir_series_overflow_total"),
    ("up is everybody's", RULES, 'up{job="weir"} ==', "up =="),
    ("loses the job", RULES, "max by (job, provider)", "max by (provider)"),
    ("is not named level:metric:operations", RULES, "record: job:weir_exchange_failures:", "record: weir_exchange_failures:"),
    ("the level team is not made of the labels", RULES, "record: job:weir", "record: team:weir"),
    ("the name does not say the window", RULES, "[30m]", "[20m]"),
    ("is recorded for nobody", RULES, "job:weir_exchange_failures:ratio_rate1h >", "job:weir_exchange_failures:ratio_rate6h >"),
    ("outcome is to match", RULES, "|internal_error", "|internal_error|bad_request"),
    ("outcome is to match", "Sources/GatewayTypes/Failure.swift", "case overloaded\n", "case overloaded\n    case flooded\n"),
    ("a ) without its (", RULES, 'up{job="weir"} == 0', 'up{job="weir"}) == 0'),
    ("WeirDown: no test in which it is quiet", TESTS, "exp_alerts: []", "exp_alerts: [{}]"),
    ("weir_test.yaml: WeirGone: there is no such alert", TESTS, "alertname: WeirDown", "alertname: WeirGone"),
    ("the heading is not the alert's name", PAGE, "# WeirDown", "# Down"),
    ("wants the sections", PAGE, "## Impact", "## Effect"),
    ("no board has a panel 'Machines'", PAGE, "*Instances*", "*Machines*"),
]


@pytest.mark.parametrize("message,path,old,new", ALERTS, ids=[message[:50] for message, *_ in ALERTS])
def test_a_fault_of_an_alert_is_found(copy, message, path, old, new):
    text = (copy / path).read_text()
    assert old in text
    (copy / path).write_text(text.replace(old, new, 1))
    status, output = check(copy, "check-alerts")
    assert status == 1 and message in output, output


@pytest.mark.parametrize("script", ["check-dashboards", "check-alerts"])
def test_the_project_as_it_is_has_no_fault(copy, script):
    status, output = check(copy, script)
    assert status == 0, output
