"""An exchange in this process, with a clock that the suite controls; by default the mock."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..wire import WireRequest, WireResponse
from .credentials import credentials_of

__all__ = ["EMBEDDED_EPOCH_MS", "REQUESTS_PER_MINUTE", "EmbeddedTarget", "ExchangeFactory"]

# 2026-01-01 in milliseconds.
EMBEDDED_EPOCH_MS = 1_767_225_600_000
# The rate limit of the variant `rate`.
REQUESTS_PER_MINUTE = 20
_FIELDS = {
    "accounts": ("name", "api_key", "api_secret", "counterparty_id", "roles", "nonce_mode"),
    "master_keys": ("name", "api_key", "api_secret", "roles", "nonce_mode", "accounts"),
    "tokens": ("name", "token", "counterparty_id", "scopes"),
}
# Returns an exchange with `accounts`, its clock, and its handler, from the time at which the clock starts. A second
# argument selects a variant: `rate` has a rate limit, `funds` an account without funds.
ExchangeFactory = Callable[..., tuple[Any, Any, Callable[[WireRequest], WireResponse]]]


class EmbeddedTarget:
    """A new exchange for each session."""

    name = "embedded mock"
    tolerance_ms = 0
    slack_ms = 0

    def __init__(self, factory: ExchangeFactory, *variant: str) -> None:
        self.make = factory
        self.exchange, self.clock, self.handle = factory(EMBEDDED_EPOCH_MS, *variant)
        callers = credentials_of({kind: _entries(self.exchange, kind) for kind in _FIELDS})
        self.desks, self.master_keys, self.tokens = callers.desks, callers.master_keys, callers.tokens

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

    def variant(self, name: str) -> "EmbeddedTarget":
        """Return a new exchange of another configuration."""
        return EmbeddedTarget(self.make, name)

    def close(self) -> None:
        """Do nothing: the exchange has no resources to release."""


def _entries(exchange: Any, kind: str) -> list[dict[str, Any]]:
    """Return the callers of one kind like entries of a credentials file; an exchange may have only accounts."""
    # An exchange need not state the mode of a key's nonces.
    return [{name: getattr(one, name, None) for name in _FIELDS[kind]} for one in getattr(exchange, kind, ())]
