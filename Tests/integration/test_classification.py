"""Classes of requests: by rules, examples and a judge; what asking costs; feedback; and what `weir route explain` says."""
import json
import os
import subprocess

import pytest

import accounts
from gateway import BINARY, KEY, OTHER_KEY, SECRETS, configuration, eventually, provider, target
from upstreams import JSON, RecordingUpstream
from wire import Connection, chat, request

PROOF, GREETING = "Please prove this lemma", "Hello there"


def ask(gateway, model, text, key=KEY, fields=(), **more):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(chat(model, text=text, **more), key=key, fields=fields))
        return connection.reply()


def post(gateway, path, body, key=KEY):
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(json.dumps(body).encode(), path=path, key=key))
        reply = connection.reply()
        return reply.status, json.loads(reply.body)


def value(gateway, name, **labels):
    return sum(float(number) for (series, pairs), number in gateway.metrics().items()
               if series == name and set(labels.items()) <= pairs)


def judge(request):
    """Says hard of what holds the word prove."""
    body = json.loads(request["body"])
    text = body["messages"][-1]["content"]
    word = "hard 0.9" if "prove" in text else "simple 0.7"
    return 200, JSON, json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": word}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 50, "completion_tokens": 2, "total_tokens": 52},
    }).encode()


@pytest.fixture
def bench():
    server = RecordingUpstream(judge)
    yield server
    server.close()


def models(url, judge_url, **classifiers):
    whole = configuration(url, {
        "smart": [target("sim-large", when={"class": "hard"}), target("sim-small")],
        "embedder": "sim-embed", "judge": [target("judge-1", "court")],
    }, providers={"sim": provider(url), "court": provider(judge_url + "/v1")})
    whole["classifiers"] = classifiers
    whole["models"]["smart"]["classify"] = next(iter(classifiers))
    return whole


def test_rules_send_hard_requests_to_the_strong_model(collector, start, simulator, bench):
    rules = {"kind": "rules", "default": "simple", "rules": [
        {"class": "hard", "words": ["prove", "refactor"]}, {"class": "hard", "code": True},
        {"class": "hard", "needs": "tools", "turns_min": 2}, {"class": "hard", "prompt_tokens_min": 1000}]}
    whole = models(simulator.url, bench.url, difficulty=rules)
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole)
    served = [ask(gateway, "smart", text).fields["x-weir-model"] for text in [
        PROOF, GREETING, "```swift\nlet a = 1\n```", "word " * 1000, "This is proven."]]
    assert served == ["sim-large", "sim-small", "sim-large", "sim-large", "sim-small"]
    counted = {result: value(gateway, "weir_classifications_total", classifier="difficulty", result=result)
               for result in ("decided", "default", "error")}
    assert counted == {"decided": 3, "default": 2, "error": 0}
    assert value(gateway, "weir_classification_duration_seconds_count", classifier="difficulty") == 5
    assert value(gateway, "weir_exchanges_total", served_model="sim-large") == 3
    roots = eventually(lambda: (found := [
        span for span in collector.spans if "weir.classification" in span.attributes and span.name.startswith("POST")
    ]) and len(found) == 5 and found)
    proof = next(span for span in roots if span.attributes["weir.classification.reason"] == "rule 1: 1 of its words")
    assert proof.attributes["weir.classification.class"] == "hard"
    assert proof.attributes["weir.classification"] == "difficulty"
    assert proof.attributes["weir.classification.confidence"] == 1
    lines = {line["class"]: line for line in gateway.access_log()}
    assert lines["hard"]["classifier"] == "difficulty"


def test_a_judge_decides_once_a_text_and_is_paid_by_the_caller(collector, start, simulator, bench):
    whole = models(simulator.url, bench.url, taste={
        "kind": "judge", "default": "simple", "model": "judge", "deadline": "5s",
        "classes": {"hard": {"description": "needs thought"}, "simple": {}}})
    whole["telemetry"]["traces"] = {"endpoint": collector.url}
    gateway = start(whole)
    replies = [ask(gateway, "smart", text) for text in (PROOF, GREETING, PROOF, PROOF)]
    assert [reply.fields["x-weir-model"] for reply in replies] == ["sim-large", "sim-small", "sim-large", "sim-large"]
    assert len(bench.requests) == 2
    system, question = json.loads(bench.requests[0]["body"])["messages"]
    assert "needs thought" in system["content"] and PROOF in question["content"]
    assert bench.requests[0]["fields"]["traceparent"].split("-")[1] == replies[0].fields["traceparent"].split("-")[1]
    spans = eventually(lambda: (found := [span for span in collector.spans if span.name == "ask classification"])
                       and len(found) == 2 and found)
    by_id = {span.span_id: span for span in collector.spans}
    assert all(by_id[span.parent].name.startswith("POST") for span in spans)
    # 50 and 2 tokens at 3 and 15.123457 dollars a million, twice.
    cost = 2 * (50 * 3 + 2 * 15.123457) / 1e6
    assert value(gateway, "weir_cost_usd_total", purpose="classification", team="search") == pytest.approx(cost)
    assert value(gateway, "weir_caller_exchanges_total", caller="alice") == 4, "what Weir asks is no request of the caller"
    assert value(gateway, "weir_exchanges_total") == 4
    assert value(gateway, "weir_classifications_total", result="cached") == 2
    assert value(gateway, "weir_caller_cost_usd_total", caller="alice") == pytest.approx(
        value(gateway, "weir_cost_usd_total"))
    assert gateway.stop() == 0
    rows = accounts.rows(gateway.directory / "weir.db", "exchanges")
    assert sorted(row["purpose"] for row in rows) == ["classification"] * 2 + ["served"] * 4
    assert {row["team"] for row in rows} == {"search"}


