"""Faults that apply only to orders in one state, and there only to one kind of order, or only to long lists."""

from collections.abc import Callable, Iterator

from tests.faults.catalog.interceptors import change_responses, each_row
from tests.faults.catalog.layers import SEQUENCES
from tests.faults.catalog.mock.single_values import Body, Row, has, one_more, opposite_side, where, without
from tests.faults.seeded_fault import SeededFault

__all__ = ["SINGLE_STATE_FAULTS"]

STATES = (
    "AwaitTargetConfirm", "AwaitSourceTargetConfirm", "AwaitSourceConfirm", "Confirmed", "AttemptSettlement", "Settled",
    "Canceled", "Expired",
)  # fmt: skip
# The states that only orders of brokers have.
BROKERED_STATES = frozenset({"AwaitSourceTargetConfirm", "AwaitSourceConfirm"})


def _negate_is_confirmed(row: Body) -> None:
    row["is_confirmed"] = not row["is_confirmed"]


def _without_alias(row: Body) -> None:
    row.pop("counterparty_alias", None)


def _of_states() -> Iterator[Row]:
    for state in STATES:
        in_state = has("status", state)
        yield f"get_order negates is_confirmed in {state}", "get_order", where(in_state, _negate_is_confirmed)
        yield f"get_order raises the price in {state}", "get_order", where(in_state, one_more("price"))
        yield f"list_orders drops orders in {state}", "list_orders", without("orders", in_state)
        without_alias = each_row("orders", where(in_state, _without_alias))
        yield f"list_orders omits the alias in {state}", "list_orders", without_alias
        more = each_row("orders", where(in_state, one_more("price")))
        yield f"list_broker_orders raises the price in {state}", "list_broker_orders", more
        turned = each_row("results", where(in_state, opposite_side("sourceSide")))
        yield f"list_trades turns the side in {state}", "list_trades", turned


def _of_kinds() -> Iterator[Row]:
    for state in STATES:
        for has_broker in (True, False):
            if has_broker or state not in BROKERED_STATES:
                kind = "with" if has_broker else "without"
                dropped = without("results", _is_trade(state, has_broker=has_broker))
                yield f"list_trades drops orders {kind} broker in {state}", "list_trades", dropped


def _is_trade(state: str, *, has_broker: bool) -> Callable[[Body], bool]:
    return lambda row: row["status"] == state and row["hasBroker"] is has_broker


def _of_long_lists() -> Iterator[Row]:
    for operation, rows in (("list_orders", "orders"), ("list_broker_orders", "orders"), ("list_trades", "results")):
        yield f"{operation} ends after 50 rows", operation, _ending_after(50, rows)


def _ending_after(count: int, rows: str) -> Callable[[Body], object]:
    return lambda body: body.update({rows: body[rows][:count]})


SINGLE_STATE_FAULTS = tuple(
    SeededFault(name, "mock", SEQUENCES, change_responses(operation, change))
    for name, operation, change in (*_of_states(), *_of_kinds(), *_of_long_lists())
)
