"""
The faults of one exchange that wait for requests: add, draw, take back.

What each kind of fault does stands in ``_faults``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..api._routes import ROUTES
from ..errors import ControlError
from ..state._faults import EVERY, Fault, FaultKind, strikes
from ..state._transaction import Transaction, Transactions

__all__ = ["FaultControl"]


class FaultControl:
    """The faults that wait for requests; the oldest that concerns a request and strikes is the one that counts."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def __iter__(self) -> Iterator[Fault]:
        """Walk the faults that may still strike."""
        with self._transactions.transaction() as transaction:
            return iter(list(transaction.state.faults.values()))

    def add(self, kind: FaultKind | str, operation: str = EVERY, **details: Any) -> Fault:
        """
        Let something go wrong.

        Args:
            kind: see ``FaultKind``.
            operation: a path, or a name such as ``create_order``; every operation if left out.
            details: the other fields of ``Fault``: ``count``, ``probability``, ``seed``, ``delay_ms``, …

        """
        try:
            fault = msgspec.convert({"kind": str(kind), "operation": operation, **details}, Fault)
        except msgspec.ValidationError as error:
            raise ControlError(f"Such a fault cannot be: {error}.") from None
        return self.put(fault)

    def put(self, fault: Fault) -> Fault:
        """Take a fault as it is, under an id of its own."""
        fault = msgspec.structs.replace(fault, operation=_path(fault.operation))
        _check(fault)
        with self._transactions.transaction() as transaction:
            fault = msgspec.structs.replace(fault, fault_id=f"F{transaction.state.count('faults')}")
            transaction.state.faults[fault.fault_id] = fault
            return fault

    def remove(self, fault_id: str) -> None:
        """Take one fault back."""
        with self._transactions.transaction() as transaction:
            if fault_id not in transaction.state.faults:
                known = ", ".join(transaction.state.faults) or "none"
                raise ControlError(f"There is no fault '{fault_id}'; there are: {known}.")
            del transaction.state.faults[fault_id]

    def clear(self) -> None:
        """Take every fault back."""
        with self._transactions.transaction() as transaction:
            transaction.state.faults.clear()

    @staticmethod
    def draw(transaction: Transaction, path: str) -> Fault | None:
        """Draw the fault that strikes a request to this path, if any, and count it."""
        faults = transaction.state.faults
        for fault in [fault for fault in faults.values() if fault.concerns(path)]:
            struck = strikes(fault)
            left = fault.count - 1 if struck and fault.count is not None else fault.count
            if left == 0:
                del faults[fault.fault_id]
            else:
                faults[fault.fault_id] = msgspec.structs.replace(fault, seen=fault.seen + 1, count=left)
            if struck:
                return fault
        return None


def _path(operation: str) -> str:
    paths = {endpoint.name: path for path, endpoint in ROUTES.items()} | {path: path for path in ROUTES}
    if operation != EVERY and operation not in paths:
        raise ControlError(f"There is no operation '{operation}'; there are: {', '.join(paths)}.")
    return paths.get(operation, EVERY)


def _check(fault: Fault) -> None:
    rules = {
        "probability must be from 0 to 1": 0 <= fault.probability <= 1,
        "count must be at least 1, or null for ever": fault.count is None or fault.count >= 1,
        "delay_ms must not be negative": fault.delay_ms >= 0,
        "status must be from 200 to 599": fault.status is None or 200 <= fault.status <= 599,
        "answer must be 1 or 2": fault.answer in {1, 2},
        "wrong_field needs field": fault.kind is not FaultKind.WRONG_FIELD or bool(fault.field),
    }
    for rule, kept in rules.items():
        if not kept:
            raise ControlError(f"Such a fault cannot be: {rule}.")