def test_a_judge_that_is_late_or_over_budget_leaves_the_default(start, simulator):
    late = "sim:head=3s"
    whole = configuration(
        simulator.url, {"smart": [target("sim-large", when={"class": "hard"}), target("sim-small")], "judge": late})
    whole["classifiers"] = {"taste": {
        "kind": "judge", "default": "simple", "model": "judge", "deadline": "1s", "classes": {"hard": {}, "simple": {}}}}
    whole["models"]["smart"]["classify"] = "taste"
    whole["budgets"] = [{
        "name": "judging", "scope": {"team": "shop", "model": "judge"}, "limit": "0.000001 USD", "owner": "o"}]
    gateway = start(whole)
    reply = ask(gateway, "smart", PROOF)
    assert (reply.status, reply.fields["x-weir-model"]) == (200, "sim-small")
    assert value(gateway, "weir_classifications_total", result="timeout") == 1
    line = eventually(lambda: [line for line in gateway.access_log() if line.get("class_result") == "timeout"])[0]
    assert line["duration_ms"] >= 1000 and line["overhead_us"] < 700_000, "waiting for the judge is not Weir's own time"
    reply = ask(gateway, "smart", PROOF, key=OTHER_KEY)
    assert (reply.status, reply.fields["x-weir-model"]) == (200, "sim-small")
    assert value(gateway, "weir_classifications_total", result="error") == 1


def test_examples_are_embedded_beside_the_path_and_the_nearest_decides(start, simulator, bench):
    whole = models(simulator.url, bench.url, task={
        "kind": "examples", "default": "simple", "model": "embedder", "threshold": "99%", "deadline": "5s",
        "classes": {"hard": {"examples": [PROOF, "Find the error"]}, "simple": {"examples": ["Hi", "Thanks"]}}})
    gateway = start(whole)
    # The text of an example is as near as can be to it.
    assert eventually(lambda: ask(gateway, "smart", PROOF).fields["x-weir-model"] == "sim-large")
    assert ask(gateway, "smart", "Thanks").fields["x-weir-model"] == "sim-small"
    assert ask(gateway, "smart", "Something else altogether").fields["x-weir-model"] == "sim-small"
    assert value(gateway, "weir_classifications_total", **{"class": "simple", "result": "decided"}) == 1
    assert value(gateway, "weir_classifications_total", result="default") >= 1
    assert value(gateway, "weir_cost_usd_total", purpose="embedding", team="search") > 0
    assert value(gateway, "weir_cost_usd_total", purpose="embedding", team="_other") > 0, "the examples are the gateway's own"


def test_feedback_counts_once_an_exchange_and_only_of_its_team(start, simulator):
    whole = configuration(simulator.url, {"smart": [target("sim-large"), target("sim-small")]})
    whole["models"]["smart"]["best_quality_under"] = "1 USD"
    gateway = start(whole)
    reply = ask(gateway, "smart", GREETING)
    exchange, served = reply.fields["x-weir-exchange-id"], reply.fields["x-weir-model"]

    def give(score, key=KEY, which=exchange, **more):
        return post(gateway, "/v1/feedback", {"exchange": which, "score": score} | more, key)
    status, told = eventually(lambda: (given := give(0.25, comment="secret remark"))[0] == 200 and given)
    assert (status, told["replaced"]) == (200, False)
    assert give(1)[1]["replaced"] is True
    assert value(gateway, "weir_quality_score", route="smart", served_model=served) == 1
    assert value(gateway, "weir_feedback_total", route="smart", result="new") == 1
    assert value(gateway, "weir_feedback_total", route="smart", result="replaced") == 1
    assert give(1, key=OTHER_KEY)[0] == 404, "another team's exchange is nobody's business"
    assert give(1.5)[0] == 400 and give(1, which="nonsense")[0] == 400 and give(1, comment="x" * 2001)[0] == 400
    assert give(1, which="0" * 32)[0] == 404 and give(1, key=None)[0] == 401
    page = gateway.get(gateway.metrics_url)[2].decode()
    assert "secret remark" not in page and "secret remark" not in "\n".join(filter(None, gateway.output))
    # A restart remembers.
    assert gateway.stop() == 0
    again = start(whole, directory=gateway.directory)
    assert value(again, "weir_quality_score", route="smart", served_model=served) == 1


