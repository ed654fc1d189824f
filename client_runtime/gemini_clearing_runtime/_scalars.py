"""
Kinds of values: how an argument is checked and written, and what an answer must look like on the wire.

A scalar states the constraints of one scalar schema of the spec. `serialize` returns what the JSON encoder takes for an
argument, or raises `ValueError` with what was expected. `wire_type` is the `msgspec` type that a value of a response is
validated against.
"""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, overload

import attrs
import msgspec

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
    "is_plain",
    "plain",
]

Money = Decimal | int | str
"""What a caller may give for an amount or a price.  Binary floats are refused: they cannot hold 0.1."""

When = datetime | int
"""What a caller may give for a time: an aware `datetime`, or milliseconds since the epoch."""

_MOST_DIGITS = 1000
_MOST_BITS = 63
_MOST_TOLD_BITS = 200


class Scalar(Protocol):
    """What every kind offers."""

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""

    def serialize(self, value: Any) -> Any:
        """Return what stands for `value` on the wire; raise `ValueError` where the contract does not allow it."""


@attrs.frozen
class String:
    """A string."""

    min_length: int = 0
    pattern: str | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return Annotated[str, msgspec.Meta(min_length=self.min_length, pattern=_in_python(self.pattern))]

    def serialize(self, value: object) -> str:
        """Return the string itself."""
        if not isinstance(value, str):
            raise ValueError(f"must be a string, not {_told(value)}")
        if len(value) < self.min_length or (self.pattern and not _matches(self.pattern, value)):
            raise ValueError("must not be empty" if not value else f"must match {self.pattern}, unlike {value!r}")
        _refuse_surrogates(value)
        return _bare(value)


@attrs.frozen
class DecimalText:
    """An exact decimal that travels as a string, in plain digits."""

    pattern: str | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return Annotated[str, msgspec.Meta(pattern=_in_python(self.pattern))]

    def serialize(self, value: object) -> str:
        """Return every digit of the number: `Decimal("1E-8")` becomes `0.00000001`."""
        number = _exact(value)
        if not is_plain(number):
            raise ValueError(f"must be a number that {_MOST_DIGITS} digits can write, not {_told(value)}")
        text = plain(number)
        if self.pattern and not _matches(self.pattern, text):
            raise ValueError(f"must be a decimal above zero, not {_told(value)}")
        return text


@attrs.frozen
class DecimalNumber:
    """An exact decimal that travels as a JSON number."""

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return float

    def serialize(self, value: object) -> Decimal:
        """Return the exact number."""
        return _exact(value)


@attrs.frozen
class Number:
    """A number for which binary floats are good enough."""

    exclusive_minimum: float | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return Annotated[float, msgspec.Meta(gt=self.exclusive_minimum)]

    def serialize(self, value: object) -> float | Decimal:
        """Return the number itself."""
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValueError(f"must be a number, not {_told(value)}")
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"must be a finite number, not {value}")
        if self.exclusive_minimum is not None and number <= self.exclusive_minimum:
            raise ValueError(f"must be above {self.exclusive_minimum}, not {_told(value)}")
        return float(value) if isinstance(value, float) else number


