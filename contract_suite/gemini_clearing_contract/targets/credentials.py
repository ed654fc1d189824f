"""The credentials file: the accounts of a server, in the JSON that `gemini-clearing-mock --json` prints."""

import json
from pathlib import Path
from typing import Any

from ..errors import TargetError
from ..wire import Desk

__all__ = ["desk_of", "parse_credentials", "read_credentials"]

FORMAT = '{"accounts": [{"name": …, "api_key": …, "api_secret": …, "counterparty_id": …, "roles": […]}]}'
NONCE_MODES = ("incremental", "time-based")


def desk_of(entry: dict[str, Any]) -> Desk:
    """
    Return the desk of an entry.

    Raises:
        ValueError: The nonce mode is unknown.
    """
    nonce_mode = entry.get("nonce_mode")
    if nonce_mode not in (None, *NONCE_MODES):
        raise ValueError(f"unknown nonce_mode {nonce_mode!r}. Valid modes: {', '.join(NONCE_MODES)}")
    return Desk(
        name=str(entry["name"]),
        api_key=str(entry["api_key"]),
        api_secret=str(entry["api_secret"]),
        counterparty_id=str(entry.get("counterparty_id") or ""),
        roles=frozenset(entry.get("roles") or ("Trader",)),
        nonce_mode=nonce_mode,
    )


def read_credentials(path: Path) -> tuple[str | None, tuple[Desk, ...]]:
    """
    Return the base URL, if the file has one, and the desks.

    Raises:
        TargetError: The file cannot be read, or has another format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TargetError(f"{path}: the credentials file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TargetError(f"{path}: not a credentials file (not text in UTF-8). Expected JSON: {FORMAT}.") from error
    return parse_credentials(text, str(path))


def parse_credentials(text: str, source: str) -> tuple[str | None, tuple[Desk, ...]]:
    """Return the same from text; `source` is named in the error."""
    try:
        content = json.loads(text)
        return content.get("base_url"), tuple(desk_of(entry) for entry in content["accounts"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"{source}: not a credentials file ({type(error).__name__}: {error})."
        raise TargetError(f"{problem} Expected JSON: {FORMAT}.") from error