def explain(gateway, *arguments):
    return subprocess.run(
        [str(BINARY), "route", "explain", *arguments], capture_output=True, text=True, timeout=30,
        stdin=subprocess.DEVNULL, env=dict(os.environ, WEIR_ADMIN_URL=gateway.urls["admin"], **SECRETS))


def test_route_explain_says_what_a_request_would_do_and_changes_nothing(start, simulator, bench, tmp_path):
    whole = models(simulator.url, bench.url, difficulty={
        "kind": "rules", "default": "simple", "rules": [{"class": "hard", "words": "prove"}]})
    whole["models"]["smart"]["targets"].insert(
        1, target("sim-fast", when={"header": "x-tier: gold", "caller": "alice"}))
    whole["prices"]["overrides"].append({"provider": "sim", "model": "sim-fast", "input": "1", "output": "1"})
    whole["models"]["smart"]["aliases"] = ["clever"]
    whole["teams"]["shop"]["permissions"] = {"deny": {"models": ["smart"]}}
    whole["limits"] = [{"name": "pace", "requests": "100/minute"}]
    whole["budgets"] = [{"name": "search", "scope": {"team": "search"}, "limit": "5 USD", "owner": "o"}]
    gateway = start(whole)
    before = gateway.metrics()
    body = tmp_path / "request.json"
    body.write_text(json.dumps({"messages": [{"role": "user", "content": PROOF}], "max_tokens": 100}))

    def report(*arguments):
        done = explain(gateway, "--model", "smart", *arguments, "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    hard = report("--caller", "alice", "--file", str(body))
    assert hard["classification"]["class"] == "hard" and hard["team"] == "search"
    assert hard["order"] == ["sim/sim-large", "sim/sim-small"] and hard["would_be"] == "served by sim/sim-large"
    by_name = {row["target"]: row for row in hard["targets"]}
    assert by_name["sim/sim-fast"]["unmet"] == "header" and "tried" not in by_name["sim/sim-fast"]
    large = by_name["sim/sim-large"]
    assert large["breaker"] == "closed" and 0 < float(large["expected_cost_usd"]) <= float(large["cost_max_usd"])
    assert hard["limits"] == [{"limit": "pace", "refuses": False, "requests_left": 100}]
    assert hard["budgets"][0]["remaining_usd"] == "5"
    gold = report("--caller", "alice", "--header", "x-tier: gold")
    assert gold["classification"]["class"] == "simple" and gold["order"][0] == "sim/sim-fast"
    assert report("--team", "shop", "--header", "x-tier: gold")["order"] == ["sim/sim-small"]
    denied = explain(gateway, "--model", "clever", "--team", "shop")
    assert denied.returncode == 0 and 'would be refused: team shop may not use model "clever"' in denied.stdout
    assert "would be served by" in explain(gateway, "--model", "clever", "--caller", "alice").stdout
    table = explain(gateway, "--model", "smart", "--caller", "alice", "--file", str(body))
    assert "would be served by sim/sim-large" in table.stdout and "not for it: header" in table.stdout
    wrong = explain(gateway, "--model", "smrt")
    assert wrong.returncode == 1 and "is not configured" in wrong.stderr
    assert explain(gateway, "--model", "smart", "--caller", "eve").returncode == 1
    after = gateway.metrics()
    for family in ("weir_exchanges_total", "weir_attempts_total", "weir_classifications_total", "weir_cost_usd_total"):
        assert {k: v for k, v in after.items() if k[0] == family} == {k: v for k, v in before.items() if k[0] == family}
    assert report("--caller", "alice")["limits"][0]["requests_left"] == 100


def test_a_judge_is_asked_by_explain_only_where_that_is_wanted(start, simulator, bench):
    gateway = start(models(simulator.url, bench.url, taste={
        "kind": "judge", "default": "simple", "model": "judge", "deadline": "5s", "classes": {"hard": {}, "simple": {}}}))

    def decided(*arguments):
        done = explain(gateway, "--model", "smart", "--caller", "alice", *arguments, "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["classification"]
    assert decided()["reason"] == "judge was not asked" and not bench.requests
    assert decided("--ask")["result"] == "decided" and len(bench.requests) == 1
    assert decided()["result"] == "cached" and len(bench.requests) == 1
