"""
Reads and validates the configuration file of an exchange (TOML).

A missing section defaults to the demo configuration. Keys and tokens require accounts, because they refer to them.
Every error message names file, line and key.
"""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from ..errors import ConfigError
from ..state._accounts import Account, Key, NonceMode, Token, role_problem
from ..state._settings import Choices, Symbol
from ._demo import demo_config
from ._model import Config
from ._toml_lines import KeyPath, line_of

__all__ = ["parse_config", "read_config"]

_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>[^`]+)`$")


class _AccountRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    counterparty_id: str
    group: str = "demo"
    balances: dict[str, Decimal] = {}
    aliases: dict[str, str] = {}


class _KeyRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    api_key: str
    api_secret: str
    roles: tuple[str, ...]
    account: str | None = None
    group: str = "demo"
    nonce: NonceMode = NonceMode.INCREMENTAL
    heartbeat: bool = False


class _TokenRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    token: str
    scopes: tuple[str, ...]
    account: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    choices: Choices = Choices()
    symbols: tuple[Symbol, ...] | None = None
    accounts: tuple[_AccountRow, ...] | None = None
    keys: tuple[_KeyRow, ...] = ()
    tokens: tuple[_TokenRow, ...] = ()


class _InvalidValue(Exception):  # noqa: N818  (never leaves this module)
    """An invalid value: its key path, and the problem."""

    def __init__(self, path: KeyPath, problem: str) -> None:
        super().__init__(problem)
        self.path = path


def read_config(path: Path) -> Config:
    """
    Read a configuration file.

    Raises:
        ConfigError: the file cannot be read, or is invalid.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        remedy = "Choose another file."
        if isinstance(error, FileNotFoundError):
            remedy = f"Create a configuration file with: gemini-clearing-mock init {path}"
        raise ConfigError(f"cannot read {path}: {cause}. {remedy}") from None
    return parse_config(text, path.name)


def parse_config(text: str, name: str = "configuration") -> Config:
    """
    Parse a configuration.

    Args:
        text: the configuration as TOML.
        name: the name of the file, for error messages.

    Raises:
        ConfigError: the configuration is invalid.

    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}") from None
    try:
        return _to_config(_convert(document))
    except _InvalidValue as invalid:
        key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in invalid.path).lstrip(".")
        line = line_of(text, invalid.path)
        raise ConfigError(f"{name}, line {line}, {key or 'top level'}: {invalid}.") from None


def _convert(document: dict[str, Any]) -> _File:
    try:
        return msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        problem = str(error)
        path: KeyPath = ()
        if match := _AT.search(problem):
            problem = problem[: match.start()]
            path = tuple(int(index) if index else step for step, index in _STEP.findall(match["path"]))
        if match := _UNKNOWN.match(problem):
            path, problem = (*path, match["name"]), "unknown key"
        raise _InvalidValue(path, problem[:1].lower() + problem[1:]) from None


def _to_config(file: _File) -> Config:
    _check_choices(file.choices)
    demo = demo_config(file.choices)
    symbols = demo.symbols if file.symbols is None else _symbols(file.symbols)
    if file.accounts is None:
        if file.keys or file.tokens:
            raise _InvalidValue(("keys" if file.keys else "tokens",), "keys and tokens need accounts. Add [[accounts]]")
        return msgspec.structs.replace(demo, symbols=symbols)
    accounts = _accounts(file.accounts)
    return Config(
        symbols=symbols,
        accounts=tuple(accounts.values()),
        keys=tuple(_key(index, row, file.keys, accounts) for index, row in enumerate(file.keys)),
        tokens=tuple(_token(index, row, accounts) for index, row in enumerate(file.tokens)),
        choices=file.choices,
    )


