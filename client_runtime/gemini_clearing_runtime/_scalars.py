"""
Scalars: the constraints of the spec's scalar schemas, for arguments and for fields of responses.

`serialize` validates an argument and returns what the JSON encoder takes. `wire_type` is the `msgspec` type that a
value in a response is validated against, before it becomes a Python value.
"""

import re
import sys
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from math import isfinite
from typing import Annotated, Any, Literal, Protocol

import msgspec

from gemini_clearing_auth._secrets import repeats_secret, shown, typed

from ._enums import ClosedEnum, OpenEnum
from ._timestamps import milliseconds

__all__ = [
    "Boolean",
    "DecimalNumber",
    "DecimalText",
    "EnumValue",
    "Integer",
    "Money",
    "Number",
    "Scalar",
    "String",
    "Time",
    "When",
    "plain_digits",
]

Money = Decimal | int | str
"""The types of an amount or price. Binary floats are rejected: they cannot represent 0.1."""

When = datetime | int
"""The types of a time: an aware `datetime`, or milliseconds since the epoch."""

# `msgspec` rejects a larger JSON number as out of range. As a bound it does the same for a `Decimal`.
_MAX_FLOAT = sys.float_info.max
_MAX_DIGITS = 1000
_MAX_BITS = 63
_LONGEST_NAME = 15  # the secrets of the exchange are longer


class Scalar(Protocol):
    """The interface of all scalars."""

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""

    def serialize(self, value: Any) -> Any:
        """
        Return the JSON value for an argument.

        Raises:
            ValueError: the spec does not allow the value. The message says what is wrong, then what to pass.
        """


class String(msgspec.Struct, frozen=True):
    """A string."""

    min_length: int = 0
    pattern: str | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        return Annotated[str, msgspec.Meta(min_length=self.min_length, pattern=_python_pattern(self.pattern))]

    def serialize(self, value: object) -> str:
        """Return the string."""
        if not isinstance(value, str):
            raise ValueError(f"{typed(value)}. Pass a string")
        if len(value) > _LONGEST_NAME and repeats_secret(value):
            raise ValueError(f"{typed(value)}. Pass another text, because arguments are recorded")
        if len(value) < self.min_length:
            plural = "" if self.min_length == 1 else "s"
            raise ValueError(f"{shown(value)}. Pass at least {self.min_length} character{plural}")
        if self.pattern and not _compiled(self.pattern).search(value):
            raise ValueError(f"{shown(value)}. It must match {self.pattern}")
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise ValueError(f"{shown(value)}. Pass text that UTF-8 can encode") from exc
        return _exact_str(value)


class DecimalText(msgspec.Struct, frozen=True):
    """An exact decimal that is sent as a string of digits."""

    pattern: str | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        return Annotated[str, msgspec.Meta(pattern=_python_pattern(self.pattern))]

    def serialize(self, value: object) -> str:
        """Return every digit of the number: `Decimal("1E-8")` becomes `0.00000001`."""
        number = _exact(value)
        text = plain_digits(number)
        if text is None:
            raise ValueError(f"{typed(value)}. Pass at most {_MAX_DIGITS} digits")
        if self.pattern and not _compiled(self.pattern).search(text):
            rule = f"It must match {self.pattern}" if number > 0 else "Pass a decimal greater than zero"
            raise ValueError(f"{typed(value)}. {rule}")
        return text


class DecimalNumber(msgspec.Struct, frozen=True):
    """An exact decimal that is sent as a JSON number."""

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        return Annotated[float, msgspec.Meta(ge=-_MAX_FLOAT, le=_MAX_FLOAT)]

    def serialize(self, value: object) -> Decimal:
        """Return the exact number."""
        return _exact(value)


class Number(msgspec.Struct, frozen=True):
    """A number that may be a binary float."""

    exclusive_minimum: float | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        if self.exclusive_minimum is None:
            return Annotated[float, msgspec.Meta(ge=-_MAX_FLOAT, le=_MAX_FLOAT)]
        return Annotated[float, msgspec.Meta(gt=self.exclusive_minimum, le=_MAX_FLOAT)]

    def serialize(self, value: object) -> float | Decimal:
        """Return the number."""
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValueError(f"{typed(value)}. Pass a number")
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{value}. Pass a finite number")
        if self.exclusive_minimum is not None and number <= self.exclusive_minimum:
            raise ValueError(f"{typed(value)}. Pass a number greater than {self.exclusive_minimum}")
        return float(value) if isinstance(value, float) else number


