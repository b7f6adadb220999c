"""Providers' own APIs of the simulator behind /providers/{name}/: files, batches, Ollama, and every dialect's own words."""
import json
from decimal import Decimal

import openai
import pytest

from gateway import KEY, Gateway, configuration, eventually, provider
from simulated_providers import AWS, complete, cost_of
from wire import Connection, request

MESSAGES = [{"role": "user", "content": "How high is the water?"}]


@pytest.fixture(scope="module")
def gateway(simulator, tmp_path_factory):
    whole = complete(configuration(simulator.url, {}), simulator.urls["http"])
    whole["providers"]["ollama"] = provider(simulator.urls["http"] + "/v1", kind="ollama")
    whole["models"]["local"] = {"targets": [{"provider": "ollama", "model": "sim-fast"}]}
    whole["prices"]["overrides"].append({"provider": "ollama", "model": "sim-fast", "input": "1", "output": "1"})
    program = Gateway(tmp_path_factory.mktemp("door-apis"), whole, AWS)
    yield program
    assert program.stop() == 0


@pytest.fixture(scope="module")
def sdk(gateway):
    return openai.OpenAI(base_url=gateway.url + "/providers/openai/v1", api_key=KEY, max_retries=0, timeout=20)


def post(gateway, path, body):
    with Connection(gateway.port) as connection:
        connection.send(request(
            json.dumps(body).encode(), path=path, key=KEY, fields=["anthropic-version: 2023-06-01"]))
        return connection.reply()


def line_of(gateway, exchange):
    return eventually(lambda: [line for line in gateway.access_log() if line["exchange"] == exchange])[0]


def test_files_and_batches_pass(gateway, sdk):
    lines = "\n".join(json.dumps({
        "custom_id": f"c{number}", "method": "POST", "url": "/v1/chat/completions",
        "body": {"model": "sim-fast", "messages": MESSAGES}}) for number in range(3))
    file = sdk.files.create(file=("batch.jsonl", lines.encode()), purpose="batch")
    assert sdk.files.content(file.id).text == lines
    assert file.id in {found.id for found in sdk.files.list()}
    batch = sdk.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    batch = sdk.batches.retrieve(batch.id)
    results = [json.loads(line) for line in sdk.files.content(batch.output_file_id).text.splitlines()]
    assert [result["custom_id"] for result in results] == ["c0", "c1", "c2"]
    assert all(result["response"]["body"]["choices"][0]["message"]["content"] for result in results)
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.files.content("file-nobody-s")
    assert "file-nobody-s" in caught.value.message


def test_the_provider_s_own_chat_is_priced_as_the_route_s_target(gateway, sdk):
    raw = sdk.chat.completions.with_raw_response.create(model="sim-fast", messages=MESSAGES)
    assert raw.parse().choices[0].message.content
    line = line_of(gateway, raw.headers["x-weir-exchange-id"])
    assert (line["operation"], line["served_model"], line["provider"]) == ("provider_api", "sim-fast", "openai")
    assert cost_of(line) == Decimal(line["tokens"]["input"] * 2 + 16 * 8) / 1_000_000


@pytest.mark.parametrize("stream", [True, False])
def test_ollama_s_lines_arrive_and_are_counted(gateway, stream):
    body = {"model": "sim-fast", "messages": MESSAGES} | ({} if stream else {"stream": False})
    # Streaming is what Ollama does unless it is told not to. Its own API lies beside the base URL's path.
    reply = post(gateway, "/providers/ollama/api/chat", body)
    assert reply.status == 200, reply
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert lines[-1]["done"] and (len(lines) > 3) == stream
    assert "".join(line["message"]["content"] for line in lines)
    line = line_of(gateway, reply.fields["x-weir-exchange-id"])
    assert (line["stream"], line["served_model"], line["tokens"]["output"]) == (stream, "sim-fast", 16)
    assert cost_of(line) == Decimal(line["tokens"]["input"] + 16) / 1_000_000


@pytest.mark.parametrize("path, body, tokens", [
    ("/providers/anthropic/v1/messages", {"model": "sim-fast", "max_tokens": 99, "messages": MESSAGES}, 16),
    ("/providers/gemini/v1beta/models/sim-fast:generateContent",
     {"contents": [{"role": "user", "parts": [{"text": "How high is the water?"}]}]}, 16),
    ("/providers/gemini/v1beta/models/sim-fast:streamGenerateContent?alt=sse",
     {"contents": [{"role": "user", "parts": [{"text": "How high is the water?"}]}]}, 16),
    ("/providers/cohere/v2/chat", {"model": "sim-fast", "messages": MESSAGES}, 16),
    ("/providers/cohere/chat", {"model": "sim-fast", "messages": MESSAGES, "stream": True}, 16),
    ("/providers/openai/responses", {"model": "sim-fast", "input": "How high is the water?", "stream": True}, 16),
    ("/providers/bedrock/model/sim-fast/converse",
     {"messages": [{"role": "user", "content": [{"text": "How high is the water?"}]}]}, 16),
])
def test_every_dialect_s_own_usage_is_found(gateway, path, body, tokens):
    reply = post(gateway, path, body)
    assert reply.status == 200 and reply.body, reply
    line = line_of(gateway, reply.fields["x-weir-exchange-id"])
    assert (line["usage_source"], line["tokens"]["output"]) == ("provider", tokens), line


@pytest.mark.parametrize("path, body, part", [
    ("/providers/openai/chat/completions", {"model": "sim:error=400", "messages": MESSAGES}, b'"type"'),
    ("/providers/anthropic/v1/messages", {"model": "sim:error=529", "max_tokens": 1, "messages": MESSAGES},
     b"overloaded_error"),
    ("/providers/gemini/models/sim:error=429:generateContent", {"contents": []}, b"RESOURCE_EXHAUSTED"),
    ("/providers/cohere/chat", {"model": "sim:error=404", "messages": MESSAGES}, b'"message"'),
])
def test_an_error_keeps_the_provider_s_own_shape(gateway, path, body, part):
    reply = post(gateway, path, body)
    assert reply.status >= 400 and part in reply.body, reply
    line = line_of(gateway, reply.fields["x-weir-exchange-id"])
    assert line["cost_status"] == "nothing" and line["status"] == reply.status
