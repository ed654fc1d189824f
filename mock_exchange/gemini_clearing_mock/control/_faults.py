"""
The control of the injected faults: add, list and remove them, and draw the one for a request.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from ..api._routes import ROUTES
from ..errors import ControlError
from ..http._messages import Request
from ..state._faults import EVERY, Fault, FaultKind
from ..state._transaction import Transaction, TransactionManager

__all__ = ["FaultControl"]

# A day: longer than any client waits, and within the range of every timer.
_MAX_DELAY_MS = 86_400_000

# The dotted path of a field is followed step by step.
_MAX_FIELD = 200


class FaultControl:
    """The faults that wait for requests; of several that apply to a request, the oldest is injected."""

    def __init__(self, transactions: TransactionManager) -> None:
        self._transactions = transactions

    def __iter__(self) -> Iterator[Fault]:
        """Iterate over the faults that may still be injected."""
        with self._transactions.begin() as transaction:
            return iter(list(transaction.state.faults.values()))

    def add(self, kind: FaultKind | str, operation: str = EVERY, **details: Any) -> Fault:
        """
        Add a fault.

        Args:
            kind: what happens.
            operation: the path or the name of an endpoint, such as `create_order`; by default every endpoint.
            details: other attributes of `Fault`: `count`, `probability`, `seed`, `delay_ms`, …

        Raises:
            ControlError: the operation is unknown, or another value is invalid.

        """
        try:
            fault = msgspec.convert({"kind": str(kind), "operation": operation, **details}, Fault)
        except msgspec.ValidationError as error:
            raise ControlError(f"invalid fault: {error}.") from None
        return self.put(fault)

    def put(self, fault: Fault) -> Fault:
        """Add a fault under a new id; raises as `add` does."""
        fault = msgspec.structs.replace(fault, operation=_path(fault.operation))
        _check(fault)
        with self._transactions.begin() as transaction:
            fault = msgspec.structs.replace(fault, fault_id=f"F{transaction.state.next_number('faults')}")
            transaction.state.faults[fault.fault_id] = fault
            return fault

    def remove(self, fault_id: str) -> None:
        """Remove a fault; raises `ControlError` for an unknown id."""
        with self._transactions.begin() as transaction:
            if fault_id not in transaction.state.faults:
                known = ", ".join(transaction.state.faults) or "none"
                raise ControlError(f"unknown fault '{fault_id}'. Faults: {known}.")
            del transaction.state.faults[fault_id]

    def clear(self) -> None:
        """Remove every fault."""
        with self._transactions.begin() as transaction:
            transaction.state.faults.clear()

    @staticmethod
    def draw(transaction: Transaction, request: Request) -> Fault | None:
        """
        Return the fault to inject into a request, or `None`; counts the request.

        Only the call of an operation counts: a browser also requests `/favicon.ico`, or sends OPTIONS before a POST.
        """
        path, faults = request.path, transaction.state.faults
        if not faults or path not in ROUTES or request.method != "POST":
            return None
        for fault in [fault for fault in faults.values() if fault.matches(path)]:
            applies = fault.applies_to_next()
            count = fault.count - 1 if applies and fault.count is not None else fault.count
            if count == 0:
                del faults[fault.fault_id]
            else:
                faults[fault.fault_id] = msgspec.structs.replace(fault, seen=fault.seen + 1, count=count)
            if applies:
                return fault
        return None


def _path(operation: str) -> str:
    paths = {route.name: path for path, route in ROUTES.items()} | {path: path for path in ROUTES}
    if operation != EVERY and operation not in paths:
        raise ControlError(f"unknown operation '{operation}'. Valid operations: {', '.join(paths)}.")
    return paths.get(operation, EVERY)


def _check(fault: Fault) -> None:
    rules = {
        "probability must be from 0 to 1": 0 <= fault.probability <= 1,
        "count must be at least 1, or null for no limit": fault.count is None or fault.count >= 1,
        f"delay_ms must be from 0 to {_MAX_DELAY_MS}": 0 <= fault.delay_ms <= _MAX_DELAY_MS,
        "status must be from 200 to 599": fault.status is None or 200 <= fault.status <= 599,
        "a response with status 204, 205 or 304 has no body. Use another status": fault.status not in {204, 205, 304},
        "retry_after must be a number of seconds or a date, in one line of ASCII": _is_header_value(fault.retry_after),
        "answer must be 1 or 2": fault.answer in {1, 2},
        "wrong_field requires field": fault.kind is not FaultKind.WRONG_FIELD or bool(fault.field),
        f"field must have at most {_MAX_FIELD} characters": len(fault.field) <= _MAX_FIELD,
    }
    for rule, is_kept in rules.items():
        if not is_kept:
            raise ControlError(f"invalid fault: {rule}.")


def _is_header_value(value: str | None) -> bool:
    return value is None or (value.isascii() and value.isprintable() and value == value.strip() != "")
