"""Values and places as short text."""

from __future__ import annotations

__all__ = ["pointer", "shorten"]


def shorten(value: object, limit: int = 160) -> str:
    """A value as text, short enough for a table."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def pointer(path: list[str | int]) -> str:
    """The place of a value in an answer, as `orders[0].price`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "body"
