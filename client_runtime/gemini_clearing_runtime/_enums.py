"""The base classes of the API's enums: closed where the spec is closed, open where the exchange may add values."""

from enum import StrEnum
from typing import Self

from ._drift import report_drift
from ._events import DriftKind
from ._exchange_text import shown

__all__ = ["ClosedEnum", "OpenEnum"]


class ClosedEnum(StrEnum):
    """An enum whose values are fixed; a member equals its text."""


class OpenEnum(StrEnum):
    """
    An enum that the exchange may extend; a member equals its text.

    An unknown value is kept unchanged, so compare values with `==`, never with `is`.
    The first time an unknown value arrives, the logger `gemini_clearing` gets a warning.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        found = f"unknown value of {cls.__name__} in a response: {shown(value)}"
        report_drift(DriftKind.VALUE, f"{found}. The spec does not list it.")
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether the spec lists this value."""
        return self._value_ in type(self)._value2member_map_
