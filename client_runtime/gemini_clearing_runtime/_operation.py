"""
What the spec says of one operation, as data, and how its arguments become the JSON that is signed.

Sending stands in `_call`.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import attrs
import msgspec

from ._model import Model
from ._scalars import Scalar
from .errors import ArgumentError

__all__ = ["Argument", "Operation", "ResolveByList", "ResolveByStatus", "encode_arguments"]

R_co = TypeVar("R_co", bound=Model, covariant=True)
_encoder = msgspec.json.Encoder(decimal_format="number")


@attrs.frozen
class Argument:
    """One parameter of an operation."""

    name: str
    scalar: Scalar
    required: bool = attrs.field(default=False, kw_only=True)
    needs: str | None = attrs.field(default=None, kw_only=True)
    """The argument that must be given with this one."""
    wire: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True), kw_only=True)
    """The name that it has in JSON."""


@attrs.frozen(kw_only=True)
class ResolveByStatus:
    """How to find out whether a write happened: ask for the order's status."""

    operation: "Operation[Any]"
    match: Mapping[str, str]
    """What to ask with: this operation's arguments by those of the question."""
    executed: tuple[str, ...]
    """Statuses that prove that it happened."""
    not_executed: tuple[str, ...]
    """Statuses that prove that it did not."""
    confirmed_by: Mapping[str, str] = attrs.field(factory=dict)
    """Of a half-confirmed order's statuses: which desk, `source` or `target`, has confirmed."""


@attrs.frozen(kw_only=True)
class ResolveByList:
    """How to find out whether an order was placed: look for one with the same terms in the submission window."""

    operation: "Operation[Any]"
    window: tuple[str, str]
    """The arguments that bound the time of submission."""
    match: Mapping[str, str]
    """The listed order's fields by this operation's arguments."""


@attrs.frozen
class Operation(Generic[R_co]):
    """One endpoint: where it is, what it takes, what it answers, and whether it may be repeated."""

    name: str
    path: str
    response: type[R_co]
    arguments: tuple[Argument, ...] = attrs.field(kw_only=True)
    safe_to_repeat: bool = attrs.field(kw_only=True)
    """A read; a write is repeated only after a refusal that proves that it was not executed."""
    resolve: ResolveByStatus | ResolveByList | None = attrs.field(default=None, kw_only=True)


def encode_arguments(operation: Operation[Any], given: Mapping[str, Any]) -> bytes:
    """
    Return the arguments as a JSON object, absent ones (None) left out.

    Raises:
        ArgumentError: one is missing, of the wrong type, or not what the contract allows.
    """
    written: dict[str, Any] = {}
    absent = {argument.name for argument in operation.arguments if given.get(argument.name) is None}
    for argument in operation.arguments:
        value = given.get(argument.name)
        if value is not None:
            try:
                written[argument.wire] = argument.scalar.serialize(value)
            except ValueError as exc:
                raise ArgumentError(f"{operation.name}: {argument.name} {exc}.") from None
        elif argument.required:
            raise ArgumentError(f"{operation.name}: {argument.name} is required.")
    for argument in operation.arguments:
        if argument.needs in absent and argument.name not in absent:
            raise ArgumentError(f"{operation.name}: {argument.name} needs {argument.needs} beside it.")
    return _encoder.encode(written)
