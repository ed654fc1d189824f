"""The order life-cycle is a machine without loose ends, told in words that the status field knows."""

from tests.spec.reading import DOCUMENT, DOCUMENTED

LIFECYCLE = DOCUMENT["x-order-lifecycle"]
TRANSITIONS: dict[str, dict[str, str]] = LIFECYCLE["transitions"]
STATUSES = DOCUMENT["components"]["schemas"]["OrderStatus"]["x-extensible-enum"]


def _reachable() -> set[str]:
    """Every state that some order can come to."""
    seen: set[str] = set()
    waiting = list(LIFECYCLE["initial"].values())
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting.extend(TRANSITIONS.get(state, {}).values())
    return seen


def test_states_are_known_words() -> None:
    """Each state is a word of the status vocabulary, and so is each announcement."""
    announced = LIFECYCLE["announced_as"]

    assert (_reachable() | set(announced) | set(announced.values())) - set(STATUSES) == set()


def test_every_state_can_be_reached_and_left_or_is_final() -> None:
    """No state is forgotten, and none is a trap."""
    assert _reachable() == set(TRANSITIONS) | set(LIFECYCLE["final"])
    assert set(TRANSITIONS) & set(LIFECYCLE["final"]) == set()


def test_every_order_can_expire_until_it_is_over() -> None:
    """The expiry ends an order in whatever state it still waits."""
    assert {state for state, events in TRANSITIONS.items() if events.get("expire") == "Expired"} == set(TRANSITIONS)


def test_confirmations_of_a_broker_order_commute() -> None:
    """Source and target may confirm in either order."""
    start = LIFECYCLE["initial"]["place_for_two"]
    source_first = TRANSITIONS[TRANSITIONS[start]["confirm_by_source"]]["confirm_by_target"]
    target_first = TRANSITIONS[TRANSITIONS[start]["confirm_by_target"]]["confirm_by_source"]

    assert source_first == target_first == "Confirmed"


def test_placed_orders_are_announced_with_the_documented_words() -> None:
    """The answers to new and broker/new show the state that the machine starts in, as it is announced."""
    announced = {event: LIFECYCLE["announced_as"].get(state, state) for event, state in LIFECYCLE["initial"].items()}
    documented = {
        event: DOCUMENTED[name]["answer_examples"][0]["result"]
        for event, name in (("place", "create_order"), ("place_for_two", "create_broker_order"))
    }

    assert announced == documented


def test_documented_statuses_are_known_words() -> None:
    """Every status in an example of the documentation is in the vocabulary."""
    rows = [
        row
        for facts in DOCUMENTED.values()
        for example in facts["answer_examples"]
        for row in [example, *example.get("orders", []), *example.get("results", [])]
    ]

    assert {row["status"] for row in rows if "status" in row} <= set(STATUSES)
