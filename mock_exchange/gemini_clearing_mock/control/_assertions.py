"""
Assertions on the requests that an exchange got, with an explanation that names the closest request.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from ..api._routes import ROUTES
from ..errors import ControlError
from ..state._log import LogEntry
from ..state._transaction import TransactionManager

__all__ = ["CallAssertions"]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_MAX_LISTED = 5


class CallAssertions:
    """The assertions of one exchange, and the requests that earlier ones have covered."""

    def __init__(self, transactions: TransactionManager) -> None:
        self._transactions = transactions
        self._covered: set[tuple[int, int, str]] = set()

    def called(self, operation: str, times: int | None) -> None:
        """Assert that an operation was called, `times` times if given."""
        calls = self._calls(operation)
        self._cover(calls)
        if times is None and not calls:
            raise AssertionError(f"{operation} was not called. {self._other_calls()}")
        if times is not None and len(calls) != times:
            raise AssertionError(f"{operation} was called {len(calls)} times instead of {times}. {self._other_calls()}")

    def called_with(self, operation: str, expected: dict[str, Any]) -> None:
        """Assert that an operation was called with these request fields; other fields may have been sent, too."""
        calls = self._calls(operation)
        if not calls:
            raise AssertionError(f"{operation} was not called. {self._other_calls()}")
        differences = {call.number: _differences(expected, _fields(call)) for call in calls}
        matching = [call for call in calls if not differences[call.number]]
        self._cover(matching)
        if not matching:
            # Of equally close requests, the latest.
            closest = min(reversed(calls), key=lambda call: len(differences[call.number]))
            raise AssertionError(
                f"{operation} was called, but not with these fields. In the closest request, number {closest.number} "
                f"(status {closest.status}):\n" + "\n".join(f"  {line}" for line in differences[closest.number])
            )

    def nothing_else(self) -> None:
        """Assert that every request is covered by an earlier assertion."""
        others = [entry for entry in self._log() if _id(entry) not in self._covered]
        if others:
            listed = "\n".join(f"  {_describe(entry)}" for entry in others[:_MAX_LISTED])
            raise AssertionError(f"{len(others)} requests are covered by no earlier assertion:\n{listed}")

    def _log(self) -> list[LogEntry]:
        with self._transactions.begin() as transaction:
            return transaction.state.logged_requests()

    def _calls(self, operation: str) -> list[LogEntry]:
        paths = {route.name: path for path, route in ROUTES.items()}
        if operation not in paths:
            raise ControlError(f"unknown operation '{operation}'. Valid operations: {', '.join(paths)}.")
        return [entry for entry in self._log() if entry.path == paths[operation]]

    def _cover(self, calls: list[LogEntry]) -> None:
        self._covered.update(map(_id, calls))

    def _other_calls(self) -> str:
        entries = self._log()
        if not entries:
            return "The exchange got no request."
        listed = "\n".join(f"  {_describe(entry)}" for entry in entries[-_MAX_LISTED:])
        return f"The latest requests:\n{listed}"


def _id(entry: LogEntry) -> tuple[int, int, str]:
    # The numbers start again after a reset.
    return entry.number, entry.at_ms, entry.path


def _describe(entry: LogEntry) -> str:
    name = ROUTES[entry.path].name if entry.path in ROUTES else entry.path
    fields = ", ".join(f"{field}={value!s}" for field, value in _fields(entry).items())
    reason = f" {entry.reason}" if entry.reason else ""
    return f"{entry.number}: {name}({fields}) → {entry.status}{reason}"


def _fields(entry: LogEntry) -> dict[str, Any]:
    """Return the request fields without those that the signer adds."""
    try:
        document = _decode(entry.payload or "{}")
    except (msgspec.DecodeError, ArithmeticError, RecursionError):
        return {}
    fields = document if isinstance(document, dict) else {}
    return {name: value for name, value in fields.items() if name not in {"request", "nonce"}}


def _differences(expected: dict[str, Any], sent: dict[str, Any]) -> list[str]:
    return [
        f"{name}: expected {value!s}, sent {sent[name]!s}" if name in sent else f"{name}: expected {value!s}, not sent"
        for name, value in expected.items()
        if name not in sent or not _is_same(value, sent[name])
    ]


def _is_same(expected: Any, sent: Any) -> bool:
    """Compare numbers by value, also with numbers that were sent as text, and everything else exactly."""
    if isinstance(expected, datetime):
        expected = round(expected.timestamp() * 1000)
    if isinstance(expected, bool) or isinstance(sent, bool):
        return expected is sent
    if not isinstance(expected, int | Decimal):
        return bool(expected == sent)
    try:
        return Decimal(sent) == expected
    except (InvalidOperation, TypeError, ValueError):
        return False
