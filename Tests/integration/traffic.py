#!/usr/bin/env python3
"""Replays recorded provider exchanges through a Weir, and compares what it counted with what was expected.

    traffic.py DIR      DIR/<provider>/<name>.json: {provider, api, streaming, request, response, expected}

An upstream serves each recorded reply as it was; the request goes in by the surface of the recording, and by the
provider's own door where there is none. Usage and the provider's words are read from the access log; finish reasons, text
and tool calls of chat from the bytes that the client received, which for all else must be the recorded ones. Standard
library only.
"""
import base64
import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import accounts
from gateway import KEY, Gateway, configuration, eventually, provider, target
from upstreams import RecordingUpstream
from wire import Closed, Connection, events, request

# The end of a recorded path → the surface's own path. What ends otherwise goes in by its provider's door.
SURFACES = {
    "/chat/completions": "/v1/chat/completions", "/responses": "/v1/responses", "/embeddings": "/v1/embeddings",
    "/completions": "/v1/completions", "/images/generations": "/v1/images/generations",
    "/images/edits": "/v1/images/edits", "/audio/transcriptions": "/v1/audio/transcriptions",
    "/audio/translations": "/v1/audio/translations", "/audio/speech": "/v1/audio/speech",
    "/moderations": "/v1/moderations", "/v1/messages": "/v1/messages",
    "/v1/messages/count_tokens": "/v1/messages/count_tokens",
}
GEMINI = re.compile(r"/models/[^/]+:(generateContent|streamGenerateContent|countTokens)$")
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
        self.method = self.request["method"]
        self.url = urlsplit(self.request["url"])
        self.body, self.sent = bytes_of(self.response), bytes_of(self.request)
        fields = {name.lower(): value for name, value in (self.request.get("headers") or {}).items()}
        self.type = fields.get("content-type") or "application/json"
        self.asked = self.json_object()
        self.surface = self.find_surface()

    def json_object(self):
        try:
            asked = json.loads(self.sent)
        except ValueError:
            return None
        return asked if isinstance(asked, dict) else None

    def find_surface(self):
        """The path of the surface with `{model}` where it names one; None: there is none, so the provider's door."""
        # What Writer calls a completion has another shape than OpenAI's.
        if self.method != "POST" or (self.provider, self.api) == ("writer", "completions"):
            return None
        if verb := GEMINI.search(self.url.path):
            query = "?alt=sse" if "alt=sse" in self.url.query else ""
            return f"/v1beta/models/{{model}}:{verb[1]}{query}"
        known = next((ours for theirs, ours in SURFACES.items() if self.url.path.endswith(theirs)), None)
        # A form that names no model, or JSON where OpenAI takes a form, is this provider's alone.
        takes_form = known in ("/v1/images/edits", "/v1/audio/transcriptions", "/v1/audio/translations")
        return None if takes_form and b'name="model"' not in self.sent else known

    @property
    def dialect(self):
        if self.surface is None:
            return {"cohere": "cohere", "bedrock": "bedrock"}.get(self.provider, "openai")
        if self.surface.startswith("/v1beta"):
            return "gemini"
        return "anthropic" if self.surface.startswith("/v1/messages") else "openai"

    @property
    def model(self):
        named = self.asked.get("model") if self.asked else None
        return named or self.expected["model"] or "unnamed"

    @property
    def is_free(self):
        """Counting is free, and what is fetched again was paid when it was made."""
        return self.method != "POST" or self.expected.get("counted_only") or self.url.path.endswith("/input_tokens")

    def call(self, route):
        """The request as a client of Weir sends it, asking for `route`."""
        if self.surface is None:
            path = f"/providers/{self.provider_name}{self.url.path}" + (f"?{self.url.query}" if self.url.query else "")
            return self.method, path, self.sent, self.type
        path = self.surface.replace("{model}", route)
        if self.asked is None:
            named = re.sub(rb'(name="model"\r\n(?:[^\r\n]+\r\n)*\r\n)[^\r\n]*', rb"\g<1>" + route.encode(), self.sent)
            return self.method, path, named, self.type
        body = self.sent if "{model}" in self.surface else json.dumps(self.asked | {"model": route}).encode()
        return self.method, path, body, "application/json"

    @property
    def provider_name(self):
        return f"{self.provider}-{self.dialect}"

    def configured(self, url):
        """How Weir's configuration names the provider of this recording."""
        changes = {"dialect": self.dialect, "kind": KINDS.get(self.provider, self.provider), "responses": True}
        if self.dialect == "bedrock":
            changes |= {"key": "env:SIM_KEY"}
        return provider(url, **changes)

    def answer(self, _):
        fields = {name: value for name, value in self.response["headers"].items() if name.lower() not in OWN_FIELDS}
        if not any(name.lower() == "content-type" for name in fields):
            fields["content-type"] = "text/event-stream" if self.streaming else "application/json"
        if not self.streaming:
            return self.response["status"], fields, self.body
        pieces = [self.body[at:at + PIECE_BYTES] for at in range(0, len(self.body), PIECE_BYTES)]
        return self.response["status"], fields, pieces


