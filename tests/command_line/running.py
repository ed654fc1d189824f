"""Helpers of the tests of the command: the end of a run, and transports that fail."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

__all__ = ["TERMS", "Ended", "Failing", "options"]

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500.00", "side": "buy"}


class Ended(NamedTuple):
    """The exit code of a command, and its output."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


class Failing(httpx.BaseTransport):
    """Passes requests on, and calls a function with each response, which may replace it or raise an exception."""

    def __init__(self, inner: httpx.BaseTransport, then: Callable[[httpx.Response, int], httpx.Response]) -> None:
        self._inner, self._then, self._count = inner, then, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        self._count += 1
        return self._then(self._inner.handle_request(request), self._count)


def options(**terms: str) -> list[str]:
    """Return the terms of an order as options."""
    return [part for name, value in terms.items() for part in (f"--{name.replace('_', '-')}", value)]
