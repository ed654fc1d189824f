"""The order life-cycle: every state is reachable, can be left or is final, and has a known status."""

from tests.spec.reading import DOCUMENT, DOCUMENTED

LIFECYCLE = DOCUMENT["x-order-lifecycle"]
TRANSITIONS: dict[str, dict[str, str]] = LIFECYCLE["transitions"]
STATUSES = DOCUMENT["components"]["schemas"]["OrderStatus"]["x-extensible-enum"]


def _reachable() -> set[str]:
    """Return all states that an order can reach."""
    seen: set[str] = set()
    waiting = list(LIFECYCLE["initial"].values())
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting.extend(TRANSITIONS.get(state, {}).values())
    return seen


def test_states_are_known_statuses() -> None:
    """Each state and each announced status is a value of the enum."""
    announced = LIFECYCLE["announced_as"]

    assert (_reachable() | set(announced) | set(announced.values())) - set(STATUSES) == set()


def test_every_state_can_be_reached_and_left_or_is_final() -> None:
    """Every state has a transition to it, and from it if it is not final."""
    assert _reachable() == set(TRANSITIONS) | set(LIFECYCLE["final"])
    assert set(TRANSITIONS) & set(LIFECYCLE["final"]) == set()


def test_every_order_can_expire_until_it_is_final() -> None:
    """An order expires in every state that is not final."""
    assert {state for state, events in TRANSITIONS.items() if events.get("expire") == "Expired"} == set(TRANSITIONS)


def test_confirmations_of_a_broker_order_commute() -> None:
    """Source and target may confirm in either sequence."""
    start = LIFECYCLE["initial"]["place_for_two"]
    source_first = TRANSITIONS[TRANSITIONS[start]["confirm_by_source"]]["confirm_by_target"]
    target_first = TRANSITIONS[TRANSITIONS[start]["confirm_by_target"]]["confirm_by_source"]

    assert source_first == target_first == "Confirmed"


def test_placed_orders_have_the_documented_status() -> None:
    """The responses of new and broker/new have the first state, as it is announced."""
    announced = {event: LIFECYCLE["announced_as"].get(state, state) for event, state in LIFECYCLE["initial"].items()}
    documented = {
        event: DOCUMENTED[name]["response_examples"][0]["result"]
        for event, name in (("place", "create_order"), ("place_for_two", "create_broker_order"))
    }

    assert announced == documented


def test_documented_statuses_are_known() -> None:
    """Every status in a documented example is a value of the enum."""
    rows = [
        row
        for facts in DOCUMENTED.values()
        for example in facts["response_examples"]
        for row in [example, *example.get("orders", []), *example.get("results", [])]
    ]

    assert {row["status"] for row in rows if "status" in row} <= set(STATUSES)
