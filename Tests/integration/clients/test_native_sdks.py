"""Anthropic's and Google's SDKs: counting tokens, lists of models, embeddings."""
import pytest

from gateway import KEY, Gateway, configuration, eventually
from simulated_providers import AWS, ROUTES, complete, cost_of

SAY = "How high is the water?"


@pytest.fixture(scope="module")
def gateway(simulator, tmp_path_factory):
    whole = complete(configuration(simulator.url, {}), simulator.urls["http"])
    program = Gateway(tmp_path_factory.mktemp("native"), whole, AWS)
    yield program
    assert program.stop() == 0


@pytest.fixture
def claude(gateway):
    import anthropic
    return anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0)


@pytest.fixture
def google(gateway):
    from google import genai
    return genai.Client(api_key=KEY, http_options={"base_url": gateway.url, "api_version": "v1beta"})


def last(gateway, operation):
    lines = eventually(lambda: [line for line in gateway.access_log() if line.get("operation") == operation])
    assert lines, f"no line for {operation}"
    return lines[-1]


def test_claude_s_tokens_are_counted_for_nothing(gateway, claude):
    count = claude.messages.count_tokens(model="claude", messages=[{"role": "user", "content": SAY}])
    assert count.input_tokens == 6
    line = last(gateway, "count_tokens")
    assert (line["surface"], line["cost_status"], line["provider"]) == (
        "anthropic_count_tokens", "nothing", "anthropic")


def test_claude_s_models(claude):
    assert {model.id for model in claude.models.list()} == set(ROUTES)
    assert claude.models.retrieve("claude").display_name == "claude"


def test_gemini_s_tokens_are_counted_for_nothing(google):
    assert google.models.count_tokens(model="gemini", contents=SAY).total_tokens == 6


def test_gemini_s_models(google):
    assert {model.name for model in google.models.list()} == {f"models/{name}" for name in ROUTES}
    assert google.models.get(model="gemini").name == "models/gemini"


@pytest.mark.parametrize("provider", ["openai", "gemini", "cohere"])
def test_gemini_s_embeddings_come_from_a_provider_of_any_dialect(gateway, google, provider):
    reply = google.models.embed_content(model=f"embed-{provider}", contents=["a", "b"])
    assert [len(item.values) for item in reply.embeddings] == [64, 64]
    line = eventually(lambda: [
        line for line in gateway.access_log() if line["route"] == f"embed-{provider}"])[-1]
    assert line["surface"] == "gemini_embed" and cost_of(line) > 0
