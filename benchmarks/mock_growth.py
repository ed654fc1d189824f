"""
What a request costs an exchange that holds many orders, over one that holds few: the same, lists excepted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from statistics import median

from benchmarks._ratio import Ratio
from gemini_clearing_mock import Exchange, ManualClock, Request

__all__ = ["ratios"]

_FEW, _MANY = 100, 100_000
_ROUNDS = 2_000
_TERMS = {"symbol": "btcusd", "amount": "1", "price": "1"}


class _Desk:
    def __init__(self, exchange: Exchange, name: str) -> None:
        self._exchange = exchange
        self._account = exchange.account(name)
        self._nonces = itertools.count(1)

    def send(self, path: str, **parameters: object) -> tuple[dict[str, str], float]:
        """Send a request; tell the answer, and the microseconds that the exchange took for it."""
        document = {"request": path, "nonce": next(self._nonces), **parameters}
        payload = base64.b64encode(json.dumps(document).encode())
        headers = {
            "x-gemini-apikey": self._account.api_key,
            "x-gemini-payload": payload.decode(),
            "x-gemini-signature": hmac.new(self._account.api_secret.encode(), payload, hashlib.sha384).hexdigest(),
        }
        request = Request("POST", path, headers)
        began = time.perf_counter()
        answer = self._exchange.handle(request)
        took_us = (time.perf_counter() - began) * 1e6
        return json.loads(answer.body), took_us


class _Stocked:
    """An exchange that holds so many orders, and what requests to it have taken."""

    def __init__(self, stored: int) -> None:
        exchange = Exchange(clock=ManualClock())
        self._desk, self._other = _Desk(exchange, "initiator"), _Desk(exchange, "counterparty")
        self._took: dict[str, list[float]] = {"place": [], "status": [], "confirm": [], "cancel": []}
        for _ in range(stored):
            self._place()

    def _place(self) -> tuple[str, float]:
        answer, took_us = self._desk.send("/v1/clearing/new", **_TERMS, side="buy", counterparty_id="OM9VNL1G")
        return answer["clearing_id"], took_us

    def live(self) -> None:
        """Let an order be placed, read and confirmed, and another one canceled."""
        order, place_us = self._place()
        _, status_us = self._desk.send("/v1/clearing/status", clearing_id=order)
        _, confirm_us = self._other.send("/v1/clearing/confirm", **_TERMS, side="sell", clearing_id=order)
        _, cancel_us = self._desk.send("/v1/clearing/cancel", clearing_id=self._place()[0])
        for took, us in zip(self._took.values(), (place_us, status_us, confirm_us, cancel_us), strict=True):
            took.append(us)

    def medians_us(self) -> dict[str, float]:
        """Tell what each request usually takes, in microseconds."""
        return {name: median(times) for name, times in self._took.items()}


def ratios() -> list[Ratio]:
    """Measure requests among few orders and among many, in turn: what else the machine does meets both alike."""
    few, many = _Stocked(_FEW), _Stocked(_MANY)
    for _ in range(_ROUNDS):
        few.live()
        many.live()
    base, grown = few.medians_us(), many.medians_us()
    return [
        Ratio(
            f"{name} among {_MANY:,} orders over {_FEW}",
            grown[name] / base[name],
            f"{grown[name]:.0f} / {base[name]:.0f} µs",
            at_most=1.5,
        )
        for name in base
    ]
