"""A JSON file that a person wrote or a tool printed: read whole, in limits, and without a key that occurs twice."""

import json
from pathlib import Path
from typing import Any

from .time_limit import time_limit

__all__ = ["parse_json_text", "read_json_file"]

# A thousand times the size of a file with a few accounts; `/dev/zero` and a wrong file end here.
LARGEST_FILE = 1_000_000
# A pipe without a writer has nothing to read, and no end.
READ_TIME_S = 10


def read_json_file(path: Path) -> Any:
    """
    Return the content of a file, in UTF-8, or in UTF-16 as Windows PowerShell writes it, with or without a mark.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is too large, has another encoding, or is not JSON.
    """
    try:
        with time_limit(READ_TIME_S), path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except TimeoutError as error:
        raise TimeoutError(0, f"nothing was written to it within {READ_TIME_S} s") from error
    if len(content) > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE:,} bytes")
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        raise ValueError("not text in UTF-8 or UTF-16") from error
    return parse_json_text(text)


def parse_json_text(text: str) -> Any:
    """
    Return the value of a JSON text.

    Raises:
        ValueError: It is not JSON, or an object has a key twice.
    """
    if not text.strip():
        raise ValueError("empty")
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("not JSON: nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} occurs twice in one object")
    return result
