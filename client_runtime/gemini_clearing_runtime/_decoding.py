"""
Decoding: from the bytes of a response to an object of its class.

A response is parsed twice, both times in C. The first pass validates it against the spec: wire types, lengths,
patterns, enum values. The second one makes the values, and takes about ten times as long.
"""

import os
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import GenericAlias, NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from ._drift import report_drift
from ._enums import ClosedEnum, OpenEnum
from ._model import SCALAR, ListModel, Model, wire_name
from ._operation import ErrorFormat
from ._scalars import Boolean, EnumValue, String
from ._timestamps import Timestamp

__all__ = ["NotASuccessError", "Violation", "decode", "parse", "row_class", "rows_of", "violation_of"]

M = TypeVar("M", bound=Model)
_NO_ERRORS = ErrorFormat()

# Not as binary floats, whose range is smaller: an unknown field must not make a response unreadable.
parse: Callable[[bytes], Any] = msgspec.json.Decoder(float_hook=Decimal).decode
"""Return the JSON value of a body, without any type."""
_exact = msgspec.json.Encoder(decimal_format="number")


@attrs.frozen
class Violation:
    """How a response violates the spec: the place in it, and the problem there."""

    place: str
    problem: str


class NotASuccessError(Exception):
    """The response is marked as an error. `body` is its JSON value."""

    def __init__(self, body: Any) -> None:
        super().__init__("the response is marked as an error")
        self.body = body


def decode(cls: type[M], content: bytes, errors: ErrorFormat = _NO_ERRORS) -> M:
    """
    Return the object of a response.

    Fields that the spec does not list are ignored, and reported once to the logger `gemini_clearing`.

    Raises:
        NotASuccessError: the response is marked as an error.
        msgspec.DecodeError: the bytes are not JSON, or violate the spec. `violation_of` returns the place.
    """
    return _decoder(cls, errors).decode(content)


def violation_of(error: msgspec.DecodeError) -> Violation:
    """Split a decoding error into the place in the response and the problem there."""
    if not isinstance(error, msgspec.ValidationError):
        return Violation("$", f"not JSON: {error}")
    text = str(error)
    problem, at, place = text.rpartition(" - at `")
    return Violation(place.removesuffix("`"), problem) if at else Violation("$", text)


def row_class(cls: type[Model], field: str) -> type[Model]:
    """Return the class of the rows of a list."""
    found: type[Model] = _item(get_type_hints(cls)[field])
    return found