@attrs.frozen
class Integer:
    """A whole number; JSON's `24.0` is one too."""

    minimum: int | None = None
    maximum: int | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return _whole(self.minimum, self.maximum)

    def serialize(self, value: object) -> int:
        """Return the number itself."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, not {_told(value)}")
        if self.minimum is not None and value < self.minimum:
            raise ValueError(f"must be {self.minimum} or more, not {_told(value)}")
        if self.maximum is not None and value > self.maximum:
            raise ValueError(f"must be {self.maximum} or less, not {_told(value)}")
        if value.bit_length() > _MOST_BITS:
            raise ValueError(f"must be a whole number of {_MOST_BITS} bits, not {_told(value)}")
        return int(value)


@attrs.frozen
class Boolean:
    """True or false."""

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return bool

    def serialize(self, value: object) -> bool:
        """Return the truth value itself."""
        if not isinstance(value, bool):
            raise ValueError(f"must be True or False, not {_told(value)}")
        return value


@attrs.frozen
class Time:
    """A point in time, in milliseconds since the epoch; where `text` is given, its digits as a string too."""

    minimum: int | None = None
    maximum: int | None = None
    text: str | None = None

    @property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        number = _whole(self.minimum, self.maximum)
        return number | Annotated[str, msgspec.Meta(pattern=_in_python(self.text))] if self.text else number

    def serialize(self, value: object) -> int:
        """Return the milliseconds."""
        if isinstance(value, datetime):
            if value.utcoffset() is None:
                raise ValueError(f"must say its time zone, unlike {value!r}: give it tzinfo=UTC")
            value = milliseconds(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be an aware datetime or milliseconds since the epoch, not {_told(value)}")
        return Integer(self.minimum, self.maximum).serialize(value)


@attrs.frozen(slots=False)
class EnumValue:
    """A word of a vocabulary; one of an open vocabulary may also be a word that nobody has listed."""

    enum: type[ClosedEnum] | type[OpenEnum]

    @cached_property
    def wire_type(self) -> Any:
        """The `msgspec` type of this value in an answer."""
        return str if issubclass(self.enum, OpenEnum) else Literal[tuple(w.value for w in self.enum)]

    def serialize(self, value: object) -> str:
        """Return the word's text."""
        known = [word.value for word in self.enum]
        if not isinstance(value, str) or (issubclass(self.enum, ClosedEnum) and value not in known):
            raise ValueError(f"must be {' or '.join(map(repr, known))}, not {_told(value)}")
        return _bare(value)


def _exact(value: object) -> Decimal:
    if isinstance(value, float):
        raise ValueError(f"must not be a float, for {value!r} is not exact: give Decimal or str, such as '{value}'")
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise ValueError(f"must be Decimal, int or str, not {_told(value)}")
    try:
        number = Decimal(value)
    except InvalidOperation as exc:
        raise ValueError(f"must be a decimal number, not {_told(value)}") from exc
    if not number.is_finite():
        raise ValueError(f"must be a finite number, not {value}")
    return number


def plain(number: Decimal) -> str:
    """Write a decimal with every digit and without an exponent."""
    return format(number, "f")


def is_plain(number: Decimal) -> bool:
    """Whether a decimal can be written without an exponent in no more digits than any trade has."""
    return abs(number.adjusted()) < _MOST_DIGITS


def _whole(minimum: int | None, maximum: int | None) -> Any:
    bounds = msgspec.Meta(ge=minimum, le=maximum)
    return Annotated[int, bounds] | Annotated[float, bounds, msgspec.Meta(multiple_of=1)]


def _matches(pattern: str, text: str) -> bool:
    return re.search(_in_python(pattern), text) is not None


@overload
def _in_python(pattern: str) -> str: ...
@overload
def _in_python(pattern: None) -> None: ...
def _in_python(pattern: str | None) -> str | None:
    """Write a pattern of JSON Schema for Python, whose `$` also matches before a last line break, unlike `\\Z`."""
    if pattern is None:
        return None
    # Escapes and character classes are passed over: a `$` in them is the character.
    return re.sub(r"\\.|\[(?:\\.|[^]\\])*\]|\$", lambda part: r"\Z" if part[0] == "$" else part[0], pattern)


def _bare(text: str) -> str:
    """Return the text alone of a subclass's object; an enumeration's member would else be written as its name."""
    return str.__str__(text)


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ValueError(f"must be text that UTF-8 can write, unlike {text!r}") from exc


def _told(value: object) -> str:
    """Name a value for a message: short, and with its type where that is the point."""
    if isinstance(value, int) and value.bit_length() > _MOST_TOLD_BITS:
        return f"{type(value).__name__} of {value.bit_length()} bits"
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 60 else shown[:60] + '…'}"
