"""Clients that other people wrote, each as its own documentation has it: whole, streamed, with tools."""
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import asyncio
import json

import pytest

from gateway import KEY, Gateway, configuration, eventually
from simulated_providers import AWS, ROUTES, complete, cost_of

SAY = "How high is the water?"
MESSAGES = [{"role": "user", "content": SAY}]
SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}}
TOOLS = [{"type": "function", "function": {"name": "read_gauge", "description": "Reads it.", "parameters": SCHEMA}}]
CALL = "sim:tools=1,tokens=4"


@pytest.fixture(scope="module")
def gateway(simulator, tmp_path_factory):
    routes = ROUTES | {f"{name}-call": (name, CALL, "chat") for name in ("openai", "anthropic", "gemini")}
    routes |= {"in-bedrock": ("bedrock", "sim-fast", "chat"), "in-cohere": ("cohere", "sim-fast", "chat")}
    whole = complete(configuration(simulator.url, {}), simulator.urls["http"], routes)
    program = Gateway(tmp_path_factory.mktemp("clients"), whole, AWS)
    yield program
    assert program.stop() == 0


@pytest.fixture
def paid(gateway):
    """All exchanges since the test began: done, of one surface, and at a known price."""
    _, fields, _ = gateway.get(gateway.url + "/v1/models", {"authorization": f"Bearer {KEY}"})
    first = fields["x-weir-exchange-id"]

    def check(surface, count, status="priced"):
        lines = eventually(lambda: [
            found for found in [[line for line in gateway.access_log() if line["exchange"] > first]]
            if len(found) >= count])
        assert lines, f"fewer than {count} lines"
        assert {(line["surface"], line["outcome"], line["cost_status"]) for line in lines[0]} == {
            (surface, "completed", status)}
        if status == "priced":
            assert all(cost_of(line) > 0 for line in lines[0])
        return lines[0]

    return check


def test_mistral(gateway, paid):
    from mistralai.client import Mistral
    client = Mistral(server_url=gateway.url, api_key=KEY)
    text = client.chat.complete(model="chat", messages=MESSAGES).choices[0].message.content
    chunks = [event.data for event in client.chat.stream(model="chat", messages=MESSAGES)]
    assert text and "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == text
    reply = client.chat.complete(model="openai-call", messages=MESSAGES, tools=TOOLS)
    assert reply.choices[0].message.tool_calls[0].function.name == "read_gauge"
    paid("openai_chat", 3)
    assert len(client.embeddings.create(model="embed-openai", inputs=["a"]).data[0].embedding) == 64


def test_cohere_through_its_own_door(gateway, paid):
    import cohere
    client = cohere.ClientV2(base_url=gateway.url + "/providers/cohere", api_key=KEY)
    text = client.chat(model="sim-fast", messages=MESSAGES).message.content[0].text
    events = list(client.chat_stream(model="sim-fast", messages=MESSAGES))
    assert "".join(event.delta.message.content.text for event in events if event.type == "content-delta") == text
    assert events[-1].type == "message-end"
    lines = paid("provider_api", 2)
    assert {(line["provider"], line["served_model"], line["stream"]) for line in lines} == {
        ("cohere", "sim-fast", False), ("cohere", "sim-fast", True)}
    assert len({line["cost_usd"] for line in lines}) == 1
    reply = client.chat(model=CALL, messages=MESSAGES, tools=TOOLS)
    assert reply.message.tool_calls[0].function.name == "read_gauge" and reply.finish_reason == "TOOL_CALL"
    reply = client.embed(
        model="sim-embed", input_type="search_query", texts=["a", "b"], embedding_types=["float"])
    assert len(reply.embeddings.float_) == 2
    ranked = client.rerank(model="sim-fast", query=SAY, documents=["a", "b", "c"], top_n=2)
    assert len(ranked.results) == 2 and ranked.meta.billed_units.search_units == 1
    with pytest.raises(cohere.errors.NotFoundError):
        client.chat(model="sim:error=404", messages=MESSAGES)


@pytest.fixture
def converse(gateway):
    """boto3 with Weir's key beside the signature of a key that Amazon never gave; Weir signs anew."""
    import boto3
    from botocore.config import Config
    client = boto3.client(
        "bedrock-runtime", endpoint_url=gateway.url + "/providers/bedrock", region_name="eu-central-1",
        aws_access_key_id="someone", aws_secret_access_key="else", config=Config(retries={"total_max_attempts": 1}))
    client.meta.events.register(
        "before-sign.bedrock-runtime.*", lambda request, **_: request.headers.add_header("x-api-key", KEY))
    return client


def test_bedrock_through_its_own_door(converse, paid):
    messages = [{"role": "user", "content": [{"text": SAY}]}]
    whole = converse.converse(modelId="sim-fast", messages=messages)
    text = whole["output"]["message"]["content"][0]["text"]
    events = list(converse.converse_stream(modelId="sim-fast", messages=messages)["stream"])
    deltas = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    assert text and "".join(deltas) == text
    assert events[-1]["metadata"]["usage"] == whole["usage"]
    lines = paid("provider_api", 2)
    assert len({line["cost_usd"] for line in lines}) == 1 and lines[0]["tokens"]["output"] == 16
    tools = {"tools": [{"toolSpec": {"name": "read_gauge", "inputSchema": {"json": SCHEMA}}}]}
    reply = converse.converse(modelId=CALL, messages=messages, toolConfig=tools)
    assert reply["output"]["message"]["content"][0]["toolUse"]["name"] == "read_gauge"
    body = json.dumps({"inputText": "rain", "dimensions": 256})
    reply = json.loads(converse.invoke_model(modelId="sim-embed", body=body)["body"].read())
    assert len(reply["embedding"]) == 256
    with pytest.raises(converse.exceptions.ThrottlingException):
        converse.converse(modelId="sim:error=429", messages=messages)


