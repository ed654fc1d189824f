"""
The base class of all response objects, and the decorator and field that declare one.

`_decoding` turns bytes into such objects.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar, cast, dataclass_transform

import attrs
import msgspec

from ._response import RawResponse
from ._scalars import DecimalText, Scalar, plain_digits
from ._timestamps import Timestamp
from .errors import ArgumentError

__all__ = ["SCALAR", "ListModel", "Model", "model", "wire", "wire_name"]

SCALAR = "gemini_clearing.scalar"
_NAME = "gemini_clearing.name"
_encoder = msgspec.json.Encoder(decimal_format="number")
_M = TypeVar("_M", bound="Model")


class Model:
    """A response or a part of one: frozen, comparable, with the fields that the spec lists."""

    __slots__ = ("_raw",)
    _raw: RawResponse

    @property
    def raw(self) -> RawResponse:
        """
        The received response: status, headers and bytes.

        Raises:
            ArgumentError: this object is only a part of a response.
        """
        try:
            return self._raw
        except AttributeError:
            name = type(self).__name__
            raise ArgumentError(
                f"this {name} is a part of a response. Only the top-level response has `raw`."
            ) from None

    def __getstate__(self) -> tuple[dict[str, Any], RawResponse | None]:
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(self)))
        return {field.name: getattr(self, field.name) for field in fields}, getattr(self, "_raw", None)

    def __setstate__(self, state: tuple[dict[str, Any], RawResponse | None]) -> None:
        values, raw = state
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if raw is not None:
            object.__setattr__(self, "_raw", raw)

    def to_wire(self) -> dict[str, Any]:
        """
        Return the fields as the exchange writes them: under their wire names, without absent ones.

        Money that the exchange sends as text is `str`, money that it sends as a JSON number is `Decimal`.
        """
        return {
            wire_name(field): _to_wire(value, field)
            for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(self)))
            if (value := getattr(self, field.name)) is not None
        }

    def to_json(self) -> bytes:
        """Return `to_wire()` as JSON, with every digit."""
        return _encoder.encode(self.to_wire())


class ListModel(Model):
    """A response that is a JSON list. Its only field, `items`, holds the rows."""

    __slots__ = ()
    items: Sequence[Model]

    def to_wire(self) -> list[dict[str, Any]]:  # type: ignore[override]  # JSON: a list, not an object
        """Return the rows as the exchange writes them."""
        return [item.to_wire() for item in self.items]


def wire(scalar: Scalar | None = None, *, name: str | None = None, default: Any = attrs.NOTHING) -> Any:
    """Declare a field whose scalar or wire name does not follow from its annotation."""
    metadata = {key: value for key, value in ((SCALAR, scalar), (_NAME, name)) if value is not None}
    return attrs.field(default=default, metadata=metadata)


def wire_name(field: "attrs.Attribute[Any]") -> str:
    """Return the name that the field has in JSON."""
    return cast("str", field.metadata.get(_NAME, field.name))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(wire,))
def model(cls: type[_M]) -> type[_M]:
    """Make a frozen attrs class with slots and keyword-only arguments."""
    # The state is that of `Model`, with the response: attrs would keep the fields only.
    options = attrs.define(frozen=True, kw_only=True, slots=True, getstate_setstate=False)
    define = cast("Callable[[type[_M]], type[_M]]", options)
    return define(cls)


def _to_wire(value: Any, field: "attrs.Attribute[Any]") -> Any:
    match value:
        case list():
            return [item.to_wire() for item in value]
        case Timestamp():
            return value.wire
        case Decimal() if isinstance(field.metadata.get(SCALAR), DecimalText):
            # A response with a huge exponent must not fill the memory with zeros.
            return plain_digits(value) or str(value)
        case str():
            return str(value)
        case _:
            return value
