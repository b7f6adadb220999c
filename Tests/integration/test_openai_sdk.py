"""The provider's own SDK does not notice that Weir stands between."""
import json

import openai
import pytest

from gateway import KEY, OTHER_KEY, configuration
from wire import Connection, chat, request

MESSAGES = [{"role": "user", "content": "Say hello."}]
TOOLS = [{"type": "function", "function": {
    "name": "look_up", "parameters": {"type": "object", "properties": {"query": {"type": "string"}}}}}]


def test_a_chat_is_answered_with_usage_and_text(client):
    raw = client.chat.completions.with_raw_response.create(model="smart", messages=MESSAGES)
    reply = raw.parse()
    assert reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
    assert raw.headers["x-weir-model"] == "sim-large"
    assert raw.headers["x-weir-provider"] == "sim"
    assert len(raw.headers["x-weir-exchange-id"]) == 36


def test_a_stream_arrives_piece_by_piece_without_the_usage_nobody_asked_for(client):
    chunks = list(client.chat.completions.create(model="smart", messages=MESSAGES, stream=True))
    assert len(chunks) > 10
    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks), "the usage chunk was not hidden"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_ends_with_usage_when_the_client_asks_for_it(client):
    chunks = list(client.chat.completions.create(
        model="smart", messages=MESSAGES, stream=True, stream_options={"include_usage": True}))
    with_usage = [chunk for chunk in chunks if chunk.usage]
    assert len(with_usage) == 1 and with_usage[0] is chunks[-1]
    assert with_usage[0].choices == []
    assert with_usage[0].usage.completion_tokens == 60


def test_streamed_tool_calls_arrive_whole(client):
    arguments, names = {}, {}
    for chunk in client.chat.completions.create(model="tools", messages=MESSAGES, tools=TOOLS, stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            names.setdefault(call.index, call.function.name)
            arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert sorted(arguments) == [0, 1]
    assert all(names.values())
    assert all(isinstance(json.loads(text), dict) for text in arguments.values())


def test_embeddings_are_answered(client):
    reply = client.embeddings.create(model="embed", input=["one", "two"])
    assert [item.index for item in reply.data] == [0, 1]
    assert len(reply.data[0].embedding) == 64
    assert reply.usage.prompt_tokens > 0


def test_the_list_of_models_holds_the_routes(client):
    names = {model.id for model in client.models.list()}
    assert {"smart", "fast", "embed"} <= names


def test_a_reasoning_model_reports_its_reasoning(client):
    reply = client.chat.completions.create(model="reasoner", messages=MESSAGES)
    assert reply.usage.completion_tokens_details.reasoning_tokens == 40


def test_a_wrong_key_is_401(gateway):
    stranger = openai.OpenAI(base_url=gateway.url + "/v1", api_key="sk-nobody", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        stranger.chat.completions.create(model="smart", messages=MESSAGES)
    assert "sk-nobody" not in str(caught.value)


def test_an_unknown_model_is_404_and_names_the_field(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="smrt", messages=MESSAGES)
    assert caught.value.body["param"] == "model"
    assert caught.value.body["code"] == "model_not_found"
    assert "smrt" in caught.value.body["message"]


def test_a_body_of_the_wrong_type_is_400_and_names_the_field(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", body={"model": 5, "messages": MESSAGES}, cast_to=object)
    assert caught.value.body["param"] == "model"


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'"model"', b'{"model":"smart","messages":[]} x', b'{"model":"smart","model":"fast"}',
    b'{"mod\\u0065l":"fast","model":"smart"}', b'{"mod\\u0065l":"smart"}', b'{"model":"\xff"}', b'{"model":"\\ud800"}',
    b'{"model":"smart","n":01}', b'{"model":"smart","x":NaN}', b'{"model":"smart",}', b'{"stream":true}',
    b'{"model":"smart","messages":' + b"[" * 70 + b"]" * 70 + b"}", b'{"model":"smart","x":"\x01"}',
], ids=lambda body: repr(body[:30]))
def test_malformed_json_is_400_in_the_shape_of_openai(gateway, body):
    with Connection(gateway.port) as connection:
        connection.send(request(body, key=KEY))
        reply = connection.reply()
        assert reply.status == 400, reply
        error = reply.json()["error"]
        assert set(error) >= {"message", "type", "param", "code"} and error["message"]
        connection.send(request(chat("fast"), key=KEY))
        assert connection.reply().status == 200, "the connection did not survive a bad body"


def test_a_body_that_is_too_large_is_413(client):
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="fast", messages=[{"role": "user", "content": "x" * (33 << 20)}])
    assert caught.value.status_code == 413


def test_a_provider_s_rate_limit_reaches_the_client_with_its_retry_after(client):
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="limited", messages=MESSAGES)
    assert caught.value.response.headers["retry-after"] == "1"


