#!/usr/bin/env python3
"""Replays recorded provider exchanges through a Weir, and compares what it counted with what was expected.

    traffic.py DIR      DIR/<provider>/<name>.json: {provider, api, streaming, request, response, expected}

An upstream serves each recorded reply as it was; the request goes in by the surface of the recording. Usage is read
from the access log; finish reasons, text and tool calls from the bytes that the client received. Standard library only.
"""
import base64
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import accounts
from gateway import KEY, Gateway, configuration, eventually, provider, target
from upstreams import RecordingUpstream
from wire import Connection, events, request

SURFACES = {"/chat/completions": "/v1/chat/completions", "/embeddings": "/v1/embeddings"}
# gen_ai.provider.name of the semantic conventions, where it differs from the recording's word.
KINDS = {
    "azure": "azure.ai.openai", "gemini": "gcp.gemini", "vertex": "gcp.vertex_ai", "mistral": "mistral_ai",
    "xai": "x_ai", "bedrock": "aws.bedrock",
}
# Fields that belong to one connection, or that the replaying upstream writes itself.
OWN_FIELDS = {"transfer-encoding", "content-length", "content-encoding", "connection", "date", "server", "keep-alive"}
PIECE_BYTES = 61


class Recording:
    def __init__(self, path):
        whole = json.loads(path.read_text())
        self.name = f"{path.parent.name}/{path.stem}"
        self.provider, self.api, self.streaming = whole["provider"], whole["api"], whole["streaming"]
        self.request, self.response, self.expected = whole["request"], whole["response"], whole["expected"]
        url = urlsplit(self.request["url"]).path
        self.surface = next((ours for theirs, ours in SURFACES.items() if url.endswith(theirs)), None)
        self.body = base64.b64decode(self.response["body_base64"]) if "body_base64" in self.response \
            else self.response.get("body", "").encode()
        self.asked = json.loads(self.request["body"]) if self.surface else {}

    @property
    def model(self):
        return self.asked.get("model") or self.expected["model"] or "unnamed"

    def answer(self, _):
        fields = {name: value for name, value in self.response["headers"].items() if name.lower() not in OWN_FIELDS}
        if not any(name.lower() == "content-type" for name in fields):
            fields["content-type"] = "text/event-stream" if self.streaming else "application/json"
        if not self.streaming:
            return self.response["status"], fields, self.body
        pieces = [self.body[at:at + PIECE_BYTES] for at in range(0, len(self.body), PIECE_BYTES)]
        return self.response["status"], fields, pieces


def recordings(directory):
    return [Recording(path) for path in sorted(Path(directory).glob("*/*.json"))
            if path.parent.name != "extra" and "request" in json.loads(path.read_text())]