def rows_of(cls: type[Model], field: str, content: bytes) -> tuple[list[Model], list[Any]] | None:
    """
    Decode each row of a list for itself, in a response that violates the spec.

    Returns:
        the rows, and the JSON values of the rows that violate the spec; None if the response has no list there.
    """
    try:
        body = parse(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    names = {one.name: wire_name(one) for one in _fields(cls)}
    items = body.get(names[field]) if isinstance(body, dict) else None
    if not isinstance(items, list):
        return None
    rows: list[Model] = []
    invalid: list[Any] = []
    for item in items:
        try:
            rows.append(decode(row_class(cls, field), _exact.encode(item)))
        except (msgspec.DecodeError, AttributeError):
            invalid.append(item)
    return rows, invalid


class _Decoder(Generic[M]):
    """Decodes the responses of one class."""

    def __init__(self, cls: type[M], errors: ErrorFormat) -> None:
        self._cls = cls
        self._errors = errors
        self._listed_fields_only = msgspec.json.Decoder(_response_type(cls, closed=True))
        self._any_fields = _response_type(cls)
        msgspec.json.Decoder(self._any_fields)  # builds the type information that `convert` uses later
        self._make = _maker(cls)
        self._has_unlisted_fields = False
        names = {wire_name(field): field.name for field in _fields(cls)}
        marked = {} if issubclass(cls, ListModel) else errors.marks
        self._marks = [(names[field], values) for field, values in marked.items() if field in names]

    def decode(self, content: bytes) -> M:
        violation: msgspec.ValidationError | None = None
        if not self._has_unlisted_fields:
            try:
                fields = self._listed_fields_only.decode(content)
            except msgspec.ValidationError as exc:
                violation = exc
            else:
                if not any(getattr(fields, name) in values for name, values in self._marks):
                    return self._make(content)
        return self._decode_unusual(content, violation)

    def _decode_unusual(self, content: bytes, violation: msgspec.ValidationError | None) -> M:
        """Decode a response that is an error, violates the spec, or has fields that the spec does not list."""
        body = parse(content)
        if isinstance(body, dict) and any(
            isinstance(body.get(field), str) and body[field] in values for field, values in self._errors.marks.items()
        ):
            raise NotASuccessError(body)
        msgspec.convert(body, self._any_fields)
        unlisted = list(_unlisted(self._cls, body))
        if violation and not unlisted:
            raise violation
        for place in unlisted:
            # From now on the first pass is the untyped one, so that no response is parsed three times.
            self._has_unlisted_fields = True
            report_drift(f"unknown field in a response: {self._cls.__name__} {place}. The spec does not list it.")
        return self._make(content)


_decoders: dict[tuple[type[Model], ErrorFormat], _Decoder[Any]] = {}


def _decoder(cls: type[M], errors: ErrorFormat) -> _Decoder[M]:
    decoder = _decoders.get((cls, errors))
    if decoder is None:
        # `msgspec` builds its type information without a lock. The first responses of several threads crashed the
        # interpreter. Re-entrant, because a signal handler may decode too.
        with _building:
            decoder = _decoders.get((cls, errors)) or _decoders.setdefault((cls, errors), _Decoder(cls, errors))
    return decoder


def _after_fork() -> None:
    global _building
    _building = threading.RLock()  # the thread that held it does not exist in the child


_building = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _maker(cls: type[M]) -> Callable[[bytes], M]:
    """Return the second pass. `msgspec` renames the fields of its structs only, so renamed ones go through a struct."""
    if issubclass(cls, ListModel):
        make_items = _items_maker(_row(cls))
        make: Any = cls  # `ListModel` does not declare the constructor, its generated subclasses do
        return lambda content: make(items=make_items(content))
    # Not strict, because `24.0` is a valid integer. The first pass has validated the types.
    decoder = msgspec.json.Decoder(cls, dec_hook=_value, strict=False)  # also builds what `convert` uses later
    if not any(wire_name(field) != field.name for part in _parts(cls) for field in _fields(part)):
        return decoder.decode
    carrier = msgspec.json.Decoder(_struct(cls, lambda _field, hint: hint), dec_hook=_value, strict=False)
    return lambda content: msgspec.convert(carrier.decode(content), cls, from_attributes=True, dec_hook=_value)


def _items_maker(item: type[Model]) -> Callable[[bytes], list[Model]]:
    """Return the second pass of a list."""
    rows: Any = GenericAlias(list, _struct(item, lambda _field, hint: hint))
    carrier = msgspec.json.Decoder(rows, dec_hook=_value, strict=False)
    made: Any = GenericAlias(list, item)
    msgspec.json.Decoder(made, dec_hook=_value, strict=False)  # builds what `convert` uses later
    return lambda content: msgspec.convert(carrier.decode(content), made, from_attributes=True, dec_hook=_value)


def _row(cls: type[ListModel]) -> type[Model]:
    """Return the class of the rows of a list."""
    row: type[Model] = get_args(get_type_hints(cls)["items"])[0]
    return row


def _response_type(cls: type[Model], *, closed: bool = False) -> Any:
    """Return the wire type of a whole response: a struct, or a list of structs."""
    if issubclass(cls, ListModel):
        return GenericAlias(list, _struct(_row(cls), _wire_type, closed=closed))
    return _struct(cls, _wire_type, closed=closed)


def _struct(cls: type[Model], typed: Callable[["attrs.Attribute[Any]", Any], Any], *, closed: bool = False) -> Any:
    """Return a `msgspec` struct with the fields of a class under their wire names; `typed` returns the types."""

    def replace(field: "attrs.Attribute[Any]", hint: Any) -> Any:
        if get_origin(hint) is list:
            (item,) = get_args(hint)
            return GenericAlias(list, _struct(item, typed, closed=closed))
        return typed(field, hint)

    hints = get_type_hints(cls)
    fields: list[Any] = []
    for field in _fields(cls):
        required, optional = _unwrap(hints[field.name])
        hint = replace(field, required)
        # UNSET means an absent field: the spec has no null.
        fields.append((field.name, hint | msgspec.UnsetType, msgspec.UNSET) if optional else (field.name, hint))
    if typed is not _wire_type:
        fields = [(name, hint, *(None for _ in default)) for name, hint, *default in fields]
    names = {field.name: wire_name(field) for field in _fields(cls)}
    return msgspec.defstruct(cls.__name__, fields, rename=names, forbid_unknown_fields=closed, kw_only=True, gc=False)


def _wire_type(field: "attrs.Attribute[Any]", hint: Any) -> Any:
    """Return the wire type of a field: that of its scalar, or the wire type that follows from its annotation."""
    if (scalar := field.metadata.get(SCALAR)) is not None:
        return scalar.wire_type
    if isinstance(hint, type) and issubclass(hint, ClosedEnum | OpenEnum):
        return EnumValue(hint).wire_type
    return {str: String().wire_type, bool: Boolean().wire_type}[hint]


def _value(hint: type, value: Any) -> Any:
    if hint is Timestamp:
        return value if isinstance(value, Timestamp) else Timestamp.from_wire(value)
    raise NotImplementedError(hint)  # `msgspec` requires this of a hook that does not support the type


def _unwrap(hint: Any) -> tuple[Any, bool]:
    """Split `X | None` into `X` and True, and `X` into `X` and False."""
    if NoneType in get_args(hint):
        (required,) = (part for part in get_args(hint) if part is not NoneType)
        return required, True
    return hint, False


def _parts(cls: type[Model]) -> list[type[Model]]:
    """Return the class, and the classes of the items of its lists."""
    items = [_item(hint) for hint in get_type_hints(cls).values()]
    return [cls, *(part for item in items if item is not None for part in _parts(item))]


def _item(hint: Any) -> Any:
    """Return the class of a list's items; None if the type is not a list."""
    required, _ = _unwrap(hint)
    return get_args(required)[0] if get_origin(required) is list else None


def _fields(cls: type[Model]) -> tuple["attrs.Attribute[Any]", ...]:
    return attrs.fields(cls)  # type: ignore[arg-type,no-any-return]  # `model` makes an attrs class of it


def _unlisted(cls: type[Model], body: Any, place: str = "$") -> Iterator[str]:
    """Yield the place of each field that the spec does not list; the items of a list share one place."""
    if issubclass(cls, ListModel):
        yield from (found for part in body for found in _unlisted(_row(cls), part, f"{place}[…]"))
        return
    listed = {wire_name(field): field for field in _fields(cls)}
    yield from (f"{place}.{name}" for name in body if name not in listed)
    for name, field in listed.items():
        if isinstance(items := body.get(name), list):
            item = _item(get_type_hints(cls)[field.name])
            yield from (found for part in items for found in _unlisted(item, part, f"{place}.{name}[…]"))
