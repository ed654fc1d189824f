"""The client of a command, from a profile or from environment variables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx

from gemini_clearing import FileNonces, GeminiClearing

from ._output import Format, print_message
from ._profiles import Profile, choose_profile

__all__ = ["Options", "connect", "is_production", "journal_path"]

_SETTINGS = ("environment", "base_url", "api_key", "account", "timeout", "proxy", "verify", "rate_limit")
# Orders on these hosts move no money.
_TEST_HOSTS = ("api.sandbox.gemini.com", "localhost", "127.0.0.1", "::1")


@attrs.frozen(kw_only=True)
class Options:
    """The options that the commands have in common."""

    profile: str | None = None
    journal: Path | None = None
    form: Format = Format.AUTO
    yes: bool = False
    transport: httpx.BaseTransport | None = None
    """Replaces the network in tests."""


def connect(options: Options, on_unknown: Callable[[Exception], object] | None = None) -> GeminiClearing:
    """
    Return a client for the chosen profile.

    Raises:
        ClearingError: the profile, the environment or a file is invalid.
    """
    profile = choose_profile(options.profile)
    known: dict[str, Any] = {"transport": options.transport, "on_drift": _report_drift}
    if on_unknown is not None:
        known["on_unknown"] = on_unknown
    if (journal := _journal_of(options, profile)) is not None:
        known["journal"] = journal
    if profile is None:
        return GeminiClearing.from_env(**known)
    known |= {name: profile.settings[name] for name in _SETTINGS if name in profile.settings}
    if "nonces" in profile.settings:
        known["nonces"] = FileNonces(_expanded(profile.settings["nonces"]))
    if profile.has_secret("oauth_token"):
        return GeminiClearing(auth=profile.secret("oauth_token") or "", **known)
    return GeminiClearing(api_secret=profile.secret("api_secret") or "", **known)


def journal_path(options: Options) -> Path | None:
    """Return the path of the journal: of the option, or of the chosen profile."""
    return options.journal or _journal_of(options, choose_profile(options.profile))


def is_production(base_url: str) -> bool:
    """Return whether orders at this address may move money: at all hosts but the sandbox and this machine."""
    return httpx.URL(base_url).host not in _TEST_HOSTS


def _report_drift(description: object) -> None:
    print_message(f"note: {description}", style="dim")


def _journal_of(options: Options, profile: Profile | None) -> Path | None:
    if options.journal is not None or profile is None:
        return options.journal
    path = profile.settings.get("journal")
    return _expanded(path) if path else None


def _expanded(path: str) -> Path:
    return Path(path).expanduser()
