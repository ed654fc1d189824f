"""The credentials file: the accounts of a server, as the mock prints them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..wire import Desk
from .target import TargetError

__all__ = ["desk_of", "read_credentials"]


def desk_of(entry: dict[str, Any]) -> Desk:
    """A desk from an entry of the credentials."""
    return Desk(
        name=str(entry["name"]),
        api_key=str(entry["api_key"]),
        api_secret=str(entry["api_secret"]),
        counterparty_id=str(entry.get("counterparty_id") or ""),
        roles=frozenset(entry.get("roles") or ("Trader",)),
    )


def read_credentials(path: Path) -> tuple[str | None, tuple[Desk, ...]]:
    """The base URL, if the file has one, and the desks, from JSON as the mock prints it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = content["accounts"]
        return content.get("base_url"), tuple(desk_of(entry) for entry in entries)
    except OSError as error:
        raise TargetError(f"The credentials file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} does not hold credentials ({type(error).__name__}: {error})."
        raise TargetError(
            f'{message} Expected JSON: {{"accounts": [{{"name", "api_key", "api_secret", …}}]}}.'
        ) from error