def test_azure_s_client(gateway, paid):
    import openai
    client = openai.AzureOpenAI(azure_endpoint=gateway.url, api_version="2024-10-21", api_key=KEY, max_retries=0)
    text = client.chat.completions.create(model="chat", messages=MESSAGES).choices[0].message.content
    chunks = list(client.chat.completions.create(model="chat", messages=MESSAGES, stream=True))
    assert text and "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text
    reply = client.chat.completions.create(model="gemini-call", messages=MESSAGES, tools=TOOLS)
    assert reply.choices[0].message.tool_calls[0].function.name == "read_gauge"
    paid("openai_chat", 3)


@pytest.mark.parametrize("model, call, base, surface", [
    ("openai/chat", "openai/openai-call", "/v1", "openai_chat"),
    ("anthropic/claude", "anthropic/anthropic-call", "", "anthropic_messages"),
    ("gemini/gemini", "gemini/gemini-call", "/v1beta", "gemini_generate"),
])
def test_litellm(gateway, paid, model, call, base, surface):
    import litellm
    litellm.suppress_debug_info = True
    where = {"api_base": gateway.url + base, "api_key": KEY, "num_retries": 0, "max_tokens": 100}
    if model.startswith("gemini"):
        where["api_base"] = f"{gateway.url}/v1beta/models/gemini"
    reply = litellm.completion(model=model, messages=MESSAGES, **where)
    text = reply.choices[0].message.content
    chunks = list(litellm.completion(model=model, messages=MESSAGES, stream=True, **where))
    assert text and "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text
    if model.startswith("gemini"):
        where["api_base"] = f"{gateway.url}/v1beta/models/gemini-call"
    reply = litellm.completion(model=call, messages=MESSAGES, tools=TOOLS, **where)
    assert reply.choices[0].message.tool_calls[0].function.name == "read_gauge"
    lines = paid(surface, 3)
    assert lines[0]["tokens"]["output"] == 16


@pytest.mark.parametrize("model", ["chat", "claude", "gemini", "in-bedrock", "in-cohere"])
def test_langchain(gateway, paid, model):
    from langchain_openai import ChatOpenAI
    chat = ChatOpenAI(model=model, base_url=gateway.url + "/v1", api_key=KEY, max_retries=0, stream_usage=True)
    whole = chat.invoke(SAY)
    pieces = list(chat.stream(SAY))
    assert whole.text and "".join(piece.text for piece in pieces) == whole.text
    used = [piece.usage_metadata["total_tokens"] for piece in pieces if piece.usage_metadata]
    assert sum(used) == whole.usage_metadata["total_tokens"] > 0
    paid("openai_chat", 2)


def test_langchain_s_tools_and_embeddings(gateway):
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings
    chat = ChatOpenAI(model="anthropic-call", base_url=gateway.url + "/v1", api_key=KEY, max_retries=0)
    reply = chat.bind_tools(TOOLS).invoke(SAY)
    assert [call["name"] for call in reply.tool_calls] == ["read_gauge"]
    embeddings = OpenAIEmbeddings(
        model="embed-gemini", base_url=gateway.url + "/v1", api_key=KEY, check_embedding_ctx_length=False)
    assert [len(vector) for vector in embeddings.embed_documents(["a", "b"])] == [64, 64]


def pydantic_model(gateway, kind, route):
    if kind == "openai":
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider
        return OpenAIChatModel(route, provider=OpenAIProvider(base_url=gateway.url + "/v1", api_key=KEY))
    if kind == "responses":
        from pydantic_ai.models.openai import OpenAIResponsesModel
        from pydantic_ai.providers.openai import OpenAIProvider
        return OpenAIResponsesModel(route, provider=OpenAIProvider(base_url=gateway.url + "/v1", api_key=KEY))
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider
    from anthropic import AsyncAnthropic
    client = AsyncAnthropic(base_url=gateway.url, api_key=KEY, max_retries=0)
    return AnthropicModel(route, provider=AnthropicProvider(anthropic_client=client))


@pytest.mark.parametrize("kind, surface", [
    ("openai", "openai_chat"), ("responses", "openai_responses"), ("anthropic", "anthropic_messages")])
@pytest.mark.parametrize("route", ["chat", "claude", "gemini"])
def test_pydantic_ai(gateway, paid, kind, surface, route):
    from pydantic_ai import Agent
    agent = Agent(pydantic_model(gateway, kind, route))

    async def ask():
        whole = (await agent.run(SAY)).output
        async with agent.run_stream(SAY) as result:
            return whole, await result.get_output()

    whole, streamed = asyncio.run(ask())
    assert whole and streamed == whole
    paid(surface, 2)


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_pydantic_ai_calls_tools(gateway, kind, provider):
    from pydantic_ai import Agent
    from pydantic_ai.exceptions import UsageLimitExceeded
    from pydantic_ai.usage import UsageLimits
    agent, calls = Agent(pydantic_model(gateway, kind, f"{provider}-call")), []

    @agent.tool_plain
    def read_gauge(call: int, place: str) -> str:
        calls.append(call)
        return "3.2 m"

    # The simulated model never stops asking: the second request carries the tool's answer, and then it is enough.
    with pytest.raises(UsageLimitExceeded):
        asyncio.run(agent.run(SAY, usage_limits=UsageLimits(request_limit=2)))
    assert calls and set(calls) == {10}
