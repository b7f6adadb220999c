"""Configurations with budgets, and what the gateway says of them. Standard library only."""
import json
import threading
from decimal import Decimal

import accounts
from gateway import KEY, configuration
from local_server import Handler, LocalServer
from wire import Connection, chat, request

# Cost of a reply of 100 tokens: 0.1 USD at the dear model, a tenth of that at the cheap one.
DEAR, CHEAP = "sim:tokens=100", "sim-fast:tokens=100"
PRICES = {"overrides": [
    {"provider": "sim", "model": DEAR, "input": "0", "output": "1000"},
    {"provider": "sim", "model": CHEAP, "input": "0", "output": "100"},
]}


def budget(**changes):
    return {"name": "search", "scope": {"team": "search"}, "limit": "1 USD", "per": "rolling 10s",
            "enforce": "soft", "owner": "search-oncall"} | changes


def rule(name="warn", when="spent >= 20%", **more):
    return {"name": name, "when": when} | more


MOVE = rule("move", "spent >= 50%", until="spent < 30%", severity="page", then={"reroute": "economy"})


def two_models(simulator, budgets, cheap=None, **changes):
    """`smart` is dear, `fast` costs a tenth; the map `economy` leads from one to the other."""
    fast = {"provider": "sim", "model": CHEAP} | (cheap or {})
    return configuration(
        simulator.url, {"smart": DEAR, "fast": [fast]}, prices=PRICES,
        reroutes={"economy": {"smart": "fast"}}, budgets=budgets, **changes)


def ask(gateway, model="smart", key=KEY, max_tokens=100, **more):
    """What the reply may cost is reserved, which rules that act see too: `max_tokens` makes that what it does cost."""
    bound = {} if max_tokens is None else {"max_tokens": max_tokens}
    with Connection(gateway.port, timeout=20) as connection:
        connection.send(request(chat(model, **bound, **more), key=key))
        return connection.reply()


def sample(gateway, name, **labels):
    """The sum of a metric's samples that have these labels."""
    return sum((Decimal(value) for (metric, found), value in gateway.metrics().items()
                if metric == name and labels.items() <= dict(found).items()), Decimal(0))


def fires(gateway, rule, budget="search"):
    return sample(gateway, "weir_budget_rule_state", budget=budget, rule=rule, state="firing") == 1


def transitions(gateway, rule, budget="search"):
    return sample(gateway, "weir_budget_rule_transitions_total", budget=budget, rule=rule)


def charge(row):
    """What a row of the ledger counts for in a budget. What a kill interrupted counts with what was reserved for it."""
    reserved = row["reserved"] if row["outcome"] == "interrupted" else None
    return accounts.picodollars(row) + Decimal(reserved or 0)


def charged(path, team=None):
    return sum((charge(row) for row in accounts.rows(path, "exchanges") if team in (None, row["team"])), Decimal(0))


class Receiver(LocalServer):
    """Keeps the JSON of every POST; `statuses` holds what to answer to the next ones, 200 when it is empty."""

    def __init__(self):
        self.posts, self.statuses, self._lock = [], [], threading.Lock()
        super().__init__(self._handler())

    def alerts(self, **labels):
        """The alerts of all posts, in either of the two shapes."""
        with self._lock:
            bodies = [body for _, body in self.posts]
        return [alert for body in bodies for alert in (body["alerts"] if isinstance(body, dict) else body)
                if labels.items() <= alert["labels"].items()]

    def _handler(self):
        receiver = self

        class Post(Handler):
            def do_POST(self):
                body = json.loads(self.body())
                with receiver._lock:
                    receiver.posts.append((self.path, body))
                    status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.reply(status)

        return Post
