"""
The base class of all response objects, and the decorator and field that declare one.

`_decoding` turns bytes into such objects.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, cast, dataclass_transform

import attrs
import msgspec

from ._response import RawResponse
from ._scalars import DecimalText, Scalar, plain_digits
from ._timestamps import time_of, written_time
from .errors import ArgumentError

__all__ = ["SCALAR", "ListModel", "Model", "Response", "fields_of", "model", "set_sent_times", "wire", "wire_name"]

SCALAR = "gemini_clearing.scalar"
_NAME = "gemini_clearing.name"
_encoder = msgspec.json.Encoder(decimal_format="number")
_M = TypeVar("_M", bound="Model")


class Model:
    """A response or a part of one: frozen, comparable, with the fields that the spec lists."""

    __slots__ = ("_sent_times",)
    _sent_times: Mapping[str, float | str]
    """The times that the exchange sent in another form than milliseconds, by the name of the field."""

    @property
    def raw(self) -> RawResponse:
        """
        The received response: status, headers and bytes.

        Raises:
            ArgumentError: this object is only a part of a response.
        """
        raise ArgumentError(
            f"this {type(self).__name__} is a part of a response. Only the top-level response has `raw`."
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), *self._values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields_of(type(self)))
        return f"{type(self).__name__}({fields})"

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields_of(type(self)))

    def __getstate__(self) -> tuple[dict[str, Any], Mapping[str, float | str] | None]:
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(self)))
        return {field.name: getattr(self, field.name) for field in fields}, getattr(self, "_sent_times", None)

    def __setstate__(self, state: tuple[dict[str, Any], Mapping[str, float | str] | None]) -> None:
        values, sent_times = state
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if sent_times is not None:
            set_sent_times(self, sent_times)

    def to_dict(self) -> dict[str, Any]:
        """
        Return the fields by their names in Python, as plain values without loss.

        Money is `Decimal`, a time is an aware `datetime`, an enum is `str`, and an absent field is None, so that all
        rows have the same keys. `to_wire()` has the names and values of the exchange instead.
        """
        return {field.name: _plain(getattr(self, field.name)) for field in fields_of(type(self))}

    def to_wire(self) -> dict[str, Any]:
        """
        Return the fields as the exchange writes them: under their wire names, without absent ones.

        Money that the exchange sends as text is `str`, money that it sends as a JSON number is `Decimal`. Times are as
        the exchange sent them; in an object that was made otherwise, they are milliseconds since the epoch.
        """
        sent_times = getattr(self, "_sent_times", {})
        return {
            wire_name(field): _to_wire(value, field, sent_times.get(field.name))
            for field in fields_of(type(self))
            if (value := getattr(self, field.name)) is not None
        }

    def to_json(self) -> bytes:
        """Return `to_wire()` as JSON, with every digit."""
        return _encoder.encode(self.to_wire())


@attrs.frozen(kw_only=True, eq=False, repr=False, getstate_setstate=False)
class Response(Model):
    """A whole response. An object that the caller makes with `attrs.evolve` or `copy` keeps the response in `raw`."""

    # A field, because `attrs.evolve` passes fields only. No response has a field that starts with an underscore.
    _raw: RawResponse | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def raw(self) -> RawResponse:
        """
        The received response: status, headers and bytes.

        Raises:
            ArgumentError: this object was not received, or only as a part of a response.
        """
        return super().raw if self._raw is None else self._raw


class ListModel(Response):
    """A response that is a JSON list. Its only field, `items`, holds the rows."""

    __slots__ = ()
    items: Sequence[Model]

    # mypy requires the dict of the base class. The API sends a JSON list here: a dict would need a key that no response
    # has. The two methods return the list, because `to_json()` must write what was received.
    def to_dict(self) -> list[dict[str, Any]]:  # type: ignore[override]  # a JSON list has no keys for a dict
        """Return the rows as plain values."""
        return [item.to_dict() for item in self.items]

    def to_wire(self) -> list[dict[str, Any]]:  # type: ignore[override]  # a JSON list has no keys for a dict
        """Return the rows as the exchange writes them."""
        return [item.to_wire() for item in self.items]


def wire(scalar: Scalar | None = None, *, name: str | None = None, default: Any = attrs.NOTHING) -> Any:
    """Declare a field whose scalar or wire name does not follow from its annotation."""
    metadata = {key: value for key, value in ((SCALAR, scalar), (_NAME, name)) if value is not None}
    return attrs.field(default=default, metadata=metadata)


def fields_of(cls: "type[Model]") -> "Sequence[attrs.Attribute[Any]]":
    """Return the fields of the spec, without the received response."""
    fields: Sequence[attrs.Attribute[Any]] = attrs.fields(cast("type[attrs.AttrsInstance]", cls))
    return [field for field in fields if field.name != "_raw"]


def set_sent_times(made: Model, sent_times: Mapping[str, float | str]) -> None:
    """Keep the forms in which the exchange sent the times of an object."""
    object.__setattr__(made, "_sent_times", sent_times)


def wire_name(field: "attrs.Attribute[Any]") -> str:
    """Return the name that the field has in JSON."""
    return cast("str", field.metadata.get(_NAME, field.name))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(wire,))
def model(cls: type[_M]) -> type[_M]:
    """Make a frozen attrs class with slots and keyword-only arguments."""
    # The state is that of `Model`: attrs would keep the fields only. So are comparison and `repr`: attrs would compile
    # them for each class, at import.
    options = attrs.define(frozen=True, kw_only=True, slots=True, getstate_setstate=False, eq=False, repr=False)
    define = cast("Callable[[type[_M]], type[_M]]", options)
    return define(cls)


def _plain(value: Any) -> Any:
    match value:
        case list():
            return [item.to_dict() for item in value]
        case str():
            return str(value)
        case _:
            return value


def _to_wire(value: Any, field: "attrs.Attribute[Any]", sent_time: float | str | None) -> Any:
    match value:
        case list():
            return [item.to_wire() for item in value]
        case datetime():
            # `attrs.evolve` may have replaced the time.
            return sent_time if sent_time is not None and time_of(sent_time) == value else written_time(value)
        case Decimal() if isinstance(field.metadata.get(SCALAR), DecimalText):
            # A response with a huge exponent must not fill the memory with zeros.
            return plain_digits(value) or str(value)
        case str():
            return str(value)
        case _:
            return value
