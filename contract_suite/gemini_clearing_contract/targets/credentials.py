"""
The credentials file: the accounts of a server, in the JSON that `gemini-clearing-mock --json` prints.

A mistake in it is reported before the first request: the server would reject the key, and the suite would report the
server. No message contains a key or a secret.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import TargetError
from ..wire import Desk
from .json_file import parse_json_text, read_json_file

__all__ = ["desk_of", "parse_credentials", "read_credentials"]

FORMAT = '{"accounts": [{"name": …, "api_key": …, "api_secret": …, "counterparty_id": …, "roles": […]}]}'
NONCE_MODES = ("incremental", "time-based")
# The roles that an API key can have.
ROLES = ("Administrator", "Auditor", "Fund Manager", "Trader")


def desk_of(entry: dict[str, Any]) -> Desk:
    """
    Return the desk of an entry.

    Raises:
        ValueError: A field is missing or wrong.
    """
    nonce_mode = entry.get("nonce_mode")
    if nonce_mode not in (None, *NONCE_MODES):
        raise ValueError(f"unknown nonce_mode {nonce_mode!r}. Valid modes: {', '.join(NONCE_MODES)}")
    name = _text(entry, "name")
    key = _text(entry, "api_key")
    if not key.isascii():
        raise ValueError(f"the api_key of {name} has a character that no HTTP header can have")
    return Desk(
        name=name,
        api_key=key,
        api_secret=_text(entry, "api_secret"),
        counterparty_id=_text(entry, "counterparty_id") if entry.get("counterparty_id") else "",
        roles=_roles(entry),
        nonce_mode=nonce_mode,
    )


def _text(entry: dict[str, Any], field: str) -> str:
    """Return a text field; its value is never part of the message, since it may be a secret."""
    owner = "an account" if field == "name" else f"{entry['name']}"
    if field not in entry:
        raise ValueError(f"the {field} of {owner} is missing")
    value = entry[field]
    if not isinstance(value, str):
        raise ValueError(f"the {field} of {owner} is not a text")
    if not value:
        raise ValueError(f"the {field} of {owner} is empty")
    if value != value.strip():
        raise ValueError(f"the {field} of {owner} has white space at its beginning or end")
    if not value.isprintable():
        raise ValueError(f"the {field} of {owner} has a control character, or one that is not Unicode")
    return value


def _roles(entry: dict[str, Any]) -> frozenset[str]:
    roles = entry.get("roles") or ("Trader",)
    if not isinstance(roles, list | tuple | frozenset) or not all(isinstance(role, str) for role in roles):
        raise ValueError(f"the roles of {entry['name']} are not a list of texts")
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise ValueError(f"unknown role {unknown[0]!r} of {entry['name']}. Valid roles: {', '.join(ROLES)}")
    return frozenset(roles)


def read_credentials(path: Path) -> tuple[str | None, tuple[Desk, ...]]:
    """
    Return the base URL, if the file has one, and the desks.

    Raises:
        TargetError: The file cannot be read, or has another format.
    """
    try:
        content = read_json_file(path)
    except OSError as error:
        raise TargetError(f"{path}: the credentials file cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise _wrong(str(path), error) from error
    return _parsed(content, str(path))


def parse_credentials(text: str, source: str) -> tuple[str | None, tuple[Desk, ...]]:
    """Return the same from text; `source` is named in the error."""
    try:
        content = parse_json_text(text)
    except ValueError as error:
        raise _wrong(source, error) from error
    return _parsed(content, source)


def _parsed(content: Any, source: str) -> tuple[str | None, tuple[Desk, ...]]:
    try:
        desks = tuple(_desks(content))
        return content.get("base_url"), desks
    except ValueError as error:
        raise _wrong(source, error) from error


def _desks(content: Any) -> Iterator[Desk]:
    accounts = content.get("accounts") if isinstance(content, dict) else None
    if not isinstance(accounts, list) or not all(isinstance(entry, dict) for entry in accounts):
        raise ValueError("no object with a list of `accounts`")
    desks = [desk_of(entry) for entry in accounts]
    for name, number in Counter(desk.name for desk in desks).items():
        if number > 1:
            raise ValueError(f"{number} accounts have the name {name}")
    by_key: dict[str, str] = {}
    for desk in desks:
        if by_key.setdefault(desk.api_key, desk.name) != desk.name:
            raise ValueError(f"{by_key[desk.api_key]} and {desk.name} have the same api_key")
    yield from desks


def _wrong(source: str, error: ValueError) -> TargetError:
    return TargetError(f"{source}: not a credentials file ({error}). Expected JSON: {FORMAT}.")
