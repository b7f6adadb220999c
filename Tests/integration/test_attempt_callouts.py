"""Callouts where nobody is known yet, and before each attempt: at `receive`, `budgets` and `attempt`."""
import json

import anthropic
import openai
import pytest

from gateway import KEY, Gateway, configuration, eventually, provider, target
from test_callouts import ALLOW, MESSAGES, Policy, ask, at, callout, counted, only, sdk, verdict


@pytest.fixture(scope="module")
def policy():
    server = Policy()
    yield server
    server.close()


@pytest.fixture(scope="module")
def house(policy, recorder, shared_collector, tmp_path_factory):
    url = recorder.url + "/v1"
    whole = configuration(
        url, {"smart": [target("served"), target("quick", "spare")], "fast": "quick"},
        providers={"sim": provider(url), "spare": provider(url)},
        callouts=[
            callout(policy, hop=["attempt", "receive", "budgets"], send=["identity", "head", "body"],
                    headers_to_provider=["x-tenant"], body_bytes_max="64KiB"),
            callout(policy, name="open", hop="attempt", on_error="allow", model="fast"),
        ],
        budgets=[{"name": "search", "scope": {"team": "search"}, "limit": "500 USD", "per": "month", "owner": "o"}])
    whole["telemetry"]["traces"] = {"endpoint": shared_collector.url}
    program = Gateway(tmp_path_factory.mktemp("attempts"), whole)
    yield program
    assert program.stop() == 0


@pytest.fixture
def clean(policy, recorder):
    policy.then = lambda question: ALLOW
    policy.requests.clear()
    recorder.requests.clear()


def reserved(house):
    return sum(float(value) for (name, _), value in house.metrics().items() if name == "weir_budget_reserved_usd")


def denial(**members):
    return 200, {}, json.dumps({"verdict": "deny"} | members).encode()


def test_receive_is_asked_before_anybody_is_known(house, policy, recorder, clean):
    with pytest.raises(openai.AuthenticationError):
        ask(house, key="sk-nobody")
    question = at(policy, "receive")[0]
    assert set(question["caller"]) == {"address"} and question["request"]["model"] == "smart"
    assert "sk-nobody" not in json.dumps(question) and question["body"]["messages"] == MESSAGES
    assert at(policy, "budgets") == at(policy, "attempt") == []
    policy.then = only("receive", denial(status=429, message="Not so many.", retry_after=9))
    with pytest.raises(openai.RateLimitError) as caught:
        ask(house, key="sk-nobody")
    assert "Not so many." in caught.value.message and caught.value.response.headers["retry-after"] == "9"
    assert caught.value.response.headers["x-weir-callout"] == "policy"
    # Nobody is known: what is asked for stays what it is.
    policy.then = only("receive", verdict(rewrite={"body": {"temperature": 0}}))
    with pytest.raises(openai.InternalServerError):
        ask(house)
    assert not recorder.requests and counted(house, hop="receive") == {"allow": 1, "deny": 1, "malformed": 1}


def test_attempt_is_asked_about_what_the_provider_gets_and_may_change_it(house, policy, recorder, clean):
    policy.then = only("attempt", verdict(
        headers={"x-tenant": "gold"}, rewrite={"body": {"temperature": 0.25, "user": None, "metadata": {"case": "7"}}}))
    client = anthropic.Anthropic(base_url=house.url, api_key=KEY, max_retries=0, timeout=20)
    client.messages.create(model="smart", max_tokens=20, messages=MESSAGES, system="Be brief.", extra_body={"temperature": 1})
    budgets, attempt = at(policy, "budgets")[0], at(policy, "attempt")[0]
    assert attempt["attempt"] == budgets["attempt"]
    assert (attempt["attempt"]["number"], attempt["attempt"]["provider"], attempt["attempt"]["model"]) == (1, "sim", "served")
    assert float(attempt["attempt"]["reserved_usd"]) > 0
    # To `budgets` the client's own, to `attempt` what its provider gets.
    assert budgets["body"]["system"] == "Be brief."
    assert [message["role"] for message in attempt["body"]["messages"]] == ["developer", "user"]
    sent = recorder.requests[-1]
    body = json.loads(sent["body"])
    assert (body["temperature"], body["metadata"], body["model"]) == (0.25, {"case": "7"}, "served")
    assert sent["fields"]["x-tenant"] == "gold"


