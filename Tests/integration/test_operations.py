"""What is no chat, through the providers' own SDK and to providers of every dialect: each priced as it is billed."""
import base64
import io
import json
import urllib.request
import wave
from decimal import Decimal

import openai
import pytest

from gateway import KEY, Gateway, configuration, eventually
from simulated_providers import AWS, ROUTES, complete, cost_of, exchanges

TEXTS = ["How high is the water?", "Low."]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGPQyp8OAAH3ATEdPoPNAAAAAElFTkSuQmCC")


@pytest.fixture(scope="module")
def everywhere(simulator, tmp_path_factory):
    whole = complete(configuration(simulator.url, {}), simulator.urls["http"])
    program = Gateway(tmp_path_factory.mktemp("operations"), whole, AWS)
    yield program
    assert program.stop() == 0


@pytest.fixture(scope="module")
def sdk(everywhere):
    return openai.OpenAI(base_url=everywhere.url + "/v1", api_key=KEY, max_retries=0, timeout=20)


@pytest.fixture
def booked(everywhere):
    """Checks how the one exchange since the test began was booked."""
    # Numbers of exchanges grow with the time.
    status, fields, _ = everywhere.get(everywhere.url + "/v1/models", {"authorization": f"Bearer {KEY}"})
    assert status == 200
    first = fields["x-weir-exchange-id"]
    before = everywhere.metrics()

    def check(operation, surface, route, **expected):
        found = eventually(lambda: [line for line in everywhere.access_log() if line["exchange"] > first])
        assert len(found) == 1, found
        provider, model, _ = ROUTES[route]
        wanted = {
            "operation": operation, "surface": surface, "route": route, "provider": provider, "served_model": model,
            "status": 200, "outcome": "completed", "team": "search", "accounted": True,
        } | expected
        assert {name: found[0].get(name) for name in wanted} == wanted
        assert eventually(lambda: exchanges(everywhere.metrics(), operation) == exchanges(before, operation) + 1)
        return found[0]

    return check


def dollars(count, per_million):
    return Decimal(count) * Decimal(per_million) / 1_000_000


def sound(seconds=1):
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000 * seconds - 44))
    return whole.getvalue()


def ask(gateway, path, body=None, **fields):
    """Status and JSON of a request that no SDK makes."""
    data = None if body is None else json.dumps(body).encode()
    fields = {"authorization": f"Bearer {KEY}", "content-type": "application/json"} | fields
    with urllib.request.urlopen(urllib.request.Request(gateway.url + path, data, fields), timeout=10) as reply:
        return reply.status, json.loads(reply.read())


# Embeddings


@pytest.mark.parametrize("form", ["float", "base64"])
@pytest.mark.parametrize("provider", ["openai", "gemini", "cohere", "bedrock"])
def test_embeddings_come_from_a_provider_of_any_dialect(sdk, booked, provider, form):
    # Titan embeds one text at a time.
    texts = TEXTS[:1] if provider == "bedrock" else TEXTS
    # Raw, as the SDK decodes base64 itself.
    raw = sdk.embeddings.with_raw_response.create(model=f"embed-{provider}", input=texts, encoding_format=form)
    body = json.loads(raw.content)
    assert [item["index"] for item in body["data"]] == list(range(len(texts)))
    vectors = [item["embedding"] for item in body["data"]]
    if form == "base64":
        assert all(len(base64.b64decode(vector)) >= 4 * 8 for vector in vectors)
    else:
        assert all(len(vector) >= 8 and isinstance(vector[0], float) for vector in vectors)
    line = booked("embeddings", "openai_embeddings", f"embed-{provider}", usage_source="provider")
    assert set(line["tokens"]) == {"input"} and line["tokens"]["input"] > 0
    assert cost_of(line) == dollars(line["tokens"]["input"], "0.02")
    assert body["usage"]["prompt_tokens"] == line["tokens"]["input"]


def test_base64_and_floats_are_the_same_vector(sdk):
    for provider in ("openai", "gemini", "cohere", "bedrock"):
        plain = sdk.embeddings.create(model=f"embed-{provider}", input=TEXTS[0], encoding_format="float")
        packed = sdk.embeddings.create(model=f"embed-{provider}", input=TEXTS[0])
        assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, rel=1e-5)


# Images


def test_images_are_paid_by_the_image_where_no_tokens_are_counted(sdk, booked):
    reply = sdk.images.generate(model="images", prompt="a weir", n=3)
    assert [base64.b64decode(image.b64_json) for image in reply.data] == [PNG] * 3
    assert cost_of(booked("image_generation", "openai_images", "images")) == Decimal("0.12")


def test_images_are_paid_by_the_token_where_they_are_counted(sdk, booked):
    reply = sdk.images.generate(model="images-by-token", prompt="a weir", n=2)
    assert reply.usage.output_tokens == 20
    line = booked("image_generation", "openai_images", "images-by-token", usage_source="provider")
    assert line["tokens"]["output"] == 20
    assert cost_of(line) == dollars(reply.usage.input_tokens, "2") + dollars(20, "8")


def test_an_image_is_edited_and_paid(sdk, booked):
    reply = sdk.images.edit(model="images", prompt="add a fish ladder", image=("weir.png", PNG, "image/png"))
    assert base64.b64decode(reply.data[0].b64_json) == PNG
    assert cost_of(booked("image_generation", "openai_image_edits", "images")) == Decimal("0.04")


