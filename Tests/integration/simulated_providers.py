"""One gateway before the simulator, which stands for a provider of every dialect."""
from decimal import Decimal

from gateway import eventually, provider, target

PRICES = {
    "chat": {"input": "2", "output": "8"},
    "embedding": {"input": "0.02"},
    "image": {"per_image": "0.04"},
    "speech": {"per_character": "0.000015"},
    "sound": {"per_audio_second": "0.0001"},
    "search": {"per_request": "0.002"},
    "free": {"input": "0", "output": "0"},
}

# Route → (provider, model, prices).
ROUTES = {
    "chat": ("openai", "sim-fast", "chat"),
    "completions": ("openai", "sim:tokens=7", "chat"),
    "claude": ("anthropic", "sim-fast", "chat"),
    "gemini": ("gemini", "sim-fast", "chat"),
    "embed-openai": ("openai", "sim-embed", "embedding"),
    "embed-gemini": ("gemini", "sim-embed", "embedding"),
    "embed-cohere": ("cohere", "sim-embed", "embedding"),
    "embed-bedrock": ("bedrock", "amazon.titan-embed-text-v2:0", "embedding"),
    "images": ("openai", "sim:usage=none", "image"),
    "images-by-token": ("openai", "sim:tokens=10", "chat"),
    "speech": ("openai", "sim:tokens=3", "speech"),
    "transcripts": ("openai", "sim:tokens=5", "chat"),
    "sounds": ("openai", "sim:tokens=4", "sound"),
    "moderation": ("openai", "sim:tokens=2", "free"),
    "rerank-cohere": ("cohere", "sim-fast", "search"),
    "rerank-openai": ("openai", "sim:tokens=1", "chat"),
}


def providers(simulator):
    """One of each dialect; `simulator`: its address without a path."""
    return {
        "openai": provider(simulator + "/v1"),
        "anthropic": provider(simulator, dialect="anthropic", kind="anthropic"),
        "gemini": provider(simulator + "/v1beta", dialect="gemini", kind="gcp.gemini"),
        "cohere": provider(simulator + "/v2", dialect="cohere", kind="cohere"),
        "bedrock": {
            "dialect": "bedrock", "kind": "aws.bedrock", "base_url": simulator,
            "aws": {"region": "eu-central-1", "access_key_id": "env:AWS_TEST_ID",
                    "secret_access_key": "env:AWS_TEST_SECRET"},
        },
    }


AWS = {"AWS_TEST_ID": "AKIATEST", "AWS_TEST_SECRET": "never-to-be-seen"}


def complete(whole, simulator, routes=None):
    """The configuration with these providers, routes and prices in place of its own."""
    routes = ROUTES if routes is None else routes
    prices = {(name, model): PRICES[price] for name, model, price in routes.values()}
    return whole | {
        "providers": providers(simulator),
        "models": {route: {"targets": [target(model, name=name)]} for route, (name, model, _) in routes.items()},
        "prices": {"overrides": [
            {"provider": name, "model": model} | price for (name, model), price in prices.items()]},
    }


def line_of(gateway, exchange):
    """The access line of an exchange."""
    def find():
        return next((line for line in gateway.access_log() if line["exchange"] == exchange), None)

    line = eventually(find)
    assert line, f"no access line for {exchange}"
    return line


def cost_of(line):
    assert line["cost_status"] == "priced", line
    return Decimal(line["cost_usd"])


def exchanges(samples, operation):
    """`weir_exchanges_total` of an operation, over all that completed."""
    return sum(
        int(float(value)) for (name, labels), value in samples.items()
        if name == "weir_exchanges_total" and ("operation", operation) in labels and ("outcome", "completed") in labels)
