"""Faults in filters that are sent together, in limits next to a filter, and in times of one unit or type."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.faults.catalog.layers import SEQUENCES
from tests.faults.catalog.request_repairs import edit_payload, repaired
from tests.faults.catalog.source_text import mock_faults
from tests.faults.seeded_fault import Plant, SeededFault

__all__ = ["COMBINED_FILTER_FAULTS"]

Body = dict[str, Any]
# A filter that is ignored if the other is sent too.
IGNORED: tuple[tuple[str, str, str], ...] = (
    ("list_orders", "symbol", "side"),
    ("list_orders", "symbol", "expiration_start"),
    ("list_orders", "side", "counterparty"),
    ("list_orders", "side", "status"),
    ("list_orders", "side", "timestamp"),
    ("list_orders", "counterparty", "submission_start"),
    ("list_orders", "counterparty", "symbol"),
    ("list_orders", "status", "counterparty"),
    ("list_orders", "status", "symbol"),
    ("list_orders", "funded", "side"),
    ("list_orders", "funded", "timestamp"),
    ("list_orders", "expiration_start", "submission_start"),
    ("list_orders", "expiration_start", "status"),
    ("list_orders", "submission_start", "timestamp"),
    ("list_orders", "submission_start", "side"),
    ("list_orders", "timestamp", "submission_start"),
    ("list_orders", "timestamp", "symbol"),
    ("list_broker_orders", "symbol", "status"),
    ("list_broker_orders", "status", "expiration_start"),
    ("list_broker_orders", "expiration_start", "symbol"),
    ("list_broker_orders", "timestamp", "status"),
    ("list_broker_orders", "submission_start", "symbol"),
    ("list_trades", "symbol", "timestamp"),
    ("list_trades", "symbol", "timestamp_nanos"),
    ("list_trades", "timestamp", "symbol"),
    ("list_trades", "timestamp_nanos", "symbol"),
    ("list_trades", "timestamp", "timestamp_nanos"),
    ("list_trades", "timestamp_nanos", "timestamp"),
    ("list_trades", "limit_trades", "limit_per_account"),
    ("list_trades", "limit_per_account", "limit_trades"),
    ("list_trades", "limit_trades", "symbol"),
    ("list_orders", "limit_orders", "status"),
    ("list_orders", "limit_orders", "timestamp"),
    ("list_broker_orders", "limit_orders", "symbol"),
)
TIMES = (
    ("list_orders", "timestamp"),
    ("list_orders", "submission_start"),
    ("list_orders", "expiration_start"),
    ("list_broker_orders", "timestamp"),
    ("list_broker_orders", "expiration_start"),
    ("list_trades", "timestamp"),
)
SECONDS_BELOW = 10**11


def ignore_with(name: str, other: str) -> Callable[[Body], None]:
    """Return a change that removes a filter, with the other end of its range, if another filter is sent too."""

    def change(body: Body) -> None:
        if name in body and other in body:
            for part in (name, name.replace("_start", "_end")):
                body.pop(part, None)

    return change


def seconds_as_milliseconds(name: str) -> Callable[[Body], None]:
    """Return a change that reads a time in seconds as milliseconds: almost 0."""

    def change(body: Body) -> None:
        if name in body and 0 < Decimal(str(body[name])) < SECONDS_BELOW:
            body[name] = 0

    return change


def text_as_zero(name: str) -> Callable[[Body], None]:
    """Return a change that reads a time as 0 if it is text."""

    def change(body: Body) -> None:
        if isinstance(body.get(name), str):
            body[name] = 0

    return change


def edited(operation: str, change: Callable[[Body], None]) -> Plant:
    """Return the fault of a server that changes the request of an operation before it reads it."""
    return repaired(edit_payload(change, of=operation))


LIMIT = "return islice(matching, limit if limit is None else min(limit, sys.maxsize))"
COMBINED_FILTER_FAULTS = (
    *(
        SeededFault(f"{one} ignores {name} next to {other}", "mock", SEQUENCES, edited(one, ignore_with(name, other)))
        for one, name, other in IGNORED
    ),
    *(
        SeededFault(
            f"{one} reads {name} in seconds as milliseconds", "mock", SEQUENCES,
            edited(one, seconds_as_milliseconds(name)),
        )
        for one, name in TIMES
    ),
    *(
        SeededFault(f"{one} ignores {name} that is text", "mock", SEQUENCES, edited(one, text_as_zero(name)))
        for one, name in TIMES
    ),
    *mock_faults((
        (
            "applies the limit of a list before its filters",
            SEQUENCES,
            LIMIT,
            "return (order for order in islice(orders, limit) if all(matches(order) for matches in filters))",
        ),
    )),
)  # fmt: skip
