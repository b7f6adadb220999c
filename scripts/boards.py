"""Makes Grafana's dashboard JSON of the short sources in dashboards/sources. What the words of a source mean:

    title, description       of the board; its uid is weir-NAME, after the file
    variables                team, provider, model, budget: each narrows every metric that has its label
    rows                     a title, and panels that flow from left to right; the widths of a row add up to 24
    stat, lines, bars, heatmap, table, states    the kind of the panel, and its title
    says                     its description
    unit, decimals, max, thresholds ({value: colour}), mappings ({value: text or [text, colour]})
    min                      0 unless said; none: what the data have
    width, height            in Grafana's grid; height is of the whole row: the first panel's
    queries                  legend: expression. Selectors are written without job, instance and the board's variables
    wide                     variables that do not narrow the panel, where only some of its metrics have their label
    columns                  of a table: how its labels, and its values (by legend), are named, in this order; without a name: hidden
    units                    of a table: column: unit
    colours                  series: colour
"""
import json
import re

import yaml

from promql import Catalogue, parse
from swift_source import ROOT

# The one in C where it is built: ten times faster.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SOURCES = ROOT / "dashboards/sources"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# variable: its label, and the metric whose values it offers.
VARIABLES = {
    "team": ("team", "weir_spend_usd"),
    "provider": ("provider", "weir_target_available"),
    "model": ("served_model", "weir_target_available"),
    "budget": ("budget", "weir_budget_info"),
}
ANNOTATIONS = [
    # name, colour, expression, title, text
    ("Restarts", "purple", "changes(process_start_time_seconds[$__rate_interval]) > 0", "Weir restarted", "{{instance}}"),
    ("Reloads", "blue", "changes(weir_config_last_reload_timestamp_seconds[$__rate_interval]) > 0",
     "Configuration loaded", "{{instance}}"),
    ("Rules", "yellow", "sum by (budget, rule, to) (increase(weir_budget_rule_transitions_total[$__rate_interval])) > 0",
     "{{budget}}: {{rule}} is {{to}}", "A rule of a budget changed its state."),
    ("Reroutes", "orange",
     "max by (budget, rule, from, to) (weir_reroute_active) > 0"
     " unless max by (budget, rule, from, to) (weir_reroute_active offset 1m) > 0",
     "{{from}} to {{to}}", "Reroute by {{budget}}: {{rule}} begins."),
    ("Reroutes end", "green",
     "max by (budget, rule, from, to) (weir_reroute_active offset 1m) > 0"
     " unless max by (budget, rule, from, to) (weir_reroute_active) > 0",
     "{{from}} again", "Reroute by {{budget}}: {{rule}} ends."),
]
KINDS = {
    "stat": "stat", "lines": "timeseries", "bars": "bargauge", "heatmap": "heatmap", "table": "table",
    "states": "state-timeline",
}
ONE_VALUE = {"calcs": ["lastNotNull"], "fields": "", "values": False}
OPTIONS = {
    "stat": {"colorMode": "value", "graphMode": "none", "reduceOptions": ONE_VALUE},
    "lines": {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "bars": {"displayMode": "basic", "orientation": "horizontal", "reduceOptions": ONE_VALUE},
    "heatmap": {
        "calculate": False, "yAxis": {"unit": "s"}, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges"},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
    },
    "table": {"showHeader": True},
    "states": {
        "mergeValues": True, "showValue": "auto", "rowHeight": 0.9, "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "single"},
    },
}
CUSTOM = {
    "lines": {"fillOpacity": 8, "lineWidth": 1, "showPoints": "never"},
    "states": {"fillOpacity": 80, "lineWidth": 0},
}
HEIGHTS = {"stat": 4}


class Board:
    def __init__(self, path, catalogue):
        self.source, self.name, self.catalogue = yaml.load(path.read_text(), Loader), path.stem, catalogue
        self.variables = self.source.get("variables", [])

    def narrowed(self, expression, wide=()):
        """The expression with job, instance and the board's variables in every selector that has their labels."""
        text = " ".join(expression.split())
        for selector in reversed(parse(text).selectors):
            labels = self.catalogue.labels_of(selector.metric) or set()
            added = ['job=~"$job"'] + (['instance=~"$instance"'] if selector.metric != "ALERTS" else [])
            added += [f'{VARIABLES[name][0]}=~"${name}"' for name in self.variables
                      if VARIABLES[name][0] in labels and name not in wide]
            inner = ",".join(added)
            if selector.braces:
                text = text[:selector.end + 1] + inner + "," + text[selector.end + 1:]
            else:
                text = text[:selector.end] + "{" + inner + "}" + text[selector.end:]
        return text

    def variable(self, name, query, everything):
        return {
            "name": name, "type": "query", "label": name.capitalize(), "datasource": SOURCE,
            "query": {"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1, "multi": True,
            "includeAll": True, "allValue": everything, "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            "hide": 0, "options": [], "regex": "",
        }

    def templating(self):
        scope = 'job=~"$job",instance=~"$instance"'
        yield {
            "name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source", "current": {},
            "hide": 0, "refresh": 1, "options": [], "regex": "",
        }
        yield self.variable("job", "label_values(weir_build_info, job)", ".+")
        yield self.variable("instance", 'label_values(weir_build_info{job=~"$job"}, instance)', ".+")
        # Everything includes series without the label: an exchange that was refused has no provider.
        for name in self.variables:
            label, metric = VARIABLES[name]
            yield self.variable(name, f"label_values({metric}{{{scope}}}, {label})", ".*")

    def annotations(self):
        for name, colour, expression, title, text in ANNOTATIONS:
            yield {
                "name": name, "datasource": SOURCE, "enable": True, "iconColor": colour, "expr": self.narrowed(expression),
                "step": "60s", "titleFormat": title, "textFormat": text,
            }

    def target(self, kind, reference, legend, narrowed):
        target = {"refId": reference, "datasource": SOURCE, "expr": narrowed, "legendFormat": legend}
        if kind in ("lines", "heatmap", "states"):
            target["range"] = True
        else:
            target["instant"] = True
        if kind == "table":
            target |= {"format": "table", "legendFormat": ""}
        if kind == "heatmap":
            target["format"] = "heatmap"
        # The counter of cost and the histograms carry a trace's id.
        if kind in ("lines", "heatmap") and re.search(r"_bucket\b|weir_cost_usd_total\b", narrowed):
            target["exemplar"] = True
        return target

    def fields(self, kind, panel):
        steps = panel.get("thresholds", {None: "green"})
        defaults = {"unit": panel["unit"]}
        if (least := panel.get("min", 0)) != "none":
            defaults["min"] = least
        defaults["thresholds"] = {
            "mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in steps.items()]}
        defaults |= {key: panel[key] for key in ("decimals", "max") if key in panel}
        if "mappings" in panel:
            options = {}
            for index, (value, shown) in enumerate(panel["mappings"].items()):
                text, *colour = shown if isinstance(shown, list) else [shown]
                options[str(value)] = {"text": text, "index": index} | ({"color": colour[0]} if colour else {})
            defaults["mappings"] = [{"type": "value", "options": options}]
        if kind in CUSTOM:
            dashed = {"thresholdsStyle": {"mode": "dashed"}} if kind == "lines" and len(steps) > 1 else {}
            defaults["custom"] = CUSTOM[kind] | dashed
        overrides = [
            {"matcher": {"id": "byName", "options": series},
             "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]}
            for series, colour in panel.get("colours", {}).items()
        ] + [
            {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "unit", "value": unit}]}
            for column, unit in panel.get("units", {}).items()
        ]
        return {"defaults": defaults, "overrides": overrides}

    def transformations(self, panel):
        """A table's columns: one row for each set of labels, named and ordered as the source says."""
        legends = list(panel["queries"])
        values = {legend: f"Value #{chr(65 + n)}" if len(legends) > 1 else "Value" for n, legend in enumerate(legends)}
        columns = {values.get(name, name): shown for name, shown in panel["columns"].items()}
        merge = [{"id": "merge", "options": {}}] if len(legends) > 1 else []
        return merge + [{"id": "organize", "options": {
            "excludeByName": {"Time": True} | {name: True for name, shown in columns.items() if shown is None},
            "renameByName": {name: shown for name, shown in columns.items() if shown is not None},
            "indexByName": {name: index for index, name in enumerate(columns)},
        }}]

    def panel(self, number, panel, place):
        kind = next(word for word in KINDS if word in panel)
        made = {
            "id": number, "type": KINDS[kind], "title": panel[kind], "description": " ".join(panel["says"].split()),
            "gridPos": place, "datasource": SOURCE,
            "targets": [self.target(kind, chr(65 + n), legend, self.narrowed(expression, panel.get("wide", ())))
                        for n, (legend, expression) in enumerate(panel["queries"].items())],
            "fieldConfig": self.fields(kind, panel), "options": OPTIONS[kind],
        }
        if kind == "table":
            made["transformations"] = self.transformations(panel)
        return made

    def panels(self):
        number = y = 0
        for row in self.source["rows"]:
            number += 1
            yield {"id": number, "type": "row", "title": row["title"], "collapsed": False,
                   "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}, "panels": []}
            x, y, height = 0, y + 1, 0
            for panel in row["panels"]:
                if x == 24:
                    x, y = 0, y + height
                if x == 0:
                    height = panel.get("height", HEIGHTS.get(next(iter(panel)), 8))
                number += 1
                yield self.panel(number, panel, {"h": height, "w": panel["width"], "x": x, "y": y})
                x += panel["width"]
            y += height

    def json(self):
        whole = {
            "id": None, "uid": f"weir-{self.name}", "title": "Weir: " + self.source["title"],
            "description": self.source["description"], "tags": ["weir"], "timezone": "browser", "editable": False,
            "graphTooltip": 1, "time": {"from": "now-1h", "to": "now"}, "refresh": "30s", "schemaVersion": 39, "version": 1,
            "templating": {"list": list(self.templating())}, "annotations": {"list": list(self.annotations())},
            "links": [{
                "type": "dashboards", "title": "Weir", "tags": ["weir"], "asDropdown": False, "icon": "dashboard",
                "includeVars": True, "keepTime": True, "targetBlank": False, "tooltip": "", "url": "",
            }],
            "panels": list(self.panels()),
        }
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def rendered():
    """Each board's file and what is to be in it."""
    catalogue = Catalogue()
    for path in sorted(SOURCES.glob("*.yaml")):
        yield ROOT / "dashboards" / f"{path.stem}.json", Board(path, catalogue).json()
