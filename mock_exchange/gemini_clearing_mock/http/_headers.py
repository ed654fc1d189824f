"""
Headers as a mapping, and their dates.

A header that is sent several times is one value, joined as RFC 9110 (section 5.3) describes.
"""

import time
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["http_date", "join_headers"]

# Not those of `time.strftime`, which depend on the locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by their name in lower case; the values of a repeated header are joined with a comma."""
    texts = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs]
    headers: dict[str, str] = dict(texts)
    if len(headers) < len(texts):
        headers.clear()
        for name, text in texts:
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


@lru_cache(maxsize=16)  # many responses have the same second
def http_date(seconds: int) -> str:
    """Return a time as RFC 9110 (section 5.6.7) writes it; `email.utils.formatdate` is slower, also to import."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(seconds)
    return f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} GMT"
