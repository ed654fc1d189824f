"""The timeouts of a request: the wait for the key's lock, and the attempt after it."""

import pytest

from gemini_clearing_runtime import _time
from gemini_clearing_runtime._time_left import TimeLeft


@pytest.fixture
def clock(monkeypatch):
    """Return a list with the time of the monotonic clock, which the test changes."""
    now = [100.0]
    monkeypatch.setattr(_time, "monotonic", lambda: now[0])
    return now


def test_wait_for_the_lock_may_take_the_whole_call(clock):
    """The seconds of an attempt begin after the wait, so a read that waits 15 of 30 seconds has 10 for its response."""
    left = TimeLeft(130.0, attempt_s=10.0)

    assert left["pool"] == 30.0
    clock[0] = 115.0
    assert (left["pool"], left["read"], left.end_s()) == (15.0, 10.0, 125.0)
    clock[0] = 122.0
    assert (left["read"], left["write"], left["connect"]) == (3.0, 3.0, 3.0)


def test_attempt_ends_with_its_call(clock):
    """An attempt that begins late has the time that the call has left, and at least a millisecond."""
    left = TimeLeft(130.0, attempt_s=10.0)

    clock[0] = 127.0
    assert (left["read"], left.end_s()) == (3.0, 130.0)
    clock[0] = 131.0
    assert (left["read"], left["pool"]) == (0.001, 0.001)


def test_connecting_takes_ten_seconds_at_most(clock):
    """A write may wait for its response as long as the call, and for a connection ten seconds."""
    assert dict(TimeLeft(160.0)) == {"pool": 60.0, "connect": 10.0, "write": 60.0, "read": 60.0}
