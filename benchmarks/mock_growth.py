"""
Duration of a request on an exchange with many orders, divided by the duration on one with few.

The duration must not grow with the number of orders. Lists are not measured, because their length grows.
"""

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
    """Signs and sends the requests of one account."""

    def __init__(self, exchange: Exchange, name: str) -> None:
        self._exchange = exchange
        self._account = exchange.account(name)
        self._nonces = itertools.count(1)

    def send(self, path: str, **parameters: object) -> tuple[dict[str, str], float]:
        """Send a request. Return the response and the duration in microseconds."""
        document = {"request": path, "nonce": next(self._nonces), **parameters}
        payload = base64.b64encode(json.dumps(document).encode())
        headers = {
            "x-gemini-apikey": self._account.api_key,
            "x-gemini-payload": payload.decode(),
            "x-gemini-signature": hmac.new(self._account.api_secret.encode(), payload, hashlib.sha384).hexdigest(),
        }
        request = Request("POST", path, headers)
        start = time.perf_counter()
        response = self._exchange.handle(request)
        duration_us = (time.perf_counter() - start) * 1e6
        return json.loads(response.body), duration_us


class _FilledExchange:
    """An exchange with a number of orders, and the durations of requests to it."""

    def __init__(self, orders: int) -> None:
        exchange = Exchange(clock=ManualClock())
        self._desk, self._other = _Desk(exchange, "initiator"), _Desk(exchange, "counterparty")
        self._durations_us: dict[str, list[float]] = {"place": [], "status": [], "confirm": [], "cancel": []}
        for _ in range(orders):
            self._place()

    def _place(self) -> tuple[str, float]:
        response, duration_us = self._desk.send("/v1/clearing/new", **_TERMS, side="buy", counterparty_id="OM9VNL1G")
        return response["clearing_id"], duration_us

    def run_round(self) -> None:
        """Place, read and confirm an order, and place and cancel another one."""
        order, place_us = self._place()
        _, status_us = self._desk.send("/v1/clearing/status", clearing_id=order)
        _, confirm_us = self._other.send("/v1/clearing/confirm", **_TERMS, side="sell", clearing_id=order)
        _, cancel_us = self._desk.send("/v1/clearing/cancel", clearing_id=self._place()[0])
        durations_us = (place_us, status_us, confirm_us, cancel_us)
        for measured, duration_us in zip(self._durations_us.values(), durations_us, strict=True):
            measured.append(duration_us)

    def medians_us(self) -> dict[str, float]:
        """Return the median duration of each request, in microseconds."""
        return {name: median(durations) for name, durations in self._durations_us.items()}


def ratios() -> list[Ratio]:
    """Measure both exchanges in turn, so that other load on the machine affects both."""
    few, many = _FilledExchange(_FEW), _FilledExchange(_MANY)
    for _ in range(_ROUNDS):
        few.run_round()
        many.run_round()
    few_us, many_us = few.medians_us(), many.medians_us()
    return [
        Ratio(
            f"{name} with {_MANY:,} orders / with {_FEW}",
            many_us[name] / few_us[name],
            f"{many_us[name]:.0f} / {few_us[name]:.0f} µs",
            at_most=1.5,
        )
        for name in few_us
    ]
