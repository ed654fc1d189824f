"""The settings of a client: the exchange's address, the caller's identity, the timeout."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec

from gemini_clearing_auth import Credentials, GeminiAuth, GeminiOAuth, NonceSource, OAuthToken
from gemini_clearing_auth._secrets import shown, shown_names
from gemini_clearing_auth.errors import CredentialsError

from . import _time
from ._attempt_record import WriteLog
from ._certificates import Verify, choose_certificates
from ._context import CallContext, check_flag
from ._defaults import HOOKS
from ._hooks import Hook, check_hook
from ._identity import IDENTITIES, Options, fingerprint_of, take_identity
from ._journal import Journal
from ._journaled_writes import JournaledWrites
from ._key_pause import KeyPause, pause_of
from ._key_rate import STANDARD_PER_SECOND, KeyRate, check_rate, rate_from_text, rate_of
from ._proxies import choose_proxy
from ._route import Route, is_loopback
from ._scalars import String
from ._version import __version__
from .errors import ArgumentError, NotSentError

__all__ = ["Settings", "check_account", "check_timeout", "checked_hooks", "options_from_environment", "settings_from"]

KEY_VARIABLE = "GEMINI_API_KEY"
DEFAULT_ENVIRONMENT = "sandbox"
_HEADERS = [
    (b"User-Agent", f"gemini-clearing/{__version__}".encode()),
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"Connection", b"keep-alive"),
]
# docs.gemini.com, API key: a time-based nonce is accepted within 30 s of the exchange's clock, before and after.
_TIME_WINDOW_S = 60.0
_OPTIONS = (
    "api_key", "api_secret", "auth", "credentials", "environment", "base_url", "account", "timeout", "nonces", "proxy",
    "verify", "max_response_bytes", "journal", "rate_limit", "on_request", "on_response", "on_error", "on_unknown",
    "on_drift", "strict", "transport",
)  # fmt: skip


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that every call of a client uses."""

    base_url: httpx.URL
    auth: httpx.Auth
    account: str | None
    timeout_s: float
    max_response_bytes: int
    key_fingerprint: str
    """A hash that identifies the API key or token without showing it."""
    proxy: str | None
    """The URL of the proxy, which may have a password."""
    verify: Verify | None
    nonce_window_s: float | None = 0.0
    rate_per_s: float | None = None
    """The attempts per second that the client limits itself to; None for no limit."""
    journal: Journal | None = None
    owns_journal: bool = False
    """Whether the client has opened the journal, and so closes it."""
    on_request: Hook | None = None
    on_response: Hook | None = None
    on_error: Hook | None = None
    on_unknown: Hook | None = None
    on_drift: Hook | None = None
    strict: bool = False

    def __repr__(self) -> str:  # without the proxy
        return f"Settings(base_url={str(self.base_url)!r})"

    def context(self, run: Callable[[Callable[[], None]], None]) -> CallContext:
        """Return what all calls share. The signer adds its own headers. `run` runs a function of the journal."""
        known: dict[str, Any] = {}
        if self.journal is not None:
            base_url = str(self.base_url)
            known["journal"] = WriteLog(journal=self.journal, base_url=base_url, key=self.key_fingerprint, run=run)
            known["writes"] = JournaledWrites(self.journal, base_url)
        return CallContext(
            base_url=self.base_url,
            headers=self.headers(),
            key=self.key_fingerprint,
            nonce_window_s=self.nonce_window_s,
            rate=self._key_rate(),
            strict=self.strict,
            **{name: getattr(self, name) for name in HOOKS},
            **known,
        )

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of every request, without those of the signer and of the caller."""
        return [(b"Host", self.base_url.netloc), *_HEADERS]

    def route(self) -> Route:
        """
        Return the route to the exchange, from the options and the environment.

        Raises:
            ArgumentError: the proxy or the certificates are invalid.
        """
        is_tls, host = self.base_url.scheme == "https", self.base_url.raw_host.decode("ascii")
        port = self.base_url.port or (443 if is_tls else 80)
        return Route(
            host=host,
            port=port,
            ssl_context=choose_certificates(self.verify) if is_tls else None,
            proxy=choose_proxy(self.proxy, scheme=self.base_url.scheme, host=host, port=port),
        )

    def key_pause(self, transport: object) -> KeyPause:
        """
        Return the pause of the key, which all clients share that use the network.

        A `transport` of the user may lead to an exchange in this process, so its client has its own pause.
        """
        return pause_of(self._origin(), self.key_fingerprint) if transport is None else KeyPause()

    def _key_rate(self) -> KeyRate | None:
        """Return the rate limit of the key, which all clients with the same limit share."""
        if self.rate_per_s is None:
            return None
        return rate_of(self._origin(), self.key_fingerprint, self.rate_per_s)

    def _origin(self) -> str:
        return str(self.base_url).rstrip("/")


def settings_from(
    environments: Mapping[str, str],
    options: Options,
    *,
    hooks_may_be_async: bool = False,
    uses_network: bool = True,
) -> Settings:
    """
    Validate the options of a client.

    Args:
        environments: base URLs by the name of the environment.
        options: the options of the client, see `_defaults.given_options`.
        hooks_may_be_async: whether the client awaits its hooks.
        uses_network: whether the client has no transport of the user.

    Raises:
        ArgumentError: an option is unknown, or its value is invalid.
        CredentialsError: key and secret, or a token, are missing or malformed.
        UnsignableRequestError: requests may not be signed for `base_url`.
        JournalError: the journal cannot be used.
    """
    identity = take_identity(options)
    _reject_unknown(options)
    options["base_url"] = _base_url(environments, options)
    timeout_s = check_timeout(options["timeout"])
    signer: httpx.Auth
    if isinstance(identity, OAuthToken):
        signer = GeminiOAuth(identity, base_url=options["base_url"])
    else:
        signer = GeminiAuth(identity, base_url=options["base_url"], nonces=options.get("nonces"))
    url = httpx.URL(options["base_url"])
    return Settings(
        base_url=url,
        auth=signer,
        account=check_account(options.get("account")),
        timeout_s=timeout_s,
        max_response_bytes=_max_response_bytes(options),
        key_fingerprint=fingerprint_of(identity),
        proxy=options.get("proxy"),
        verify=options.get("verify"),
        nonce_window_s=_nonce_window_s(identity, options.get("nonces")),
        rate_per_s=_rate_per_s(options.get("rate_limit"), is_remote=uses_network and not is_loopback(url.host)),
        strict=check_flag("strict", options.get("strict", False)),
        **checked_hooks(options, may_be_async=hooks_may_be_async),
        owns_journal=not isinstance(options.get("journal"), Journal),
        journal=_journal(options),  # last, because it opens a file
    )


def check_timeout(timeout: object) -> float:
    """
    Return the timeout of a call in seconds.

    Raises:
        ArgumentError: it is not a number greater than zero, or too large.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= _time.MAX_SECONDS:
        raise ArgumentError(
            f"invalid timeout: {shown(timeout)}. Pass a number of seconds greater than zero, at most 1e9."
        )
    return float(timeout)


