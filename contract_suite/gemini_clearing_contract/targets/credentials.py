"""
The credentials file: the callers of a server, in the JSON that `gemini-clearing-mock --json` prints.

A mistake in it is reported before the first request: the server would reject the key, and the suite would report the
server. No message contains a key or a secret.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import frozen

from ..errors import TargetError
from ..wire import AccessToken, Desk, MasterKey
from .json_file import parse_json_text, read_json_file

__all__ = ["Credentials", "credentials_of", "desk_of", "parse_credentials", "read_credentials"]

FORMAT = (
    '{"accounts": [{"name": …, "api_key": …, "api_secret": …, "counterparty_id": …, "roles": […]}], '
    '"master_keys": [{"name": …, "api_key": …, "api_secret": …, "roles": […], "accounts": {name: counterparty id}}], '
    '"tokens": [{"name": …, "token": …, "counterparty_id": …, "scopes": […]}]}, where only accounts are required'
)
NONCE_MODES = ("incremental", "time-based")
_LONGEST_WORD = 15
# The roles that an API key can have.
ROLES = ("Administrator", "Auditor", "Fund Manager", "Trader")
MASTER_PREFIX = "master-"


@frozen
class Credentials:
    """The callers of a server: keys of accounts, master keys of groups, and access tokens."""

    desks: tuple[Desk, ...] = ()
    master_keys: tuple[MasterKey, ...] = ()
    tokens: tuple[AccessToken, ...] = ()
    # The address of the server, if the file has it.
    base_url: str | None = None


def desk_of(entry: dict[str, Any]) -> Desk:
    """
    Return the desk of an entry.

    Raises:
        ValueError: A field is missing or wrong.
    """
    fields = _key_fields(entry)
    counterparty_id = _text(entry, "counterparty_id") if entry.get("counterparty_id") else ""
    desk = Desk(counterparty_id=counterparty_id, **fields)
    if desk.api_key.startswith(MASTER_PREFIX):
        raise ValueError(f"the key of {desk.name} is a master key. Move it from accounts to master_keys")
    return desk


def _master_key_of(entry: dict[str, Any]) -> MasterKey:
    fields = _key_fields(entry)
    accounts = entry.get("accounts")
    if not isinstance(accounts, dict) or not accounts:
        raise ValueError(f"the accounts of {fields['name']} are not an object with counterparty ids by name")
    ids = {name: _text({"name": fields["name"], name: number}, name) for name, number in accounts.items()}
    return MasterKey(counterparty_id="", accounts=ids, **fields)


def _token_of(entry: dict[str, Any]) -> AccessToken:
    name, token, counterparty_id = (_text(entry, field) for field in ("name", "token", "counterparty_id"))
    if not token.isascii():
        raise ValueError(f"the token {name} has a character that no HTTP header can have")
    scopes = entry.get("scopes")
    if not isinstance(scopes, list | tuple) or not all(isinstance(scope, str) for scope in scopes):
        raise ValueError(f"the scopes of {name} are not a list of texts")
    return AccessToken(name, token, counterparty_id, frozenset(scopes))


def _key_fields(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that every API key has."""
    nonce_mode = entry.get("nonce_mode")
    if nonce_mode not in (None, *NONCE_MODES):
        raise ValueError(f"unknown nonce_mode {_word(nonce_mode)}. Valid modes: {', '.join(NONCE_MODES)}")
    name, key = _text(entry, "name"), _text(entry, "api_key")
    if not key.isascii():
        raise ValueError(f"the api_key of {name} has a character that no HTTP header can have")
    secret, roles = _text(entry, "api_secret"), _roles(entry)
    return {"name": name, "api_key": key, "api_secret": secret, "roles": roles, "nonce_mode": nonce_mode}


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
        raise ValueError(f"unknown role {_word(unknown[0])} of {entry['name']}. Valid roles: {', '.join(ROLES)}")
    return frozenset(roles)


def _word(value: object) -> str:
    """Return a short text, and of all other values the type: a secret may be in the wrong field."""
    is_short = isinstance(value, str) and len(value) <= _LONGEST_WORD
    return repr(value) if is_short else f"(a {type(value).__name__} that is not shown)"


def read_credentials(path: Path) -> Credentials:
    """
    Return the callers of a credentials file.

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


def parse_credentials(text: str, source: str) -> Credentials:
    """Return the same from text; `source` is named in the error."""
    try:
        content = parse_json_text(text)
    except ValueError as error:
        raise _wrong(source, error) from error
    return _parsed(content, source)


def _parsed(content: Any, source: str) -> Credentials:
    try:
        return credentials_of(content)
    except ValueError as error:
        raise _wrong(source, error) from error


def credentials_of(content: Any) -> Credentials:
    """
    Return the callers of the parsed JSON.

    Raises:
        ValueError: A value is missing or wrong, or two callers have the same name or key.
    """
    if not isinstance(content, dict):
        raise ValueError("no object with a list of `accounts`")
    desks = tuple(map(desk_of, _entries("accounts", content.get("accounts"))))
    master_keys = tuple(map(_master_key_of, _entries("master_keys", content.get("master_keys") or [])))
    tokens = tuple(map(_token_of, _entries("tokens", content.get("tokens") or [])))
    _check_names("accounts", desks)
    _check_names("master keys", master_keys)
    _check_names("tokens", tokens)
    by_key: dict[str, str] = {}
    for desk in (*desks, *master_keys):
        if by_key.setdefault(desk.api_key, desk.name) != desk.name:
            raise ValueError(f"{by_key[desk.api_key]} and {desk.name} have the same api_key")
    return Credentials(desks, master_keys, tokens, content.get("base_url"))


def _entries(kind: str, entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"no object with a list of `{kind}`")
    return entries


def _check_names(kind: str, callers: Iterable[Desk | AccessToken]) -> None:
    for name, number in Counter(caller.name for caller in callers).items():
        if number > 1:
            raise ValueError(f"{number} {kind} have the name {name}")


def _wrong(source: str, error: ValueError) -> TargetError:
    return TargetError(f"{source}: not a credentials file ({error}). Expected JSON: {FORMAT}.")
