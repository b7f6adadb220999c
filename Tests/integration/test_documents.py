"""The documents say what is so: their YAML is a configuration, and what they name exists."""
import json
import os
import re
import subprocess
from decimal import Decimal

import pytest
import yaml

from gateway import BINARY, KEY, ROOT, configuration, eventually
from wire import Connection, chat, request

DOCS = ROOT / "docs"
PROVIDERS = DOCS / "providers.md"
ADDING = DOCS / "adding-a-provider.md"
# What `weir check` may remark on a snippet that names no real model, prices or keys.
REMARKS = ("no price is known", "can call without a key")


def snippets(page):
    """(title of the section, YAML) of a page."""
    for section in re.split(r"^## ", page.read_text(), flags=re.MULTILINE):
        for text in re.findall(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
            yield section.split("\n", 1)[0], text


def checked(directory, whole):
    path = directory / "weir.yaml"
    path.write_text(yaml.safe_dump(whole))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [str(BINARY), "check", "--no-secrets", "weir.yaml"], cwd=directory, env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def around(part):
    """A part of a configuration with what it needs to stand alone."""
    names = list(part.get("providers") or {"openai": None})
    whole = {"weir": 1, "anonymous": True, "models": {f"m-{name}": {"targets": [f"{name}/model"]} for name in names}}
    if "providers" not in part:
        whole["providers"] = {name: {"base_url": "https://api.openai.com/v1"} for name in names}
    return whole | part


PARTS = [(page, title, text) for page in (PROVIDERS, ADDING, DOCS / "metering.md") for title, text in snippets(page)]


@pytest.mark.parametrize("page,title,text", PARTS, ids=[f"{page.stem}: {title}" for page, title, _ in PARTS])
def test_the_yaml_of_a_document_is_a_configuration(tmp_path, page, title, text):
    part = yaml.safe_load(text)
    if "prices" in part and "providers" not in part:
        named = {price["provider"] for price in part["prices"]["overrides"]}
        part["providers"] = {name: {"base_url": "http://127.0.0.1:8000/v1"} for name in named}
    status, output = checked(tmp_path, around(part))
    assert status == 0, output
    remarks = [line for line in output.splitlines() if ": warning: " in line]
    assert [line for line in remarks if not any(known in line for known in REMARKS)] == []


def test_every_provider_of_the_document_has_an_address_of_its_own():
    found = [(name, whole["base_url"]) for _, text in snippets(PROVIDERS)
             for name, whole in yaml.safe_load(text)["providers"].items()]
    assert len({name for name, _ in found}) == len(found) >= 30
    assert len({url for _, url in found}) == len(found)


def test_every_section_on_a_provider_says_what_was_verified():
    sections = re.split(r"^## ", PROVIDERS.read_text(), flags=re.MULTILINE)[1:]
    told = [s for s in sections if "```yaml" in s]
    assert told and [s.split("\n", 1)[0] for s in told if "Recorded" not in s and "Documentation only" not in s] == []


CALLS = {
    "/v1/chat/completions": lambda route: chat(route),
    "/v1/messages": lambda route: chat(route, max_tokens=20),
    "/v1/responses": lambda route: {"model": route, "input": "Hello"},
    "/v1beta/models/{route}:generateContent": lambda route: {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
}


@pytest.fixture
def added(start, simulator):
    """A gateway with the provider of the document's own YAML; only address and model are the simulator's."""
    text = next(text for title, text in snippets(ADDING))
    part = yaml.safe_load(text)
    (name, new), = part["providers"].items()
    model = part["prices"]["overrides"][0]["model"]
    part = yaml.safe_load(text.replace(model, "sim-fast").replace(new["base_url"], simulator.url))
    whole = configuration("http://127.0.0.1:1/v1", {}) | part
    return start(whole, {new["key"].removeprefix("env:"): "sk-of-the-document"}), name, next(iter(part["models"]))


@pytest.mark.parametrize("path", CALLS)
def test_a_provider_is_added_by_following_the_document(added, path):
    gateway, name, route = added
    body = CALLS[path](route)
    with Connection(gateway.port) as connection:
        connection.send(request(
            body if isinstance(body, bytes) else json.dumps(body).encode(), path=path.format(route=route), key=KEY))
        reply = connection.reply()
    assert reply.status == 200, reply.body
    assert eventually(lambda: any(
        metric == "weir_cost_usd_total" and ("provider", name) in labels and Decimal(value) > 0
        for (metric, labels), value in gateway.metrics().items())), "nothing was priced"


def test_the_document_on_adding_a_provider_fits_one_screen_and_names_what_exists():
    text = ADDING.read_text()
    assert len(text.splitlines()) <= 60
    for path in re.findall(r"`((?:Sources|Tests|docs)/[\w/.+-]+)`", text):
        assert (ROOT / path).exists(), path
    swift = "\n".join(path.read_text() for path in (ROOT / "Sources").rglob("*.swift"))
    for kind, name in re.findall(r"`(protocol|struct|enum) (\w+)`", text):
        assert re.search(rf"\b{kind} {name}\b", swift), f"{kind} {name}"
    for requirement in re.findall(r"`\w+\.(\w+)\(\)`", text):
        assert re.search(rf"\bfunc {requirement}\b", swift), requirement
    makefile = (ROOT / "Makefile").read_text()
    for command in re.findall(r"`make ([\w-]+)", text):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command
    assert re.findall(r"`weir (\w+)", text)
    for command in re.findall(r"`weir (\w+)", text):
        assert subprocess.run([str(BINARY), command, "--help"], capture_output=True, timeout=30).returncode == 0


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), ROOT / "README.md"]), ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link
