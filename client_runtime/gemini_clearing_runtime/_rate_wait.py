"""
The wait of an attempt for the rate limit of its key, within the time of its call.

`_key_rate` computes the wait. It comes before the attempt exists, so before a nonce, a signature and the key's lock.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Any

from gemini_clearing_auth.errors import ClearingError

from . import _time
from ._attempt import Attempt
from ._key_rate import KeyRate
from ._steps import Step, Wait
from .errors import RateWaitError

__all__ = ["start_when_allowed"]


def start_when_allowed(
    start: Callable[[], Attempt], rate: KeyRate | None, deadline: float, failure: ClearingError | None
) -> Generator[Step, Any, Attempt]:
    """Start an attempt as soon as the rate limit of the key allows it; raise an error if there is not enough time."""
    if rate is None:
        return start()
    left_s = deadline - _time.monotonic()
    wait_s = rate.take(left_s)
    if not wait_s:
        return start()
    if wait_s >= left_s:
        yield from _give_up(wait_s, start(), failure)
    try:
        yield Wait(wait_s, is_for_rate_limit=True)
    except BaseException:
        rate.give_back()
        raise
    return start()


def _give_up(wait_s: float, attempt: Attempt, failure: ClearingError | None) -> Iterator[Step]:
    """Raise the error for a wait that is too long, or the last failure of the call."""
    late = RateWaitError(
        f"{attempt.operation.name}: the client's rate limit demands a wait of {wait_s:.2f} s, and the call has less "
        "time left. This request was not sent. Pass a longer timeout, or call less often.",
        wait_s,
    )
    yield from attempt.report_error(late, retry_in_s=None)
    raise failure or late
