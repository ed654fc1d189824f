# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""The client with blocking calls."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Literal

# First, and here: deep in a chain of imports, httpx can take 15 ms longer to import. CPython 3.11 maps and
# unmaps memory whenever a loop calls a function across the end of a piece of its stack.
import httpx  # noqa: F401  # pyright: ignore[reportUnusedImport]  (see above)

import gemini_clearing  # imports the classes of responses when they are used first
from gemini_clearing_runtime import (
    WAIT_TIMEOUT_S,
    Client,
    InvalidRow,
    Money,
    PollSchedule,
    Until,
    WalkProgress,
    When,
)

from ._enums import Side
from ._operations import (
    CANCEL_ORDER,
    CONFIRM_ORDER,
    CREATE_BROKER_ORDER,
    CREATE_ORDER,
    ENVIRONMENTS,
    GET_ORDER,
    ITER_BROKER_ORDERS,
    ITER_ORDERS,
    ITER_TRADES,
    LIST_BROKER_ORDERS,
    LIST_ORDERS,
    LIST_TRADES,
    OPERATIONS,
    WAIT_FOR_ORDER,
)

__all__ = ["GeminiClearing"]


class GeminiClearing(Client):
    """
    Gemini Clearing: one method per operation.

    Every method raises `NotSentError`, `RejectedError` or `MaybeExecutedError`; see `gemini_clearing.errors`.
    Threads may share a client. Calls with the same API key are sent one at a time, so that nonces arrive in
    order.
    """

    _environments = ENVIRONMENTS
    _operations = OPERATIONS

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
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.PlacedOrder":
        """
        Place a clearing order with another desk.

        The order waits until the other desk confirms its terms from the opposite side, or until it expires.
        Without `counterparty_id`, any desk that has the clearing id may confirm it.

        The API has no idempotency key: sending the same order twice creates two orders.

        Requires the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            amount: The amount in the pair's base currency; an exact decimal greater than zero.
            price: The price of one unit, in the pair's quote currency; an exact decimal greater than zero.
            side: The side of the desk that places the order.
            counterparty_id: The only desk that may confirm the order. Without it, any desk that has the
                clearing id may.
            expires_in_hrs: Hours until the order expires, if it is not settled by then. `24.0` is an integer
                too.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `InvalidSymbol` if the exchange does not clear this symbol.
            RejectedError: `InvalidQuantity` if the amount is not a multiple of the symbol's increment.
            RejectedError: `InvalidPrice` if the price is not a multiple of the symbol's increment.
            RejectedError: `InvalidTimestampInPayload` if the order would expire later than the exchange
                allows.
            RejectedError: `InvalidAccountName` if the counterparty id does not exist.
            RejectedError: `ConflictingAccountName` if the counterparty is the account itself.
            RejectedError: `InsufficientFunds` if the account does not have the funds.
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
            timeout=timeout,
            extra_headers=extra_headers,
        )

    def get_order(
        self,
        *,
        clearing_id: str,
        account: str | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.OrderDetails":
        """
        Get the status of one order.

        The two desks of the order and its broker may call it.
        While an order without a counterparty waits, any desk that has its clearing id may call it.

        Requires the role Trader or Auditor.

        Args:
            clearing_id: The id that the exchange assigned to the order.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `OrderNotFound` if this account has no such order.
        """
        return self._call(
            GET_ORDER,
            clearing_id=clearing_id,
            account=account,
            timeout=timeout,
            extra_headers=extra_headers,
        )

    def wait_for_order(
        self,
        clearing_id: str,
        *,
        until: "Until[gemini_clearing.OrderDetails]",
        timeout: float = WAIT_TIMEOUT_S,
        poll: float | PollSchedule | None = None,
        account: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.OrderDetails":
        """
        Wait until an order has a status, and return the order.

        Repeats `get_order`. A failed read does not end the wait, unless every later one would fail too. An
        interruption ends it, and leaves nothing behind.

        Requires the role Trader or Auditor.

        Args:
            clearing_id: The id that the exchange assigned to the order.
            account: The account of the group. Master keys must pass it, account keys must not.
            until: What to wait for: a status, a collection of statuses, or a function that gets the order and
                returns whether it is as wanted.
            timeout: Seconds after which the wait ends in any case.
            poll: Seconds between two reads, or a `PollSchedule`. The default starts with 1, and grows to 10.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            OrderEndedError: the order has another final status. The error has the `order`.
            WaitTimeoutError: time ran out. The error has the last `order` that was read.
            ArgumentError: a status or another argument is unknown or invalid. Nothing was sent.
            NotSentError: the client can send no read.
            RejectedError: the exchange rejects every read.
        """
        return self._wait(
            WAIT_FOR_ORDER,
            until=until,
            timeout=timeout,
            poll=poll,
            extra_headers=extra_headers,
            clearing_id=clearing_id,
            account=account,
        )

    def cancel_order(
        self,
        *,
        clearing_id: str,
        account: str | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.CanceledOrder":
        """
        Cancel an order that has not been confirmed.

        Either desk, or the broker, may cancel the order until a desk has confirmed it.
        If it is too late, the response has status 200 and `result: failed`.

        Requires the role Trader.

        Args:
            clearing_id: The id that the exchange assigned to the order.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `OrderNotFound` if this account has no such order.
            RejectedError: `failed` if the order cannot be canceled any more, or not by this account.
        """
        return self._call(
            CANCEL_ORDER,
            clearing_id=clearing_id,
            account=account,
            timeout=timeout,
            extra_headers=extra_headers,
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
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.ConfirmedOrder":
        """
        Confirm an order that another desk or a broker has placed.

        Symbol, amount and price must be those of the order. `side` is the side of the desk that confirms.
        If the terms do not match, the response has status 200 and `result: error`.

        Requires the role Trader.

        Args:
            clearing_id: The id that the exchange assigned to the order.
            symbol: The trading pair, such as `btcusd`, in either case.
            amount: The amount in the pair's base currency; an exact decimal greater than zero.
            price: The price of one unit, in the pair's quote currency; an exact decimal greater than zero.
            side: The side of the desk that confirms: the opposite of the side of the desk that placed the
                order.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `OrderNotFound` if no such order waits for the confirmation of this account.
            RejectedError: `ConflictingAccountName` if the account has placed the order itself.
            RejectedError: `InvalidSymbol` if the order has another symbol.
            RejectedError: `InvalidQuantity` if the order has another amount.
            RejectedError: `InvalidPrice` if the order has another price.
            RejectedError: `InvalidSide` if the side is not that of this account.
            RejectedError: `InsufficientFunds` if the account does not have the funds.
        """
        return self._call(
            CONFIRM_ORDER,
            clearing_id=clearing_id,
            symbol=symbol,
            amount=amount,
            price=price,
            side=side,
            account=account,
            timeout=timeout,
            extra_headers=extra_headers,
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
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.OrderList":
        """
        List the account's clearing orders.

        The list has every order in which the account is one of the two desks, as seen from its side.
        An order must match all filters.

        Requires the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            counterparty: Only orders with this desk, by its id or alias.
            side: Only orders in which the account has this side.
            expiration_start: Only orders that expire at this time or later, in milliseconds. Needs
                `expiration_end`.
            expiration_end: Only orders that expire at this time or earlier, in milliseconds. Needs
                `expiration_start`.
            submission_start: Only orders placed at this time or later, in milliseconds. Needs
                `submission_end`.
            submission_end: Only orders placed at this time or earlier, in milliseconds. Needs
                `submission_start`.
            funded: Only orders for which both desks have the funds.
            status: Only orders with this status.
            timestamp: Only orders placed after this time, in milliseconds.
            limit_orders: The maximum length of the list.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `InvalidSymbol` if the exchange does not clear this symbol.
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
            timeout=timeout,
            extra_headers=extra_headers,
        )

    def iter_orders(
        self,
        *,
        symbol: str | None = None,
        counterparty: str | None = None,
        side: Side | Literal["buy", "sell"] | None = None,
        expiration_start: When | None = None,
        expiration_end: When | None = None,
        funded: bool | None = None,
        status: str | None = None,
        account: str | None = None,
        start: When | None = None,
        end: When | None = None,
        newest_first: bool = False,
        page_size: int | None = None,
        on_bad_row: Callable[[InvalidRow], object] | None = None,
        on_progress: Callable[[WalkProgress], object] | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "Iterator[gemini_clearing.ListedOrder]":
        """
        Iterate over all rows of a list between two times, without gaps and duplicates.

        Repeats `list_orders`. After a failed request, the next step of the iterator repeats it.

        Requires the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            counterparty: Only orders with this desk, by its id or alias.
            side: Only orders in which the account has this side.
            expiration_start: Only orders that expire at this time or later, in milliseconds. Needs
                `expiration_end`.
            expiration_end: Only orders that expire at this time or earlier, in milliseconds. Needs
                `expiration_start`.
            funded: Only orders for which both desks have the funds.
            status: Only orders with this status.
            account: The account of the group. Master keys must pass it, account keys must not.
            start: The first time, inclusive; a `datetime`, or milliseconds. The default is the oldest row.
            end: The last time, inclusive. The default includes rows that arrive while the walk runs.
            newest_first: Return the newest rows first.
            page_size: Rows to request at a time, instead of the limit that the spec states.
            on_bad_row: Called with each `InvalidRow`, which is skipped. Without it, the walk raises
                `InvalidRowsError`.
            on_progress: Called with a `WalkProgress` after each response.
            timeout: Seconds that one request may take, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            InvalidRowsError: rows violate the spec. The error has their bytes, and the valid rows of the
                response.
            IncompleteWalkError: the exchange does not return all rows.
            ArgumentError: an argument is invalid. Nothing was sent.
            ClearingError: a request failed.
        """
        return self._walk(
            ITER_ORDERS,
            filters={
                "symbol": symbol,
                "counterparty": counterparty,
                "side": side,
                "expiration_start": expiration_start,
                "expiration_end": expiration_end,
                "funded": funded,
                "status": status,
                "account": account,
            },
            start=start,
            end=end,
            newest_first=newest_first,
            page_size=page_size,
            on_bad_row=on_bad_row,
            on_progress=on_progress,
            timeout=timeout,
            extra_headers=extra_headers,
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
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.PlacedBrokerOrder":
        """
        Place a clearing order for two other desks.

        Both desks confirm the order, in either sequence, before the exchange settles it.
        `side` is the side of the source. The target has the opposite side.

        Requires the role Trader.

        Args:
            source_counterparty_id: The desk that has `side`.
            target_counterparty_id: The desk that has the opposite of `side`.
            symbol: The trading pair, such as `btcusd`, in either case.
            amount: The amount in the pair's base currency; an exact decimal greater than zero.
            price: The price of one unit, in the pair's quote currency; an exact decimal greater than zero.
            side: The side of the source.
            expires_in_hrs: Hours until the order expires, if it is not settled by then. Fractions are
                allowed.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `InvalidSymbol` if the exchange does not clear this symbol.
            RejectedError: `InvalidQuantity` if the amount is not a multiple of the symbol's increment.
            RejectedError: `InvalidPrice` if the price is not a multiple of the symbol's increment.
            RejectedError: `InvalidTimestampInPayload` if the order would expire later than the exchange
                allows.
            RejectedError: `InvalidAccountName` if one of the counterparty ids does not exist.
            RejectedError: `ConflictingAccountName` if two of broker, source and target are the same account.
            RejectedError: `InsufficientFunds` if a desk does not have the funds.
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
            timeout=timeout,
            extra_headers=extra_headers,
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
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.BrokerOrderList":
        """
        List the orders that the account has placed as a broker.

        An order must match all filters.

        Requires the role Trader.

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
            funded: Only orders for which both desks have the funds.
            status: Only orders with this status.
            timestamp: Only orders placed after this time, in milliseconds.
            limit_orders: The maximum length of the list.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `InvalidSymbol` if the exchange does not clear this symbol.
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
            timeout=timeout,
            extra_headers=extra_headers,
        )

    def iter_broker_orders(
        self,
        *,
        symbol: str | None = None,
        expiration_start: When | None = None,
        expiration_end: When | None = None,
        funded: bool | None = None,
        status: str | None = None,
        account: str | None = None,
        start: When | None = None,
        end: When | None = None,
        newest_first: bool = False,
        page_size: int | None = None,
        on_bad_row: Callable[[InvalidRow], object] | None = None,
        on_progress: Callable[[WalkProgress], object] | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "Iterator[gemini_clearing.ListedBrokerOrder]":
        """
        Iterate over all rows of a list between two times, without gaps and duplicates.

        Repeats `list_broker_orders`. After a failed request, the next step of the iterator repeats it.

        Requires the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            expiration_start: Only orders that expire at this time or later, in milliseconds. Needs
                `expiration_end`.
            expiration_end: Only orders that expire at this time or earlier, in milliseconds. Needs
                `expiration_start`.
            funded: Only orders for which both desks have the funds.
            status: Only orders with this status.
            account: The account of the group. Master keys must pass it, account keys must not.
            start: The first time, inclusive; a `datetime`, or milliseconds. The default is the oldest row.
            end: The last time, inclusive. The default includes rows that arrive while the walk runs.
            newest_first: Return the newest rows first.
            page_size: Rows to request at a time, instead of the limit that the spec states.
            on_bad_row: Called with each `InvalidRow`, which is skipped. Without it, the walk raises
                `InvalidRowsError`.
            on_progress: Called with a `WalkProgress` after each response.
            timeout: Seconds that one request may take, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            InvalidRowsError: rows violate the spec. The error has their bytes, and the valid rows of the
                response.
            IncompleteWalkError: the exchange does not return all rows.
            ArgumentError: an argument is invalid. Nothing was sent.
            ClearingError: a request failed.
        """
        return self._walk(
            ITER_BROKER_ORDERS,
            filters={
                "symbol": symbol,
                "expiration_start": expiration_start,
                "expiration_end": expiration_end,
                "funded": funded,
                "status": status,
                "account": account,
            },
            start=start,
            end=end,
            newest_first=newest_first,
            page_size=page_size,
            on_bad_row=on_bad_row,
            on_progress=on_progress,
            timeout=timeout,
            extra_headers=extra_headers,
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
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.TradeList":
        """
        List the account's clearing trades, settled or not.

        If both limits are given, the smaller one applies. If both start times are given, the later one
        applies.

        Requires the role Trader.

        Args:
            timestamp_nanos: Only trades last updated at this time or later, in nanoseconds since the epoch.
            limit_per_account: The maximum number of trades.
            symbol: The trading pair, such as `btcusd`, in either case.
            timestamp: Only trades last updated after this time, in milliseconds.
            limit_trades: The maximum number of trades; a second name for `limit_per_account`.
            account: The account of the group. Master keys must pass it, account keys must not.
            timeout: Seconds that this call may take in total, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            RejectedError: `InvalidSymbol` if the exchange does not clear this symbol.
        """
        return self._call(
            LIST_TRADES,
            timestamp_nanos=timestamp_nanos,
            limit_per_account=limit_per_account,
            symbol=symbol,
            timestamp=timestamp,
            limit_trades=limit_trades,
            account=account,
            timeout=timeout,
            extra_headers=extra_headers,
        )

    def iter_trades(
        self,
        *,
        symbol: str | None = None,
        account: str | None = None,
        start: When | None = None,
        end: When | None = None,
        newest_first: bool = False,
        page_size: int | None = None,
        on_bad_row: Callable[[InvalidRow], object] | None = None,
        on_progress: Callable[[WalkProgress], object] | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "Iterator[gemini_clearing.Trade]":
        """
        Iterate over all rows of a list between two times, without gaps and duplicates.

        Repeats `list_trades`. After a failed request, the next step of the iterator repeats it.

        Requires the role Trader.

        Args:
            symbol: The trading pair, such as `btcusd`, in either case.
            account: The account of the group. Master keys must pass it, account keys must not.
            start: The first time, inclusive; a `datetime`, or milliseconds. The default is the oldest row.
            end: The last time, inclusive. The default includes rows that arrive while the walk runs.
            newest_first: Return the newest rows first.
            page_size: Rows to request at a time, instead of the limit that the spec states.
            on_bad_row: Called with each `InvalidRow`, which is skipped. Without it, the walk raises
                `InvalidRowsError`.
            on_progress: Called with a `WalkProgress` after each response.
            timeout: Seconds that one request may take, instead of the client's `timeout`.
            extra_headers: Headers to send in addition, such as a trace id. They are not signed.

        Raises:
            InvalidRowsError: rows violate the spec. The error has their bytes, and the valid rows of the
                response.
            IncompleteWalkError: the exchange does not return all rows.
            ArgumentError: an argument is invalid. Nothing was sent.
            ClearingError: a request failed.
        """
        return self._walk(
            ITER_TRADES,
            filters={
                "symbol": symbol,
                "account": account,
            },
            start=start,
            end=end,
            newest_first=newest_first,
            page_size=page_size,
            on_bad_row=on_bad_row,
            on_progress=on_progress,
            timeout=timeout,
            extra_headers=extra_headers,
        )
