"""
Headers as a mapping: a header that is sent several times is one value, joined as RFC 9110 (section 5.3) describes.
"""

from collections.abc import Iterable

__all__ = ["join_headers"]


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by their name in lower case; the values of a repeated header are joined with a comma."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