def test_the_sdk_retries_what_may_be_retried(gateway):
    eager = openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, max_retries=1)
    before = sum_of(gateway, "weir_exchanges_total", "limited")
    with pytest.raises(openai.RateLimitError):
        eager.chat.completions.create(model="limited", messages=MESSAGES)
    assert sum_of(gateway, "weir_exchanges_total", "limited") - before == 2


def test_a_failing_target_is_replaced_by_the_next(client):
    raw = client.chat.completions.with_raw_response.create(model="rescued", messages=MESSAGES)
    assert raw.headers["x-weir-model"] == "sim-fast"
    chunks = list(client.chat.completions.create(model="rescued", messages=MESSAGES, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_nothing_of_a_credential_leaves_the_gateway(before, upstream):
    for key in (KEY, OTHER_KEY):
        sdk = openai.OpenAI(base_url=before.url + "/v1", api_key=key, max_retries=0)
        sdk.chat.completions.create(
            model="smart", messages=MESSAGES,
            extra_headers={"x-weir-tags": "a=b", "cookie": "secret=1", "connection": "x-hop", "x-hop": "1"})
    assert len(upstream.requests) == 2
    for received in upstream.requests:
        assert received["fields"]["authorization"] == "Bearer sk-provider-never-to-be-seen"
        text = repr(received["raw_fields"]) + repr(received["body"])
        assert KEY not in text and OTHER_KEY not in text
        assert not {"x-weir-tags", "cookie", "x-hop", "x-api-key"} & received["fields"].keys()
        assert received["fields"].get("accept-encoding", "identity") == "identity"


ODD_REQUEST = (b'{ "messages" :[{"role":"user","content":"caf\\u00e9 \xc3\xa9 \\/"}],  "model"\t: "smart" ,'
               b'"unknown_field":{"a":[1.0,1e5,-0]}, "temperature":0.70 }')


def test_the_request_s_bytes_pass_with_only_the_model_spliced(before, upstream):
    with Connection(before.port) as connection:
        connection.send(request(ODD_REQUEST, key=KEY))
        assert connection.reply().status == 200
    assert upstream.requests[0]["body"] == ODD_REQUEST.replace(b'"smart"', b'"served"')


def test_the_reply_s_bytes_pass_unchanged(before, upstream):
    body = (b'{ "id":"x","object":"chat.completion", "odd" : [ 1.0 ,1e2], "model":"served",\n "choices":[{"index":0,'
            b'"message":{"role":"assistant","content":"\\u00e9\xc3\xa9"},"finish_reason":"stop"}],'
            b'"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n')
    upstream.answer = lambda _: (200, {"content-type": "application/json"}, body)
    with Connection(before.port) as connection:
        connection.send(request(chat("smart"), key=KEY))
        assert connection.reply().body == body


FRAMES = [
    b': a comment\n\n',
    b'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n',
    b'data: {"id":"c", "choices":[{"index":0,"delta":{"content":"h\\u00e9"}}]}\r\n\r\n',
    b'event: message\nid: 7\ndata: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
]
USAGE = b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize("size", [1, 7, 64, 4096])
@pytest.mark.parametrize("asked", [True, False])
def test_a_stream_s_bytes_pass_unchanged_but_for_the_usage_nobody_asked_for(before, upstream, size, asked):
    whole = b"".join([*FRAMES, USAGE, DONE])
    upstream.answer = lambda _: (
        200, {"content-type": "text/event-stream"}, [whole[at:at + size] for at in range(0, len(whole), size)])
    options = {"stream_options": {"include_usage": True}} if asked else {}
    with Connection(before.port) as connection:
        connection.send(request(chat("smart", stream=True, **options), key=KEY))
        assert connection.reply().body == (whole if asked else b"".join([*FRAMES, DONE]))
    assert json.loads(upstream.requests[0]["body"])["stream_options"] == {"include_usage": True}


def test_a_provider_that_does_not_take_stream_options_gets_none(start, upstream):
    whole = configuration(upstream.url + "/v1", {"smart": "served"})
    whole["providers"]["sim"]["stream_options"] = False
    upstream.answer = lambda _: (200, {"content-type": "text/event-stream"}, [*FRAMES, DONE])
    gateway = start(whole)
    with Connection(gateway.port) as connection:
        connection.send(request(chat("smart", stream=True), key=KEY))
        assert connection.reply().body == b"".join([*FRAMES, DONE])
    assert "stream_options" not in json.loads(upstream.requests[0]["body"])


def sum_of(gateway, name, route):
    return sum(float(value) for (sample, labels), value in gateway.metrics().items()
               if sample == name and ("route", route) in labels)
