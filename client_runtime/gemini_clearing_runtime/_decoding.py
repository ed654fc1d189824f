"""
Decoding: from the bytes of a response to an object of its class.

A response is parsed twice, both times in C. The first pass validates it against the spec: wire types, lengths,
patterns, enum values. The second one makes the values, and takes about ten times as long.
"""

import os
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from types import GenericAlias
from typing import Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
import msgspec

from ._annotations import item_class, unwrap
from ._enums import ClosedEnum, OpenEnum
from ._model import SCALAR, ListModel, Model, fields_of, wire_name
from ._operation import ErrorFormat
from ._scalars import Boolean, EnumValue, String
from ._time_fields import TimeFields
from ._unlisted_fields import UnlistedFields, find_unlisted, row_of

__all__ = ["NotASuccessError", "Violation", "decode", "list_fields", "parse", "row_class", "rows_of", "violation_of"]

M = TypeVar("M", bound=Model)
_NO_ERRORS = ErrorFormat()

# Not as binary floats, whose range is smaller: an unknown field must not make a response unreadable.
parse: Callable[[bytes], Any] = msgspec.json.Decoder(float_hook=Decimal).decode
"""Return the JSON value of a body, without any type."""
_exact = msgspec.json.Encoder(decimal_format="number")


class Violation(msgspec.Struct, frozen=True):
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
    found: type[Model] = item_class(get_type_hints(cls)[field])
    return found


def list_fields(cls: type[Model]) -> tuple[str, ...]:
    """Return the fields of a response that hold lists of objects."""
    items = {name: item_class(hint) for name, hint in get_type_hints(cls).items()}
    return tuple(name for name, item in items.items() if isinstance(item, type) and issubclass(item, Model))


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
    names = {one.name: wire_name(one) for one in fields_of(cls)}
    items = body.get(names[field]) if isinstance(body, dict) else None
    if not isinstance(items, list):
        return None
    rows: list[Model] = []
    invalid: list[Any] = []
    row_type = row_class(cls, field)
    for item in items:
        try:
            rows.append(decode(row_type, _exact.encode(item)))
        except (msgspec.DecodeError, AttributeError):
            invalid.append(item)
    return rows, invalid


class _Decoder(Generic[M]):
    """Decodes the responses of one class."""

    def __init__(self, cls: type[M], errors: ErrorFormat) -> None:
        self._cls = cls
        self._errors = errors
        self._accept(UnlistedFields(cls))
        self._any_fields = _response_type(cls)
        msgspec.json.Decoder(self._any_fields)  # builds the type information that `convert` uses later
        self._make = _maker(cls)
        self._is_typed_first = True
        names = {wire_name(field): field.name for field in fields_of(cls)}
        marked = {} if issubclass(cls, ListModel) else errors.marks
        self._marks = [(names[field], values) for field, values in marked.items() if field in names]

    def decode(self, content: bytes) -> M:
        violation: msgspec.ValidationError | None = None
        if self._is_typed_first:
            decoder, unlisted = self._typed
            try:
                fields = decoder.decode(content)
            except msgspec.ValidationError as exc:
                violation = exc
            else:
                if not any(getattr(fields, name) in values for name, values in self._marks):
                    if unlisted:
                        content.decode()  # `msgspec` does not check text in fields that it skips
                        unlisted.report(fields)
                    return self._make(content)
        return self._decode_unusual(content, violation)

    def _decode_unusual(self, content: bytes, violation: msgspec.ValidationError | None) -> M:
        """Decode a response that is an error, violates the spec, or has fields that are not known yet."""
        body = parse(content)
        if isinstance(body, dict) and any(
            isinstance(body.get(field), str) and body[field] in values for field, values in self._errors.marks.items()
        ):
            raise NotASuccessError(body)
        msgspec.convert(body, self._any_fields)
        found = list(dict.fromkeys(find_unlisted(self._cls, body)))
        if violation and not found:
            raise violation
        if found and self._is_typed_first:
            with _building:
                self._accept(self._typed[1].having(found))
        for field in found:
            self._typed[1].report_found(field)
        return self._make(content)

    def _accept(self, unlisted: UnlistedFields | None) -> None:
        """Let the first pass accept unlisted fields; if it cannot, do without it, so that nothing is parsed thrice."""
        if unlisted is None:
            self._is_typed_first = False
        else:
            self._typed = msgspec.json.Decoder(_response_type(self._cls, closed=True, unlisted=unlisted)), unlisted


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
    """Return the second pass. A struct takes the values under their wire names, then its times become `datetime`s."""
    if not issubclass(cls, ListModel):
        make_one = _second_pass(_carrier(cls), cls, TimeFields.of(cls), lambda one: (one,))
        return cast("Callable[[bytes], M]", make_one)
    row = row_of(cls)
    make_items = _second_pass(GenericAlias(list, _carrier(row)), GenericAlias(list, row), TimeFields.of(row), list)
    make: Any = cls  # `ListModel` does not declare the constructor, its generated subclasses do
    return lambda content: make(items=make_items(content))


