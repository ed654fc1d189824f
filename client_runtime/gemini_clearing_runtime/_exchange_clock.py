"""
The exchange's clock, as far as its responses show it.

A `Date` header (RFC 9110, section 6.6.1) is the exchange's time in whole seconds at some moment between request and
response. Elapsed time is measured with the monotonic clock, so a change of this machine's clock has no effect.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

__all__ = ["ExchangeClock", "Moment"]

_RESOLUTION_S = 1.0


class Moment(msgspec.Struct, frozen=True):
    """A moment on the monotonic clock of this process, and the number of jumps of the exchange's clock before it."""

    monotonic_s: float
    jumps: int
    is_dated: bool
    """Whether a response had shown the exchange's clock by then. Otherwise a jump since then is not noticed."""


class ExchangeClock:
    """
    The difference between the exchange's clock and the monotonic clock, between two bounds.

    Every response narrows the bounds. A response outside of them shows that the exchange's clock has jumped: then only
    that response counts, and the exchange time of earlier moments is unknown.
    """

    def __init__(self) -> None:
        self._bounds: tuple[float, float] | None = None
        self._jumps = 0

    def observe(self, headers: Mapping[str, str], sent_s: float, received_s: float) -> None:
        """
        Learn from a response.

        Args:
            headers: the response's headers, with names in lower case.
            sent_s: the monotonic time before the request was sent.
            received_s: the monotonic time after the response was received.
        """
        date_s = _parse(headers.get("date", ""))
        if date_s is None:
            return
        low, high = date_s - received_s, date_s + _RESOLUTION_S - sent_s
        if self._bounds is not None:
            known_low, known_high = self._bounds
            if max(low, known_low) <= min(high, known_high):
                self._bounds = (max(low, known_low), min(high, known_high))
                return
            self._jumps += 1
        self._bounds = (low, high)

    @property
    def is_known(self) -> bool:
        """Whether a response with a date has been received."""
        return self._bounds is not None

    def moment(self, monotonic_s: float) -> Moment:
        """Return a moment that `earliest` and `latest` accept later."""
        return Moment(monotonic_s, self._jumps, self.is_known)

    def earliest(self, moment: Moment) -> datetime | None:
        """Return the earliest exchange time that the moment can have been; None if it is not known."""
        return self._at(moment, 0)

    def latest(self, moment: Moment) -> datetime | None:
        """Return the latest exchange time that the moment can have been; None if it is not known."""
        return self._at(moment, 1)

    def _at(self, moment: Moment, bound: int) -> datetime | None:
        if self._bounds is None or moment.jumps != self._jumps:
            return None
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=moment.monotonic_s + self._bounds[bound])


def _parse(text: str) -> float | None:
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
