"""
The settings of an exchange: its symbols, and the choices that Gemini's documentation leaves open.
"""

from decimal import Decimal

import msgspec

__all__ = ["Choices", "Symbol"]


class Symbol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trading pair: `base` is traded for `quote`, amounts and prices in multiples of the steps."""

    name: str
    base: str
    quote: str
    amount_step: Decimal
    price_step: Decimal


class Choices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    The behavior that the documentation leaves open, or that a test may need to change.

    `docs/choices.md` explains each choice.
    """

    default_expiry_hours: Decimal = Decimal(24)
    maximum_expiry_hours: Decimal = Decimal(720)
    settlement_interval_s: int = 30
    funds_needed_to_place: bool = False
    funds_needed_to_confirm: bool = False
    nonce_window_s: int = 30
    requests_per_minute: int = 0
    queued_requests: int = 5
    heartbeat_timeout_s: int = 30
    heartbeat_cancels_orders: bool = True
    log_size: int = 1000
    seed: int | None = None
