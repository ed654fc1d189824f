"""The deadline of a call: what is left of it, and its minimum with another limit."""

import pytest

from gemini_clearing_auth._deadline import Deadline


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A monotonic clock that the test moves."""
    now = [100.0]
    monkeypatch.setattr("gemini_clearing_auth._deadline.time.monotonic", lambda: now[0])
    return now


def test_deadline_counts_down_to_zero(clock: list[float]) -> None:
    """The time left decreases, and is never negative."""
    deadline = Deadline(2.0)
    clock[0] += 1.5
    left_s = deadline.left_s()
    clock[0] += 1.5

    assert left_s == 0.5
    assert deadline.left_s() == 0.0


def test_deadline_passes(clock: list[float]) -> None:
    """A deadline has passed when no time is left."""
    deadline = Deadline(2.0)
    early = deadline.passed()
    clock[0] += 2.0

    assert (early, deadline.passed()) == (False, True)


def test_deadline_without_limit_never_passes(clock: list[float]) -> None:
    """None is without limit."""
    deadline = Deadline(None)
    clock[0] += 1e12

    assert (deadline.left_s(), deadline.passed()) == (None, False)


@pytest.mark.parametrize(("timeout_s", "limit_s", "expected"), [(2.0, 1.0, 1.0), (1.0, 2.0, 1.0), (None, 3.0, 3.0)])
def test_deadline_has_a_minimum_with_a_limit(
    clock: list[float], timeout_s: float | None, limit_s: float, expected: float
) -> None:
    """The earlier of the two counts."""
    assert Deadline(timeout_s).at_most(limit_s).left_s() == expected
