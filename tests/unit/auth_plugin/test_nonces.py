"""The nonce sources, driven by clocks that the tests move."""

from collections.abc import Callable, Iterator

import pytest

from gemini_clearing_auth import IncrementalNonces, TimeBasedNonces

SECOND_NS = 1_000_000_000


def ticking(*times_ns: int) -> Callable[[], int]:
    """A clock that shows these times one after the other."""
    shown: Iterator[int] = iter(times_ns)
    return lambda: next(shown)


def test_incremental_nonces_are_microseconds_of_the_clock() -> None:
    """A nonce is the time it was drawn at."""
    nonces = IncrementalNonces(clock_ns=ticking(1_700_000_000_123_456_789))

    assert nonces.next() == 1_700_000_000_123_456


@pytest.mark.parametrize("later_ns", [5_000_999, 5_000_000, 1_000, 0])
def test_incremental_nonces_grow_when_the_clock_does_not(later_ns: int) -> None:
    """A clock that stands still or steps back costs one step, no more."""
    nonces = IncrementalNonces(clock_ns=ticking(5_000_000, later_ns))

    assert [nonces.next(), nonces.next()] == [5_000, 5_001]


def test_incremental_nonces_go_on_after_a_given_one() -> None:
    """Nonces of other software, in nanoseconds say, are outgrown."""
    nonces = IncrementalNonces(after=10**18, clock_ns=ticking(5_000))

    assert nonces.next() == 10**18 + 1


def test_incremental_nonces_are_exact_in_every_json_reader() -> None:
    """Today's nonces fit the 53 bits that a double keeps."""
    assert IncrementalNonces().next() < 2**53


def test_time_based_nonces_are_seconds_with_every_digit() -> None:
    """The fraction keeps its leading zeros."""
    nonces = TimeBasedNonces(clock_ns=ticking(1_700_000_000_000_456_789))

    assert nonces.next() == "1700000000.000456"


def test_time_based_nonces_grow_when_the_clock_steps_back_a_little() -> None:
    """Within the exchange's tolerance, order comes before exactness."""
    nonces = TimeBasedNonces(clock_ns=ticking(100 * SECOND_NS, 100 * SECOND_NS, 70 * SECOND_NS + 1_000))

    assert [nonces.next() for _ in range(3)] == ["100.000000", "100.000001", "100.000002"]


def test_time_based_nonces_follow_a_clock_that_was_put_back() -> None:
    """Beyond the tolerance, the old time would be refused from then on."""
    nonces = TimeBasedNonces(clock_ns=ticking(100 * SECOND_NS, 70 * SECOND_NS - 1_000))

    assert [nonces.next(), nonces.next()] == ["100.000000", "69.999999"]
