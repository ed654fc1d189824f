"""
What an exchange is made of: symbols, accounts, keys, tokens, and the choices that the documentation leaves open.

Reading it from TOML stands in ``_toml``, the exchange that comes without any in ``_demo``.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

__all__ = ["Choices", "Symbol"]


class Symbol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trading pair: how much of ``base`` is traded for ``quote``, and in which steps."""

    name: str
    base: str
    quote: str
    amount_step: Decimal
    price_step: Decimal


class Choices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the documentation leaves open, or what a test may want otherwise; ``docs/choices.md`` gives the reasons."""

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