def check_account(account: object) -> str | None:
    """
    Return the account of a client.

    Raises:
        ArgumentError: it is not a text, or it is a secret.
    """
    try:
        return None if account is None else String(min_length=1).serialize(account)
    except ValueError as exc:
        raise ArgumentError(f"invalid account: {exc}.") from None


def checked_hooks(options: Mapping[str, Any], *, may_be_async: bool) -> dict[str, Any]:
    """
    Return the hooks among the options.

    Raises:
        ArgumentError: one is not a function, or is async in a client that does not await it.
    """
    return {name: check_hook(name, options[name], may_be_async=may_be_async) for name in HOOKS if name in options}


def _journal(options: Options) -> Journal | None:
    journal = options.get("journal")
    if journal is None or isinstance(journal, Journal):
        return journal
    return Journal(journal)


def _nonce_window_s(identity: Credentials | OAuthToken, nonces: NonceSource | None) -> float | None:
    """Return for how long the exchange may accept a request after a later one, see `CallContext.nonce_window_s`."""
    if isinstance(identity, OAuthToken):
        return None
    return 0.0 if getattr(nonces, "ordered", True) else _TIME_WINDOW_S


def _rate_per_s(option: object, *, is_remote: bool) -> float | None:
    """Return the rate limit. By default only an exchange behind the network has one: a mock has no traffic to limit."""
    if option is None:
        return STANDARD_PER_SECOND if is_remote else None
    return check_rate(option)


def options_from_environment(overrides: Options) -> Options:
    """
    Return the options that were given, completed from environment variables.

    Empties `overrides`, so that no traceback through the caller shows a secret in it.

    Raises:
        CredentialsError: no variable holds an identity, or two do. The message names the variables.
        ArgumentError: two variables hold the exchange's address.
    """
    options = Options(overrides)
    overrides.clear()
    if not options.keys() & set(IDENTITIES):
        _reject_both("GEMINI_OAUTH_TOKEN", KEY_VARIABLE, CredentialsError)
        if os.environ.get("GEMINI_OAUTH_TOKEN"):
            options["auth"] = os.environ["GEMINI_OAUTH_TOKEN"]  # no variable that a traceback can show
        else:
            options["credentials"] = Credentials.from_env()
    if not options.keys() & {"environment", "base_url"}:
        _reject_both("GEMINI_BASE_URL", "GEMINI_ENVIRONMENT", ArgumentError)
        if os.environ.get("GEMINI_BASE_URL"):
            options["base_url"] = os.environ["GEMINI_BASE_URL"]
        elif name := os.environ.get("GEMINI_ENVIRONMENT"):
            options["environment"] = name
    if "account" not in options and (account := os.environ.get("GEMINI_ACCOUNT")):
        options["account"] = account
    if "rate_limit" not in options and (rate := os.environ.get("GEMINI_RATE_LIMIT")):
        options["rate_limit"] = rate_from_text("GEMINI_RATE_LIMIT", rate)
    return options


def _max_response_bytes(options: Options) -> int:
    value = options["max_response_bytes"]
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ArgumentError(f"invalid max_response_bytes: {shown(value)}. Pass an integer greater than zero.")
    return value


def _reject_both(first: str, second: str, error: type[NotSentError]) -> None:
    if os.environ.get(first) and os.environ.get(second):
        raise error(f"{first} and {second} are both set. Set only one of them.")


def _base_url(environments: Mapping[str, str], options: Options) -> Any:
    environment, is_given = options.get("environment"), options.get("base_url") is not None
    if is_given and environment is not None:
        raise ArgumentError("environment and base_url are both given. Pass only one of them.")
    if environment is not None and environment not in list(environments):
        valid = ", ".join(map(repr, environments))
        given = shown(environment)
        del environment  # it may be a URL with a password
        raise ArgumentError(f"unknown environment: {given}. Valid environments: {valid}.")
    return options["base_url"] if is_given else environments[environment or DEFAULT_ENVIRONMENT]


def _reject_unknown(options: Options) -> None:
    """Reject an unknown option: with a misspelled `environment` a client must not use the default."""
    if unknown := [name for name in options if name not in _OPTIONS]:
        plural = "s" if len(unknown) > 1 else ""
        raise ArgumentError(f"unknown option{plural} {shown_names(unknown)}. Valid options: {', '.join(_OPTIONS)}.")
