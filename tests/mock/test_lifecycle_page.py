"""The lifecycle table: it equals that of the spec, its page is up to date, and it is consistent."""

from pathlib import Path

import pytest

from gemini_clearing_mock import TRANSITIONS, State
from gemini_clearing_mock._command import main
from gemini_clearing_mock.server._lifecycle_page import render
from gemini_clearing_mock.state._orders import CREATION_STATUS, FINAL, Event
from tests.spec.reading import DOCUMENT

ROOT = Path(__file__).parents[2]
LIFECYCLE = DOCUMENT["x-order-lifecycle"]


def test_table_equals_the_spec():
    """The mock's table and the spec's have the same states and events."""
    table = {
        str(state): {str(event): str(then) for event, then in events.items()} for state, events in TRANSITIONS.items()
    }

    assert {state: events for state, events in table.items() if events} == LIFECYCLE["transitions"]
    assert sorted(map(str, FINAL)) == sorted(LIFECYCLE["final"])
    assert {str(state): word for state, word in CREATION_STATUS.items()} == LIFECYCLE["announced_as"]


def test_page_is_up_to_date():
    """`docs/order-lifecycle.md` equals the output of `make docs`."""
    assert (ROOT / "docs" / "order-lifecycle.md").read_text() == render(), "Run `make docs`, and commit the result."


def test_command_prints_the_page(capsys):
    """The command `lifecycle` prints only the page."""
    assert main(["lifecycle"]) == 0
    assert capsys.readouterr().out == render()


@pytest.mark.parametrize("state", State)
def test_every_state_is_reachable_and_leads_to_a_final_one(state):
    """Every state is reachable, and leads to a final state."""
    reached = {then for events in TRANSITIONS.values() for then in events.values()} | set(
        map(State, LIFECYCLE["initial"].values())
    )
    ends, open_states = set(), [state]
    while open_states:
        events = TRANSITIONS[open_states.pop()]
        ends |= {then for then in events.values() if then in FINAL}
        open_states += [then for then in events.values() if then not in FINAL]

    assert state in reached
    assert ends or state in FINAL


def test_every_state_that_is_not_final_can_expire():
    """In every state that is not final, the order can expire."""
    assert all(Event.EXPIRE in events for state, events in TRANSITIONS.items() if state not in FINAL)
