"""The checks find what they are for: each is run on a copy of the project with one fault planted."""
import shutil
import subprocess

import pytest

from gateway import ROOT

PLANTED = [
    ("check-walls", "Sources/Metering/Planted.swift", "import NIOPosix\n", "NIOPosix belongs to"),
    ("check-walls", "Sources/Metering/Planted.swift", "@preconcurrency public import GRDB\n", "GRDB belongs to Storage"),
    ("check-walls", "Sources/Metering/Planted.swift", "import struct NIOHTTP1.HTTPHeaders\n", "may not import NIOHTTP1"),
    ("check-walls", "Sources/Stages/Routing/Planted.swift", "package import Authentication\n", "may not import"),
    ("check-walls", "Sources/ProxyCore/Planted.swift", "let loop: any EventLoop\n", "EventLoop stays in"),
    ("check-walls", "Sources/Nowhere/Planted.swift", "let x = 1\n", "belongs to no room"),
    ("check-tidy", "Sources/Metering/Planted.swift", "let x = 1\n" * 401, "401 lines, at most 400"),
    ("check-tidy", "Sources/Metering/Planted.swift", "func f() {\n" + "    g()\n" * 60 + "}\n", "f has 62 lines"),
    ("check-tidy", "Sources/Metering/Planted.swift", "let x = try! f()\n", "try! without a comment"),
    ("check-tidy", "Sources/Metering/Planted.swift", "let x = y as! Int\n", "as! without a comment"),
    ("check-tidy", "Sources/Metering/Planted.swift", "let x = f(y!)\n", "force unwrap without a comment"),
    ("check-tidy", "Sources/Metering/Planted.swift", "class C: @unchecked Sendable {}\n", "@unchecked Sendable without"),
    ("check-tidy", "Sources/Metering/Planted.swift", "nonisolated(unsafe) var x = 1\n", "nonisolated(unsafe) without"),
    ("check-tidy", "Sources/Metering/Planted.swift", "// TO" + "DO\n", "finish it"),
    ("check-tidy", "Sources/Metering/Planted.swift", "func f() { print(1) }\n", "print() outside"),
    ("check-tidy", "Sources/Metering/Planted.swift", "let x = 1 \n", "trailing whitespace"),
    ("check-tidy", "Sources/ProxyCore/Planted.swift", "func f() { Task { g() } }\n", "unstructured Task"),
    ("check-tidy", "Sources/Stages/Elsewhere/Planted.swift", "let x = 1\n", "is not the word of a hop"),
    ("check-tidy", "docs/life-of-a-request.md", "## receive\n", "but the hops are"),
    ("check-dashboards", "dashboards/planted.json", '{"panels": [], "templating": {"list": []}}', "wants a uid"),
]
INNOCENT = '''/// "print(x)" and try! in a comment /* as! /* nested */ */
let x = "a string with y! and print(1) \\(f("}")) {"
let y = #"a raw "string" with as! Int"#
let z = """
    print(1) { { {
    """
let same = a != b && !c
/// Sound because the planted value is never read.
let w = try! f()
'''


def all_but_a_few(folder, names):
    """Every room, with as much in it as the checks want: reading all of the project each time would take minutes."""
    if "GatewayTypes" in folder:
        return []
    return [name for name in names if name.endswith(".swift")][1:]


@pytest.fixture
def copy(tmp_path):
    for name in ("Package.swift", "docs", "dashboards", "alerts", "scripts"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    shutil.copytree(ROOT / "Sources", tmp_path / "Sources", ignore=all_but_a_few)
    (tmp_path / "Tests").mkdir()
    return tmp_path


def check(name, place):
    done = subprocess.run([place / "scripts" / name], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("script,path,text,message", PLANTED, ids=lambda value: str(value)[:40].strip())
def test_a_planted_fault_is_found(copy, script, path, text, message):
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_text(text)
    status, output = check(script, copy)
    assert status == 1 and message in output, output


@pytest.mark.parametrize("script", ["check-walls", "check-tidy", "check-dashboards"])
def test_what_only_looks_like_a_fault_is_none(copy, script):
    (copy / "Sources/Metering/Innocent.swift").write_text(INNOCENT)
    status, output = check(script, copy)
    assert "Innocent" not in output, output
    assert status == 0, output


def test_a_test_that_the_threat_model_names_in_vain_is_found(copy):
    (copy / "Tests").rmdir()
    (copy / "Tests").symlink_to(ROOT / "Tests")
    assert check("check-threats", copy)[0] == 0
    page = copy / "docs/threat-model.md"
    page.write_text(page.read_text().replace("test_secrets.py::test_no_secret_leaves_in_anything", "test_nobody.py::test_nothing"))
    status, said = check("check-threats", copy)
    assert status == 1 and "no test is named test_nobody.py::test_nothing" in said