def bytes_of(message):
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"])
    return (message.get("body") or "").encode()


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


def compare_usage(expected, account, is_free):
    """Differences in tokens. A count that the reply does not give is null there, and absent or estimated here."""
    tokens = account.tokens if account.source == "provider" else {}
    if is_free:
        if tokens:
            yield f"counted {tokens} of an exchange that is free"
        return

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


def compare_reply(recording, reply, line):
    """Differences in what the client received."""
    status = recording.response["status"]
    if status >= 400:
        # A provider that refuses Weir's own key is Weir's problem, not the client's: 502.
        allowed = {status, 502} if status in (401, 403) else {status}
        if reply.status not in allowed:
            yield f"status: expected {sorted(allowed)}, got {reply.status}"
        # Weir refuses some requests itself, before any provider sees them, with the same status.
        elif reply.status == status and reply.body != recording.body and line["attempts"] > 0:
            yield f"error body changed: {reply.body[:200]!r}"
        return
    if reply.status != status:
        yield f"status: expected {status}, got {reply.status}: {reply.body[:200]!r}"
        return
    is_chat = recording.surface == "/v1/chat/completions"
    if not (recording.streaming and is_chat) and not same_bytes(recording, reply):
        yield "the body's bytes changed"
    if not is_chat:
        return
    text, reasons, calls = assembled(reply.body, recording.streaming)
    if reasons != recording.expected["finish_reasons"]:
        yield f"finish_reasons: expected {recording.expected['finish_reasons']}, got {reasons}"
    if (recording.expected.get("text") or "") != text:
        yield f"text: expected {recording.expected.get('text')!r}, got {text!r}"
    expected = [(call["name"], read(call["arguments"])) for call in recording.expected.get("tool_calls") or []]
    if expected != [(call["name"], read(call["arguments"])) for call in calls]:
        yield f"tool_calls: expected {expected}, got {calls}"


def same_bytes(recording, reply):
    """Whether the client got the recorded bytes; the usage that Weir asked for itself is hidden from it again."""
    if reply.body == recording.body:
        return True
    if not (recording.streaming and recording.surface == "/v1/completions"):
        return False
    return [e for e in events(recording.body) if e.get("choices")] == [e for e in events(reply.body) if e.get("choices")]


def compare_words(recording, line):
    """The provider's own words of why it stopped, where Weir's reader of that dialect tells them."""
    ours = [word for word in line.get("finish_reasons") or [] if word]
    wanted = [str(word) for word in recording.expected["finish_reasons"] if word]
    if recording.surface and ours != wanted and recording.response["status"] < 400:
        yield f"finish_reasons in the log: expected {wanted}, got {ours}"


def replay(recording, route, gateway, upstream):
    """The differences of one exchange."""
    upstream.answer = recording.answer
    method, path, body, content_type = recording.call(route)
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(body, path=path, key=KEY, method=method, content_type=content_type))
        try:
            reply = connection.reply()
        except Closed as error:
            return [f"the connection closed in the middle of the reply, after {error}"]
    identifier = reply.fields.get("x-weir-exchange-id")
    line = eventually(lambda: next(
        (line for line in reversed(gateway.access_log()) if line.get("exchange") == identifier), None), 5)
    if not line:
        return [f"no access line for {identifier} (status {reply.status}: {reply.body[:200]!r})"]
    account = accounts.of_access_line(line)
    return [
        *compare_reply(recording, reply, line), *compare_words(recording, line),
        *compare_usage(recording.expected, account, recording.is_free),
    ]


def run(directory, workplace):
    """Prints every difference; returns (equal, all)."""
    everything = recordings(directory)
    upstream = RecordingUpstream()
    routes = {f"replay-{number}": [target(recording.model, recording.provider_name)]
              for number, recording in enumerate(everything)}
    providers = {recording.provider_name: recording.configured(upstream.url) for recording in everything}
    gateway = Gateway(workplace, configuration("", routes, providers=providers, prices={}))
    equal = Counter()
    try:
        for number, recording in enumerate(everything):
            differences = replay(recording, f"replay-{number}", gateway, upstream)
            equal[recording.provider] += not differences
            for difference in differences:
                print(f"{recording.name} ({recording.api}): {difference}")
    finally:
        gateway.stop()
        upstream.close()
    for name, count in sorted(Counter(recording.provider for recording in everything).items()):
        print(f"{name}: {equal[name]} of {count}")
    return sum(equal.values()), len(everything)


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
