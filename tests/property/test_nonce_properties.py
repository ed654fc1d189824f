"""General rules of nonces, under arbitrary clocks."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_auth import IncrementalNonces, TimeBasedNonces
from gemini_clearing_auth._nonce_record import NonceRecord, advance, parse, serialize

clocks = st.lists(st.integers(0, 2**62), min_size=2, max_size=40)
# Steps of a clock in nanoseconds that stays within what the exchange tolerates.
small_steps = st.lists(st.integers(-200_000_000, 10**9), min_size=2, max_size=40)
events = st.lists(st.sampled_from(["draw", "kill", "power loss"]), min_size=1, max_size=40)


@given(clocks, st.integers(0, 2**62))
def test_incremental_nonces_increase_under_any_clock(times: list[int], after: int) -> None:
    """Each nonce is above the one before, and the first is above `after`."""
    shown = iter(times)
    nonces = IncrementalNonces(after=after, clock_ns=lambda: next(shown))

    drawn = [after, *(nonces.next() for _ in times)]

    assert all(earlier < later for earlier, later in pairwise(drawn))


@given(clocks)
def test_incremental_nonces_are_never_behind_the_clock(times: list[int]) -> None:
    """A nonce is never below the clock, so a restarted program continues above its earlier nonces."""
    shown = iter(times)
    nonces = IncrementalNonces(clock_ns=lambda: next(shown))

    assert all(nonces.next() >= now // 1_000 for now in times)


@given(st.integers(2, 8), st.integers(1, 50))
def test_incremental_nonces_are_unique_among_threads(threads: int, each: int) -> None:
    """Threads that draw at the same time never get the same nonce, and each thread's nonces increase."""
    nonces = IncrementalNonces(clock_ns=lambda: 0)
    with ThreadPoolExecutor(threads) as pool:
        drawn = list(pool.map(lambda _: [nonces.next() for _ in range(each)], range(threads)))

    assert sorted(nonce for own in drawn for nonce in own) == list(range(1, threads * each + 1))
    assert all(own == sorted(own) for own in drawn)


@given(clocks)
def test_time_based_nonces_stay_within_the_window(times: list[int]) -> None:
    """A nonce is never behind the clock and at most 30 s ahead of it, however the clock jumps."""
    shown = iter(times)
    nonces = TimeBasedNonces(clock_ns=lambda: next(shown))

    for now in times:
        ahead = Decimal(nonces.next()) - Decimal(now // 1_000) / 1_000_000
        assert 0 <= ahead <= Decimal("30.000001")


@given(st.integers(10**18, 2 * 10**18), small_steps)
def test_time_based_nonces_increase_under_small_clock_corrections(start: int, steps: list[int]) -> None:
    """Small corrections of the clock, as NTP makes them, keep the order."""
    now = start

    def clock() -> int:
        nonlocal now
        now += steps.pop()
        return now

    nonces = TimeBasedNonces(clock_ns=clock)
    drawn = [Decimal(nonces.next()) for _ in range(len(steps))]

    assert all(earlier < later for earlier, later in pairwise(drawn))


@given(
    clocks, st.lists(st.sampled_from(["draw", "kill", "power loss"]), min_size=1, max_size=40), st.integers(0, 2**62)
)
def test_file_nonces_increase_under_kills_power_losses_and_any_clock(
    times: list[int], history: list[str], after: int
) -> None:
    """Nonces of a file increase, when only the reserved ones survive a power loss, and the clock jumps."""
    memory = disk = NonceRecord(key="k", mode="incremental")
    boot, drawn = 1, [after]

    for index, event in enumerate(history):
        if event == "power loss":
            memory, boot = disk, boot + 1
            continue
        now_us = times[index % len(times)] // 1_000
        record = advance(memory, now_us=now_us, after=after, boot=f"b{boot}")
        if record.reserved != memory.reserved:
            disk = record
        memory = parse(serialize(record))
        if event == "draw":  # else the process is killed before it has sent
            drawn.append(record.last)

    assert all(earlier < later for earlier, later in pairwise(drawn))
