"""Guardrails: what may be said, in every dialect, whole and streamed, before an upstream that says what it is told to."""
import json

import anthropic
import openai
import pytest
from google import genai

from gateway import ADMIN_KEY, KEY, Gateway, configuration, eventually
from upstreams import RecordingUpstream
from wire import Connection, request

EMAIL, OTHER = "ann.lee@example.com", "bob@example.org"


class Speaker(RecordingUpstream):
    """Answers with the text that a test sets, or by what it was asked; streamed in pieces of three bytes."""

    def __init__(self):
        self.says = lambda asked: "all is well"
        self.arguments = None
        super().__init__(self.speak)

    def speak(self, made):
        asked = json.loads(made["body"])
        text = self.says(asked)
        if not asked.get("stream"):
            message = {"role": "assistant", "content": text}
            if self.arguments:
                call = {"id": "c1", "type": "function", "function": {"name": "send", "arguments": self.arguments(asked)}}
                message |= {"content": None, "tool_calls": [call]}
            return 200, {"content-type": "application/json"}, json.dumps({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
            }).encode()
        return 200, {"content-type": "text/event-stream"}, self.stream(asked, text)

    def stream(self, asked, text):
        def chunk(delta, finish=None, **more):
            return b"data: " + json.dumps({
                "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"],
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}).encode() + b"\n\n"
        yield chunk({"role": "assistant", "content": ""})
        if self.arguments:
            text = self.arguments(asked)
            yield chunk({"tool_calls": [
                {"index": 0, "id": "c1", "type": "function", "function": {"name": "send", "arguments": ""}}]})
        for start in range(0, len(text), 3):
            piece = text[start:start + 3]
            yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} if self.arguments else {"content": piece})
        yield chunk({}, "tool_calls" if self.arguments else "stop")
        yield b"data: " + json.dumps({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"], "choices": [],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}}).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"

    def heard(self):
        return self.requests[-1]["body"].decode()


GUARDRAILS = {
    "projects": {"kind": "words", "words": {"project": ["blue heron"]}, "model": "strict"},
    "mails": {
        "kind": "patterns", "patterns": {"email": {"pattern": r"[\w.]+@[\w.]+[a-z]", "reach": "64B"}}, "action": "mask",
        "model": "masked"},
    "secrets": {"kind": "patterns", "patterns": {"key": {"pattern": "sk-[a-z0-9]{8}", "reach": "16B"}}, "action": "mask",
                "phase": "output", "model": "held"},
    "endings": {"kind": "words", "words": ["forbidden"], "phase": "output", "model": "held"},
    "told": {"kind": "words", "words": ["noted"], "phase": "both", "action": "flag", "model": "told"},
    "watched": {"kind": "words", "words": ["noted"], "phase": "output", "mode": "observe", "action": "flag", "model": "told"},
    "tried": {"kind": "words", "words": ["noted"], "phase": "both", "shadow": True, "model": "tried"},
    "closed": {"kind": "words", "words": ["noted"], "phase": "output", "model": "closed"},
    "open": {"kind": "words", "words": ["noted"], "phase": "output", "on_error": "fail_open", "model": "open"},
}


@pytest.fixture(scope="module")
def speaker():
    server = Speaker()
    yield server
    server.close()


@pytest.fixture(scope="module")
def house(speaker, tmp_path_factory):
    models = {name: "served" for name in ("strict", "masked", "held", "told", "tried", "closed", "open", "free")}
    whole = configuration(speaker.url + "/v1", models, guardrails=GUARDRAILS)
    # Its chat completions are all that the speaker speaks: other dialects are translated.
    whole["providers"]["sim"]["responses"] = False
    program = Gateway(tmp_path_factory.mktemp("guardrails"), whole)
    yield program
    assert program.stop() == 0


@pytest.fixture(autouse=True)
def clean(speaker):
    speaker.says = lambda asked: "all is well"
    speaker.arguments = None
    speaker.requests.clear()


class Said:
    """What a client got, whatever its API."""

    def __init__(self, text, finish, headers=None):
        self.text, self.finish, self.headers = text, finish, headers


def chat(house, model, text, stream):
    client = openai.OpenAI(base_url=house.url + "/v1", api_key=KEY, max_retries=0, timeout=20)
    messages = [{"role": "user", "content": text}]
    if not stream:
        raw = client.chat.completions.with_raw_response.create(model=model, messages=messages)
        choice = raw.parse().choices[0]
        return Said(choice.message.content or "", choice.finish_reason, raw.headers)
    chunks = [chunk for chunk in client.chat.completions.create(model=model, messages=messages, stream=True) if chunk.choices]
    return Said("".join(c.choices[0].delta.content or "" for c in chunks), chunks[-1].choices[0].finish_reason)


def responses(house, model, text, stream):
    client = openai.OpenAI(base_url=house.url + "/v1", api_key=KEY, max_retries=0, timeout=20)
    if not stream:
        raw = client.responses.with_raw_response.create(model=model, input=text)
        made, headers = raw.parse(), raw.headers
        said = made.output_text
    else:
        events, headers = list(client.responses.create(model=model, input=text, stream=True)), None
        said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        made = events[-1].response
    finish = made.incomplete_details.reason if made.status == "incomplete" else made.status
    return Said(said, finish, headers)


def messages(house, model, text, stream):
    client = anthropic.Anthropic(base_url=house.url, api_key=KEY, max_retries=0, timeout=20)
    asked = {"model": model, "max_tokens": 99, "messages": [{"role": "user", "content": text}]}
    if not stream:
        raw = client.messages.with_raw_response.create(**asked)
        made = raw.parse()
        return Said("".join(b.text for b in made.content if b.type == "text"), made.stop_reason, raw.headers)
    with client.messages.stream(**asked) as events:
        said = "".join(events.text_stream)
        return Said(said, events.get_final_message().stop_reason)


def gemini(house, model, text, stream):
    client = genai.Client(api_key=KEY, http_options={"base_url": house.url})
    if not stream:
        replies = [client.models.generate_content(model=model, contents=text)]
    else:
        replies = list(client.models.generate_content_stream(model=model, contents=text))
    parts = [part for reply in replies for c in reply.candidates or [] for part in (c.content and c.content.parts) or []]
    finish = [c.finish_reason for reply in replies for c in reply.candidates or [] if c.finish_reason][-1]
    return Said("".join(part.text or "" for part in parts), finish.value)


ASK = {"chat": chat, "responses": responses, "messages": messages, "gemini": gemini}
# How each API says that a reply was ended by a filter, and that it came to its own end.
ENDED = {"chat": "content_filter", "responses": "content_filter", "messages": "refusal", "gemini": "SAFETY"}
WHOLE = {"chat": "stop", "responses": "completed", "messages": "end_turn", "gemini": "STOP"}
EVERY = pytest.mark.parametrize("surface", ASK)
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def verdicts(house, guardrail):
    found = {}
    for (metric, labels), value in house.metrics().items():
        of = dict(labels)
        if metric == "weir_guardrail_verdicts_total" and of["guardrail"] == guardrail and value != "0":
            key = of["phase"], of["verdict"], of["action"], of["reason"]
            found[key] = found.get(key, 0) + int(value)
    return found


def rise(house, guardrail, before):
    after = verdicts(house, guardrail)
    return {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)}


@EVERY
@BOTH
def test_a_request_that_says_what_it_must_not_is_refused(house, speaker, surface, stream):
    before = verdicts(house, "projects")
    with pytest.raises(Exception) as refused:
        ASK[surface](house, "strict", "Tell me of Blue  Heron.", stream)
    assert 'guardrail "projects" refuses this request (project)' in str(refused.value)
    assert getattr(refused.value, "status_code", getattr(refused.value, "code", None)) == 400
    assert speaker.requests == []
    assert rise(house, "projects", before) == {("input", "block", "block", "project"): 1}


@EVERY
@BOTH
def test_what_is_masked_never_reaches_the_provider_and_comes_back(house, speaker, surface, stream):
    def says(asked):
        words = json.dumps(asked)
        return "I wrote to [EMAIL_2] and [EMAIL_1], not to [EMAIL_3]." if "[EMAIL_1]" in words else words

    speaker.says = says
    said = ASK[surface](house, "masked", f"Write to {EMAIL} and {OTHER}, and {EMAIL} again.", stream)
    assert said.text == f"I wrote to {OTHER} and {EMAIL}, not to [EMAIL_3]." and said.finish == WHOLE[surface]
    assert "Write to [EMAIL_1] and [EMAIL_2], and [EMAIL_1] again." in speaker.heard()
    assert EMAIL not in speaker.heard() and OTHER not in speaker.heard()


@BOTH
def test_placeholders_are_restored_in_the_arguments_of_calls(house, speaker, stream):
    speaker.arguments = lambda asked: '{"to": "[EMAIL_1]", "n": 1}'
    client = openai.OpenAI(base_url=house.url + "/v1", api_key=KEY, max_retries=0, timeout=20)
    made = client.chat.completions.create(
        model="masked", messages=[{"role": "user", "content": f"Mail {EMAIL}."}], stream=stream)
    calls = [chunk.choices[0].delta.tool_calls for chunk in made if chunk.choices] if stream else [made.choices[0].message.tool_calls]
    arguments = "".join(call.function.arguments for some in calls for call in some or [])
    assert json.loads(arguments) == {"to": EMAIL, "n": 1}


def test_every_byte_but_what_is_masked_stays(house, speaker):
    body = b'{ "model":"masked",  "x_own": 1e2, "messages":[{"role":"user","content":"to bob@example.org \\u00e9"}] }'
    with Connection(house.port) as connection:
        connection.send(request(body, key=KEY))
        assert connection.reply().status == 200
    assert speaker.requests[-1]["body"] == body.replace(b'"masked"', b'"served"').replace(
        b"bob@example.org \\u00e9", "[EMAIL_1] é".encode())


@EVERY
@BOTH
def test_a_reply_is_masked_however_it_is_cut(house, speaker, surface, stream):
    speaker.says = lambda asked: "The key is sk-abcd1234, and sk-99998888. " + "Go on. " * 20
    said = ASK[surface](house, "held", "Say it.", stream)
    assert said.text.startswith("The key is [KEY], and [KEY]. Go on.") and said.text.endswith("Go on. Go on. ")
    assert said.finish == WHOLE[surface]


@EVERY
@BOTH
def test_a_reply_that_says_what_it_must_not_ends_there(house, speaker, surface, stream):
    before, wasted = verdicts(house, "endings"), wasted_usd(house)
    speaker.says = lambda asked: "Well, " * 40 + "this is forbidden, and more of it. " * 20
    said = ASK[surface](house, "held", "Say it.", stream)
    assert said.finish == ENDED[surface]
    assert "forbidden" not in said.text
    assert rise(house, "endings", before) == {("output", "block", "block", "word"): 1}
    assert wasted_usd(house) > wasted


def wasted_usd(house):
    return sum(float(value) for (metric, labels), value in house.metrics().items()
               if metric == "weir_guardrail_wasted_usd_total" and ("guardrail", "endings") in labels)


def test_an_ended_reply_is_billed_and_told_everywhere(house, speaker):
    speaker.says = lambda asked: "this is forbidden"
    said = chat(house, "held", "Say it.", False)
    assert said.headers["x-weir-guardrail"] == 'name="endings";phase=output;verdict=block;action=block'
    assert float(said.headers["x-weir-cost-usd"]) > 0
    exchange = said.headers["x-weir-exchange-id"]
    line = next(line for line in reversed(eventual_lines(house, exchange)) if line["exchange"] == exchange)
    assert line["outcome"] == "blocked" and line["status"] == 200
    assert line["guardrails"] == ["endings:output:block:block"] and len(line["guardrail_fingerprints"][0]) == 16
    assert "forbidden" not in json.dumps(line)


def eventual_lines(house, exchange):
    assert eventually(lambda: any(line["exchange"] == exchange for line in house.access_log()))
    return house.access_log()


def test_what_is_flagged_is_told_and_passes(house, speaker):
    speaker.says = lambda asked: "it is noted"
    before, watched = verdicts(house, "told"), verdicts(house, "watched")
    said = chat(house, "told", "noted", False)
    assert said.text == "it is noted"
    assert 'name="told";phase=input;verdict=block;action=none' in said.headers["x-weir-guardrail"]
    assert chat(house, "told", "noted", True).text == "it is noted"
    assert rise(house, "told", before) == {("input", "block", "none", "word"): 2, ("output", "block", "none", "word"): 2}
    assert rise(house, "watched", watched) == {("output", "block", "none", "word"): 2}


def test_a_shadow_counts_and_changes_nothing(house, speaker):
    speaker.says = lambda asked: "it is noted"
    before = verdicts(house, "tried")
    said = chat(house, "tried", "noted", False)
    assert said.text == "it is noted" and "x-weir-guardrail" not in said.headers
    assert rise(house, "tried", before) == {("input", "block", "none", "word"): 1, ("output", "block", "none", "word"): 1}
    status, _, body = house.get(
        house.urls["admin"] + "/api/v1/reports/guardrails", {"Authorization": f"Bearer {ADMIN_KEY}"})
    rows = [row for row in json.loads(body) if row["guardrail"] == "tried"]
    assert status == 200 and [(row["phase"], row["in_shadow"] > 0, row["block"] > 0) for row in rows] == [
        ("input", True, True), ("output", True, True)]
    assert rows[0]["reasons"] == [{"reason": "word", "count": rows[0]["block"]}]


def test_what_cannot_be_read_follows_on_error(house, speaker):
    closed, opened = verdicts(house, "closed"), verdicts(house, "open")
    statuses = []
    for model in ("closed", "open"):
        with Connection(house.port) as connection:
            connection.send(request(json.dumps({"model": model, "prompt": "hi"}).encode(), path="/v1/completions", key=KEY))
            reply = connection.reply()
            statuses.append(reply.status)
    assert statuses == [400, 200]
    assert rise(house, "closed", closed) == {("output", "error", "fail_closed", ""): 1}
    assert rise(house, "open", opened) == {("output", "error", "fail_open", ""): 1}


def test_series_exist_before_anything_happened(speaker, start):
    whole = configuration(speaker.url + "/v1", {"free": "served"}, guardrails={
        "projects": {"kind": "words", "words": {"project": ["blue heron"]}, "phase": "both"}})
    page = start(whole).metrics()
    series = {frozenset(labels): value for (metric, labels), value in page.items() if metric == "weir_guardrail_verdicts_total"}
    for team in ("search", "shop"):
        for phase in ("input", "output"):
            common = {("guardrail", "projects"), ("phase", phase), ("team", team)}
            assert series[frozenset(common | {("verdict", "pass"), ("action", "none"), ("reason", "")})] == "0"
            assert series[frozenset(common | {("verdict", "block"), ("action", "block"), ("reason", "project")})] == "0"


def test_who_is_not_concerned_is_not_looked_at(house, speaker):
    said = chat(house, "free", f"{EMAIL} blue heron noted", False)
    assert said.text == "all is well" and EMAIL in speaker.heard()
