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
    def __init__(self, exchange: Exchange, name: str, nonces: itertools.count[int]) -> None:
        self._exchange = exchange
        self._account = exchange.account(name)
        self._nonces = nonces

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


def ratios() -> list[Ratio]:
    """Measure one life of an order (placed, read, confirmed, and one canceled) among few orders and among many."""
    few, many = _life_us(_FEW), _life_us(_MANY)
    return [
        Ratio(
            f"{name} among {_MANY:,} orders over {_FEW}",
            many[name] / few[name],
            f"{many[name]:.0f} / {few[name]:.0f} µs",
            at_most=1.5,
        )
        for name in few
    ]


def _life_us(stored: int) -> dict[str, float]:
    exchange = Exchange(clock=ManualClock())
    nonces = itertools.count(1)
    desk, other = _Desk(exchange, "initiator", nonces), _Desk(exchange, "counterparty", nonces)
    for _ in range(stored):
        desk.send("/v1/clearing/new", **_TERMS, side="buy", counterparty_id="OM9VNL1G")
    took: dict[str, list[float]] = {"place": [], "status": [], "confirm": [], "cancel": []}
    for _ in range(_ROUNDS):
        placed, place_us = desk.send("/v1/clearing/new", **_TERMS, side="buy", counterparty_id="OM9VNL1G")
        clearing_id = placed["clearing_id"]
        took["place"].append(place_us)
        took["status"].append(desk.send("/v1/clearing/status", clearing_id=clearing_id)[1])
        took["confirm"].append(other.send("/v1/clearing/confirm", **_TERMS, side="sell", clearing_id=clearing_id)[1])
        placed, _ = desk.send("/v1/clearing/new", **_TERMS, side="buy", counterparty_id="OM9VNL1G")
        took["cancel"].append(desk.send("/v1/clearing/cancel", clearing_id=placed["clearing_id"])[1])
    return {name: median(times) for name, times in took.items()}
