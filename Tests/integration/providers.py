"""One gateway before one simulator that plays every kind of provider, and what it is asked there."""
import json
import threading
import urllib.request
from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlsplit

from gateway import TIMEOUTS, Gateway, configuration, eventually
from upstreams import RecordingUpstream

#: How the simulated model behaves, by the last part of a route's name.
BEHAVIOURS = {
    "plain": "tokens=12,input=40,cached=8",
    "tools": "tools=2,tokens=12,input=40,cached=8",
    "reasoning": "reasoning=5,tokens=7,input=30",
    "thoughtful": "reasoning=5,tools=2,tokens=7,input=30",
    "e400": "error=400",
    "e429": "error=429,retry_after=7",
    "e500": "error=500",
    "breaking": "tokens=12,gap=20ms,in_band_error_after=3",
}
THINKS = ("reasoning", "thoughtful")
#: Models whose names say that they think; the simulator answers by the header that such a provider is sent.
THINKERS = {
    "anthropic": "claude-sonnet-4-5", "bedrock": "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "gemini": "gemini-2.5-flash", "vertex": "gemini-2.5-flash",
}


def providers(url):
    def written(path, **members):
        return {"base_url": url + path, "key": "env:SIM_KEY", "timeouts": TIMEOUTS} | members

    bedrock = written(
        "", dialect="bedrock", kind="aws.bedrock",
        aws={"region": "eu-central-1", "access_key_id": "env:SIM_KEY", "secret_access_key": "env:SIM_KEY"})
    del bedrock["key"]
    return {
        "openai": written("/v1", dialect="openai", kind="openai"),
        "azure": written("", dialect="openai", kind="azure.ai.openai", hosting="azure"),
        "responses": written("/v1", dialect="responses", kind="openai"),
        "anthropic": written("", dialect="anthropic", kind="anthropic"),
        "gemini": written("/v1beta", dialect="gemini", kind="gcp.gemini"),
        "vertex": written(
            "/v1/projects/weir/locations/global", dialect="gemini", kind="gcp.vertex_ai", hosting="vertex"),
        "bedrock": bedrock,
        "cohere": written("/v2", dialect="cohere", kind="cohere"),
        "mistral": written("/v1", dialect="openai", kind="mistral_ai"),
        "deepseek": written("/v1", dialect="openai", kind="deepseek"),
    }


NAMES = tuple(providers(""))


class Matrix:
    """The gateway, the relay that sees what it sends, and its access log."""

    def __init__(self, simulator, directory):
        self.simulator = simulator
        self.relay = Relay(simulator.url)
        declared, models = {}, {}
        for name, whole in providers(self.relay.url).items():
            declared[name] = whole
            for behaviour, controls in BEHAVIOURS.items():
                # Mistral's streams tell usage unasked.
                always = ",usage=always" if name == "mistral" else ""
                target = {"provider": name, "model": "sim:" + controls + always}
                if behaviour in THINKS and name in THINKERS:
                    target = {"provider": f"{name}-{behaviour}", "model": THINKERS[name]}
                    declared[target["provider"]] = whole | {"headers": {"x-sim": controls}}
                models[f"{name}-{behaviour}"] = {"targets": [target]}
            plain = models[f"{name}-plain"]["targets"]
            models[f"{name}-dropping"] = {"targets": plain, "drop_unsupported": True}
        whole = configuration(self.relay.url, {}, routing={"breaker": {"failures": 1000}}, prices={})
        whole |= {"providers": declared, "models": models}
        self.models = models
        self.gateway = Gateway(directory, whole)
        self.exchanges = 0
        self._log = (directory / "access.log").open()

    def stop(self):
        status = self.gateway.stop()
        self.relay.close()
        self._log.close()
        return status

    def lines(self, count):
        """The lines of the access log since the last call, with sums that surfaces have words for."""
        found = []

        def all_there():
            found.extend(self.new_lines())
            return len(found) >= count

        eventually(all_there, every=0.005)
        assert len(found) == count, found
        for line in found:
            tokens = Counter(line["tokens"])
            tokens["prompt"] = tokens["input"] + tokens["cache_read"] + tokens["cache_write"]
            tokens["completion"] = tokens["output"] + tokens["reasoning"]
            line["tokens"] = tokens
        return found

    def new_lines(self):
        at = self._log.tell()
        text = self._log.read()
        if not text.endswith("\n"):
            self._log.seek(at)
            return []
        return [json.loads(line) for line in text.splitlines()]

    def truth(self, behaviour, ask, results=0):
        """What the simulator itself says to a conversation, asked in OpenAI's shape."""
        messages = [{"role": "system", "content": ask.system}] if ask.system else []
        messages += [{"role": role, "content": text} for role, text in ask.turns]
        messages += [{"role": "tool", "tool_call_id": "1", "content": "x"}] * results
        body = {"model": "sim:" + BEHAVIOURS[behaviour], "messages": messages, "max_tokens": ask.limit}
        if ask.tools:
            body["tools"] = [{"type": "function", "function": {"name": "read_gauge"}}]
        request = urllib.request.Request(
            self.simulator.url + "/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)["choices"][0]["message"]


class Relay(RecordingUpstream):
    """Stands between the gateway and the simulator, and keeps what was sent."""

    def __init__(self, url):
        self._address = urlsplit(url).netloc
        self._local = threading.local()
        super().__init__(self._pass_on)

    @property
    def last(self):
        """The body that came last, as text."""
        return self.requests[-1]["body"].decode()

    def _pass_on(self, request):
        if not hasattr(self._local, "connection"):
            self._local.connection = HTTPConnection(self._address, timeout=20)
        fields = {name: value for name, value in request["fields"].items() if name != "transfer-encoding"}
        self._local.connection.request(request["method"], request["path"], request["body"], fields)
        reply = self._local.connection.getresponse()
        # A stream passes in the pieces in which it comes.
        body = iter(lambda: reply.read1(1 << 16), b"") if reply.chunked else reply.read()
        own = ("transfer-encoding", "content-length", "connection")
        return reply.status, {name: value for name, value in reply.getheaders() if name.lower() not in own}, body
