"""
The configuration file that `gemini-clearing-mock init` writes: the demo configuration as commented TOML.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum

from ..state._accounts import Account, Key, Token
from ..state._settings import Choices, Symbol
from ._model import Config

__all__ = ["render"]

_HEAD = """\
# Configuration of a mock exchange for Gemini Clearing. Start it with: gemini-clearing-mock --config FILE
# A missing section defaults to the demo configuration. Keys and tokens need accounts in this file.
# Keys, secrets and tokens are valid for this exchange only: invent them."""

_DESKS = """\
# The accounts of the desks. Other desks address an account by its counterparty_id. An alias is a desk's own name for
# another desk, for example: aliases = { OM9VNL1G = "friends" }."""

_KEYS = """\
# A key acts for an account. Its roles are Administrator, Fund Manager and Trader in any combination, or only Auditor.
# A key without account is the master key of a group. nonce is "incremental" or "time-based".
# heartbeat = true cancels the unconfirmed orders of the key when it sends no request for heartbeat_timeout_s."""

_CHOICES = {
    "default_expiry_hours": "lifetime of an order without expires_in_hrs",
    "maximum_expiry_hours": "maximum lifetime of an order",
    "settlement_interval_s": "interval of the settlement checks of a confirmed order",
    "funds_needed_to_place": "whether placing an order requires the funds of the desk that places it",
    "funds_needed_to_confirm": "whether confirming an order requires the funds of the desk that confirms",
    "nonce_window_s": "maximum difference of a time-based nonce from the exchange time",
    "requests_per_minute": "rate limit of a key; Gemini's is 600, 0 disables it",
    "queued_requests": "how many requests above the limit are delayed before the next is rejected",
    "heartbeat_timeout_s": "time without requests after which a heartbeat key times out",
    "heartbeat_cancels_orders": "whether a timeout cancels the key's unconfirmed orders",
    "log_size": "number of requests that the log keeps",
    "seed": "makes the clearing ids the same in every run",
}


def render(config: Config) -> str:
    """Return a configuration as commented TOML."""
    blocks = [
        _HEAD,
        _choices(config.choices),
        "# The trading pairs, and the steps of amounts and prices.",
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
