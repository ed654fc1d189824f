"""An interruption at any place of a request leaves an exchange that other threads use, and that saves what they do."""

import contextlib
import itertools
import sys
import threading
from pathlib import Path

import pytest

import gemini_clearing_mock
from gemini_clearing_mock import Exchange

CODE = (str(Path(gemini_clearing_mock.__file__).parent), contextlib.__file__)
TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}
MOST_PLACES = 2_000  # a request has a few hundred


def interrupted(function, n):
    """
    Call a function with a KeyboardInterrupt at its n-th place; return False if it ends before that.

    A place is where Python runs signal handlers: the start of a function, and the end of a call.
    """
    places = itertools.count(1)

    def at_place(frame, event, _):
        if event in {"call", "c_return"} and frame.f_code.co_filename.startswith(CODE) and next(places) == n:
            raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(at_place)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
    return False


def in_other_thread(function):
    """Return the result of a function in another thread, which must not wait for a lock."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()
    thread.join(10)
    assert results, "a lock is still held"
    return results[0]


@pytest.mark.parametrize("has_file", [False, True])
def test_interruption_at_any_place_ends_its_transaction(tmp_path, clock, desks_of, has_file):
    """The next order is placed in another thread, and with a state file another exchange reads it."""
    state = tmp_path / "state" if has_file else None
    with Exchange(clock=clock, state_file=state) as exchange:
        desk = desks_of(exchange).initiator
        for number in range(1, MOST_PLACES):
            if not interrupted(lambda: exchange.handle(desk.request("/v1/clearing/new", **TERMS)), number):
                break
            assert in_other_thread(desk.place)
        else:
            pytest.fail(f"a request has more than {MOST_PLACES} places")
        if has_file:
            assert Exchange(clock=clock, state_file=state).fingerprint() == exchange.fingerprint()
    assert number > 50
