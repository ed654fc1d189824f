"""Values and places as short text."""

from collections.abc import Iterable

__all__ = ["CUT", "pointer", "shorten"]

# The mark between the beginning of a long value and its length.
CUT = "… ("


def shorten(value: object, limit: int = 160) -> str:
    """Return a value as text that fits in a table."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}{CUT}{len(text)} characters)"


def pointer(path: Iterable[str | int]) -> str:
    """Return the place of a value in a JSON body, such as `orders[0].price`; `body` for the whole of it."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "body"
