"""The known writes of a client, so that the effect of one is never mistaken for the effect of another."""

# Two writes are twins if the effect of one looks like that of the other:
#
#   new orders          The terms that a list shows are equal. Two orders that differ only in their expiry are twins.
#   an existing order   Both are the same operation on the same order, by the same desk. The desks of an order are on
#                       opposite sides of it, so a confirmation of the other side is not a twin.
#
# A write counts from before its first byte is sent until it is known that it was not executed. A twin may be executed
# while its response is still in transit.

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ._comparison import may_be_same
from ._operation import Operation, ResolveByStatus

__all__ = ["KnownWrites", "OpenWrite", "are_twins", "order_id_of"]

_MAX_KNOWN = 100_000


class OpenWrite(msgspec.Struct):
    """A write that may have been executed."""

    operation: Operation[Any]
    sent: Mapping[str, Any]
    is_running: bool = True


class KnownWrites:
    """
    The writes of this client, as far as they help to distinguish the effects of two writes.

    The oldest writes are dropped.
    """

    def __init__(self) -> None:
        self._placed: dict[str, str] = {}
        self._found: dict[tuple[Any, ...], str] = {}
        self._done: dict[tuple[Any, ...], str] = {}
        self._open: dict[str, OpenWrite] = {}

    def begin(self, attempt_id: str, operation: Operation[Any], sent: Mapping[str, Any]) -> None:
        """Register a write that is about to be sent."""
        self._open[attempt_id] = OpenWrite(operation, sent)
        _trim(self._open)

    def add_doubt(self, attempt_id: str, operation: Operation[Any], sent: Mapping[str, Any]) -> None:
        """Register that the call of a write has ended, and its outcome is not known."""
        self._open[attempt_id] = OpenWrite(operation, sent, is_running=False)
        _trim(self._open)

    def remove(self, attempt_id: str) -> None:
        """Remove a write that was not executed."""
        self._open.pop(attempt_id, None)

    def add_order(self, order_id: str, attempt_id: str) -> None:
        """Register the write that placed an order, by its response."""
        self._placed[order_id] = attempt_id
        self._open.pop(attempt_id, None)
        _trim(self._placed)

    def add_done(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> None:
        """Register a write about an existing order that was executed, by its response."""
        self._done[_subject(operation, sent)] = attempt_id
        self._open.pop(attempt_id, None)
        _trim(self._done)

    def add_found(self, operation: Operation[Any], sent: Mapping[str, Any], order_id: str, attempt_id: str) -> None:
        """Register the write for which a query found an effect. That proves less than the response to the write."""
        self._found[_effect(operation, sent, order_id)] = attempt_id
        self._open.pop(attempt_id, None)
        _trim(self._found)

    def belongs_to_another(self, operation: Operation[Any], order_id: str, attempt_id: str) -> bool:
        """Return whether an order was placed by another write than this one, by the response to that write."""
        return self._placed.get(order_id, attempt_id) != attempt_id

    def was_done_by_another(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> bool:
        """Return whether a twin of a write about an existing order was executed, by its response."""
        return self._done.get(_subject(operation, sent), attempt_id) != attempt_id

    def was_found_for_another(
        self, operation: Operation[Any], sent: Mapping[str, Any], order_id: str, attempt_id: str
    ) -> bool:
        """Return whether a query found an effect for another write than this one."""
        return self._found.get(_effect(operation, sent, order_id), attempt_id) != attempt_id

    def has_open_twin(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> bool:
        """Return whether a twin may have been executed: one effect could be either's."""
        return any(True for _ in self._open_twins(operation, sent, attempt_id))

    def has_running_twin(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> bool:
        """Return whether a twin is in progress: its response may soon tell the two apart."""
        return any(twin.is_running for twin in self._open_twins(operation, sent, attempt_id))

    def _open_twins(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> Iterator[OpenWrite]:
        for other_id, other in list(self._open.items()):
            same_operation = other.operation.name == operation.name
            if other_id != attempt_id and same_operation and are_twins(operation, sent, other.sent):
                yield other


def are_twins(operation: Operation[Any], sent: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether the effect of a write could be that of another write of the same operation."""
    if operation.resolve is None:
        return True
    names = _identifying(operation)
    return all(may_be_same(sent[name], other[name]) for name in names if name in sent and name in other)


def order_id_of(operation: Operation[Any], sent: Mapping[str, Any], order: object) -> str | None:
    """
    Return the id of the order that a write has placed, confirmed or canceled.

    Args:
        operation: the write.
        sent: its serialized arguments.
        order: the response to it, or the order that a query found.
    """
    rule = operation.resolve
    if isinstance(rule, ResolveByStatus):
        return next((str(sent[name]) for name in rule.match), None)
    found = (getattr(order, name, None) for name in rule.id) if rule is not None else ()
    return next((order_id for order_id in found if isinstance(order_id, str)), None)


def _subject(operation: Operation[Any], sent: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what identifies the effect of a write about an existing order: twins have the same."""
    return operation.name, *(str(sent.get(name)) for name in _identifying(operation))


def _effect(operation: Operation[Any], sent: Mapping[str, Any], order_id: str) -> tuple[str, ...]:
    return _subject(operation, sent) if isinstance(operation.resolve, ResolveByStatus) else ("placed", order_id)


def _identifying(operation: Operation[Any]) -> tuple[str, ...]:
    """Return the arguments of a write that its effect shows."""
    rule = operation.resolve
    if isinstance(rule, ResolveByStatus):
        return (*rule.match, *(rule.compare or ())[:1])
    return tuple(rule.match) if rule is not None else ()


def _trim(entries: dict[Any, Any]) -> None:
    while len(entries) > _MAX_KNOWN:
        entries.pop(next(iter(entries)), None)
