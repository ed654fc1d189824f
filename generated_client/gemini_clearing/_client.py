# Generated from openapi/clearing.yaml by `make generate`: edits are lost, change the spec or the templates.
"""The client whose calls block."""

from decimal import Decimal
from typing import Literal

from gemini_clearing_runtime import Client, Money, When

from ._enums import Side
from ._models import (
    BrokerOrderList,
    CanceledOrder,
    ConfirmedOrder,
    OrderDetails,
    OrderList,
    PlacedBrokerOrder,
    PlacedOrder,
    TradeList,
)
from ._operations import (
    CANCEL_ORDER,
    CONFIRM_ORDER,
    CREATE_BROKER_ORDER,
    CREATE_ORDER,
    ENVIRONMENTS,
    GET_ORDER,
    LIST_BROKER_ORDERS,
    LIST_ORDERS,
    LIST_TRADES,
)

__all__ = ["GeminiClearing"]


class GeminiClearing(Client):
    """
    Gemini Clearing: one method per operation.

    Every method raises `NotSentError`, `RejectedError` or `MaybeExecutedError`; see `gemini_clearing.errors`.
    Safe to share between threads; calls with one API key take turns, so that nonces arrive in order.
    """

    _environments = ENVIRONMENTS

    def create_order(
        self,
        *,
        symbol: str,
        amount: Money,
        price: Money,
        side: Side | Literal["buy", "sell"],
        counterparty_id: str | None = None,
        expires_in_hrs: int | None = None,
        account: str | None = None,
    ) -> PlacedOrder:
        """
        Place a clearing order with another desk.

        The order waits until the other desk repeats its terms from the opposite side, or until it expires.
        Without `counterparty_id`, anybody who is told the clearing id may be that other desk.

        There is no key by which the exchange would recognise a repeated order:
        sending the same order twice makes two orders.

        Needs the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            amount: How much to trade, in the pair's base currency; an exact decimal above zero.
            price: The price of one unit, in the pair's quote currency; an exact decimal above zero.
            side: The direction of the trade for the desk that places the order.
            counterparty_id: The only desk that may confirm; without it, anybody who holds the clearing id.
            expires_in_hrs: How many hours the order waits and may take to settle. `24.0` counts as a whole
                number.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `InvalidSymbol`: the exchange does not clear this symbol.
            `InvalidQuantity`: the amount is no multiple of the symbol's increment.
            `InvalidPrice`: the price is no multiple of the symbol's increment.
            `InvalidTimestampInPayload`: the order would live longer than the exchange allows.
            `InvalidAccountName`: nobody has this counterparty id.
            `ConflictingAccountName`: the counterparty is the account that places the order.
            `InsufficientFunds`: the account does not hold the funds.
        """
        return self._call(
            CREATE_ORDER,
            symbol=symbol,
            amount=amount,
            price=price,
            side=side,
            counterparty_id=counterparty_id,
            expires_in_hrs=expires_in_hrs,
            account=account,
        )

    def get_order(
        self,
        *,
        clearing_id: str,
        account: str | None = None,
    ) -> OrderDetails:
        """
        Ask how one order stands.

        For the two desks of the order and its broker.
        While an order without a counterparty waits, for anybody who holds its clearing id.

        Needs the role Trader or Auditor.

        Args:
            clearing_id: The id that the exchange gave the order.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `OrderNotFound`: there is no such order for this account.
        """
        return self._call(
            GET_ORDER,
            clearing_id=clearing_id,
            account=account,
        )

    def cancel_order(
        self,
        *,
        clearing_id: str,
        account: str | None = None,
    ) -> CanceledOrder:
        """
        Take back an order that nobody has confirmed yet.

        Either desk, or the broker, may cancel while no desk has confirmed.
        A cancellation that comes too late is refused with status 200 and `result: failed`.

        Needs the role Trader.

        Args:
            clearing_id: The id that the exchange gave the order.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `OrderNotFound`: there is no such order for this account.
            `failed`: the order can no longer be canceled, or not by this account.
        """
        return self._call(
            CANCEL_ORDER,
            clearing_id=clearing_id,
            account=account,
        )

    def confirm_order(
        self,
        *,
        clearing_id: str,
        symbol: str,
        amount: Money,
        price: Money,
        side: Side | Literal["buy", "sell"],
        account: str | None = None,
    ) -> ConfirmedOrder:
        """
        Confirm an order that another desk, or a broker, placed.

        Symbol, amount and price repeat the order's terms, and `side` is the confirming desk's own.
        Terms that do not match are refused with status 200 and `result: error`.

        Needs the role Trader.

        Args:
            clearing_id: The id that the exchange gave the order.
            symbol: The trading pair, such as `btcusd`, in either case.
            amount: How much to trade, in the pair's base currency; an exact decimal above zero.
            price: The price of one unit, in the pair's quote currency; an exact decimal above zero.
            side: The direction of the trade for the desk that confirms: the opposite of the one that placed
                it.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `OrderNotFound`: no such order awaits this account's confirmation.
            `ConflictingAccountName`: the account placed the order itself.
            `InvalidSymbol`: the symbol is not the order's.
            `InvalidQuantity`: the amount is not the order's.
            `InvalidPrice`: the price is not the order's.
            `InvalidSide`: the side is not the one left for this account.
            `InsufficientFunds`: the account does not hold the funds.
        """
        return self._call(
            CONFIRM_ORDER,
            clearing_id=clearing_id,
            symbol=symbol,
            amount=amount,
            price=price,
            side=side,
            account=account,
        )

    def list_orders(
        self,
        *,
        symbol: str | None = None,
        counterparty: str | None = None,
        side: Side | Literal["buy", "sell"] | None = None,
        expiration_start: When | None = None,
        expiration_end: When | None = None,
        submission_start: When | None = None,
        submission_end: When | None = None,
        funded: bool | None = None,
        status: str | None = None,
        timestamp: When | None = None,
        limit_orders: int | None = None,
        account: str | None = None,
    ) -> OrderList:
        """
        List the account's own clearing orders.

        Every order in which the account is one of the two desks, told from its side.
        Filters combine: an order must pass all of them.

        Needs the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            counterparty: Only orders with this desk, by its id or alias.
            side: Only orders in which the account takes this side.
            expiration_start: Only orders that expire at this time or later, in milliseconds. Needs
                `expiration_end`.
            expiration_end: Only orders that expire at this time or earlier, in milliseconds. Needs
                `expiration_start`.
            submission_start: Only orders placed at this time or later, in milliseconds. Needs
                `submission_end`.
            submission_end: Only orders placed at this time or earlier, in milliseconds. Needs
                `submission_start`.
            funded: Only orders that both desks hold the funds for.
            status: Only orders with this status.
            timestamp: Only orders placed after this time, in milliseconds.
            limit_orders: How many to answer at the most.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `InvalidSymbol`: the exchange does not clear this symbol.
        """
        return self._call(
            LIST_ORDERS,
            symbol=symbol,
            counterparty=counterparty,
            side=side,
            expiration_start=expiration_start,
            expiration_end=expiration_end,
            submission_start=submission_start,
            submission_end=submission_end,
            funded=funded,
            status=status,
            timestamp=timestamp,
            limit_orders=limit_orders,
            account=account,
        )

    def create_broker_order(
        self,
        *,
        source_counterparty_id: str,
        target_counterparty_id: str,
        symbol: str,
        amount: Money,
        price: Money,
        side: Side | Literal["buy", "sell"],
        expires_in_hrs: float | Decimal,
        account: str | None = None,
    ) -> PlacedBrokerOrder:
        """
        Place a clearing order for two other desks.

        Both desks confirm, in either order, before the exchange settles.
        `side` is the source's; the target takes the opposite one.

        Needs the role Trader.

        Args:
            source_counterparty_id: The desk that takes `side`.
            target_counterparty_id: The desk that takes the opposite of `side`.
            symbol: The trading pair, such as `btcusd`, in either case.
            amount: How much to trade, in the pair's base currency; an exact decimal above zero.
            price: The price of one unit, in the pair's quote currency; an exact decimal above zero.
            side: The direction of the trade for the source.
            expires_in_hrs: How many hours the order waits and may take to settle; fractions are allowed.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `InvalidSymbol`: the exchange does not clear this symbol.
            `InvalidQuantity`: the amount is no multiple of the symbol's increment.
            `InvalidPrice`: the price is no multiple of the symbol's increment.
            `InvalidTimestampInPayload`: the order would live longer than the exchange allows.
            `InvalidAccountName`: nobody has one of the counterparty ids.
            `ConflictingAccountName`: two of broker, source and target are the same.
            `InsufficientFunds`: a desk does not hold the funds.
        """
        return self._call(
            CREATE_BROKER_ORDER,
            source_counterparty_id=source_counterparty_id,
            target_counterparty_id=target_counterparty_id,
            symbol=symbol,
            amount=amount,
            price=price,
            side=side,
            expires_in_hrs=expires_in_hrs,
            account=account,
        )

    def list_broker_orders(
        self,
        *,
        symbol: str | None = None,
        expiration_start: When | None = None,
        expiration_end: When | None = None,
        submission_start: When | None = None,
        submission_end: When | None = None,
        funded: bool | None = None,
        status: str | None = None,
        timestamp: When | None = None,
        limit_orders: int | None = None,
        account: str | None = None,
    ) -> BrokerOrderList:
        """
        List the orders that the account placed as a broker.

        Filters combine: an order must pass all of them.

        Needs the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            expiration_start: Only orders that expire at this time or later, in milliseconds. Needs
                `expiration_end`.
            expiration_end: Only orders that expire at this time or earlier, in milliseconds. Needs
                `expiration_start`.
            submission_start: Only orders placed at this time or later, in milliseconds. Needs
                `submission_end`.
            submission_end: Only orders placed at this time or earlier, in milliseconds. Needs
                `submission_start`.
            funded: Only orders that both desks hold the funds for.
            status: Only orders with this status.
            timestamp: Only orders placed after this time, in milliseconds.
            limit_orders: How many to answer at the most.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `InvalidSymbol`: the exchange does not clear this symbol.
        """
        return self._call(
            LIST_BROKER_ORDERS,
            symbol=symbol,
            expiration_start=expiration_start,
            expiration_end=expiration_end,
            submission_start=submission_start,
            submission_end=submission_end,
            funded=funded,
            status=status,
            timestamp=timestamp,
            limit_orders=limit_orders,
            account=account,
        )

    def list_trades(
        self,
        *,
        timestamp_nanos: int | None = None,
        limit_per_account: int | None = None,
        symbol: str | None = None,
        timestamp: When | None = None,
        limit_trades: int | None = None,
        account: str | None = None,
    ) -> TradeList:
        """
        List the account's clearing trades, settled or not.

        Where two limits are given the smaller one holds, where two starts are given the later one.

        Needs the role Trader.

        Args:
            timestamp_nanos: Only trades last updated at this time or later, in nanoseconds since the epoch.
            limit_per_account: How many trades to answer at the most.
            symbol: The trading pair, such as `btcusd`, in either case.
            timestamp: Only trades last updated after this time, in milliseconds.
            limit_trades: How many trades to answer at the most; a second name for `limit_per_account`.
            account: The account of the group that is meant. Master keys must name it, account keys must not.

        Refused:
            `InvalidSymbol`: the exchange does not clear this symbol.
        """
        return self._call(
            LIST_TRADES,
            timestamp_nanos=timestamp_nanos,
            limit_per_account=limit_per_account,
            symbol=symbol,
            timestamp=timestamp,
            limit_trades=limit_trades,
            account=account,
        )
