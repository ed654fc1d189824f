"""
Profiles: the settings of a client under a name, in a TOML file.

A file with a secret must have mode 0600. Instead of the secret, `keyring = true` reads it from the system's keyring.
"""

import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import typer

from gemini_clearing import ArgumentError, CredentialsError
from gemini_clearing_auth._secrets import shown, shown_bare, shown_names, shown_path
from gemini_clearing_runtime._key_rate import check_rate

__all__ = ["CONFIG_VARIABLE", "Profile", "ProfileFile", "choose_profile", "config_path", "read_profiles"]

CONFIG_VARIABLE = "GEMINI_CLEARING_CONFIG"
IDENTITY_VARIABLES = ("GEMINI_API_KEY", "GEMINI_OAUTH_TOKEN")
KEYRING_SERVICE = "gemini-clearing"

_SECRETS = ("api_secret", "oauth_token")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "environment": str,
    "base_url": str,
    "api_key": str,
    "api_secret": str,
    "oauth_token": str,
    "keyring": bool,
    "account": str,
    "timeout": (int, float),
    "proxy": str,
    "verify": str,
    "rate_limit": (int, float, str),
    "journal": str,
    "nonces": str,
}


@attrs.frozen
class Profile:
    """The settings of one profile, without its secrets."""

    name: str
    settings: Mapping[str, Any]
    _secrets: Mapping[str, str] = attrs.field(repr=False, factory=dict)

    def secret(self, name: str) -> str | None:
        """Return `api_secret` or `oauth_token`; None if it is missing."""
        if name == "api_secret" and self.settings.get("keyring"):
            return _from_keyring(self.name, str(self.settings.get("api_key", "")))
        return self._secrets.get(name)

    def has_secret(self, name: str) -> bool:
        """Return whether the file holds this secret."""
        return name in self._secrets


@attrs.frozen
class ProfileFile:
    """The profiles of a file."""

    path: Path
    default: str | None
    profiles: Mapping[str, Profile]


def config_path() -> Path:
    """Return the path of the file: `GEMINI_CLEARING_CONFIG`, or the usual folder for settings."""
    if path := os.environ.get(CONFIG_VARIABLE):
        return Path(path)
    return Path(typer.get_app_dir("gemini-clearing")) / "config.toml"


def read_profiles(path: Path) -> ProfileFile:
    """
    Return the profiles of a file; none if the file does not exist.

    Raises:
        ArgumentError: the file cannot be read, has an unknown key, or has a secret that others can read.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = tomllib.load(file)
    except FileNotFoundError:
        return ProfileFile(path, None, {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        # The message of the parser names the place, and no value.
        cause = exc.strerror if isinstance(exc, OSError) else exc
        raise ArgumentError(f"{shown_path(path)} cannot be read: {cause}.") from None
    _reject_unknown(shown_path(path), content, ("default_profile", "profiles"))
    tables = content.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ArgumentError(f"{shown_path(path)}: profiles must be tables, such as [profiles.desk].")
    profiles = {name: _profile(path, name, table) for name, table in tables.items()}
    if any(profile.has_secret(name) for profile in profiles.values() for name in _SECRETS):
        _check_mode(path, mode)
    default = content.get("default_profile")
    if default is not None and not isinstance(default, str):
        raise ArgumentError(
            f"{shown_path(path)}: default_profile has the wrong type: {type(default).__name__}. Use a name in quotes."
        )
    if default is not None and default not in profiles:
        raise ArgumentError(f"{shown_path(path)}: default_profile names {shown(default)}. {_valid(profiles)}")
    return ProfileFile(path, default, profiles)


def choose_profile(name: str | None) -> Profile | None:
    """
    Return the profile of a command; None if the environment variables of `GeminiClearing.from_env` are used.

    A name comes first, then the environment variables, then `default_profile`, then the only profile.

    Raises:
        ArgumentError: the file is invalid, or has no such profile.
        CredentialsError: neither a profile nor an environment variable has an identity.
    """
    if name is None and any(os.environ.get(variable) for variable in IDENTITY_VARIABLES):
        return None
    file = read_profiles(config_path())
    chosen = name or file.default or (next(iter(file.profiles)) if len(file.profiles) == 1 else None)
    if chosen is None:
        reason = "names no default_profile" if file.profiles else "has no profile"
        raise CredentialsError(
            f"no credentials: {shown_path(file.path)} {reason}, and GEMINI_API_KEY is not set. "
            "Pass --profile, or set GEMINI_API_KEY and GEMINI_API_SECRET."
        )
    if chosen not in file.profiles:
        raise ArgumentError(f"unknown profile: {shown(chosen)}. {_valid(file.profiles)}")
    return file.profiles[chosen]


def _profile(path: Path, name: str, table: Mapping[str, Any]) -> Profile:
    place = f"{shown_path(path)}: profile {shown_bare(name)}"
    _reject_unknown(place, table, _TYPES)
    for key, value in table.items():
        if not isinstance(value, _TYPES[key]) or (isinstance(value, bool) and _TYPES[key] is not bool):
            # The value may be a secret.
            raise ArgumentError(f"{place}: {key} has the wrong type: {type(value).__name__}.")
    _check_rate_limit(place, table.get("rate_limit", "off"))
    if table.get("keyring") and "api_secret" in table:
        raise ArgumentError(f"{place}: keyring and api_secret are both given. Remove api_secret.")
    settings = {key: value for key, value in table.items() if key not in _SECRETS}
    return Profile(name, settings, {key: table[key] for key in _SECRETS if key in table})


def _check_rate_limit(place: str, rate: object) -> None:
    try:
        check_rate(rate)
    except ArgumentError as exc:
        # An option of a client is passed, a key of a file is set.
        raise ArgumentError(f"{place}: {str(exc).replace('. Pass ', '. Set ')}") from None


def _reject_unknown(place: str, table: Mapping[str, Any], valid: Iterable[str]) -> None:
    if unknown := [key for key in table if key not in valid]:
        plural = "s" if len(unknown) > 1 else ""
        raise ArgumentError(f"{place}: unknown key{plural} {shown_names(unknown)}. Valid keys: {', '.join(valid)}.")


def _check_mode(path: Path, mode: int) -> None:
    if os.name == "posix" and mode & 0o077:
        place = shown_path(path)
        raise ArgumentError(
            f"{place} contains a secret, and other users may read it (mode {mode:04o}). Run: chmod 600 {place}"
        )


def _valid(profiles: Mapping[str, Profile]) -> str:
    return f"Valid profiles: {shown_names(profiles)}." if profiles else "The file has no profiles."


def _from_keyring(profile: str, api_key: str) -> str:
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise CredentialsError(
            f"profile {profile} reads its secret from the keyring, and keyring is not installed. "
            "Run: pip install keyring"
        ) from None
    try:
        secret: str | None = keyring.get_password(KEYRING_SERVICE, api_key)
    except Exception as exc:
        raise CredentialsError(f"the keyring cannot be read: {type(exc).__name__}. Unlock it.") from None
    if secret is None:
        raise CredentialsError(
            f"the keyring has no secret for profile {profile}. Run: keyring set {KEYRING_SERVICE} <the API key>"
        )
    return secret
