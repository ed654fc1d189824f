"""
Operations of the API as data, with their waits and walks, and the encoding of their arguments.

The generated client declares its operations with these classes. `_call` sends them.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from ._scalars import Scalar
from .errors import ArgumentError, RejectedError

if TYPE_CHECKING:
    from ._model import Model

__all__ = [
    "Argument",
    "ErrorFormat",
    "Operation",
    "ResolveByList",
    "ResolveByStatus",
    "Waiter",
    "Walker",
    "arguments_of",
    "encode",
    "serialize_arguments",
]

R = TypeVar("R", bound="Model")
R_co = TypeVar("R_co", bound="Model", covariant=True)
_encoder = msgspec.json.Encoder(decimal_format="number")


# `kw_only` of a struct holds for the fields of one class. So a base class has the fields without it.
class _NamedScalar(msgspec.Struct, frozen=True):
    name: str
    scalar: Scalar


class Argument(_NamedScalar, frozen=True, kw_only=True):
    """One argument of an operation."""

    required: bool = False
    needs: str | None = None
    """Another argument that must be passed with this one."""
    wire: str = ""
    """The argument's name in JSON; by default the same name."""

    def __post_init__(self) -> None:
        if not self.wire:
            msgspec.structs.force_setattr(self, "wire", self.name)


class ErrorFormat(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    How the API writes its error responses.

    Fields have their names in JSON. A dot separates the names of nested objects.
    """

    marks: Mapping[str, Mapping[str, type[RejectedError]]] = msgspec.field(default_factory=dict)
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


class ResolveByStatus(msgspec.Struct, frozen=True, kw_only=True):
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


class ResolveByList(msgspec.Struct, frozen=True, kw_only=True):
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


class _Endpoint(msgspec.Struct, Generic[R_co], frozen=True):
    name: str
    path: str
    find_response: Callable[[], type[R_co]]
    """Returns the class of the responses. These classes are imported when the first client is created."""


class Operation(_Endpoint[R_co], frozen=True, kw_only=True):
    """One endpoint: its path, arguments and response, and how to handle its failures."""

    arguments: tuple[Argument, ...]
    account: str | None = None
    """The argument that selects the account."""
    errors: ErrorFormat = msgspec.field(default_factory=ErrorFormat)
    safe_to_repeat: bool
    """Whether this is a read. A write is sent again only if a query proves that it was not executed."""
    success: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Fields of the response, and the values that mean success. One must exist; other values are invalid."""
    rejected: tuple[str, ...] = ()
    """The values of the marks (`ErrorFormat.marks`) with which the exchange rejects this operation."""
    statuses: frozenset[str] = frozenset({"default"})
    """The HTTP statuses that the spec lists, as it writes them: `200`, `3XX` for a range, `default` for all."""
    echo: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Arguments, and the fields of the response that repeat them."""
    echo_in_text: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Arguments, and the fields of the response whose text contains them."""
    resolve: ResolveByStatus | ResolveByList | None = None
    repeats_body: bool = False
    """Whether the JSON of the payload is the HTTP body too. Otherwise the body is empty."""

    @property
    def response(self) -> type[R_co]:
        """The class of the responses."""
        return self.find_response()

    def lists_status(self, status: int) -> bool:
        """Return whether the spec lists an HTTP status for the operation."""
        return not self.statuses.isdisjoint((str(status), f"{status // 100}XX", "default"))


class Waiter(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """How to wait for a status: the read that shows it, and the statuses of the spec's life-cycle."""

    name: str
    """The client's method."""
    operation: Operation[R]
    status: str
    """The field of the response that has the status."""
    final: tuple[str, ...]
    """The statuses that never change."""
    others: tuple[str, ...]
    """The other statuses."""
    announced_as: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Statuses, and the text that some responses have for them."""

    def status_of(self, order: R) -> str:
        """Return the status of an order, as the life-cycle names it."""
        return self.plain(str(getattr(order, self.status)))

    def plain(self, status: str) -> str:
        """Return the life-cycle's name of a status."""
        return next((name for name, announced in self.announced_as.items() if announced == status), status)

    def known(self) -> list[str]:
        """Return the statuses that a caller can wait for."""
        return [*self.final, *self.others, *self.announced_as.values()]


class Walker(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """How to walk a list: its read, and the names of the filters and fields."""

    name: str
    """The client's method."""
    operation: Operation[Any]
    rows: str
    """The field of the response that has the rows."""
    id: str
    """The field of a row that identifies it."""
    time: str
    """The field of a row with the time that the filters select by."""
    window: tuple[str, str] | None = None
    """The arguments for the first and the last time, both inclusive."""
    since: str | None = None
    """The argument for the first time in nanoseconds, inclusive, of a list without a filter for the last time."""
    limit: str
    """The argument that limits the length of a response."""
    most: int
    """The length to ask for."""


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
