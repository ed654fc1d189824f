"""
From the bytes of an answer to the object of its class, and from a fault in them to the place of the fault.

Two typed passes over the bytes, both in C: the first holds them against the contract (the *shape*: wire types, lengths,
patterns, words), the second makes the values.  The first costs about a tenth of the second.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import NoneType
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from ._enums import ClosedEnum, OpenEnum
from ._model import SCALAR, Model, wire_name
from ._scalars import Boolean, EnumValue, String
from ._timestamps import Timestamp

__all__ = ["Violation", "decode", "violation_of"]

M = TypeVar("M", bound=Model)
_log = logging.getLogger("gemini_clearing")
_reported: set[str] = set()
_MOST_REMEMBERED = 1000


class Violation(NamedTuple):
    """What is wrong with an answer, and where."""

    place: str
    problem: str


def decode(cls: type[M], content: bytes) -> M:
    """
    Return the answer that the bytes are.

    A field that the contract does not name is passed over, and told once to the logger `gemini_clearing`.

    Raises:
        msgspec.DecodeError: the bytes are no JSON, or not what the contract says; `violation_of` tells which and where.
    """
    decoder: Callable[[bytes], M] = _decoder(cls)  # type: ignore[arg-type]  # typeshed: a class is no Hashable
    return decoder(content)


def violation_of(error: msgspec.DecodeError) -> Violation:
    """Split a decoding error into the place in the answer and what is wrong there."""
    if not isinstance(error, msgspec.ValidationError):
        return Violation("$", f"no JSON: {error}")
    told = str(error)
    problem, at, place = told.rpartition(" - at `")
    return Violation(place.removesuffix("`"), problem) if at else Violation("$", told)


@cache
def _decoder(cls: Any) -> Callable[[bytes], Any]:
    strict = msgspec.json.Decoder(_struct(cls, _wire_type, closed=True))
    lenient = msgspec.json.Decoder(_struct(cls, _wire_type))
    make = _maker(cls)

    def decode_checked(content: bytes) -> Any:
        try:
            strict.decode(content)
        except msgspec.ValidationError:
            lenient.decode(content)
            for place in _unknown(cls, msgspec.json.decode(content)):
                _tell_once(f"{cls.__name__} {place}")
        return make(content)

    return decode_checked


def _maker(cls: type[M]) -> Callable[[bytes], M]:
    """Decode into the class itself or, as `msgspec` renames no attrs field, by way of a struct that renames."""
    # Not strict: the shape is proven, and `24.0` is a whole number.
    if not any(wire_name(field) != field.name for part in _parts(cls) for field in _fields(part)):
        return msgspec.json.Decoder(cls, dec_hook=_value, strict=False).decode
    carrier = msgspec.json.Decoder(_struct(cls, lambda _field, hint: hint), dec_hook=_value, strict=False)
    return lambda content: msgspec.convert(carrier.decode(content), cls, from_attributes=True, dec_hook=_value)


def _struct(cls: type[Model], typed: Callable[["attrs.Attribute[Any]", Any], Any], *, closed: bool = False) -> Any:
    """Build the `msgspec` struct with a class's fields under their wire names; `typed` gives each its type."""

    def replace(field: "attrs.Attribute[Any]", hint: Any) -> Any:
        if get_origin(hint) is list:
            (item,) = get_args(hint)
            return list[_struct(item, typed, closed=closed)]  # type: ignore[misc]  # a type made at run time
        return typed(field, hint)

    hints = get_type_hints(cls)
    fields: list[Any] = []
    for field in _fields(cls):
        required, optional = _unwrap(hints[field.name])
        hint = replace(field, required)
        # UNSET stands for an absent field: the contract has no null.
        fields.append((field.name, hint | msgspec.UnsetType, msgspec.UNSET) if optional else (field.name, hint))
    if typed is not _wire_type:
        fields = [(name, kind, *(None for _ in default)) for name, kind, *default in fields]
    names = {field.name: wire_name(field) for field in _fields(cls)}
    return msgspec.defstruct(cls.__name__, fields, rename=names, forbid_unknown_fields=closed, kw_only=True, gc=False)


def _wire_type(field: "attrs.Attribute[Any]", hint: Any) -> Any:
    """Return the wire type of a field: its kind's, or the one that its annotation implies."""
    if (scalar := field.metadata.get(SCALAR)) is not None:
        return scalar.wire_type
    if isinstance(hint, type) and issubclass(hint, ClosedEnum | OpenEnum):
        return EnumValue(hint).wire_type
    return {str: String().wire_type, bool: Boolean().wire_type}[hint]


def _value(hint: type, value: Any) -> Any:
    if hint is Timestamp:
        return value if isinstance(value, Timestamp) else Timestamp.from_wire(value)
    raise NotImplementedError(hint)  # what msgspec asks of a hook that does not know the type


def _unwrap(hint: Any) -> tuple[Any, bool]:
    """Split `X | None` into `X` and whether None was there."""
    if NoneType in get_args(hint):
        (required,) = (part for part in get_args(hint) if part is not NoneType)
        return required, True
    return hint, False


def _parts(cls: type[Model]) -> list[type[Model]]:
    """Return the class and those of its lists' items."""
    items = [_item(hint) for hint in get_type_hints(cls).values()]
    return [cls, *(part for item in items if item is not None for part in _parts(item))]


def _item(hint: Any) -> Any:
    """Return the class of a list's items; None where the type is no list."""
    required, _ = _unwrap(hint)
    return get_args(required)[0] if get_origin(required) is list else None


def _fields(cls: type[Model]) -> tuple["attrs.Attribute[Any]", ...]:
    return attrs.fields(cls)  # type: ignore[arg-type,no-any-return]  # `model` makes an attrs class of it


def _unknown(cls: type[Model], answer: Mapping[str, Any], place: str = "$") -> Iterator[str]:
    """Yield the place of every field that the contract does not list; a list's items count as one."""
    known = {wire_name(field): field for field in _fields(cls)}
    yield from (f"{place}.{name}" for name in answer if name not in known)
    for name, field in known.items():
        if isinstance(items := answer.get(name), list):
            item = _item(get_type_hints(cls)[field.name])
            yield from (found for part in items for found in _unknown(item, part, f"{place}.{name}[…]"))


def _tell_once(news: str) -> None:
    if news not in _reported and len(_reported) < _MOST_REMEMBERED:
        _reported.add(news)
        _log.warning("The exchange answers with a field that the contract does not list: %s", news)
