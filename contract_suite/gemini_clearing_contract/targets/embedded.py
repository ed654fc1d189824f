"""The mock in this process."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..wire import WireRequest, WireResponse
from .credentials import desk_of

__all__ = ["EMBEDDED_EPOCH_MS", "EmbeddedTarget"]

# Where a frozen clock starts: 2026-01-01 in milliseconds.
EMBEDDED_EPOCH_MS = 1_767_225_600_000


class EmbeddedTarget:
    """The mock in this process, with its clock in the suite's hand."""

    name = "embedded mock"
    tolerance_ms = 0
    slack_ms = 0

    def __init__(self, exchange_factory: Any = None) -> None:
        from .mock import make_exchange

        self._factory = exchange_factory or make_exchange
        self.exchange: Any
        self.clock: Any
        self.handle: Any
        self.exchange, self.clock, self.handle = self._factory(EMBEDDED_EPOCH_MS)
        self.desks = tuple(desk_of(vars_of(account)) for account in self.exchange.accounts)

    def send(self, request: WireRequest) -> WireResponse:
        """Call the exchange's core; no socket in between."""
        return self.handle(request)  # type: ignore[no-any-return]

    def now_ms(self) -> Decimal:
        """The exchange's own time: it stands still until told."""
        return Decimal(self.clock.now_ms())

    def wait_ms(self, duration_ms: int) -> None:
        """Turn the exchange's clock."""
        self.clock.advance_ms(duration_ms)

    def fresh(self) -> EmbeddedTarget:
        """A new exchange of the same make."""
        return EmbeddedTarget(self._factory)

    def close(self) -> None:
        """There is nothing to let go of."""


def vars_of(account: Any) -> dict[str, Any]:
    """An account as the mock prints it, from the object that holds it."""
    names = ("name", "api_key", "api_secret", "counterparty_id", "roles")
    return {name: getattr(account, name) for name in names}
