"""The API keys of a run, the kind of nonce that each takes, and the highest nonce that each has spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from ..wire import Desk

__all__ = ["KeyRing"]

# How far the nonce of a time-based key may be from the server's time.
NONCE_WINDOW_S = 30


class KeyRing:
    """The keys that the suite knows, the kind of nonce that each takes, and the highest that each has spent."""

    def __init__(self, desks: Iterable[Desk], now_ms: Callable[[], Decimal]) -> None:
        self.desks = {desk.name: desk for desk in desks}
        self.by_key = {desk.api_key: desk for desk in self.desks.values()}
        self.spent: dict[str, Decimal] = {}
        self.time_based: set[str] = set()
        self._now_ms = now_ms

    def accepts(self, desk: Desk, nonce: Decimal) -> bool:
        """Whether the nonce is above every one that the key has spent, or near the time for a time-based key."""
        if desk.api_key in self.time_based:
            return abs(nonce * 1000 - self._now_ms()) <= NONCE_WINDOW_S * 1000
        return nonce > self.spent.get(desk.api_key, Decimal(-1))

    def note(self, desk: Desk | None, nonce: Decimal | None) -> None:
        """Take up the nonce that a request spends."""
        if desk is not None and nonce is not None:
            self.spent[desk.api_key] = nonce
