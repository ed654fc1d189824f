"""Faults in the spec's roles, business rules, order life-cycle and paths."""

from tests.faults.catalog.layers import EXAMPLES, SEQUENCES
from tests.faults.catalog.spec.edits import PATHS, Row, remove, rename_key, set_to, spec_faults, without_reason
from tests.faults.world import World

__all__ = ["SPEC_RULE_FAULTS"]

TRANSITIONS = "x-order-lifecycle > transitions"


def remove_settlement(world: World) -> None:
    """Remove the transition to `Settled` from each state."""
    for state in ("Confirmed", "AttemptSettlement"):
        remove(f"{TRANSITIONS} > {state}", "settle")(world)


def reject_wrong_side_with_400(entries: list[dict[str, object]]) -> list[dict[str, object]]:
    """Set the status of the reason InvalidSide."""
    return [{**entry, "status": 400} if entry.get("reason") == "InvalidSide" else entry for entry in entries]


ROWS: tuple[Row, ...] = (
    ("allows auditors to place orders", SEQUENCES, set_to(f"{PATHS}new > post", "x-roles", ["Trader", "Auditor"])),
    ("does not allow auditors to read an order", SEQUENCES, set_to(f"{PATHS}status > post", "x-roles", ["Trader"])),
    (
        "omits OrderNotFound from the reasons of get_order",
        SEQUENCES,
        set_to(f"{PATHS}status > post", "x-refusals", without_reason("OrderNotFound")),
    ),
    (
        "omits InvalidSymbol from the reasons of create_order",
        SEQUENCES,
        set_to(f"{PATHS}new > post", "x-refusals", without_reason("InvalidSymbol")),
    ),
    (
        "omits InvalidSide from the reasons of confirm_order",
        SEQUENCES,
        set_to(f"{PATHS}confirm > post", "x-refusals", without_reason("InvalidSide")),
    ),
    (
        "rejects a wrong side with status 400",
        SEQUENCES,
        set_to(f"{PATHS}confirm > post", "x-refusals", reject_wrong_side_with_400),
    ),
    ("announces new orders with another status", SEQUENCES, set_to("x-order-lifecycle", "announced_as", {})),
    ("has no transition for a cancellation", SEQUENCES, remove(f"{TRANSITIONS} > AwaitTargetConfirm", "cancel")),
    (
        "confirms a broker order after the first desk's confirmation",
        SEQUENCES,
        set_to(f"{TRANSITIONS} > AwaitSourceTargetConfirm", "confirm_by_source", "Confirmed"),
    ),
    ("has no transition for settlement", SEQUENCES, remove_settlement),
    ("renames a path", EXAMPLES, set_to("", "paths", rename_key("/v1/clearing/list", "/v1/clearing/orders"))),
)
SPEC_RULE_FAULTS = spec_faults(ROWS)
