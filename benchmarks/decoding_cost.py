"""
Duration of decoding lists, divided by that of other libraries, and of the same list with an unknown field.

The client makes objects with exact decimals, enums and times, and checks every constraint of the spec. Its peers have
the same fields: those of pydantic with the same types, those of msgspec with text and integers instead of enums and
times. The garbage collector runs in all of them, as it does in a program.
"""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pydantic

from benchmarks._ratio import Ratio
from benchmarks._timing import timed
from gemini_clearing import Model, OrderList, OrderStatus, Side, TradeList
from gemini_clearing_runtime._decoding import decode

__all__ = ["ratios"]

_ORDERS, _TRADES = 10_000, 500
_ROUNDS = 25

_SUBMITTED_MS, _DAY_MS = 1_790_000_000_000, 86_400_000
_ORDER: dict[str, Any] = {
    "symbol": "BTCUSD",
    "side": "buy",
    "status": "AwaitConfirm",
    "counterparty_id": "OM9VNL1G",
    "broker_id": "LZ4D8X2A",
}
_TRADE: dict[str, Any] = {
    "sourceAccount": "primary",
    "targetAccount": "desk",
    "pair": "BTCUSD",
    "sourceSide": "buy",
    "price": "9500.25",
    "quantity": "1.00000001",
    "status": "Settled",
    "hasBroker": False,
    "wasNotified": True,
}


class PydanticOrder(pydantic.BaseModel):
    """An order in pydantic."""

    clearing_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    status: OrderStatus
    submission: datetime
    expiration: datetime
    counterparty_id: str | None = None
    broker_id: str | None = None


class PydanticOrders(pydantic.BaseModel):
    """A list of orders in pydantic."""

    result: str
    orders: list[PydanticOrder]


class MsgspecOrder(msgspec.Struct):
    """An order in msgspec."""

    clearing_id: str
    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    status: str
    submission: int
    expiration: int
    counterparty_id: str | None = None
    broker_id: str | None = None


class MsgspecOrders(msgspec.Struct):
    """A list of orders in msgspec."""

    result: str
    orders: list[MsgspecOrder]


def ratios() -> Iterator[Ratio]:
    """Measure the decoders in turn."""
    body = _orders()
    to_structs = msgspec.json.Decoder(MsgspecOrders).decode
    orders = timed(
        lambda: decode(OrderList, body),
        lambda: PydanticOrders.model_validate_json(body),
        lambda: to_structs(body),
        rounds=_ROUNDS,
    )
    yield Ratio(f"decode {_ORDERS:,} orders / pydantic", *orders.compared(0, 1), at_most=0.9)
    yield Ratio(f"decode {_ORDERS:,} orders / msgspec.Struct", *orders.compared(0, 2), at_most=3.2)
    logging.getLogger("gemini_clearing").setLevel(logging.ERROR)  # the unknown field is on purpose
    listed, unlisted = _trades(), _trades(settlementBatch="B17")
    # A subclass has a separate decoder. Only that decoder learns the new field.
    renamed: type[Model] = type("RenamedTradeList", (TradeList,), {})
    trades = timed(lambda: decode(renamed, unlisted), lambda: decode(TradeList, listed), rounds=_ROUNDS, calls=10)
    yield Ratio(f"decode {_TRADES} trades with a new field / without it", *trades.compared(0, 1), at_most=1.2)


def _orders() -> bytes:
    rows = [
        _ORDER
        | {"clearing_id": f"P{number:07}", "price": 9000 + number / 100, "quantity": 1 + number / 1000}
        | {"submission": _SUBMITTED_MS + 37 * number, "expiration": _SUBMITTED_MS + 37 * number + _DAY_MS}
        for number in range(_ORDERS)
    ]
    return json.dumps({"result": "success", "orders": rows}).encode()


def _trades(**more: str) -> bytes:
    rows = [
        _TRADE
        | {"clearingId": f"P{number:07}", "createdMs": _SUBMITTED_MS + number, "lastUpdatedMs": _SUBMITTED_MS + number}
        | {"expirationTimeMs": _SUBMITTED_MS + number + _DAY_MS}
        | more
        for number in range(_TRADES)
    ]
    return json.dumps({"results": rows}).encode()
