"""
The line numbers of the keys of a TOML file, for error messages; `tomllib` does not report them.

Only table headers and keys at the start of a line are found. A value inside an inline table or a multi-line array gets
the line of the key that it belongs to.
"""

import re
from collections import Counter

__all__ = ["KeyPath", "line_of"]

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([^\s=#][^=#]*?)\s*=")


def line_of(text: str, path: KeyPath) -> int:
    """Return the line number, from 1, of the longest prefix of a key path that has one."""
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