def _second_pass(
    carrier: Any, made: Any, times: TimeFields, rows: Callable[[Any], Sequence[Any]]
) -> Callable[[bytes], Any]:
    # Not strict, because `24.0` is a valid integer. The first pass has validated the types.
    carriers = msgspec.json.Decoder(carrier, strict=False)
    msgspec.json.Decoder(made, strict=False)  # builds the type information that `convert` uses later

    def make(content: bytes) -> Any:
        carried = carriers.decode(content)
        sent_times = times.replace(rows(carried))
        result = msgspec.convert(carried, made, from_attributes=True)
        if sent_times:
            times.keep(rows(carried), rows(result), sent_times)
        return result

    return make


def _carrier(cls: type[Model]) -> Any:
    """Return the struct of the second pass; `msgspec` renames the fields of structs only."""
    return _struct(cls, lambda _field, hint: Any if hint is datetime else hint)


def _response_type(cls: type[Model], *, closed: bool = False, unlisted: UnlistedFields | None = None) -> Any:
    """Return the wire type of a whole response: a struct, or a list of structs."""
    if issubclass(cls, ListModel):
        return GenericAlias(list, _struct(row_of(cls), _wire_type, closed=closed, unlisted=unlisted))
    return _struct(cls, _wire_type, closed=closed, unlisted=unlisted)


def _struct(
    cls: type[Model],
    typed: Callable[["attrs.Attribute[Any]", Any], Any],
    *,
    closed: bool = False,
    unlisted: UnlistedFields | None = None,
) -> Any:
    """Return a `msgspec` struct with the fields of a class under their wire names; `typed` returns the types."""

    def replace(field: "attrs.Attribute[Any]", hint: Any) -> Any:
        if get_origin(hint) is list:
            (item,) = get_args(hint)
            return GenericAlias(list, _struct(item, typed, closed=closed, unlisted=unlisted))
        return typed(field, hint)

    hints = get_type_hints(cls)
    fields: list[Any] = []
    for field in fields_of(cls):
        required, optional = unwrap(hints[field.name])
        hint = replace(field, required)
        # UNSET means an absent field: the spec has no null.
        fields.append((field.name, hint | msgspec.UnsetType, msgspec.UNSET) if optional else (field.name, hint))
    if typed is not _wire_type:
        fields = [(name, hint, *(None for _ in default)) for name, hint, *default in fields]
    names = {field.name: wire_name(field) for field in fields_of(cls)}
    for unlisted_field, name in unlisted.of(cls) if unlisted else ():
        fields.append(unlisted_field)
        names[unlisted_field[0]] = name
    return msgspec.defstruct(cls.__name__, fields, rename=names, forbid_unknown_fields=closed, kw_only=True, gc=False)


def _wire_type(field: "attrs.Attribute[Any]", hint: Any) -> Any:
    """Return the wire type of a field: that of its scalar, or the wire type that follows from its annotation."""
    if (scalar := field.metadata.get(SCALAR)) is not None:
        return scalar.wire_type
    if isinstance(hint, type) and issubclass(hint, ClosedEnum | OpenEnum):
        return EnumValue(hint).wire_type
    return {str: String().wire_type, bool: Boolean().wire_type}[hint]
