"""What each rendering says of an exchange, in one form: access log, ledger, root span. Standard library only."""
import sqlite3
from collections import namedtuple
from decimal import Decimal, getcontext

# Sums of money are exact: 128-bit integers have at most 39 digits.
getcontext().prec = 60

TYPES = ("input", "cache_read", "cache_write", "output", "reasoning", "audio_input", "audio_output", "image")
OUTPUT_TYPES = ("output", "reasoning", "audio_output")

# tokens: type → count, only what is known; cost: exact decimal; source: provider, estimated or none.
Account = namedtuple("Account", "id tokens cost cost_status source outcome")


def known(tokens):
    return {type: int(tokens[type]) for type in TYPES if tokens.get(type) is not None}


def of_access_line(line):
    return Account(
        line["exchange"], known(line.get("tokens", {})), Decimal(line.get("cost_usd", "0")),
        line.get("cost_status", "nothing"), line.get("usage_source", "none"), line["outcome"])


def of_root_span(span):
    said = span.attributes
    return Account(
        said["weir.exchange.id"], known({type: said.get(f"weir.tokens.{type}") for type in TYPES}),
        Decimal(said.get("weir.cost.usd", "0")), said.get("weir.cost.status", "nothing"),
        said.get("weir.usage.source", "none"), said["weir.outcome"])


def picodollars(row):
    """The ledger keeps an amount as two integers: hi × 10¹⁸ + lo picodollars."""
    return Decimal(row["cost_hi"] * 10**18 + row["cost_lo"]).scaleb(-12)


def rows(path, table):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    finally:
        connection.close()


def of_ledger(path):
    """Exchange id → (account, number of the process that served it), of every row of the ledger."""
    found = {}
    for row in rows(path, "exchanges"):
        assert row["id"] not in found, f"{row['id']} is in the ledger twice"
        tokens = known({type: row[f"tokens_{type}"] for type in TYPES})
        found[row["id"]] = Account(
            row["id"], tokens, picodollars(row), row["cost_status"], row["usage_source"], row["outcome"]
        ), row["instance"]
    return found


def of_hours(path):
    """Exchanges, tokens and cost of the ledger's hourly sums."""
    hours = rows(path, "hourly")
    tokens = {type: sum(row[f"tokens_{type}"] for row in hours) for type in TYPES}
    return sum(row["exchanges"] for row in hours), tokens, sum(map(picodollars, hours), Decimal(0))


def total_tokens(accounts):
    return {type: sum(account.tokens.get(type, 0) for account in accounts) for type in TYPES}


def total_cost(accounts):
    return sum((account.cost for account in accounts), Decimal(0))


def plain(amount):
    """The exact decimal without trailing zeros and without an exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
