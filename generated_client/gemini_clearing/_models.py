# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""The responses of Gemini Clearing. A field that is absent from a response is None."""

from datetime import datetime
from decimal import Decimal

from gemini_clearing_runtime import Model, Response, model, wire

from ._enums import OrderStatus, Side
from ._scalars import (
    CLEARING_ID,
    COUNTERPARTY_ID,
    DECIMAL_NUMBER,
    DECIMAL_TEXT,
    RESPONSE_MILLISECONDS,
    RESPONSE_TIME,
)

__all__ = [
    "BrokerOrderList",
    "CanceledOrder",
    "ConfirmedOrder",
    "ListedBrokerOrder",
    "ListedOrder",
    "OrderDetails",
    "OrderList",
    "PlacedBrokerOrder",
    "PlacedOrder",
    "Trade",
    "TradeList",
]


@model
class PlacedOrder(Response):
    """A new order."""

    result: str | None = None
    """The first status of the order."""
    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange assigned to the order."""
    symbol: str | None = None
    """The trading pair, in upper case."""
    price: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """The price of one unit, in the quote currency."""
    amount: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """The amount, in the base currency."""
    side: Side | None = None
    """The side of the desk that placed the order."""
    status: OrderStatus | None = None
    """The status of an order. The exchange may add values."""
    timestamp: datetime | None = wire(RESPONSE_TIME, default=None)
    """When the order was placed, in whole seconds since the epoch."""
    timestampms: datetime | None = wire(RESPONSE_MILLISECONDS, default=None)
    """When the order was placed, in milliseconds since the epoch."""
    is_confirmed: bool | None = None
    """Whether every desk that must confirm the order has confirmed it."""


@model
class OrderDetails(Response):
    """One order and its status."""

    result: str | None = None
    """Whether the request succeeded."""
    clearing_id: str | None = wire(CLEARING_ID, default=None)
    """The id that the exchange assigned to the order."""
    symbol: str | None = None
    """The trading pair, in upper case."""
    price: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """The price of one unit, in the quote currency."""
    amount: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """The amount, in the base currency."""
    side: Side | None = None
    """The side of the desk that placed the order, or of the source of a broker order."""
    status: OrderStatus
    """The status of an order. The exchange may add values."""
    timestamp: datetime | None = wire(RESPONSE_TIME, default=None)
    """When the order was placed, in whole seconds since the epoch."""
    timestampms: datetime | None = wire(RESPONSE_MILLISECONDS, default=None)
    """When the order was placed, in milliseconds since the epoch."""
    is_confirmed: bool | None = None
    """Whether every desk that must confirm the order has confirmed it."""


@model
class CanceledOrder(Response):
    """A cancellation that was executed."""

    result: str
    """Whether the order was canceled."""
    details: str
    """The same as a sentence, with the clearing id."""


@model
class ConfirmedOrder(Response):
    """A confirmation that was accepted."""

    result: str
    """Whether the confirmation was accepted."""


@model
class ListedOrder(Model):
    """One of the account's orders, as seen from its side."""

    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange assigned to the order."""
    order_id: str | None = None
    """The desk's own id of the order, if it has one."""
    counterparty_id: str | None = wire(COUNTERPARTY_ID, default=None)
    """The other desk, as soon as it is known."""
    counterparty_alias: str | None = None
    """The account's own name for the other desk, if it has one."""
    broker_id: str | None = wire(COUNTERPARTY_ID, default=None)
    """The broker that placed the order, if one did."""
    symbol: str
    """The trading pair, in upper case."""
    side: Side
    """The side of the account."""
    price: Decimal = wire(DECIMAL_NUMBER)
    """The price of one unit, in the quote currency."""
    quantity: Decimal = wire(DECIMAL_NUMBER)
    """The amount, in the base currency."""
    status: OrderStatus
    """The status of an order. The exchange may add values."""
    submission: datetime = wire(RESPONSE_TIME)
    """When the order was placed, in milliseconds since the epoch."""
    expiration: datetime | None = wire(RESPONSE_TIME, default=None)
    """When the order expires, in milliseconds since the epoch."""


@model
class PlacedBrokerOrder(Response):
    """A new broker order."""

    result: str
    """The first status of the order."""
    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange assigned to the order."""


@model
class ListedBrokerOrder(Model):
    """One of the orders that the account has placed as a broker."""

    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange assigned to the order."""
    source_counterparty_id: str = wire(COUNTERPARTY_ID)
    """The desk that has `source_side`."""
    source_order_id: str | None = None
    """The source's own id of the order, if it has one."""
    target_counterparty_id: str | None = wire(COUNTERPARTY_ID, default=None)
    """The desk that has the opposite side."""
    target_order_id: str | None = None
    """The target's own id of the order, if it has one."""
    symbol: str
    """The trading pair, in upper case."""
    source_side: Side
    """The side of the source."""
    price: Decimal = wire(DECIMAL_NUMBER)
    """The price of one unit, in the quote currency."""
    quantity: Decimal = wire(DECIMAL_NUMBER)
    """The amount, in the base currency."""
    status: OrderStatus
    """The status of an order. The exchange may add values."""
    submission: datetime = wire(RESPONSE_MILLISECONDS)
    """When the order was placed, in milliseconds since the epoch."""
    expiration: datetime | None = wire(RESPONSE_MILLISECONDS, default=None)
    """When the order expires, in milliseconds since the epoch."""


@model
class Trade(Model):
    """One clearing trade, settled or not."""

    source_account: str | None = wire(name="sourceAccount", default=None)
    """The source's account."""
    target_account: str | None = wire(name="targetAccount", default=None)
    """The target's account."""
    pair: str
    """The trading pair, in upper case."""
    source_side: Side = wire(name="sourceSide")
    """The side of the source."""
    price: Decimal = wire(DECIMAL_TEXT)
    """The price of one unit, in the quote currency."""
    quantity: Decimal = wire(DECIMAL_TEXT)
    """The amount, in the base currency."""
    clearing_id: str = wire(CLEARING_ID, name="clearingId")
    """The id that the exchange assigned to the order."""
    status: OrderStatus
    """The status of an order. The exchange may add values."""
    expiration_time_ms: datetime | None = wire(RESPONSE_TIME, name="expirationTimeMs", default=None)
    """When the order expires, in milliseconds since the epoch."""
    created_ms: datetime = wire(RESPONSE_TIME, name="createdMs")
    """When the order was placed, in milliseconds since the epoch."""
    last_updated_ms: datetime = wire(RESPONSE_TIME, name="lastUpdatedMs")
    """When the order last changed, in milliseconds since the epoch."""
    has_broker: bool | None = wire(name="hasBroker", default=None)
    """Whether a broker placed the order."""
    was_notified: bool | None = wire(name="wasNotified", default=None)
    """Whether the desks were notified."""


@model
class OrderList(Response):
    """The account's clearing orders."""

    result: str | None = None
    """Whether the request succeeded."""
    orders: list[ListedOrder]
    """The orders that match the filters."""


@model
class BrokerOrderList(Response):
    """The orders that the account has placed as a broker."""

    result: str | None = None
    """Whether the request succeeded."""
    orders: list[ListedBrokerOrder]
    """The orders that match the filters."""


@model
class TradeList(Response):
    """The account's clearing trades."""

    results: list[Trade]
    """The trades that match the filters."""
