# Generated from openapi/clearing.yaml by `make generate`: edits are lost, change the spec or the templates.
"""What Gemini Clearing answers; a field that may be absent is None then."""

from decimal import Decimal

from gemini_clearing_runtime import Model, Timestamp, model, wire

from ._enums import OrderStatus, Side
from ._scalars import (
    ANSWERED_MILLISECONDS,
    ANSWERED_TIME,
    CLEARING_ID,
    COUNTERPARTY_ID,
    DECIMAL_NUMBER,
    DECIMAL_TEXT,
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
class PlacedOrder(Model):
    """The answer to a new order."""

    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange gave the order."""
    result: str | None = None
    """The order's first status."""
    symbol: str | None = None
    """The trading pair, in upper case."""
    price: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """The price of one unit, in the quote currency."""
    amount: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """How much is traded, in the base currency."""
    side: Side | None = None
    """The direction of the trade for the desk that placed the order."""
    status: OrderStatus | None = None
    """Where an order stands in its life; the exchange may add words."""
    timestamp: Timestamp | None = wire(ANSWERED_TIME, default=None)
    """When the order was placed."""
    timestampms: Timestamp | None = wire(ANSWERED_MILLISECONDS, default=None)
    """When the order was placed, in milliseconds since the epoch."""
    is_confirmed: bool | None = None
    """Whether every desk that has to confirm has done so."""


@model
class OrderDetails(Model):
    """How one order stands."""

    status: OrderStatus
    """Where an order stands in its life; the exchange may add words."""
    result: str | None = None
    """Whether the question was answered."""
    clearing_id: str | None = wire(CLEARING_ID, default=None)
    """The id that the exchange gave the order."""
    symbol: str | None = None
    """The trading pair, in upper case."""
    price: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """The price of one unit, in the quote currency."""
    amount: Decimal | None = wire(DECIMAL_TEXT, default=None)
    """How much is traded, in the base currency."""
    side: Side | None = None
    """The direction of the trade for the desk that placed the order, or for the source of a broker order."""
    timestamp: Timestamp | None = wire(ANSWERED_TIME, default=None)
    """When the order was placed."""
    timestampms: Timestamp | None = wire(ANSWERED_MILLISECONDS, default=None)
    """When the order was placed, in milliseconds since the epoch."""
    is_confirmed: bool | None = None
    """Whether every desk that has to confirm has done so."""


@model
class CanceledOrder(Model):
    """The answer to a cancellation that was carried out."""

    result: str
    """Whether the order was canceled."""
    details: str
    """The same in a sentence, with the clearing id."""


@model
class ConfirmedOrder(Model):
    """The answer to a confirmation that was accepted."""

    result: str
    """Whether the confirmation was accepted."""


@model
class ListedOrder(Model):
    """One of the account's orders, told from its side."""

    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange gave the order."""
    symbol: str
    """The trading pair, in upper case."""
    side: Side
    """The direction of the trade for the account."""
    price: Decimal = wire(DECIMAL_NUMBER)
    """The price of one unit, in the quote currency."""
    quantity: Decimal = wire(DECIMAL_NUMBER)
    """How much is traded, in the base currency."""
    status: OrderStatus
    """Where an order stands in its life; the exchange may add words."""
    submission: Timestamp = wire(ANSWERED_TIME)
    """When the order was placed, in milliseconds since the epoch."""
    expiration: Timestamp = wire(ANSWERED_TIME)
    """When the order expires, in milliseconds since the epoch."""
    order_id: str | None = None
    """The desk's own id of the order, where it gave one."""
    counterparty_id: str | None = wire(COUNTERPARTY_ID, default=None)
    """The other desk, once it is known."""
    counterparty_alias: str | None = None
    """The name that the account gave the other desk, where it gave one."""
    broker_id: str | None = wire(COUNTERPARTY_ID, default=None)
    """The broker who placed the order, where one did."""


@model
class PlacedBrokerOrder(Model):
    """The answer to a new broker order."""

    result: str
    """The order's first status."""
    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange gave the order."""


@model
class ListedBrokerOrder(Model):
    """One of the orders that the account placed as a broker."""

    clearing_id: str = wire(CLEARING_ID)
    """The id that the exchange gave the order."""
    source_counterparty_id: str = wire(COUNTERPARTY_ID)
    """The desk that takes `source_side`."""
    symbol: str
    """The trading pair, in upper case."""
    source_side: Side
    """The direction of the trade for the source."""
    price: Decimal = wire(DECIMAL_NUMBER)
    """The price of one unit, in the quote currency."""
    quantity: Decimal = wire(DECIMAL_NUMBER)
    """How much is traded, in the base currency."""
    status: OrderStatus
    """Where an order stands in its life; the exchange may add words."""
    submission: Timestamp = wire(ANSWERED_MILLISECONDS)
    """When the order was placed, in milliseconds since the epoch."""
    expiration: Timestamp = wire(ANSWERED_MILLISECONDS)
    """When the order expires, in milliseconds since the epoch."""
    source_order_id: str | None = None
    """The source's own id of the order, where it gave one."""
    target_counterparty_id: str | None = wire(COUNTERPARTY_ID, default=None)
    """The desk that takes the opposite side."""
    target_order_id: str | None = None
    """The target's own id of the order, where it gave one."""


@model
class Trade(Model):
    """One clearing trade, settled or not."""

    source_account: str = wire(name="sourceAccount")
    """The source's account."""
    target_account: str = wire(name="targetAccount")
    """The target's account."""
    pair: str
    """The trading pair, in upper case."""
    source_side: Side = wire(name="sourceSide")
    """The direction of the trade for the source."""
    price: Decimal = wire(DECIMAL_TEXT)
    """The price of one unit, in the quote currency."""
    quantity: Decimal = wire(DECIMAL_TEXT)
    """How much is traded, in the base currency."""
    clearing_id: str = wire(CLEARING_ID, name="clearingId")
    """The id that the exchange gave the order."""
    status: OrderStatus
    """Where an order stands in its life; the exchange may add words."""
    expiration_time_ms: Timestamp = wire(ANSWERED_MILLISECONDS, name="expirationTimeMs")
    """When the order expires, in milliseconds since the epoch."""
    created_ms: Timestamp = wire(ANSWERED_MILLISECONDS, name="createdMs")
    """When the order was placed, in milliseconds since the epoch."""
    last_updated_ms: Timestamp = wire(ANSWERED_MILLISECONDS, name="lastUpdatedMs")
    """When the order last changed, in milliseconds since the epoch."""
    has_broker: bool = wire(name="hasBroker")
    """Whether a broker placed the order."""
    was_notified: bool = wire(name="wasNotified")
    """Whether the desks were notified."""


@model
class OrderList(Model):
    """The account's clearing orders."""

    result: str
    """Whether the question was answered."""
    orders: list[ListedOrder]
    """The orders that pass the filters."""


@model
class BrokerOrderList(Model):
    """The orders that the account placed as a broker."""

    result: str
    """Whether the question was answered."""
    orders: list[ListedBrokerOrder]
    """The orders that pass the filters."""


@model
class TradeList(Model):
    """The account's clearing trades."""

    results: list[Trade]
    """The trades that pass the filters."""
