"""Words of a vocabulary: closed where the contract is closed, open where the exchange may add one."""

import logging
from enum import StrEnum
from typing import Self

__all__ = ["ClosedEnum", "OpenEnum"]

_log = logging.getLogger("gemini_clearing")
_MOST_REMEMBERED = 1000
_reported: set[tuple[type, str]] = set()


class ClosedEnum(StrEnum):
    """A word of a closed vocabulary; it equals its text."""


class OpenEnum(StrEnum):
    """
    A word of a vocabulary that the exchange may extend; it equals its text.

    An unknown word is kept as it came: compare words with `==`, never with `is`.
    The first time one is met, a warning goes to the logger `gemini_clearing`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = value
        word._value_ = value
        if (cls, value) not in _reported and len(_reported) < _MOST_REMEMBERED:
            _reported.add((cls, value))
            _log.warning("The exchange uses a word that the contract does not list: %s %r", cls.__name__, value)
        return word

    @property
    def is_known(self) -> bool:
        """Whether the contract lists this word."""
        return self._value_ in type(self)._value2member_map_
