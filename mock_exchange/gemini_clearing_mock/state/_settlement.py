"""
What happens by the clock alone: orders expire, silent sessions lose their orders, agreed orders settle.

``run`` carries out everything that is due by a moment, each at its own moment and in order.  An agreed order whose
desks lack funds is not looked at again before one of their balances changes: that gives the same result as looking
every interval, and costs nothing while nothing changes.
"""

from __future__ import annotations

from decimal import Decimal
from heapq import heappop

import msgspec

from ._accounts import Account
from ._orders import AWAITING_SETTLEMENT, EXACT, TRANSITIONS, Event, Order, Side, State, advance
from ._schedule import Due, Rank
from ._state import ExchangeState

__all__ = ["has_funds", "is_funded", "run"]


def run(state: ExchangeState, now_ms: int) -> None:
    """Let everything happen that is due by now."""
    due = state.indexes.due
    while due and due[0].at_ms <= now_ms:
        item = heappop(due)
        _CARRY_OUT[item.rank](state, item)


def has_funds(state: ExchangeState, order: Order, desk: str) -> bool:
    """Whether one desk holds what the order would take from it."""
    symbol = state.symbols[order.symbol]
    account = state.accounts[desk]
    if order.side_of(desk) is Side.BUY:
        return account.holds(symbol.quote, order.total)
    return account.holds(symbol.base, order.amount)


def is_funded(state: ExchangeState, order: Order) -> bool:
    """Whether both desks hold what the order takes from them; a settled order's did."""
    if order.state is State.SETTLED:
        return True
    return order.target is not None and all(has_funds(state, order, desk) for desk in order.desks)


def _expire(state: ExchangeState, item: Due) -> None:
    order = state.orders[item.subject]
    if Event.EXPIRE in TRANSITIONS[order.state]:
        state.put_order(advance(order, Event.EXPIRE, item.at_ms))


def _fall_silent(state: ExchangeState, item: Due) -> None:
    owner = item.subject
    seen_ms = state.sessions[owner].seen_ms
    if seen_ms + state.choices.heartbeat_timeout_s * 1000 > item.at_ms:
        state.indexes.schedule_silence(owner, seen_ms)
        return
    state.indexes.watched.discard(owner)
    if not state.choices.heartbeat_cancels_orders:
        return
    for order in list(state.orders.values()):
        if order.placed_with == owner and order.is_untouched:
            state.put_order(advance(order, Event.CANCEL, item.at_ms))


def _settle(state: ExchangeState, item: Due) -> None:
    order = state.orders[item.subject]
    if order.state not in AWAITING_SETTLEMENT:
        return
    if item.at_ms < state.indexes.earliest_settlement(order):
        state.indexes.schedule_settlement(order)
    elif is_funded(state, order):
        # The order goes first, so that the accounts that wake waiting orders do not find it among them.
        state.put_order(advance(order, Event.SETTLE, item.at_ms))
        _exchange_funds(state, order, item.at_ms)
    else:
        if Event.AWAIT_FUNDS in TRANSITIONS[order.state]:
            state.put_order(advance(order, Event.AWAIT_FUNDS, item.at_ms))
        for desk in order.desks:
            state.indexes.waiting[desk].add(order.clearing_id)


def _exchange_funds(state: ExchangeState, order: Order, at_ms: int) -> None:
    symbol = state.symbols[order.symbol]
    gains = {symbol.base: order.amount, symbol.quote: order.total.copy_negate()}  # of the desk that buys
    for desk in order.desks:
        buys = order.side_of(desk) is Side.BUY
        changes = gains if buys else {currency: gain.copy_negate() for currency, gain in gains.items()}
        _move(state, state.accounts[desk], changes, at_ms)


def _move(state: ExchangeState, account: Account, changes: dict[str, Decimal], at_ms: int) -> None:
    balances = dict(account.balances)
    for currency, change in changes.items():
        balances[currency] = EXACT.add(balances.get(currency, Decimal(0)), change)
    state.put_account(msgspec.structs.replace(account, balances=balances, changed_ms=at_ms))


_CARRY_OUT = {Rank.EXPIRY: _expire, Rank.SILENCE: _fall_silent, Rank.SETTLEMENT: _settle}
