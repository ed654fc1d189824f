"""
The base of every answer's class, and the decorator and field that declare one.

How bytes become such an object stands in `_decoding`.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar, cast, dataclass_transform

import attrs
import msgspec

from ._response import RawResponse
from ._scalars import DecimalText, Scalar, is_plain, plain
from ._timestamps import Timestamp
from .errors import ArgumentError

__all__ = ["SCALAR", "Model", "model", "wire", "wire_name"]

SCALAR = "gemini_clearing.scalar"
_NAME = "gemini_clearing.name"
_encoder = msgspec.json.Encoder(decimal_format="number")
_M = TypeVar("_M", bound="Model")


class Model:
    """An answer, or a part of one: frozen, comparable, with the fields that the contract names."""

    __slots__ = ("_raw",)
    _raw: RawResponse

    @property
    def raw(self) -> RawResponse:
        """
        Status, headers and bytes of the answer as they came.

        Only the answer as a whole has them; asking a part of it raises `ArgumentError`.
        """
        try:
            return self._raw
        except AttributeError:
            name = type(self).__name__
            raise ArgumentError(f"This {name} has no raw answer: ask the answer that it is a part of.") from None

    def to_wire(self) -> dict[str, Any]:
        """
        Return the fields as the exchange writes them: wire names, absent ones left out.

        Money that travels as text is `str`, money that travels as a JSON number is `Decimal`.
        """
        return {
            wire_name(field): _to_wire(value, field)
            for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(self)))
            if (value := getattr(self, field.name)) is not None
        }

    def to_json(self) -> bytes:
        """Return `to_wire()` as JSON; no digit is lost."""
        return _encoder.encode(self.to_wire())


def wire(scalar: Scalar | None = None, *, name: str | None = None, default: Any = attrs.NOTHING) -> Any:
    """Declare a field whose kind or wire name its annotation alone does not tell."""
    metadata = {key: value for key, value in ((SCALAR, scalar), (_NAME, name)) if value is not None}
    return attrs.field(default=default, metadata=metadata)


def wire_name(field: "attrs.Attribute[Any]") -> str:
    """Return the name that the field has in JSON."""
    return cast("str", field.metadata.get(_NAME, field.name))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(wire,))
def model(cls: type[_M]) -> type[_M]:
    """Make an attrs class of it: frozen, with slots and keyword arguments."""
    define = cast("Callable[[type[_M]], type[_M]]", attrs.define(frozen=True, kw_only=True, slots=True))
    return define(cls)


def _to_wire(value: Any, field: "attrs.Attribute[Any]") -> Any:
    match value:
        case list():
            return [item.to_wire() for item in value]
        case Timestamp():
            return value.wire
        case Decimal() if isinstance(field.metadata.get(SCALAR), DecimalText):
            return plain(value) if is_plain(value) else str(value)
        case str():
            return str(value)
        case _:
            return value