class Integer(msgspec.Struct, frozen=True):
    """An integer. In a response `24.0` is one too, as in JSON Schema."""

    minimum: int | None = None
    maximum: int | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        return _integer(self.minimum, self.maximum)

    def serialize(self, value: object) -> int:
        """Return the integer."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{typed(value)}. Pass an int")
        return _in_range(value, self.minimum, self.maximum)


class Boolean(msgspec.Struct, frozen=True):
    """True or false."""

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        return bool

    def serialize(self, value: object) -> bool:
        """Return the boolean."""
        if not isinstance(value, bool):
            raise ValueError(f"{typed(value)}. Pass True or False")
        return value


class Time(msgspec.Struct, frozen=True):
    """A time in milliseconds since the epoch. With a `text` pattern, a response may send its digits as a string too."""

    minimum: int | None = None
    maximum: int | None = None
    text: str | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        number = _integer(self.minimum, self.maximum)
        return number | Annotated[str, msgspec.Meta(pattern=_python_pattern(self.text))] if self.text else number

    def serialize(self, value: object) -> int:
        """Return the milliseconds."""
        if isinstance(value, datetime):
            if value.utcoffset() is None:
                raise ValueError(
                    f"{shown(value)} has no time zone. Pass an aware datetime, such as one with tzinfo=UTC"
                )
            value = milliseconds(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{typed(value)}. Pass an aware datetime, or milliseconds since the epoch")
        return _in_range(value, self.minimum, self.maximum)


class EnumValue(msgspec.Struct, frozen=True, dict=True):
    """A value of an enum; of an open enum, any string."""

    enum: type[ClosedEnum] | type[OpenEnum]

    @cached_property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in a response."""
        return str if issubclass(self.enum, OpenEnum) else Literal[tuple(member.value for member in self.enum)]

    def serialize(self, value: object) -> str:
        """Return the value's text."""
        values = [member.value for member in self.enum]
        if not isinstance(value, str) or (issubclass(self.enum, ClosedEnum) and value not in values):
            raise ValueError(f"{typed(value)}. Valid values: {', '.join(map(repr, values))}")
        return _exact_str(value)


def plain_digits(number: Decimal) -> str | None:
    """Return every digit of a decimal, without an exponent; None if these are more than `_MAX_DIGITS`."""
    return format(number, "f") if abs(number.adjusted()) < _MAX_DIGITS else None


def _exact(value: object) -> Decimal:
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value}. Pass a finite number")
    if isinstance(value, float):
        raise ValueError(f"float {value!r} is not exact. Pass a Decimal or a string, for example '{value}'")
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise ValueError(f"{typed(value)}. Pass a Decimal, an int or a string")
    try:
        number = Decimal(value)
    except InvalidOperation as exc:
        raise ValueError(f"{typed(value)}. Pass a decimal number") from exc
    if not number.is_finite():
        raise ValueError(f"{value}. Pass a finite number")
    return number


def _in_range(value: int, minimum: int | None, maximum: int | None) -> int:
    if minimum is not None and value < minimum:
        raise ValueError(f"{typed(value)}. The minimum is {minimum}")
    if maximum is not None and value > maximum:
        raise ValueError(f"{typed(value)}. The maximum is {maximum}")
    # Servers read a larger integer as a float, or not at all.
    if value.bit_length() > _MAX_BITS:
        raise ValueError(f"{typed(value)}. Pass at most {_MAX_BITS} bits")
    return int(value)


def _integer(minimum: int | None, maximum: int | None) -> Any:
    bounds = msgspec.Meta(ge=minimum, le=maximum)
    return Annotated[int, bounds] | Annotated[float, bounds, msgspec.Meta(multiple_of=1)]


@cache
def _compiled(pattern: str) -> "re.Pattern[str]":
    r"""
    Compile a pattern of JSON Schema.

    In ECMA-262, which JSON Schema refers to, `$` matches only at the end. Python's `$` also matches before a trailing
    line break, and `\Z` does not. Escapes and character classes are not changed: a `$` in them is the character.
    """
    parts = r"\\.|\[(?:\\.|[^]\\])*\]|\$"
    return re.compile(re.sub(parts, lambda part: r"\Z" if part[0] == "$" else part[0], pattern))


def _python_pattern(pattern: str | None) -> str | None:
    return None if pattern is None else _compiled(pattern).pattern


def _exact_str(text: str) -> str:
    """Return a plain `str`: `msgspec` encodes no subclass of it."""
    return str.__str__(text)
