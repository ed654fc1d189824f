"""
Scenarios about filters that are sent together.

Eight orders differ in six properties, so that each pair of values of two properties occurs: each filter has a row that
any other filter admits, and that only this one excludes.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from ...oracle.order_book import HOUR_MS
from ...run.session import Session
from .desks import Desks
from .lifecycle import Scenario

__all__ = ["FILTER_PAIR_SCENARIOS"]

# An orthogonal array of strength two: symbol, side, other desk, canceled, long life.
ROWS = (
    (0, 0, 0, 0, 0), (0, 1, 0, 1, 1), (1, 0, 1, 0, 1), (1, 1, 1, 1, 0),
    (0, 0, 1, 1, 0), (0, 1, 1, 0, 1), (1, 0, 0, 1, 1), (1, 1, 0, 0, 0),
)  # fmt: skip
# More than a second, so that a time in seconds is between the two halves.
PAUSE_MS = 1_100
STEP_MS = 5
FAR_FUTURE_MS = 10**13
Filters = dict[str, Any]


def _create(desks: Desks, rows: tuple[tuple[int, ...], ...]) -> list[str]:
    """Create the orders of some rows, one of the initiator and one of the broker each, and one without counterparty."""
    created = []
    for symbol, side, other, canceled, life in rows:
        terms = {
            "symbol": ("btcusd", "ethusd")[symbol], "amount": "2", "price": "20", "side": ("buy", "sell")[side],
            "expires_in_hrs": (1, 5)[life],
        }  # fmt: skip
        named = ("counterparty", desks.third)[other]
        partner = ("counterparty", "initiator")[other]
        source = "initiator" if partner == "counterparty" else "counterparty"
        orders = {
            "initiator": desks.create("initiator", **terms, counterparty_id=desks.id_of(named)).clearing_id,
            "broker": desks.create_for_two("broker", source, partner, **terms).clearing_id,
        }
        for desk, order in orders.items():
            created.append(order)
            if canceled:
                desks.cancel(desk, order)
        desks.session.target.wait_ms(STEP_MS)
    created.append(
        desks.create("initiator", symbol="btcusd", amount="2", price="20", side="buy", expires_in_hrs=5).clearing_id
    )
    return created


def _create_halves(desks: Desks) -> tuple[list[str], list[str]]:
    """Create the early and the late half of the orders, and read them all."""
    early = _create(desks, ROWS[:4])
    desks.session.target.wait_ms(PAUSE_MS)
    late = _create(desks, ROWS[4:])
    desks.list_since(early, ("initiator", "counterparty", "broker"))
    return early, late


def _submission(desks: Desks, clearing_id: str) -> int:
    """Return the reported time of an order's creation; 0 for an order that is not in the book."""
    order = desks.session.book.orders.get(clearing_id)
    return int(order.reported.get("submission", 0)) if order else 0


def _filters(desks: Desks, early: list[str], late: list[str]) -> list[Filters]:
    """Return one value of each filter; a range is one filter."""
    first, last, next_one = (_submission(desks, order) for order in (early[0], early[-1], late[0]))
    return [
        {"symbol": "btcusd"},
        {"side": "buy"},
        {"counterparty": desks.id_of("counterparty")},
        {"status": "Canceled"},
        {"funded": True},
        {"submission_start": first, "submission_end": last},
        {"expiration_start": first + 3 * HOUR_MS, "expiration_end": FAR_FUTURE_MS},
        {"timestamp": next_one - 1},
        {"timestamp_nanos": next_one * 1_000_000},
    ]


def every_pair_of_filters(session: Session) -> None:
    """Each pair of filters in each list, and each filter with each limit."""
    desks = Desks(session)
    early, late = _create_halves(desks)
    filters = _filters(desks, early, late)
    pairs = [{**one, **other} for one, other in combinations(filters, 2)]
    before = _submission(desks, early[0]) - 1
    # The stricter of two start times applies, whichever it is.
    pairs += [
        {"timestamp": before, "timestamp_nanos": filters[-1]["timestamp_nanos"]},
        {**filters[-2], "timestamp_nanos": before * 1_000_000},
    ]
    # The early half, so that a limit that is applied first leaves too few rows.
    limited = [*filters, {"timestamp": before}]
    pairs += [{**one, limit: 1} for one in limited for limit in ("limit_orders", "limit_trades", "limit_per_account")]
    for given in pairs:
        for desk in ("initiator", "broker"):
            desks.list_all(desk, **given)


def times_in_both_units(session: Session) -> None:
    """A time as a number and as text, in milliseconds and in seconds, in each filter by time."""
    desks = Desks(session)
    early, late = _create_halves(desks)
    last, next_one = _submission(desks, early[-1]), _submission(desks, late[0])
    for given in (
        *_in_units("timestamp", last + 1000, {}),
        *_in_units("submission_start", last + 1000, {"submission_end": FAR_FUTURE_MS}),
        *_in_units("submission_end", last + 1000, {"submission_start": 0}),
        *_in_units("expiration_start", next_one + 3 * HOUR_MS, {"expiration_end": FAR_FUTURE_MS}),
        *_in_units("expiration_end", next_one + 3 * HOUR_MS, {"expiration_start": 0}),
    ):
        for desk in ("initiator", "broker"):
            desks.list_all(desk, **given)


def _in_units(name: str, time_ms: int, other: Filters) -> Iterator[Filters]:
    for time in (time_ms, time_ms // 1000):
        yield {name: time, **other}
        yield {name: str(time), **other}


FILTER_PAIR_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): function for function in (every_pair_of_filters, times_in_both_units)
}
