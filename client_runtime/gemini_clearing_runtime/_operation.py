"""
Operations of the API as data, and the encoding of their arguments.

The generated client declares its operations with these classes. `_call` sends them.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Generic, TypeVar

import attrs
import msgspec

from ._model import Model
from ._scalars import Scalar
from .errors import ArgumentError, RejectedError

__all__ = [
    "Argument",
    "ErrorFormat",
    "Operation",
    "ResolveByList",
    "ResolveByStatus",
    "arguments_of",
    "encode",
    "serialize_arguments",
]

R_co = TypeVar("R_co", bound=Model, covariant=True)
_encoder = msgspec.json.Encoder(decimal_format="number")


@attrs.frozen
class Argument:
    """One argument of an operation."""

    name: str
    scalar: Scalar
    required: bool = attrs.field(default=False, kw_only=True)
    needs: str | None = attrs.field(default=None, kw_only=True)
    """Another argument that must be passed with this one."""
    wire: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True), kw_only=True)
    """The argument's name in JSON."""


@attrs.frozen(kw_only=True, eq=False)
class ErrorFormat:
    """
    How the API writes its error responses.

    Fields have their names in JSON. A dot separates the names of nested objects.
    """

    marks: Mapping[str, Mapping[str, type[RejectedError]]] = attrs.field(factory=dict)
    """Fields and their values that mark an error response under any status, and its class without a known reason."""
    reason: tuple[str, ...] = ()
    """Fields that may hold the reason. The first that holds text counts."""
    message: tuple[str, ...] = ()
    """Fields that may hold the message. The first text counts."""
    known_reasons: frozenset[str] = frozenset()
    """The reasons that the spec lists. Without a mark, only these prove that the exchange wrote the response."""
    inconclusive: frozenset[str] = frozenset()
    """
    Reasons that do not prove that the request was never executed.

    Their checks depend on more than the request: if something delivers a request twice, the first delivery can be
    executed, and the second one can get one of these.
    """
    passing: frozenset[str] = frozenset()
    """
    Reasons whose cause can pass while a second delivery of the request is in transit.

    The exchange may execute that delivery, unless nonces must increase.
    """


@attrs.frozen(kw_only=True)
class ResolveByStatus:
    """How to resolve the outcome of a write: read the status of the order that it was about."""

    operation: "Operation[Any]"
    """The read."""
    match: Mapping[str, str]
    """The arguments of the write, and the arguments of the read that get their values."""
    status: str
    """The field of the response that holds the status."""
    executed: tuple[str, ...]
    """Statuses that prove that the write was executed."""
    not_executed: tuple[str, ...]
    """Statuses that prove that it was not."""
    final: tuple[str, ...] = ()
    """Statuses that an order never leaves: no later arrival of the request can change it."""
    compare: tuple[str, str] | None = None
    """An argument of the write, and the field of the response that decides in the two cases below."""
    executed_if_equal: tuple[str, ...] = ()
    """Statuses that prove execution if the two are equal, and the opposite if they differ."""
    executed_if_different: tuple[str, ...] = ()
    """Statuses that prove execution if the two differ, and the opposite if they are equal."""


@attrs.frozen(kw_only=True)
class ResolveByList:
    """How to resolve the outcome of a new order: list the orders of that time, and compare their terms."""

    operation: "Operation[Any]"
    """The read."""
    rows: str
    """The field of the response that holds the listed orders."""
    window: tuple[str, str]
    """The arguments of the read that limit the time of submission."""
    match: Mapping[str, str]
    """The arguments of the write, and the fields of a listed order that hold the same terms."""
    id: tuple[str, str]
    """The field of the write's response that holds the order's id, and the field of a listed order."""
    submitted: str
    """The field of a listed order that holds the time of submission."""


@attrs.frozen
class Operation(Generic[R_co]):
    """One endpoint: its path, arguments and response, and how to handle its failures."""

    name: str
    path: str
    response: type[R_co]
    arguments: tuple[Argument, ...] = attrs.field(kw_only=True)
    account: str | None = attrs.field(default=None, kw_only=True)
    """The argument that selects the account."""
    errors: ErrorFormat = attrs.field(factory=ErrorFormat, kw_only=True)
    safe_to_repeat: bool = attrs.field(kw_only=True)
    """Whether this is a read. A write is sent again only if a query proves that it was not executed."""
    success: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, kw_only=True)
    """Fields of the response, and the values that mean success. One must exist; other values are invalid."""
    rejected: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """The values of the marks (`ErrorFormat.marks`) with which the exchange rejects this operation."""
    statuses: frozenset[str] = attrs.field(default=frozenset({"default"}), kw_only=True)
    """The HTTP statuses that the spec lists, as it writes them: `200`, `3XX` for a range, `default` for all."""
    echo: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    """Arguments, and the fields of the response that repeat them."""
    echo_in_text: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    """Arguments, and the fields of the response whose text contains them."""
    resolve: ResolveByStatus | ResolveByList | None = attrs.field(default=None, kw_only=True)
    repeats_body: bool = attrs.field(default=False, kw_only=True)
    """Whether the JSON of the payload is the HTTP body too. Otherwise the body is empty."""

    def lists_status(self, status: int) -> bool:
        """Return whether the spec lists an HTTP status for the operation."""
        return not self.statuses.isdisjoint((str(status), f"{status // 100}XX", "default"))


def serialize_arguments(operation: Operation[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the serialized arguments by name, without arguments that are None.

    Raises:
        ArgumentError: an argument is missing, or the spec does not allow its value.
    """
    sent: dict[str, Any] = {}
    for argument in operation.arguments:
        value = given.get(argument.name)
        if value is None:
            if argument.required:
                raise ArgumentError(f"{operation.name}: missing {argument.name}. It is required.")
            continue
        if argument.needs is not None and given.get(argument.needs) is None:
            raise ArgumentError(f"{operation.name}: {argument.name} without {argument.needs}. Pass both or neither.")
        try:
            sent[argument.name] = argument.scalar.serialize(value)
        except ValueError as exc:
            raise ArgumentError(f"{operation.name}: invalid {argument.name}: {exc}.") from None
    return sent


def encode(operation: Operation[Any], sent: Mapping[str, Any]) -> bytes:
    """Return serialized arguments as a JSON object."""
    return _encoder.encode({one.wire: sent[one.name] for one in operation.arguments if one.name in sent})


def arguments_of(operation: Operation[Any], payload: str) -> dict[str, Any]:
    """Return the serialized arguments by name, from the JSON that was signed."""
    signed = json.loads(payload, parse_float=Decimal)
    return {one.name: signed[one.wire] for one in operation.arguments if one.wire in signed}
