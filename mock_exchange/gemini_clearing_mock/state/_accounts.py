"""
Who trades: accounts, the API keys and access tokens that act for them, and what each may do.

Records only; the checks that read them stand in ``_checks``, the demo ones in ``_demo``.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

__all__ = ["Account", "DemoAccount", "Key", "NonceMode", "Token"]


class NonceMode(StrEnum):
    """What a key's nonces must do."""

    INCREMENTAL = "incremental"  # grow with every call
    TIME_BASED = "time-based"  # be the time in seconds, at most 30 off


class Account(msgspec.Struct, frozen=True):
    """
    One desk.

    ``counterparty_id`` is how others address it, ``name`` how a master key of its ``group`` does.
    ``changed_ms`` is when its balances last changed.
    """

    counterparty_id: str
    name: str
    group: str
    balances: dict[str, Decimal] = {}
    aliases: dict[str, str] = {}
    changed_ms: int = 0

    def holds(self, currency: str, amount: Decimal) -> bool:
        """Whether the account has this much of a currency."""
        return self.balances.get(currency, Decimal(0)) >= amount


class Key(msgspec.Struct, frozen=True):
    """
    An API key: of one account (``account`` is its counterparty id), or, without one, the master key of a group.

    With ``heartbeat``, the orders it placed are canceled when it stays silent.
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
        """The name under which rate limit and silence are counted."""
        return self.api_key

    def __repr__(self) -> str:
        """Name the key, and keep its secret."""
        return f"Key({self.api_key!r}, roles={self.roles!r})"


class Token(msgspec.Struct, frozen=True):
    """An OAuth access token of one account, with the scopes it was granted."""

    name: str
    token: str
    scopes: tuple[str, ...]
    account: str
    group: str

    @property
    def owner(self) -> str:
        """The name under which rate limit and silence are counted."""
        return f"oauth:{self.name}"

    def __repr__(self) -> str:
        """Name the token, and keep its text."""
        return f"Token({self.name!r}, scopes={self.scopes!r})"


class DemoAccount(msgspec.Struct, frozen=True):
    """What a client needs to act for a desk: the entry of ``Exchange.accounts``."""

    name: str
    api_key: str
    api_secret: str
    counterparty_id: str
    roles: tuple[str, ...]