def test_a_streamed_image_is_paid(sdk, booked):
    events = list(sdk.images.generate(model="images-by-token", prompt="a weir", stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]
    line = booked("image_generation", "openai_images", "images-by-token", stream=True)
    assert cost_of(line) == dollars(events[0].usage.input_tokens, "2") + dollars(10, "8")


# Sound


def test_a_transcript_is_paid_by_its_tokens(sdk, booked):
    reply = sdk.audio.transcriptions.create(model="transcripts", file=("a.wav", sound(2)))
    assert reply.text and reply.usage.input_token_details.audio_tokens == 20
    line = booked("transcription", "openai_transcriptions", "transcripts", usage_source="provider")
    assert line["tokens"]["audio_input"] == 20 and line["tokens"]["output"] == 5
    assert cost_of(line) == dollars(reply.usage.input_tokens, "2") + dollars(5, "8")


def test_a_transcript_is_paid_by_the_second_where_it_tells_its_length(sdk, booked):
    reply = sdk.audio.transcriptions.create(
        model="sounds", file=("a.wav", sound(3)), response_format="verbose_json")
    assert reply.duration == 3 and reply.segments
    line = booked("transcription", "openai_transcriptions", "sounds")
    assert line["tokens"] == {} and cost_of(line) == Decimal("0.0003")


def test_a_transcript_of_plain_text_arrives_and_its_price_is_unknown(sdk, booked):
    text = sdk.audio.transcriptions.create(model="transcripts", file=("a.wav", sound()), response_format="text")
    assert text.strip()
    line = booked("transcription", "openai_transcriptions", "transcripts", cost_status="unpriced")
    assert "cost_usd" not in line or line["cost_usd"] is None


def test_a_streamed_transcript_is_paid(sdk, booked):
    events = list(sdk.audio.transcriptions.create(model="transcripts", file=("a.wav", sound()), stream=True))
    done = events[-1]
    assert done.type == "transcript.text.done"
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == done.text
    line = booked("transcription", "openai_transcriptions", "transcripts", stream=True)
    assert cost_of(line) == dollars(done.usage.input_tokens, "2") + dollars(done.usage.output_tokens, "8")


def test_a_translation_of_sound_is_paid(sdk, booked):
    assert sdk.audio.translations.create(model="transcripts", file=("a.wav", sound())).text
    line = booked("translation", "openai_translations", "transcripts", usage_source="provider")
    tokens = line["tokens"]
    assert cost_of(line) == dollars(tokens.get("input", 0) + tokens["audio_input"], "2") + dollars(5, "8")


def test_speech_arrives_as_it_is_spoken_and_is_paid_by_the_character(sdk, booked):
    text = "Der Fluß steigt. 🌊"
    with sdk.audio.speech.with_streaming_response.create(model="speech", voice="alloy", input=text) as reply:
        pieces = list(reply.iter_bytes())
    with wave.open(io.BytesIO(b"".join(pieces))) as file:
        assert file.getnframes() > 100
    line = booked("speech", "openai_speech", "speech", stream=True)
    assert cost_of(line) == len(text) * Decimal("0.000015")


# Texts


def test_moderation_is_free(sdk, booked):
    reply = sdk.moderations.create(model="moderation", input=TEXTS)
    assert [result.flagged for result in reply.results] == [False, False]
    line = booked("moderation", "openai_moderations", "moderation")
    assert line["cost_status"] in ("nothing", "priced") and Decimal(line.get("cost_usd") or "0") == 0


@pytest.mark.parametrize("stream", [False, True])
def test_completions_of_plain_text_are_paid(sdk, booked, stream):
    if stream:
        chunks = list(sdk.completions.create(model="completions", prompt=TEXTS[0], stream=True))
        assert all(chunk.usage is None for chunk in chunks), "the usage that nobody asked for was not hidden"
        text = "".join(chunk.choices[0].text for chunk in chunks)
    else:
        text = sdk.completions.create(model="completions", prompt=TEXTS[0]).choices[0].text
    assert text
    line = booked("text_completion", "openai_completions", "completions", stream=stream, usage_source="provider")
    assert line["tokens"]["output"] == 7
    assert cost_of(line) == dollars(line["tokens"]["input"], "2") + dollars(7, "8")


@pytest.mark.parametrize("route", ["rerank-cohere", "rerank-openai"])
def test_documents_are_ranked(everywhere, booked, route):
    status, reply = ask(everywhere, "/v1/rerank", {
        "model": route, "query": TEXTS[0], "documents": ["a lake", "a river", "a weir"], "top_n": 2})
    assert status == 200 and len(reply["results"]) == 2
    scores = [result["relevance_score"] for result in reply["results"]]
    assert scores == sorted(scores, reverse=True)
    line = booked("rerank", "rerank", route, usage_source="provider")
    if route == "rerank-cohere":
        assert cost_of(line) == Decimal("0.002")
    else:
        assert cost_of(line) == dollars(line["tokens"]["input"], "2")


# Models and counting


def test_models_are_listed_and_found_one_by_one(sdk, everywhere):
    assert {model.id for model in sdk.models.list()} == set(ROUTES)
    assert sdk.models.retrieve("rerank-cohere").id == "rerank-cohere"
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("nobody-s")
    lines = eventually(lambda: [line for line in everywhere.access_log() if line.get("operation") == "list_models"])
    assert lines and all(line["cost_status"] == "nothing" for line in lines)


def test_anthropic_s_clients_see_the_models_in_their_own_shape(everywhere):
    field = {"anthropic-version": "2023-06-01"}
    status, reply = ask(everywhere, "/v1/models", **field)
    assert status == 200 and {model["id"] for model in reply["data"]} == set(ROUTES)
    assert all(model["type"] == "model" and model["display_name"] for model in reply["data"])
