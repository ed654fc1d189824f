"""How a client is set up: where the exchange is, who calls, how long a call may take."""

import os
from collections.abc import Mapping
from typing import Any, TypedDict, cast

import attrs
import httpx

from gemini_clearing_auth import Credentials, GeminiAuth, GeminiOAuth, NonceSource, OAuthToken
from gemini_clearing_auth.errors import CredentialsError

from ._version import __version__
from .errors import ArgumentError, NotSentError

__all__ = ["Options", "Settings", "options_from_environment", "settings_from"]

KEY_VARIABLE = "GEMINI_API_KEY"
DEFAULT_ENVIRONMENT = "sandbox"
DEFAULT_TIMEOUT_S = 30.0
_HEADERS = [
    (b"User-Agent", f"gemini-clearing/{__version__}".encode()),
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"Connection", b"keep-alive"),
]


class Options(TypedDict, total=False):
    """What a client takes, sync or async; `transport`, which differs, stands at each."""

    api_key: str
    """The key, `account-…` or `master-…`."""
    api_secret: str
    """Its secret, as the exchange gave it."""
    auth: OAuthToken | str
    """An OAuth token, in place of key and secret."""
    credentials: Credentials
    """Key and secret in one, in place of the two."""
    environment: str
    """`sandbox` (the default) or `production`."""
    base_url: str
    """Another address of the exchange, in place of `environment`; over TLS, or on this machine."""
    account: str
    """The account that every call means; master keys need it."""
    timeout: float
    """Seconds that a call may take in all, repetitions included; 30 by default."""
    nonces: NonceSource
    """Where nonces come from; by default one incremental counter per key and process."""


@attrs.frozen(kw_only=True)
class Settings:
    """What stays the same for every call of a client."""

    base_url: httpx.URL
    auth: httpx.Auth
    account: str | None
    timeout_s: float

    def url(self, path: str) -> httpx.URL:
        """Return the address of an endpoint."""
        return self.base_url.copy_with(path=self.base_url.path.rstrip("/") + path)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that every request starts with; the signer adds its own."""
        return [(b"Host", self.base_url.netloc), *_HEADERS]


def settings_from(environments: Mapping[str, str], options: Options) -> Settings:
    """
    Check what a client was given; `environments` holds the base URLs of those that have a name.

    Raises:
        ArgumentError: the environment or an option is not known, or the timeout is no time.
        CredentialsError: key and secret, or a token, are missing or malformed.
        UnsignableRequestError: `base_url` is not an origin that requests may be signed for.
    """
    identity = _take_identity(options)
    _refuse_unknown(options)
    environment, base_url = options.get("environment"), options.get("base_url")
    timeout = options.get("timeout", DEFAULT_TIMEOUT_S)
    if base_url is not None and environment is not None:
        raise ArgumentError("Give environment or base_url, not both: each says where the exchange is.")
    if environment is not None and environment not in list(environments):
        raise ArgumentError(f"environment must be {' or '.join(map(repr, environments))}, not {environment!r}.")
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < float("inf"):
        raise ArgumentError(f"timeout must be seconds above zero, not {timeout!r}.")
    where = environments[environment or DEFAULT_ENVIRONMENT] if base_url is None else base_url
    signer: httpx.Auth
    if isinstance(identity, OAuthToken):
        signer = GeminiOAuth(identity, base_url=where)
    else:
        signer = GeminiAuth(identity, base_url=where, nonces=options.get("nonces"))
    return Settings(base_url=httpx.URL(where), auth=signer, account=options.get("account"), timeout_s=float(timeout))


def options_from_environment(overrides: Options) -> Options:
    """
    Return a client's options: those given, and the others as the environment states them.

    Empties `overrides`, so that no traceback through the caller shows a secret in it.

    Raises:
        CredentialsError: neither key and secret nor a token are there (names what is missing), or both are.
        ArgumentError: the environment says twice where the exchange is.
    """
    options = Options(**overrides)
    cast("dict[str, Any]", overrides).clear()
    if not options.keys() & {"api_key", "api_secret", "auth", "credentials"}:
        _one_of("GEMINI_OAUTH_TOKEN", KEY_VARIABLE, CredentialsError)
        if token := os.environ.get("GEMINI_OAUTH_TOKEN"):
            options["auth"] = token
        else:
            options["credentials"] = Credentials.from_env()
    if not options.keys() & {"environment", "base_url"}:
        _one_of("GEMINI_BASE_URL", "GEMINI_ENVIRONMENT", ArgumentError)
        if base_url := os.environ.get("GEMINI_BASE_URL"):
            options["base_url"] = base_url
        elif name := os.environ.get("GEMINI_ENVIRONMENT"):
            options["environment"] = name
    if "account" not in options and (account := os.environ.get("GEMINI_ACCOUNT")):
        options["account"] = account
    return options


def _one_of(first: str, second: str, error: type[NotSentError]) -> None:
    if os.environ.get(first) and os.environ.get(second):
        raise error(f"The environment holds {first} and {second}, of which one can hold: unset the other.")


def _refuse_unknown(options: Options) -> None:
    """Refuse an option that there is not: a misspelt `environment` must not fall back to the default."""
    known = Options.__annotations__
    unknown = [name for name in options if name not in known]
    for name in unknown:
        del options[name]  # type: ignore[misc]  # what it holds may be a secret
    if unknown:
        raise ArgumentError(f"There is no option {' or '.join(unknown)}; there are {', '.join(known)}.")


def _take_identity(options: Options) -> Credentials | OAuthToken:
    """Take key, secret and token out of the options, before an error's traceback could hold them."""
    given = [name for name in ("api_key", "api_secret", "auth", "credentials") if options.get(name) is not None]
    if given == ["credentials"]:
        return options.pop("credentials")
    if given == ["auth"]:
        token = options.pop("auth")
        return token if isinstance(token, OAuthToken) else OAuthToken(token)
    if given == ["api_key", "api_secret"]:
        return Credentials(options.pop("api_key"), options.pop("api_secret"))
    options.pop("api_secret", None)
    options.pop("auth", None)
    if len(given) > 1:
        raise CredentialsError(f"Give one identity, not {' and '.join(given)}: the exchange refuses two.")
    missing = " and ".join(name for name in ("api_key", "api_secret") if name not in given)
    raise CredentialsError(f"{missing} must be given, or auth with an OAuth token in their place.")
