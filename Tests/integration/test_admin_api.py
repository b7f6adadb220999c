"""The admin API against its own OpenAPI document."""
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from openapi_spec_validator import validate

from gateway import ADMIN_KEY, configuration

BY_KEY = {"Authorization": f"Bearer {ADMIN_KEY}"}
VIEWER, OPERATOR = "viewer-0123456789abcdef0123456789abcdef", "operator-0123456789abcdef0123456789abcd"
ROLES = {
    "address": "127.0.0.1:0", "key": "env:WEIR_ADMIN_KEY",
    "keys": [
        {"key": "env:VIEWER", "role": "viewer", "name": "grafana"}, {"key": "env:OPERATOR", "role": "operator"},
    ],
}
# What a generated request is checked for. Which values fit together is beyond a schema, so that a body that fits it may
# still be refused.
CHECKS = ",".join([
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "negative_data_rejection", "unsupported_method", "ignored_auth",
])


def ask(gateway, method, path, body=None, key=ADMIN_KEY, **fields):
    """Status, header fields and the body, read as JSON where it is."""
    headers = {"Authorization": f"Bearer {key}"} | {name.replace("_", "-"): value for name, value in fields.items()}
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(gateway.urls["admin"] + path, method=method, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            status, head, text = reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        status, head, text = error.code, error.headers, error.read()
    return status, head, json.loads(text) if text and "json" in head.get("content-type", "") else text.decode()


@pytest.fixture
def admin(start, simulator):
    whole = configuration(simulator.url, {"smart": "sim-large", "fast": "sim-fast"}, admin=ROLES)
    return start(whole, {"VIEWER": VIEWER, "OPERATOR": OPERATOR})


def test_the_document_is_openapi_and_names_a_role_for_each_operation(admin):
    status, _, document = ask(admin, "GET", "/api/v1/openapi.json", key=VIEWER)
    assert status == 200 and document["openapi"].startswith("3.1")
    validate(document)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert {operation["x-weir-role"] for operation in operations} <= {"viewer", "operator", "admin"}
    assert len({operation["operationId"] for operation in operations}) == len(operations) >= 7


def test_generated_requests_are_answered_as_the_document_says(admin, tmp_path):
    run = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", admin.urls["admin"] + "/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {ADMIN_KEY}", "--phases", "examples,coverage,fuzzing",
            "--max-examples", "3", "--workers", "2", "--exclude-path-regex", "/(callers|plans|limits|guardrails|reroutes)", "--seed", "7", "--generation-database", "none", "--checks", CHECKS,
            "--suppress-health-check", "all", "--request-timeout", "10", "--no-color",
        ],
        capture_output=True, text=True, cwd=tmp_path, stdin=subprocess.DEVNULL, timeout=240,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
    assert admin.process.poll() is None


def test_a_key_may_do_what_its_role_says(admin):
    assert ask(admin, "GET", "/api/v1/budgets", key=VIEWER)[0] == 200
    status, head, problem = ask(admin, "POST", "/api/v1/budgets/test-notify", key=VIEWER)
    assert status == 403 and head["content-type"] == "application/problem+json"
    assert problem["code"] == "not_permitted" and "operator" in problem["detail"]
    assert ask(admin, "POST", "/api/v1/budgets/test-notify", key=OPERATOR)[0] == 200
    status, head, problem = ask(admin, "GET", "/api/v1/budgets", key="nobody-knows")
    assert status == 401 and head["www-authenticate"].startswith("Bearer") and problem["status"] == 401


def test_what_is_not_served_says_what_is(admin):
    status, head, problem = ask(admin, "DELETE", "/api/v1/audit")
    assert status == 405 and head["allow"] == "GET, HEAD"
    assert ask(admin, "GET", "/api/v1/nothing")[2]["code"] == "not_found"
    assert ask(admin, "GET", "/api/v1/audit/")[0] == 404
    status, _, problem = ask(admin, "GET", "/api/v1/audit?limti=3")
    assert status == 400 and "did you mean \"limit\"" in problem["detail"] and problem["errors"][0]["field"] == "limti"
    assert ask(admin, "GET", "/api/v1/audit?limit=1&limit=2")[0] == 400
    assert ask(admin, "HEAD", "/api/v1/audit")[0] == 200
