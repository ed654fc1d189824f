"""
A server of lists of any length in constant memory: its rows are computed from their number.

It follows the lists of the mock exchange: newest rows first, a limit that keeps the newest orders, and for trades after
a start time the earliest ones. Of each block of rows, five sixths have the same millisecond.
"""

import json
from typing import Any

import httpx

__all__ = ["LIMIT", "START_MS", "Completeness", "ManyRows"]

START_MS = 1_767_225_600_000
LIMIT = 300
_NANOS_PER_MS = 1_000_000
_LAST_MS = 10**15


class ManyRows:
    """
    A handler of requests.

    Args:
        count: the rows of each list.
        block: the rows of a block; a list is cut off at as many rows.
    """

    def __init__(self, count: int, block: int = LIMIT) -> None:
        self.count, self.block = count, block
        self.shared = block * 5 // 6
        self.requests = 0

    def time_ms(self, number: int) -> int:
        """Return the time of a row."""
        blocks, position = divmod(number, self.block)
        return START_MS + blocks * self.block + max(0, position - self.shared + 1)

    def first(self, time_ms: int) -> int:
        """Return the number of the first row at a time or later."""
        if time_ms <= START_MS:
            return 0
        blocks, offset = divmod(time_ms - START_MS, self.block)
        before = min(self.shared + offset - 1, self.block) if offset else 0
        return min(blocks * self.block + before, self.count)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond to a read."""
        self.requests += 1
        given = json.loads(request.extensions["gemini_clearing.signed"].payload_json)
        if request.url.path.endswith("trades"):
            first = self.first(-(-given.get("timestamp_nanos", 0) // _NANOS_PER_MS))
            numbers = range(first, min(first + min(given["limit_per_account"], self.block), self.count))
            return self._response({"results": [self._trade(number) for number in reversed(numbers)]})
        first, last = (
            self.first(given.get("submission_start", 0)),
            self.first(given.get("submission_end", _LAST_MS) + 1),
        )
        numbers = range(max(first, last - min(given["limit_orders"], self.block)), last)
        return self._response({"result": "success", "orders": [self._order(number) for number in reversed(numbers)]})

    @staticmethod
    def _response(body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=body)

    def _order(self, number: int) -> dict[str, Any]:
        time = self.time_ms(number)
        return {
            "clearing_id": f"T{number}", "symbol": "BTCUSD", "side": "buy", "price": 9500.5, "quantity": 1,
            "status": "Settled", "submission": time, "expiration": time + 1,
        }  # fmt: skip

    def _trade(self, number: int) -> dict[str, Any]:
        time = self.time_ms(number)
        return {
            "sourceAccount": "a", "targetAccount": "b", "pair": "BTCUSD", "sourceSide": "buy", "price": "9500.5",
            "quantity": "1", "clearingId": f"T{number}", "status": "Settled", "expirationTimeMs": time,
            "createdMs": time, "lastUpdatedMs": time, "hasBroker": False, "wasNotified": True,
        }  # fmt: skip


class Completeness:
    """Checks in constant memory that rows arrive by time, each of them once: only the last millisecond is kept."""

    def __init__(self, server: ManyRows) -> None:
        self._server = server
        self._seen: set[int] = set()
        self._next = 0

    def add(self, clearing_id: str) -> None:
        """Check the next row."""
        number = int(clearing_id[1:])
        if self._seen and self._server.time_ms(number) != self._server.time_ms(self._next):
            self._end_millisecond()
        assert number not in self._seen, f"row {number} was returned twice"
        assert self._server.time_ms(number) == self._server.time_ms(self._next), f"row {number} is not at its place"
        self._seen.add(number)

    def finish(self) -> None:
        """Check that no row is missing."""
        self._end_millisecond()
        assert self._next == self._server.count, f"rows from {self._next} are missing"

    def _end_millisecond(self) -> None:
        following = self._server.first(self._server.time_ms(self._next) + 1) if self._seen else self._next
        assert self._seen == set(range(self._next, following)), f"rows between {self._next} and {following} are missing"
        self._next, self._seen = following, set()
