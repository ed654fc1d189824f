"""
The configuration of an exchange, as one record.
"""

import msgspec

from ..state._accounts import Account, Key, Token
from ..state._settings import Choices, Symbol

__all__ = ["Config"]


class Config(msgspec.Struct, frozen=True):
    """Everything that an exchange starts with."""

    symbols: dict[str, Symbol]
    accounts: tuple[Account, ...]
    keys: tuple[Key, ...]
    tokens: tuple[Token, ...] = ()
    choices: Choices = Choices()