def _check_choices(choices: Choices) -> None:
    for name in ("settlement_interval_s", "log_size", "heartbeat_timeout_s"):
        if getattr(choices, name) < 1:
            raise _InvalidValue(("choices", name), f"{getattr(choices, name)} must be at least 1")
    for name in ("requests_per_minute", "queued_requests", "nonce_window_s"):
        if getattr(choices, name) < 0:
            raise _InvalidValue(("choices", name), f"{getattr(choices, name)} must not be negative")
    if not 0 < choices.default_expiry_hours <= choices.maximum_expiry_hours:
        problem = f"{choices.default_expiry_hours} must be above 0, and at most maximum_expiry_hours"
        raise _InvalidValue(("choices", "default_expiry_hours"), problem)


def _symbols(rows: tuple[Symbol, ...]) -> dict[str, Symbol]:
    symbols: dict[str, Symbol] = {}
    for index, symbol in enumerate(rows):
        if not symbol.name.isalnum() or symbol.name != symbol.name.upper():
            raise _InvalidValue(
                ("symbols", index, "name"), f"'{symbol.name}' must consist of upper-case letters and digits"
            )
        if symbol.name in symbols:
            raise _InvalidValue(("symbols", index, "name"), f"duplicate symbol '{symbol.name}'")
        if symbol.base == symbol.quote:
            raise _InvalidValue(("symbols", index, "quote"), "quote and base must be different currencies")
        for step in ("amount_step", "price_step"):
            if not getattr(symbol, step) > 0:
                raise _InvalidValue(("symbols", index, step), f"{getattr(symbol, step)} must be above 0")
        symbols[symbol.name] = symbol
    return symbols


def _accounts(rows: tuple[_AccountRow, ...]) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    ids = [row.counterparty_id for row in rows]
    for index, row in enumerate(rows):
        if row.name in accounts or row.counterparty_id in ids[:index]:
            key = "name" if row.name in accounts else "counterparty_id"
            raise _InvalidValue(("accounts", index, key), f"duplicate {key} '{getattr(row, key)}'")
        for currency, amount in row.balances.items():
            if not amount.is_finite() or amount < 0:
                raise _InvalidValue(
                    ("accounts", index, "balances"), f"{currency} = {amount} must be finite and not negative"
                )
        for other in row.aliases:
            if other not in ids:
                raise _InvalidValue(
                    ("accounts", index, "aliases"), f"'{other}' is not the counterparty_id of an account in this file"
                )
        accounts[row.name] = Account(row.counterparty_id, row.name, row.group, row.balances, row.aliases)
    return accounts


def _key(index: int, row: _KeyRow, rows: tuple[_KeyRow, ...], accounts: dict[str, Account]) -> Key:
    if any(row.api_key == other.api_key for other in rows[:index]):
        raise _InvalidValue(("keys", index, "api_key"), f"duplicate key '{row.api_key}'")
    prefix = "master-" if row.account is None else "account-"
    if not row.api_key.startswith(prefix):
        scope = "a master key (a key without account)" if row.account is None else "the key of an account"
        raise _InvalidValue(("keys", index, "api_key"), f"'{row.api_key}': {scope} must start with '{prefix}'")
    if not row.api_secret:
        raise _InvalidValue(("keys", index, "api_secret"), "the secret must not be empty")
    if problem := role_problem(row.roles):
        raise _InvalidValue(("keys", index, "roles"), problem)
    owner = None if row.account is None else _owner(("keys", index, "account"), row.account, accounts)
    return Key(
        name=row.name,
        api_key=row.api_key,
        api_secret=row.api_secret,
        roles=row.roles,
        account=owner.counterparty_id if owner else None,
        group=owner.group if owner else row.group,
        nonce=row.nonce,
        heartbeat=row.heartbeat,
    )


def _token(index: int, row: _TokenRow, accounts: dict[str, Account]) -> Token:
    owner = _owner(("tokens", index, "account"), row.account, accounts)
    return Token(row.name, row.token, row.scopes, owner.counterparty_id, owner.group)


def _owner(path: KeyPath, name: str, accounts: dict[str, Account]) -> Account:
    if name not in accounts:
        raise _InvalidValue(path, f"unknown account '{name}'. Accounts: {', '.join(accounts) or 'none'}")
    return accounts[name]
