"""`config`: the file of profiles, and the identity that a command would use."""

import os
from typing import Any

import typer

from gemini_clearing import ClearingError
from gemini_clearing_auth._origin import base_url_problem
from gemini_clearing_auth._secrets import masked, shown_bare, shown_path

from ._common import Csv, Json, ProfileName, options_of
from ._output import print_message, print_rows
from ._profiles import Profile, choose_profile, config_path, read_profiles

__all__ = ["add_config"]

_COLUMNS = ["profile", "used", "exchange", "identity", "secret", "account", "journal", "rate_limit"]
_ENVIRONMENT = "(environment)"
_DEFAULT = "sandbox"


def add_config(app: typer.Typer) -> None:
    """Add the command."""
    app.command("config")(_config)


def _config(ctx: typer.Context, profile: ProfileName = None, json: Json = False, csv: Csv = False) -> None:
    """List the profiles and the environment variables, and mark the used ones. Secrets are not shown."""
    options = options_of(ctx, {"profile": profile, "json": json, "csv": csv})
    file = read_profiles(config_path())
    problem = None
    try:
        chosen = choose_profile(options.profile)
        used = _ENVIRONMENT if chosen is None else chosen.name
    except ClearingError as error:
        used, problem = None, error
    rows = [_profile_row(one, used) for one in file.profiles.values()]
    if used == _ENVIRONMENT:
        rows.insert(0, _environment_row())
    print_rows(rows, _COLUMNS, options.form, what="profiles")
    print_message(f"File: {shown_path(file.path)}" + ("" if file.path.exists() else " (missing)"), style="dim")
    if problem is not None:
        raise problem


def _profile_row(profile: Profile, used: str | None) -> dict[str, Any]:
    settings = profile.settings
    secret = "keyring" if settings.get("keyring") else "file"
    has_secret = settings.get("keyring") or profile.has_secret("api_secret") or profile.has_secret("oauth_token")
    return {
        "profile": shown_bare(profile.name),
        "used": profile.name == used,
        "exchange": _exchange(settings.get("base_url"), settings.get("environment")),
        "identity": _identity(settings.get("api_key"), is_token=profile.has_secret("oauth_token")),
        "secret": secret if has_secret else "missing",
        "account": _bare(settings.get("account")),
        "journal": shown_path(settings["journal"]) if "journal" in settings else None,
        "rate_limit": _bare(settings.get("rate_limit")),
    }


def _environment_row() -> dict[str, Any]:
    token = os.environ.get("GEMINI_OAUTH_TOKEN")
    return {
        "profile": _ENVIRONMENT,
        "used": True,
        "exchange": _exchange(os.environ.get("GEMINI_BASE_URL"), os.environ.get("GEMINI_ENVIRONMENT")),
        "identity": _identity(os.environ.get("GEMINI_API_KEY"), is_token=bool(token)),
        "secret": "environment",
        "account": _bare(os.environ.get("GEMINI_ACCOUNT")),
        "rate_limit": _bare(os.environ.get("GEMINI_RATE_LIMIT") or None),
    }


def _identity(api_key: str | None, *, is_token: bool) -> str | None:
    if is_token:
        return "OAuth token"
    return masked(api_key) if api_key else None


def _exchange(base_url: str | None, environment: str | None) -> str:
    """Return the exchange of a profile. A URL that the client would reject may have a password, so it is not shown."""
    if base_url:
        return "(invalid base_url)" if base_url_problem(base_url) else base_url
    return shown_bare(environment or _DEFAULT)


def _bare(value: object) -> str | None:
    """Return a setting for a table; a secret in the wrong place is not shown."""
    return None if value is None else shown_bare(value)
