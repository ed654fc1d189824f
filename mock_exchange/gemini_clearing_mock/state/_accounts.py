"""
Accounts, and the API keys and access tokens that act for them.

Records only: the checks that read them are in `api/_checks.py`, the demo records in `config/_demo.py`.
"""

from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum

import msgspec

__all__ = [
    "Account",
    "DemoAccount",
    "DemoMasterKey",
    "DemoToken",
    "Key",
    "KeySession",
    "NonceMode",
    "Token",
    "role_problem",
]

_ROLES = frozenset({"Administrator", "Auditor", "Fund Manager", "Trader"})


class NonceMode(StrEnum):
    """How the nonces of a key are checked."""

    INCREMENTAL = "incremental"  # greater than every earlier one
    TIME_BASED = "time-based"  # the time in seconds, at most `Choices.nonce_window_s` off


class Account(msgspec.Struct, frozen=True):
    """
    The account of a desk.

    Other desks address it by `counterparty_id`, the master key of its `group` by `name`. `changed_ms` is the time of
    the last change of its balances.
    """

    counterparty_id: str
    name: str
    group: str
    balances: dict[str, Decimal] = {}
    aliases: dict[str, str] = {}
    changed_ms: int = 0

    def holds(self, currency: str, amount: Decimal) -> bool:
        """Return whether the balance in a currency is at least `amount`."""
        return self.balances.get(currency, Decimal(0)) >= amount


class Key(msgspec.Struct, frozen=True):
    """
    An API key.

    `account` is the counterparty id of the account that it acts for; a key without one is the master key of its
    `group`. With `heartbeat`, the unconfirmed orders that the key placed are canceled when it sends no request for
    `Choices.heartbeat_timeout_s`.
    """

    name: str
    api_key: str
    api_secret: str
    roles: tuple[str, ...]
    account: str | None
    group: str
    nonce: NonceMode = NonceMode.INCREMENTAL
    heartbeat: bool = False

    @property
    def owner(self) -> str:
        """The id of its `KeySession`, and of the orders that it placed."""
        return self.api_key

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"Key({self.api_key!r}, roles={self.roles!r})"


class Token(msgspec.Struct, frozen=True):
    """An OAuth access token of an account, with its scopes."""

    name: str
    token: str
    scopes: tuple[str, ...]
    account: str
    group: str

    @property
    def owner(self) -> str:
        """The id of its `KeySession`, and of the orders that it placed."""
        return f"oauth:{self.name}"

    def __repr__(self) -> str:
        """Return a text without the token itself."""
        return f"Token({self.name!r}, scopes={self.scopes!r})"


class KeySession(msgspec.Struct, frozen=True):
    """
    The request activity of a key or token.

    `seen_ms` is the time of its last request. `used_until_us` (microseconds) is the time up to which its requests have
    used its rate limit.
    """

    seen_ms: int
    used_until_us: int = 0


class DemoAccount(msgspec.Struct, frozen=True):
    """The data that a client needs to act for a desk: an entry of `Exchange.accounts`."""

    name: str
    api_key: str
    api_secret: str
    counterparty_id: str
    roles: tuple[str, ...]
    nonce_mode: NonceMode


class DemoMasterKey(msgspec.Struct, frozen=True):
    """
    The data that a client needs to act for a group: an entry of `Exchange.master_keys`.

    `accounts` are the accounts of the group: the counterparty id by the name that the field `account` takes.
    """

    name: str
    api_key: str
    api_secret: str
    roles: tuple[str, ...]
    nonce_mode: NonceMode
    accounts: dict[str, str]

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"DemoMasterKey({self.api_key!r}, roles={self.roles!r}, accounts={self.accounts!r})"


class DemoToken(msgspec.Struct, frozen=True):
    """The data that a client needs to act with an OAuth access token: an entry of `Exchange.tokens`."""

    name: str
    token: str
    counterparty_id: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return a text without the token itself."""
        return f"DemoToken({self.name!r}, {self.counterparty_id!r}, scopes={self.scopes!r})"


def role_problem(roles: Collection[str]) -> str | None:
    """Return what is wrong with the roles of a key, or `None`."""
    if unknown := sorted(set(roles) - _ROLES):
        return f"unknown role '{unknown[0]}'. Valid roles: {', '.join(sorted(_ROLES))}"
    if "Auditor" in roles and len(roles) > 1:
        return "Auditor cannot be combined with another role"
    return None