def test_a_target_that_is_denied_is_passed_over_and_what_it_was_told_stays_there(house, policy, recorder, clean):
    def then(question):
        if question["hop"] != "attempt":
            return ALLOW
        if question["attempt"]["provider"] == "sim":
            return denial(status=451, message="Not there.")
        return ALLOW

    policy.then = then
    before = reserved(house)
    reply = ask(house)
    assert (reply.headers["x-weir-provider"], reply.headers["x-weir-model"]) == ("spare", "quick")
    assert [question["attempt"]["provider"] for question in at(policy, "attempt")] == ["sim", "spare"]
    assert len(recorder.requests) == 1
    policy.then = only("attempt", denial(status=451, message="Nowhere."))
    with pytest.raises(openai.APIStatusError) as caught:
        ask(house)
    assert caught.value.status_code == 451 and "Nowhere." in caught.value.message
    assert len(recorder.requests) == 1
    assert reserved(house) == before, "what was reserved is given back"


def test_budgets_ends_the_exchange(house, policy, recorder, clean):
    policy.then = only("budgets", denial(status=402, message="Ask for the money first."))
    with pytest.raises(openai.APIStatusError) as caught:
        ask(house)
    assert caught.value.status_code == 402 and not recorder.requests
    assert len(at(policy, "budgets")) == 1, "another target is not tried"
    assert reserved(house) == 0


@pytest.mark.parametrize("name", ["model", "stream", "max_tokens", "n"])
def test_what_is_reserved_for_is_not_changed_any_more(house, policy, recorder, clean, name):
    policy.then = only("attempt", verdict(rewrite={"body": {name: 3}}))
    with pytest.raises(openai.InternalServerError) as caught:
        ask(house)
    assert caught.value.status_code == 503 and not recorder.requests
    # The model whose callout fails open goes on; `policy` is asked about it too.
    policy.then = lambda question: (500, {}, b"") if question["callout"] == "open" else ALLOW
    assert ask(house, "fast").parse().choices and len(recorder.requests) == 1


def test_each_question_about_an_attempt_has_a_span_and_counts(house, policy, shared_collector, clean):
    policy.then = only("attempt", verdict(attributes={"region": "eu"}))
    exchange = ask(house).headers["x-weir-exchange-id"]

    def spans():
        root = next((r for r in shared_collector.roots() if r.attributes.get("weir.exchange.id") == exchange), None)
        return root and [root, *shared_collector.of_trace(root.trace_id)]

    root, *rest = eventually(spans, 15)
    asked = {span.attributes["weir.hop"]: span for span in rest if span.name == "callout policy"}
    assert set(asked) == {"receive", "budgets", "attempt"}
    assert asked["attempt"].attributes["weir.callout.result"] == "annotate"
    assert asked["attempt"].attributes["weir.annotation.region"] == root.attributes["weir.annotation.region"] == "eu"
    made = next(span for span in rest if span.kind == "CLIENT" and span.name.startswith("chat"))
    assert asked["attempt"].end <= made.start, "it is over before the attempt begins"
    assert counted(house, hop="attempt")["annotate"] >= 1 and counted(house, hop="budgets")["allow"] >= 1


def test_streams_are_asked_about_as_well(house, policy, clean):
    list(sdk(house).chat.completions.create(model="smart", messages=MESSAGES, stream=True))
    assert [question["body"]["stream"] for question in at(policy, "attempt")] == [True]