def text_of(content):
    """Text of a message's content: a string, or parts of which only the text counts."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return content or ""


def assembled(body, streaming):
    """Text of choice 0, finish reasons by choice, and tool calls of an OpenAI-shaped reply."""
    text, reasons, calls = "", {}, {}
    for document in events(body) if streaming else [json.loads(body)]:
        for choice in document.get("choices") or []:
            index = choice.get("index", 0)
            message = choice.get("delta" if streaming else "message") or {}
            if index == 0:
                text += text_of(message.get("content"))
            reason = choice.get("finish_reason")
            if reason or (reason is not None and not streaming):
                reasons[index] = reason
            for position, call in enumerate(message.get("tool_calls") or []):
                add_call(calls, (index, call.get("index", position) if streaming else position), call)
            if message.get("function_call") is not None:
                add_call(calls, (index, len(calls)), {"function": message["function_call"]})
    return text, [reasons[index] for index in sorted(reasons)], [calls[place] for place in sorted(calls)]


def add_call(calls, place, call):
    """Adds a whole call, or a piece of one: of a function with arguments, or of a custom tool with its input."""
    so_far = calls.setdefault(place, {"name": "", "arguments": ""})
    custom = call.get("type") == "custom"
    said = call.get("custom" if custom else "function") or {}
    so_far["name"] = so_far["name"] or said.get("name") or ""
    so_far["arguments"] += said.get("input" if custom else "arguments") or ""


def read(arguments):
    """Arguments as a value; what is no JSON stays text, nothing is no arguments."""
    try:
        return json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
    except ValueError:
        return arguments


def compare_usage(expected, account):
    """Differences in tokens. A count that the reply does not give is null there, and absent or estimated here."""
    tokens = account.tokens if account.source == "provider" else {}

    def total(types):
        found = [tokens[type] for type in types if type in tokens]
        return sum(found) if found else None

    ours = {
        "input_tokens": total([type for type in accounts.TYPES if type not in accounts.OUTPUT_TYPES]),
        "output_tokens": total(accounts.OUTPUT_TYPES),
        "cached_input_tokens": tokens.get("cache_read"),
        "cache_write_tokens": tokens.get("cache_write"),
        "reasoning_tokens": tokens.get("reasoning"),
    }
    for name, value in ours.items():
        wanted = expected[name] or 0
        # Some providers report a part that is larger than its whole. Disjoint types keep the whole, which is billed.
        if whole := {"cached_input_tokens": "input_tokens", "reasoning_tokens": "output_tokens"}.get(name):
            wanted = min(wanted, expected[whole] or 0)
        # A kind of which there was none may be left out or be 0.
        if wanted != (value or 0):
            yield f"{name}: expected {wanted}, counted {value}"
    if expected["total_tokens"] is not None and expected.get("total_check") and tokens:
        if sum(tokens.values()) != expected["total_tokens"]:
            yield f"total_tokens: expected {expected['total_tokens']}, counted {sum(tokens.values())}"


def compare_reply(recording, reply):
    """Differences in what the client received."""
    status = recording.response["status"]
    if status >= 400:
        # A provider that refuses Weir's own key is Weir's problem, not the client's: 502.
        allowed = {status, 502} if status in (401, 403) else {status}
        if reply.status not in allowed:
            yield f"status: expected {sorted(allowed)}, got {reply.status}"
        elif reply.status == status and reply.body != recording.body:
            yield f"error body changed: {reply.body[:200]!r}"
        return
    if reply.status != status:
        yield f"status: expected {status}, got {reply.status}: {reply.body[:200]!r}"
        return
    if not recording.streaming and reply.body != recording.body:
        yield "the body's bytes changed"
    if recording.surface.endswith("embeddings"):
        return
    text, reasons, calls = assembled(reply.body, recording.streaming)
    if reasons != recording.expected["finish_reasons"]:
        yield f"finish_reasons: expected {recording.expected['finish_reasons']}, got {reasons}"
    if (recording.expected.get("text") or "") != text:
        yield f"text: expected {recording.expected.get('text')!r}, got {text!r}"
    expected = [(call["name"], read(call["arguments"])) for call in recording.expected.get("tool_calls") or []]
    if expected != [(call["name"], read(call["arguments"])) for call in calls]:
        yield f"tool_calls: expected {expected}, got {calls}"


def replay(recording, route, gateway, upstream):
    """The differences of one exchange."""
    upstream.answer = recording.answer
    body = json.dumps(recording.asked | {"model": route}).encode()
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(body, path=recording.surface, key=KEY))
        reply = connection.reply()
    identifier = reply.fields.get("x-weir-exchange-id")
    line = eventually(lambda: next(
        (line for line in reversed(gateway.access_log()) if line.get("exchange") == identifier), None), 5)
    if not line:
        return [f"no access line for {identifier} (status {reply.status}: {reply.body[:200]!r})"]
    return [*compare_reply(recording, reply), *compare_usage(recording.expected, accounts.of_access_line(line))]


def run(directory, workplace):
    """Prints every difference; returns (equal, served)."""
    everything = recordings(directory)
    served = [recording for recording in everything if recording.surface]
    upstream = RecordingUpstream()
    routes = {f"replay-{number}": [target(recording.model, recording.provider)]
              for number, recording in enumerate(served)}
    providers = {
        recording.provider: provider(upstream.url + "/v1", kind=KINDS.get(recording.provider, recording.provider))
        for recording in served
    }
    gateway = Gateway(workplace, configuration("", routes, providers=providers, prices={}))
    equal = 0
    try:
        for number, recording in enumerate(served):
            differences = replay(recording, f"replay-{number}", gateway, upstream)
            equal += not differences
            for difference in differences:
                print(f"{recording.name}: {difference}")
    finally:
        gateway.stop()
        upstream.close()
    for (name, api), count in sorted(Counter((r.provider, r.api) for r in everything if not r.surface).items()):
        print(f"no surface yet: {count} × {name} {api}")
    return equal, len(served)


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("usage: traffic.py DIR", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as workplace:
        equal, served = run(sys.argv[1], workplace)
    print(f"traffic: {equal} of {served}")
    return 0 if served and equal == served else 1


if __name__ == "__main__":
    sys.exit(main())
