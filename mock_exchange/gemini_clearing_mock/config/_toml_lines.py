"""
Which line of a TOML file a key stands in: for messages, since the parser does not tell.

Follows table headers and the keys at the beginning of lines; what stands deeper, in an inline table or an array over
several lines, gets the line of the key that it belongs to.
"""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["KeyPath", "line_of"]

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([^\s=#][^=#]*?)\s*=")


def line_of(text: str, path: KeyPath) -> int:
    """Tell the line of the deepest part of a key path that has one, from 1."""
    lines = _lines(text)
    for depth in range(len(path), 0, -1):
        if path[:depth] in lines:
            return lines[path[:depth]]
    return 1


def _lines(text: str) -> dict[KeyPath, int]:
    lines: dict[KeyPath, int] = {}
    rows: Counter[str] = Counter()
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _steps(header[2])
            lines.setdefault(table, number)
            if header[1] == "[[":
                table = (*table, rows[header[2]])
                rows[header[2]] += 1
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_steps(key[1])), number)
    return lines


def _steps(dotted: str) -> KeyPath:
    return tuple(step.strip().strip("\"'") for step in dotted.split("."))
