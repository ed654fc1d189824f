"""
Text for a terminal: values in plain digits and ISO times, without control characters, signatures, payloads and tokens.

A response may contain any text, such as the headers of the request, or codes that a terminal executes.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import attrs

from gemini_clearing import Model

__all__ = ["plain", "record_of", "row_type_of", "rows_of", "safe", "shown"]

_REPLACED = (
    (re.compile(r"\b[0-9a-fA-F]{96}\b"), "<signature>"),
    (re.compile(r"eyJyZXF1ZXN0Ij[A-Za-z0-9+/=]*"), "<payload>"),  # {"request" in base64
    (re.compile(r"\bBearer\s+\S+", flags=re.IGNORECASE), "Bearer <token>"),
    (re.compile(r"(?<=://)[^/\s@]+@"), "…@"),  # user name and password of a URL
    (re.compile(r'\{"request":.*\}', flags=re.DOTALL), "<payload>"),
)


def safe(text: str) -> str:
    """Return a text without signatures, payloads, bearer tokens, passwords of URLs, and control characters."""
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def plain(value: Any) -> Any:
    """Return a value as JSON: money and times become text, so that no reader of JSON makes a binary float of them."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 1000 else str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {safe(str(name)): plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return safe(str(value))


def shown(value: Any) -> str:
    """Return a value as a cell of a table; empty if it is absent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(plain(value))


def record_of(model: Any) -> dict[str, Any]:
    """Return the fields of an attrs object that are not None, by name, in the declared order."""
    return {
        field.name: value
        for field in attrs.fields(type(model))
        if not field.name.startswith("_") and (value := getattr(model, field.name)) is not None
    }


def rows_of(model: Model) -> tuple[str, list[dict[str, Any]], list[str]] | None:
    """Return the name of the rows of a response, the rows, and the names of their fields; None without rows."""
    found = row_type_of(type(model))
    return found and (found[0], [record_of(row) for row in getattr(model, found[0])], found[1])


def row_type_of(response: type[Model]) -> tuple[str, list[str]] | None:
    """Return the name of the rows of a response, and the names of their fields; None without rows."""
    for name, annotation in get_type_hints(response).items():
        if get_origin(annotation) is list and attrs.has(row_type := get_args(annotation)[0]):
            return name, [field.name for field in attrs.fields(row_type)]
    return None
