"""A real Prometheus and a real Alertmanager (Debian's) on free loopback ports."""
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from gateway import ROOT


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Server:
    """A program with an address that says at `/-/ready` that it is ready."""

    def __init__(self, directory, name, *arguments):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = directory / f"{name}.log"
        self.process = subprocess.Popen(
            [name, *arguments, f"--web.listen-address={self.url.split('/')[2]}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log.open("w"))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/-/ready", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise RuntimeError(f"{name} did not start:\n" + self.log.read_text()[-2000:])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Alertmanager(Server):
    """Runs alerts/alertmanager.example.yaml with short intervals; every web hook of it leads to `hooks_url`."""

    def __init__(self, directory, hooks_url):
        text = (ROOT / "alerts/alertmanager.example.yaml").read_text()
        for name, value in {"group_wait": "1s", "group_interval": "1s"}.items():
            text, count = re.subn(rf"\b{name}: \w+", f"{name}: {value}", text)
            assert count, name
        text, count = re.subn(r"http://127\.0\.0\.1:9099", hooks_url, text)
        assert count
        path = directory / "alertmanager.yml"
        path.write_text(text)
        super().__init__(
            directory, "prometheus-alertmanager", f"--config.file={path}",
            f"--storage.path={directory}/alertmanager", "--cluster.listen-address=")

    def alerts(self, **labels):
        """The alerts that it holds active and that have these labels."""
        with urllib.request.urlopen(self.url + "/api/v2/alerts?active=true", timeout=10) as reply:
            return [alert for alert in json.load(reply) if labels.items() <= alert["labels"].items()]


class Prometheus(Server):
    def __init__(self, directory, target, alertmanager=None, features="exemplar-storage"):
        whole = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ROOT / "alerts/weir.yaml")],
            "scrape_configs": [{"job_name": "weir", "static_configs": [{"targets": [target]}]}],
        }
        if alertmanager:
            peer = {"static_configs": [{"targets": [alertmanager.url.split("/")[2]]}]}
            whole["alerting"] = {"alertmanagers": [peer]}
        (directory / "prometheus.yml").write_text(json.dumps(whole))
        super().__init__(
            directory, "prometheus", f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/data", f"--enable-feature={features}")

    def api(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=10) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def query(self, expression):
        return self.api("query", query=expression)["result"]


def dashboard_queries(path):
    """(panel, expression) of a dashboard, its variables filled in as "All" fills them; annotations and variables too."""
    board = json.loads(path.read_text())
    everything = {variable["name"]: variable["allValue"] for variable in board["templating"]["list"]
                  if variable["type"] == "query"}
    for panel in board["panels"]:
        for inner in [panel, *panel.get("panels", [])]:
            for target in inner.get("targets", []):
                yield inner["title"], filled(target["expr"], everything)
    for annotation in board["annotations"]["list"]:
        yield "annotation " + annotation["name"], filled(annotation["expr"], everything)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()
            yield "variable " + variable["name"], f"count by ({label}) ({filled(metric, everything)})"


def filled(expression, everything):
    for name, value in {"$__rate_interval": "1m", "$__interval": "10s", "$__range": "10m"}.items():
        expression = expression.replace(name, value)
    return re.sub(r"\$\{?(\w+)\}?", lambda match: everything[match[1]], expression)


def selectors(expression):
    """The plain selectors of an expression, windows and comparisons left out."""
    return sorted(set(re.findall(r"\b(?:(?:\w+:)?weir_[\w:]+|up\b)(?:\{[^}]*\})?", expression)))
