"""
The events that the clock causes: expiry of orders, heartbeat timeouts, settlement.

`run_due_tasks` runs everything that is due, each task at its own time and in order. A confirmed order whose desks lack
funds is checked again only after one of their balances has changed. The result is the same as that of a check in every
interval, without its cost.
"""

from decimal import Decimal

import msgspec

from ._accounts import Account
from ._orders import AWAITING_SETTLEMENT, EXACT, TRANSITIONS, Event, Order, Side, State, apply_event
from ._schedule import Task, TaskKind
from ._state import ExchangeState

__all__ = ["has_funds", "is_funded", "run_due_tasks"]


def run_due_tasks(state: ExchangeState, now_ms: int) -> None:
    """Run every task that is due."""
    while task := state.schedule.pop_due(now_ms):
        _RUN[task.kind](state, task)


def has_funds(state: ExchangeState, order: Order, desk: str) -> bool:
    """Return whether a desk holds what it pays in the trade."""
    symbol = state.symbols[order.symbol]
    account = state.accounts[desk]
    if order.side_of(desk) is Side.BUY:
        return account.holds(symbol.quote, order.total)
    return account.holds(symbol.base, order.amount)


def is_funded(state: ExchangeState, order: Order) -> bool:
    """Return whether both desks hold what they pay; always true for a settled order."""
    if order.state is State.SETTLED:
        return True
    return order.target is not None and all(has_funds(state, order, desk) for desk in order.desks)


def _expire(state: ExchangeState, task: Task) -> None:
    order = state.orders[task.subject]
    if Event.EXPIRE in TRANSITIONS[order.state]:
        state.put_order(apply_event(order, Event.EXPIRE, task.at_ms))


def _time_out_heartbeat(state: ExchangeState, task: Task) -> None:
    owner = task.subject
    seen_ms = state.sessions[owner].seen_ms
    if seen_ms + state.choices.heartbeat_timeout_s * 1000 > task.at_ms:
        state.schedule_heartbeat_timeout(owner, seen_ms)
        return
    state.monitored.discard(owner)
    if not state.choices.heartbeat_cancels_orders:
        return
    for order in list(state.orders.values()):
        if order.placed_with == owner and order.is_unchanged:
            state.put_order(apply_event(order, Event.CANCEL, task.at_ms))


def _settle(state: ExchangeState, task: Task) -> None:
    order = state.orders[task.subject]
    if order.state not in AWAITING_SETTLEMENT:
        return
    if task.at_ms < state.earliest_settlement_ms(order):
        state.schedule_settlement(order)
    elif is_funded(state, order):
        # The order is replaced before the balances: a changed balance schedules checks of the orders that wait for it.
        state.put_order(apply_event(order, Event.SETTLE, task.at_ms))
        _exchange_funds(state, order, task.at_ms)
    else:
        if Event.AWAIT_FUNDS in TRANSITIONS[order.state]:
            state.put_order(apply_event(order, Event.AWAIT_FUNDS, task.at_ms))
        for desk in order.desks:
            state.awaiting_funds[desk].add(order.clearing_id)


def _exchange_funds(state: ExchangeState, order: Order, at_ms: int) -> None:
    symbol = state.symbols[order.symbol]
    buyer_changes = {symbol.base: order.amount, symbol.quote: order.total.copy_negate()}
    seller_changes = {currency: change.copy_negate() for currency, change in buyer_changes.items()}
    for desk in order.desks:
        changes = buyer_changes if order.side_of(desk) is Side.BUY else seller_changes
        _change_balances(state, state.accounts[desk], changes, at_ms)


def _change_balances(state: ExchangeState, account: Account, changes: dict[str, Decimal], at_ms: int) -> None:
    balances = dict(account.balances)
    for currency, change in changes.items():
        balances[currency] = EXACT.add(balances.get(currency, Decimal(0)), change)
    state.put_account(msgspec.structs.replace(account, balances=balances, changed_ms=at_ms))


_RUN = {TaskKind.EXPIRY: _expire, TaskKind.HEARTBEAT_TIMEOUT: _time_out_heartbeat, TaskKind.SETTLEMENT: _settle}
