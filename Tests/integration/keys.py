"""Stored keys through the admin API, and requests by any key. Standard library only."""
import http.client
import json
import os
import subprocess
import urllib.error
import urllib.request

from gateway import ADMIN_KEY, BINARY, SECRETS


def admin(gateway, method, path, body=None, key=ADMIN_KEY, fields=None):
    """Status, header fields and JSON of the admin API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        gateway.urls["admin"] + path, data=data, method=method,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"} | (fields or {}))
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.headers, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def make(gateway, caller="alice", **more):
    status, fields, key = admin(gateway, "POST", "/api/v1/keys", {"caller": caller} | more)
    assert status == 201, key
    assert fields["cache-control"] == "no-store"
    return key


def call(gateway, key, model="smart", path="/v1/chat/completions", fields=None, method="POST", source=None, body=None):
    """Status, header fields and body of a request by a key, from an address of this machine."""
    if body is None and method == "POST":
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]})
    connection = http.client.HTTPConnection(
        "127.0.0.1", gateway.port, timeout=10, source_address=(source, 0) if source else None)
    try:
        sent = {"Content-Type": "application/json"} | (fields or {})
        if key:
            sent["Authorization"] = f"Bearer {key}"
        connection.request(method, path, body, sent)
        reply = connection.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()
    finally:
        connection.close()


def weir(gateway, *arguments):
    return subprocess.run(
        [str(BINARY), *arguments], capture_output=True, text=True, timeout=60, cwd=gateway.directory,
        stdin=subprocess.DEVNULL, env=dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], **SECRETS))
