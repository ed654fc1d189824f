"""
The configuration file that ``gemini-clearing-mock init`` writes: the demo exchange, spelt out and commented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum

from ..state._accounts import Account, Key, Token
from ..state._settings import Choices, Symbol
from ._model import Config

__all__ = ["render"]

_HEAD = """\
# A mock exchange for Gemini Clearing.  Serve it with: gemini-clearing-mock --config FILE
# A part that is left out is the demo exchange's; accounts, keys and tokens come together.
# Keys, secrets and tokens open nothing but this exchange: make them up."""

_DESKS = """\
# The desks.  Others address a desk by its counterparty_id; an alias is one desk's own name for another,
# such as aliases = { OM9VNL1G = "friends" }."""

_KEYS = """\
# Keys act for an account, in the roles Administrator, Fund Manager, Trader, or Auditor alone.
# A key without account is the master key of a group.  nonce is incremental or time-based;
# heartbeat = true cancels what the key placed when it falls silent."""

_CHOICES = {
    "default_expiry_hours": "how long an order lives that does not say",
    "maximum_expiry_hours": "how long an order may live",
    "settlement_interval_s": "how often a confirmed order's funds are looked at",
    "funds_needed_to_place": "whether an order needs its own desk's funds to be placed",
    "funds_needed_to_confirm": "whether a desk needs its funds to confirm",
    "nonce_window_s": "how far a time-based nonce may be off",
    "requests_per_minute": "how many requests a key may make; Gemini allows 600, 0 is no limit",
    "queued_requests": "how many more are held back before the next is refused",
    "heartbeat_timeout_s": "how long a key that promised a heartbeat may be silent",
    "heartbeat_cancels_orders": "whether its unconfirmed clearing orders are then canceled",
    "log_size": "how many requests the log keeps",
    "seed": "for clearing ids that are the same in every run",
}


def render(config: Config) -> str:
    """Write a configuration as commented TOML."""
    blocks = [
        _HEAD,
        _choices(config.choices),
        "# What is traded, and in which steps.",
        *map(_symbol, config.symbols.values()),
        _DESKS,
        *map(_account, config.accounts),
        _KEYS,
        *(_key(key, config) for key in config.keys),
        "# OAuth access tokens, with the scopes clearing:create and clearing:read.",
        *(_token(token, config) for token in config.tokens),
    ]
    return "\n\n".join(blocks) + "\n"


def _choices(choices: Choices) -> str:
    lines = ["[choices]"]
    for name, meaning in _CHOICES.items():
        value = getattr(choices, name)
        setting = f"# {name} = 1" if value is None else f"{name} = {_value(value)}"
        lines.append(f"{setting:<34}# {meaning}")
    return "\n".join(lines)


def _symbol(symbol: Symbol) -> str:
    names = ("name", "base", "quote", "amount_step", "price_step")
    return _table("symbols", {name: getattr(symbol, name) for name in names})


def _account(account: Account) -> str:
    names = ("name", "counterparty_id", "group", "balances")
    return _table("accounts", {name: getattr(account, name) for name in names})


def _key(key: Key, config: Config) -> str:
    owner = {"group": key.group} if key.account is None else {"account": _name_of(key.account, config)}
    names = ("name", "api_key", "api_secret", "roles", "nonce")
    return _table("keys", {name: getattr(key, name) for name in names} | owner)


def _token(token: Token, config: Config) -> str:
    rows = {"name": token.name, "token": token.token, "scopes": token.scopes}
    return _table("tokens", rows | {"account": _name_of(token.account, config)})


def _name_of(counterparty_id: str, config: Config) -> str:
    return next(account.name for account in config.accounts if account.counterparty_id == counterparty_id)


def _table(name: str, rows: Mapping[str, object]) -> str:
    return "\n".join([f"[[{name}]]", *_rows(rows)])


def _rows(rows: Mapping[str, object]) -> Iterator[str]:
    return (f"{name} = {_value(value)}" for name, value in rows.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f'"{value}"'
    if isinstance(value, Enum):
        return f'"{value.value}"'
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_rows(value)) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value)
