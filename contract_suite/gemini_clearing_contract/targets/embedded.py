"""An exchange in this process, with a clock that the suite controls; by default the mock."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..wire import WireRequest, WireResponse
from .credentials import desk_of

__all__ = ["EMBEDDED_EPOCH_MS", "EmbeddedTarget", "ExchangeFactory"]

# 2026-01-01 in milliseconds.
EMBEDDED_EPOCH_MS = 1_767_225_600_000
# Returns an exchange with `accounts`, its clock, and its handler, from the time at which the clock starts.
ExchangeFactory = Callable[[int], tuple[Any, Any, Callable[[WireRequest], WireResponse]]]


class EmbeddedTarget:
    """A new exchange for each session."""

    name = "embedded mock"
    tolerance_ms = 0
    slack_ms = 0

    def __init__(self, factory: ExchangeFactory) -> None:
        self.make = factory
        self.exchange, self.clock, self.handle = factory(EMBEDDED_EPOCH_MS)
        self.desks = tuple(desk_of(_entry(account)) for account in self.exchange.accounts)

    def send(self, request: WireRequest) -> WireResponse:
        """Call the exchange's handler."""
        return self.handle(request)

    def now_ms(self) -> Decimal:
        """Return the exchange's time, which advances only by `wait_ms`."""
        return Decimal(self.clock.now_ms())

    def wait_ms(self, duration_ms: int) -> None:
        """Advance the exchange's clock."""
        self.clock.advance_ms(duration_ms)

    def fresh(self) -> "EmbeddedTarget":
        """Return a new exchange."""
        return EmbeddedTarget(self.make)

    def close(self) -> None:
        """Do nothing: the exchange has no resources to release."""


def _entry(account: Any) -> dict[str, Any]:
    """Return an account like an entry of a credentials file."""
    names = ("name", "api_key", "api_secret", "counterparty_id", "roles")
    # An exchange need not state the mode of a key's nonces.
    return {**{name: getattr(account, name) for name in names}, "nonce_mode": getattr(account, "nonce_mode", None)}
