"""
The header `Retry-After`, which the exchange does not document: the seconds to wait before the next request.

RFC 9110, section 10.2.3: whole seconds, or a date.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

__all__ = ["MOST_S", "retry_after_s"]

MOST_S = 300.0
"""
The longest wait that a client accepts.

The exchange counts requests per minute, so it has no reason for a longer one.
"""

# `float` also accepts nan, inf, 1_000 and digits of other scripts.
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """
    Return the seconds to wait, from 0 to `MOST_S`; None if the header is missing or its value is not obeyed.

    Args:
        headers: the response's headers, with names in lower case.
        now: this machine's time, used if the response has no `Date` header to compare with.
    """
    text = headers.get("retry-after", "").strip()
    seconds = float(text) if _SECONDS.fullmatch(text) else _seconds_until(text, headers.get("date", ""), now)
    return seconds if seconds is not None and 0 <= seconds <= MOST_S else None


def _seconds_until(text: str, date: str, now: datetime) -> float | None:
    then, start = _parse_date(text), _parse_date(date) or now
    return None if then is None else (then - start).total_seconds()


def _parse_date(text: str) -> datetime | None:
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return then if then.tzinfo is not None else None
