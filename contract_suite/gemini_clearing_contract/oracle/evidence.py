"""
The proof of a success: a value that means success, and the repeated request.

Both are in the spec (`x-success`, `x-echo`). A client cannot use a success without them, so a server must send them.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from ..findings.checks import DIFFERS_FROM_REQUEST, UNDOCUMENTED_RESULT
from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import SpecOperation

__all__ = ["echo_problems", "repeats", "success_value_problems"]


def success_value_problems(operation: SpecOperation, body: dict[str, Any]) -> Iterator[Problem]:
    """Yield the fields that do not have a value of a success; a write needs at least one such field."""
    found = [name for name in operation.success_values if name in body]
    for name in found:
        allowed = operation.success_values[name]
        if body[name] not in allowed:
            yield Problem(UNDOCUMENTED_RESULT, name, f"one of {allowed}", shorten(str(body[name])))
    if operation.success and not found:
        fields = ", ".join(operation.success)
        yield Problem("no value that means success", fields, "at least one of the fields", "missing")


def echo_problems(operation: SpecOperation, request: dict[str, Any], body: dict[str, Any]) -> Iterator[Problem]:
    """Yield the fields that do not repeat the request, as far as the response has them."""
    for argument, name in operation.echo.items():
        if argument in request and name in body and not repeats(request[argument], body[name]):
            yield Problem(DIFFERS_FROM_REQUEST, name, shorten(str(request[argument])), shorten(str(body[name])))
    for argument, name in operation.echo_in_text.items():
        if argument in request and name in body and str(request[argument]) not in str(body[name]):
            expected = f"a text with {request[argument]}"
            yield Problem(DIFFERS_FROM_REQUEST, name, shorten(expected), shorten(str(body[name])))


def repeats(sent: Any, received: Any) -> bool:
    """Return whether a value of a response is that of the request: numbers may be written differently, and letters."""
    if sent == received:
        return True
    try:
        return Decimal(str(sent)) == Decimal(str(received))
    except InvalidOperation:
        return str(sent).upper() == str(received).upper()
