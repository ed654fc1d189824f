"""The nonce sources, with clocks that the tests control."""

from collections.abc import Callable, Iterator

import pytest

from gemini_clearing_auth import IncrementalNonces, TimeBasedNonces

SECOND_NS = 1_000_000_000


def ticking(*times_ns: int) -> Callable[[], int]:
    """Return a clock that shows the given times one after the other."""
    shown: Iterator[int] = iter(times_ns)
    return lambda: next(shown)


def test_incremental_nonces_are_microseconds_of_the_clock() -> None:
    """A nonce is the time of the draw in microseconds."""
    nonces = IncrementalNonces(clock_ns=ticking(1_700_000_000_123_456_789))

    assert nonces.next() == 1_700_000_000_123_456


@pytest.mark.parametrize("later_ns", [5_000_999, 5_000_000, 1_000, 0])
def test_incremental_nonces_grow_when_the_clock_does_not(later_ns: int) -> None:
    """A clock that stops or steps back adds one to the last nonce."""
    nonces = IncrementalNonces(clock_ns=ticking(5_000_000, later_ns))

    assert [nonces.next(), nonces.next()] == [5_000, 5_001]


def test_incremental_nonces_start_above_after() -> None:
    """Nonces start above `after`, also when other software used nanoseconds."""
    nonces = IncrementalNonces(after=10**18, clock_ns=ticking(5_000))

    assert nonces.next() == 10**18 + 1


def test_incremental_nonces_above_the_clock_do_not_repeat_after_a_restart() -> None:
    """A restart with the same `after` continues above the nonces of the first run."""
    start_s = 1_800_000_000
    first = IncrementalNonces(after=10**18, clock_ns=lambda: start_s * SECOND_NS)
    second = IncrementalNonces(after=10**18, clock_ns=lambda: (start_s + 60) * SECOND_NS)

    assert max(first.next() for _ in range(600)) < second.next()


def test_incremental_nonces_after_a_recent_one_stay_near_the_clock() -> None:
    """An `after` of a day ago leads to nonces that are at most an hour above the clock in 2027."""
    now_s = 1_790_000_000
    nonces = IncrementalNonces(after=(now_s - 86_400) * 1_000_000, clock_ns=lambda: now_s * SECOND_NS)

    assert 0 <= nonces.next() - now_s * 1_000_000 <= 3_600 * 1_000_000


def test_incremental_nonces_are_exact_in_every_json_parser() -> None:
    """Today's nonces fit into the 53 bits of a double."""
    assert IncrementalNonces().next() < 2**53


def test_time_based_nonces_are_seconds_with_every_digit() -> None:
    """A nonce has six decimals, leading zeros included."""
    nonces = TimeBasedNonces(clock_ns=ticking(1_700_000_000_000_456_789))

    assert nonces.next() == "1700000000.000456"


def test_time_based_nonces_grow_when_the_clock_steps_back_a_little() -> None:
    """A clock that steps back by up to 30 s keeps the order."""
    nonces = TimeBasedNonces(clock_ns=ticking(100 * SECOND_NS, 100 * SECOND_NS, 70 * SECOND_NS + 1_000))

    assert [nonces.next() for _ in range(3)] == ["100.000000", "100.000001", "100.000002"]


def test_time_based_nonces_follow_a_clock_that_was_put_back() -> None:
    """A clock that was put back by more than 30 s is followed."""
    nonces = TimeBasedNonces(clock_ns=ticking(100 * SECOND_NS, 70 * SECOND_NS - 1_000))

    assert [nonces.next(), nonces.next()] == ["100.000000", "69.999999"]


def test_time_based_nonces_may_be_ordered() -> None:
    """The option `ordered` declares that nonces must arrive in order; by default they need not."""
    assert TimeBasedNonces(ordered=True).ordered
    assert not TimeBasedNonces().ordered
