"""
The timeouts of a request, as the time that its attempt has left.

httpx has a timeout for each phase, and none for a call. So each is computed when the signer or the transport reads it.
"""

import math
from collections.abc import Iterator, Mapping

from . import _time

__all__ = ["TimeLeft"]

_MIN_TIMEOUT_S = 0.001
_MAX_TIMEOUTS_S = {"pool": math.inf, "connect": 10.0, "write": math.inf, "read": math.inf}


class TimeLeft(Mapping[str, float]):
    """
    The timeouts of a request.

    The wait for the key's lock, and for a nonce (`pool`), may take the time of the whole call. The attempt begins when
    another timeout is read.

    Args:
        deadline: the end of the call, on the monotonic clock.
        attempt_s: seconds that the attempt may take.
    """

    def __init__(self, deadline: float, attempt_s: float = math.inf) -> None:
        self._deadline = deadline
        self._attempt_s = attempt_s
        self._end_s: float | None = None

    def end_s(self) -> float:
        """Return the end of the attempt, which begins now if it has not begun."""
        if self._end_s is None:
            self._end_s = min(self._deadline, _time.monotonic() + self._attempt_s)
        return self._end_s

    def __getitem__(self, phase: str) -> float:
        end_s = self._deadline if phase == "pool" else self.end_s()
        left_s = max(end_s - _time.monotonic(), _MIN_TIMEOUT_S)
        return min(left_s, _MAX_TIMEOUTS_S[phase])

    def __iter__(self) -> Iterator[str]:
        return iter(_MAX_TIMEOUTS_S)

    def __len__(self) -> int:
        return len(_MAX_TIMEOUTS_S)
