"""Headers that the caller adds to requests."""

import re
from collections.abc import Mapping

from .errors import ArgumentError

__all__ = ["merge_headers"]

# They belong to the connection, to the identity, or to the signed request: the signer would replace them.
_RESERVED = {
    "authorization", "cache-control", "connection", "content-encoding", "content-length", "content-type", "expect",
    "host", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
# RFC 9110, section 5.6.2 (token) and section 5.5 (visible characters, and spaces between them).
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[!-~]([ \t!-~]*[!-~])?|")
# A longer name that is malformed may be a value in the wrong place.
_SHOWN = re.compile(r"[\w -]{0,16}")


def merge_headers(headers: list[tuple[bytes, bytes]], extra: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """
    Return the headers of a request with those of the caller. A header of the caller replaces one of the same name.

    Raises:
        ArgumentError: it is not a mapping, or a header is reserved or malformed. The message has only the name: a value
            may be a secret.
    """
    if (problem := _problem(extra)) is not None:
        del extra, headers  # a traceback with local variables shows this frame
        raise ArgumentError(problem)
    replaced = {name.lower().encode() for name in extra}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    return [*kept, *((name.encode(), value.encode()) for name, value in extra.items())]


def _problem(extra: object) -> str | None:
    """Return why headers cannot be sent, without their values; None when they can."""
    if not isinstance(extra, Mapping):
        return f"extra_headers must be a mapping of names to values, not {type(extra).__name__}. Pass a dict."
    for number, (name, value) in enumerate(extra.items(), 1):
        if not isinstance(name, str):
            return f"invalid name of header {number}: {type(name).__name__}. Pass a str."
        if not _NAME.fullmatch(name):
            shown = repr(name) if _SHOWN.fullmatch(name) else f"a text of {len(name)} characters"
            return f"invalid name of a header: {shown}. Pass letters, digits and hyphens."
        if name.lower() in _RESERVED or name.lower().startswith("x-gemini-"):
            return f"reserved header: {name}. The client sets it itself."
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            return f"invalid value of the header {name}. Pass one line of ASCII text."
    return None
