# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""The client with awaitable calls."""

from collections.abc import AsyncIterator, Callable, Mapping
from decimal import Decimal
from typing import Literal

# First, and here: deep in a chain of imports, httpx can take 15 ms longer to import. CPython 3.11 maps and
# unmaps memory whenever a loop calls a function across the end of a piece of its stack.
import httpx  # noqa: F401  # pyright: ignore[reportUnusedImport]  (see above)

import gemini_clearing  # imports the classes of responses when they are used first
from gemini_clearing_runtime import (
    WAIT_TIMEOUT_S,
    AsyncClient,
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

__all__ = ["AsyncGeminiClearing"]


class AsyncGeminiClearing(AsyncClient):
    """
    Gemini Clearing for asyncio: the same as `GeminiClearing`, with `await`. `GeminiClearing` describes the
    arguments.
    """

    _environments = ENVIRONMENTS
    _operations = OPERATIONS

    async def create_order(
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

        See `GeminiClearing.create_order`.
        """
        return await self._call(
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

    async def get_order(
        self,
        *,
        clearing_id: str,
        account: str | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.OrderDetails":
        """
        Get the status of one order.

        See `GeminiClearing.get_order`.
        """
        return await self._call(
            GET_ORDER,
            clearing_id=clearing_id,
            account=account,
            timeout=timeout,
            extra_headers=extra_headers,
        )

    async def wait_for_order(
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

        See `GeminiClearing.wait_for_order`.
        """
        return await self._wait(
            WAIT_FOR_ORDER,
            until=until,
            timeout=timeout,
            poll=poll,
            extra_headers=extra_headers,
            clearing_id=clearing_id,
            account=account,
        )

    async def cancel_order(
        self,
        *,
        clearing_id: str,
        account: str | None = None,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> "gemini_clearing.CanceledOrder":
        """
        Cancel an order that has not been confirmed.

        See `GeminiClearing.cancel_order`.
        """
        return await self._call(
            CANCEL_ORDER,
            clearing_id=clearing_id,
            account=account,
            timeout=timeout,
            extra_headers=extra_headers,
        )

    async def confirm_order(
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

        See `GeminiClearing.confirm_order`.
        """
        return await self._call(
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

    async def list_orders(
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

        See `GeminiClearing.list_orders`.
        """
        return await self._call(
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
    ) -> "AsyncIterator[gemini_clearing.ListedOrder]":
        """
        Iterate over all rows of a list between two times, without gaps and duplicates.

        See `GeminiClearing.iter_orders`.
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

    async def create_broker_order(
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

        See `GeminiClearing.create_broker_order`.
        """
        return await self._call(
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

    async def list_broker_orders(
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

        See `GeminiClearing.list_broker_orders`.
        """
        return await self._call(
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
    ) -> "AsyncIterator[gemini_clearing.ListedBrokerOrder]":
        """
        Iterate over all rows of a list between two times, without gaps and duplicates.

        See `GeminiClearing.iter_broker_orders`.
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

    async def list_trades(
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

        See `GeminiClearing.list_trades`.
        """
        return await self._call(
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
    ) -> "AsyncIterator[gemini_clearing.Trade]":
        """
        Iterate over all rows of a list between two times, without gaps and duplicates.

        See `GeminiClearing.iter_trades`.
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
