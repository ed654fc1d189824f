"""The times at which a wait reads. Both clients, in simulated time."""

import itertools
import random

import httpx
import pytest

from gemini_clearing_runtime import WAIT_TIMEOUT_S, PollSchedule, _time
from tests.unit.client_runtime.scripted import rejection


def test_last_read_is_sent_before_the_end(wait):
    """A pause that goes beyond the end is shortened, but never below the shortest one."""
    _, sent = wait(["open"] * 3, poll=PollSchedule(shortest=1, longest=60, growth=60, jitter=0), timeout=30)

    assert sent == [0, 1, 29]


@pytest.mark.parametrize(("choice", "longest"), [(0, 10), (1, 12)])
def test_default_schedule_is_the_documented_one(wait, monkeypatch, choice, longest):
    """Pauses grow by a fifth from 1 to 10 seconds, up to a fifth is added at random, and the wait ends after 600."""
    monkeypatch.setattr(_time, "random_s", lambda *limits: limits[choice])
    _, sent = wait(["open"] * 999, poll=None, timeout=WAIT_TIMEOUT_S)
    pauses = [later - earlier for earlier, later in itertools.pairwise(sent)]

    assert pauses[:3] == pytest.approx([longest / 10 * 1.2**number for number in range(3)])
    assert max(pauses) == pytest.approx(longest)
    assert 599 <= sent[-1] < 600


def test_read_has_the_timeout_of_a_call(wait):
    """A read that gets no response ends early enough for the next one; the wait's end limits the last read."""
    left = []

    def shows_open(request):
        left.append(request.extensions["timeout"]["read"])
        return "open"

    wait([shows_open] * 9, timeout=5)

    assert left == pytest.approx([5, 3, 1])
    left.clear()
    wait([shows_open, "done"])
    assert left == pytest.approx([10])


def test_retry_after_of_a_broken_read_is_obeyed(wait):
    """The next read is not sent before the time that the exchange demands."""
    _, sent = wait(["open", httpx.Response(503, headers={"Retry-After": "7"}), "done"])

    assert sent == [0, 2, 9]


def test_429_pauses_the_reads(wait):
    """The pause of the key applies to waits."""
    order, sent = wait(["open", rejection(429, "RateLimit", {"Retry-After": "11"}), "done"])

    assert (order.status, sent) == ("done", [0, 2, 13])


def test_pauses_grow_and_start_again_when_the_status_changes(wait):
    """An order that moves is read more often than one that waits."""
    schedule = PollSchedule(shortest=1, longest=4, growth=2, jitter=0)
    _, sent = wait(["open"] * 4 + ["half"] * 3 + ["done"], poll=schedule)

    assert sent == [0, 1, 3, 7, 11, 12, 14, 18]


def test_at_most_one_request_a_second_is_sent_by_default(wait):
    """Also if every second read fails, for any seed."""
    for seed in range(20):
        chance = random.Random(seed)
        script = [chance.choice(["open", "half", httpx.ReadError("lost")]) for _ in range(60)]
        _, sent = wait([*script, "done"], poll=None, timeout=600)

        assert min(later - earlier for earlier, later in itertools.pairwise(sent)) >= 1 - 1e-9
        assert sent[-1] <= 600
